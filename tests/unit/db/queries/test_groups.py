"""Grouping and ordering by what is computed with values: PostgreSQL has to see that it is what is selected."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from rooftree.db import QueryError, case, coalesce, count, nullable, outer
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
