"""The shop, served for a whole file of tests, and visitors with real browsers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.e2e.browser.conftest import browser, visitor, visitors
from tests.e2e.shop.serving import Served, open_shop
from tests.services import need, temporary_database

__all__ = ["browser", "database", "shop", "visitor", "visitors"]


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the shop's database: SQLite, or what the test is parametrized with."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}"
    else:
        with temporary_database(need("postgresql"), f"rooftree_shop_{uuid.uuid4().hex[:12]}") as url:
            yield url


@pytest.fixture(scope="module")
def shop(database: str) -> Iterator[Served]:
    with open_shop(database) as (served, _provider):
        yield served
