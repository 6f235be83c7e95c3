"""Grouping and ordering by what is computed with values: PostgreSQL has to see that it is what is selected."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from rooftree.base import StatementError
from rooftree.db import QueryError, case, coalesce, count, max_, nullable, outer, sum_
from tests.unit.db.queries.shop import Category, Product, filled


class Day(NamedTuple):
    day: object
    products: int


async def test_groups_and_orders_by_what_is_computed_with_values(url: str) -> None:
    label = case(Product.stock > 0, "here").otherwise("gone")
    async with filled(url):
        assert await Product.select(label, count()).group_by(label).order_by(label.desc()) == [("here", 2), ("gone", 1)]
        month = Product.select(Product.created_at.part("month", zone="Europe/Berlin"), count())
        again = Product.created_at.part("month", zone="Europe/Berlin")  # written twice
        assert await month.group_by(again).order_by(again) == [(1, 1), (3, 1), (4, 1)]
        assert await Product.all().order_by(Product.stock % 2).values(Product.stock % 2).distinct() == [0, 1]
        assert await Product.select(Product.stock % 2).group_by(Product.stock % 2).count() == 2
        named = coalesce(nullable(Product.supplier.name), "none")
        page = await Product.select(named, count()).group_by(named).order_by(named).page(1, size=1)
        assert (page.items, page.total) == ([("Acme", 2)], 2)
        assert await Product.select(count()).group_by(Product.stock % 2).order_by(count()) == [(1,), (2,)]


async def test_of_combined_queries_too(url: str) -> None:
    async with filled(url):
        both = Product.select(Product.stock + 1).union(Product.select(Product.stock + 10))
        assert await both.order_by((Product.stock + 1).desc()).limit(2) == [(17,), (13,)]


async def test_a_group_inside_of_exists_is_no_place(url: str) -> None:
    async with filled(url):
        odd = Product.where(Product.category.id == outer(Category.id)).select(Product.stock % 2)
        found = Category.where(odd.group_by(Product.stock % 2).having(count() > 1).as_exists())
        assert await found.values(Category.name) == []
        found = Category.where(odd.group_by(Product.stock % 3).having(count() > 1).as_exists())
        assert await found.values(Category.name) == ["Wood"]


async def test_other_values_are_another_group(url: str) -> None:
    async with filled(url):
        thirds = Product.select(count()).group_by(Product.stock % 3).order_by(count())
        assert await thirds == [(1,), (2,)]


async def test_into_something_that_takes_other_values(url: str) -> None:
    wrong: Any = Day
    async with filled(url):
        day = Product.created_at.day()
        assert Day(day=None, products=3).products == 3
        assert [found.products for found in await Product.select(day, count()).group_by(day).into(Day)] == [1, 1, 1]
        with pytest.raises(QueryError) as caught:
            await Product.select(day).into(wrong)
    assert str(caught.value) == (
        "[Q143] into(Day) makes one of 1 values by position, and it takes others: missing a required argument: "
        "'products'. Select as many values as it takes, in its order."
    )


async def test_having_and_selecting_what_is_grouped_by_with_values(url: str) -> None:
    rest = Product.stock % 2
    async with filled(url):
        groups = Product.select(rest, count()).group_by(rest)
        assert await groups.having(rest > 0) == [(1, 2)]
        assert await groups.having(Product.stock % 2 == 0, count() > 0) == [(0, 1)]  # written twice
        assert await Product.select(rest, count()).having(rest > 0).group_by(rest) == [(1, 2)]  # in either order
        assert await Product.select(count()).group_by(rest).having(rest == 1) == [(2,)]  # not selected
        more = Product.select(rest * 10 + 1, max_(Product.stock)).group_by(rest).order_by(rest * 10 + 1)
        assert await more == [(1, 0), (11, 7)]
        assert await more.having((rest * 10 + sum_(Product.stock)) > 15) == [(11, 7)]
        assert await more.having(rest > 0).count() == 1
        dear = case(Product.price > Decimal("9.90"), "dear").otherwise("cheap")
        assert await Product.select(dear, count()).group_by(dear).having(dear != "cheap") == [("dear", 2)]


async def test_having_by_what_is_not_grouped_by_is_an_error_of_postgresql(url: str) -> None:
    async with filled(url):
        groups = Product.select(count()).group_by(Product.stock % 2).having(Product.stock % 3 > 0)
        if url.startswith("postgresql"):
            with pytest.raises(StatementError, match=r'column "products\.stock" must appear in the GROUP BY clause'):
                await groups
