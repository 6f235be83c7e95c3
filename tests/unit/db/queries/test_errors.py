"""Errors of the database, seen from a query: where they happened, and what they do not tell."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rooftree.base import ForeignKeyError, StatementError, ValueRefused
from rooftree.db import current_database, sql
from tests.unit.db.queries.shop import Product, Supplier, filled


async def test_an_error_names_the_line_that_awaited(url: str) -> None:
    async def wrong() -> None:
        await Product.create(name="Elm", price=Decimal(1), category=999)

    async with filled(url):
        line = wrong.__code__.co_firstlineno + 1
        with pytest.raises(ForeignKeyError, match=rf"At tests/unit/db/queries/test_errors\.py:{line}\."):
            await wrong()
        line += 8
        with pytest.raises(StatementError, match=rf"At tests/unit/db/queries/test_errors\.py:{line}\."):
            await sql(tuple[int], "select nowhere from products")


async def test_copying_a_value_that_fits_no_column(url: str) -> None:
    async with filled(url):
        database = current_database()
        wrong: Any = [("x", object())]
        with pytest.raises(ValueRefused) as caught:
            await database.copy_in("suppliers", ["name", "country"], wrong)
        assert "object at" not in str(caught.value)
        assert await Supplier.count() == 1
