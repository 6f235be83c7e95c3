"""`examples/api` and the API of `examples/shop` do what their documents say, as they are really served."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.openapi.judging import judge
from tests.e2e.shop.serving import SHOP, Served, open_shop, served

API = SHOP.parent / "api"
BRIEFLY = ("--phases=examples,coverage", "--max-examples=3")
LONG = ("--max-examples=300",)
"""All phases: what nobody thought of, and chains of requests on what those before them made."""

CONFIG = """
[checks.positive_data_acceptance]
# No schema can say which entity tag is the current one (412), nor what is in a file (415).
expected-statuses = ["2xx", 304, 401, 403, 404, 409, 412, 415]

[[operations]]
# ... nor that a cursor stands for a page and comes from the answer before.
include-name = LISTS
checks.positive_data_acceptance.expected-statuses = ["2xx", 304, 401, 403, 422]
"""

OF_THE_API = """
[[operations]]
# ... nor that a key of idempotency was used for another request before.
include-name = "POST /books"
checks.positive_data_acceptance.expected-statuses = ["2xx", 409, 422]

[[operations]]
# ... nor that a book which was just made has no cover yet.
include-name = "GET /books/{book}/cover"
checks.ensure_resource_availability.enabled = false

[[operations]]
include-path = "/changes"
enabled = false # a stream of 30 seconds for each question
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    database = tmp_path_factory.mktemp("api") / "library.db"
    environment = {
        **os.environ,
        "ROOFTREE_DATABASE": f"sqlite:///{database}",
        "ROOFTREE_SECRET_KEY": "only of a test, and long enough for that",
        "ROOFTREE_ACCESS_LOG": "false",
    }
    migrate = [sys.executable, "-m", "rooftree", "db", "migrate"]
    subprocess.run(migrate, cwd=API, env=environment, check=True, capture_output=True)
    with served("app.py", environment, folder=API, path="/books") as service:
        yield service


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    database = tmp_path_factory.mktemp("shop") / "shop.db"
    with open_shop(f"sqlite:///{database}") as (shop, _provider):
        yield shop


def judge_api(api: Served, folder: Path, *options: str, seconds: int) -> None:
    config = CONFIG.replace("LISTS", '"GET /books"') + OF_THE_API
    judge(api.url, folder, *options, seconds=seconds, config=config)


def judge_shop(shop: Served, folder: Path, *options: str, seconds: int) -> None:
    config = CONFIG.replace("LISTS", '["GET /api/products", "GET /api/categories"]')
    judge(shop.url, folder, *options, seconds=seconds, config=config)


def test_the_service_in_one_file(api: Served, tmp_path: Path) -> None:
    judge_api(api, tmp_path, *BRIEFLY, seconds=110)


def test_the_shop(shop: Served, tmp_path: Path) -> None:
    judge_shop(shop, tmp_path, *BRIEFLY, seconds=110)


@pytest.mark.long
def test_the_service_for_long(api: Served, tmp_path: Path) -> None:
    judge_api(api, tmp_path, *LONG, seconds=3000)


@pytest.mark.long
def test_the_shop_for_long(shop: Served, tmp_path: Path) -> None:
    judge_shop(shop, tmp_path, *LONG, seconds=3000)
