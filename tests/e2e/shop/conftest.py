"""The shop, served for a whole file of tests, and visitors with real browsers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.browser.conftest import browser, visitor, visitors
from tests.e2e.shop.serving import Served, open_shop

__all__ = ["browser", "database", "shop", "visitor", "visitors"]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of the shop's database."""
    return str(tmp_path_factory.mktemp("shop") / "shop.db")


@pytest.fixture(scope="module")
def shop(database: str) -> Iterator[Served]:
    with open_shop(f"sqlite:///{database}") as (served, _provider):
        yield served
