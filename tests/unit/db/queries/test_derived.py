"""Queries that start from other queries, recursive ones, and joins that no relation says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from rooftree.db import (
    Col,
    Derived,
    Many,
    Model,
    ModelError,
    Query,
    QueryError,
    Ref,
    col,
    count,
    create_tables,
    max_,
    nullable,
    ref,
    row_number,
    sum_,
    value,
)
from tests.unit.db.queries.shop import Category, Product, Supplier, filled, opened


class Total(Derived):
    category: Ref[Category] = ref()
    products: Col[int] = col()
    dearest: Col[Decimal] = col(max_digits=12, decimal_places=4)


class Branch(Derived):
    category: Ref[Category] = ref()
    path: Col[str] = col()
    depth: Col[int] = col()


class Numbered(Derived):
    id: Col[int] = col(primary=True)
    made: Col[datetime] = col()
    place: Col[int] = col()


def totals() -> Query[Total]:
    return Total.of(Product.select(Product.category.id, count(), max_(Product.price)).group_by(Product.category.id))


def branches() -> Query[Branch]:
    return Branch.recursive(
        Category.where(Category.parent.is_null()).select(Category.id, Category.name, value(0)),
        Category.all()
        .join(Branch, Category.parent.id == Branch.category.id)
        .select(Category.id, Branch.path + "/" + Category.name, Branch.depth + 1),
    )


async def test_a_query_starts_from_another(url: str) -> None:
    async with filled(url) as shop:
        found = await totals().where(Total.dearest > Decimal("12.5")).include(Total.category)
        assert [(row.category, row.products, row.dearest) for row in found] == [(shop.metal, 1, Decimal("100.55"))]
        assert found[0].category.name == "Metal"
        assert found == [Total(category=shop.metal, products=1, dearest=Decimal("100.55"))]
        assert repr(found[0]) == f"Total(category_id={shop.metal.id}, products=1, dearest={found[0].dearest!r})"
        assert await totals().count() == 2
        assert await totals().where(Total.category.name == "Wood").values(Total.products) == [2]
        assert await totals().select(sum_(Total.products)).one() == (3,)
        assert [row.products for row in await totals().order_by(Total.products.desc()).page(1, size=1)] == [2]
        assert await totals().exists()
        first = await totals().order_by(Total.products).first()
        assert first is not None
        assert first.products == 1
        assert [row.products async for row in totals().order_by(Total.products)] == [1, 2]


async def test_a_query_joins_another(url: str) -> None:
    async with filled(url) as shop:
        dearest = Product.all().join(
            totals(), (Product.category.id == Total.category.id) & (Product.price == Total.dearest)
        )
        assert await dearest.order_by(Product.name) == [shop.ash, shop.iron]
        assert await dearest.where(Total.products > 1) == [shop.ash]
        assert await dearest.order_by(Product.name).select(Product.name, Total.products) == [
            ("Ash", 2),
            ("Iron_100%", 1),
        ]
        assert await dearest.count() == 2
        assert [row.category.name for row in await dearest.include(Product.category).order_by(Product.id)] == [
            "Wood", "Metal",
        ]  # fmt: skip
        few = Product.all().join(
            totals().where(Total.products == 1), Product.category.id == Total.category.id, outer=True
        )
        assert await few.order_by(Product.id).select(Product.name, nullable(Total.products)) == [
            ("Oak", None), ("Ash", None), ("Iron_100%", 1),
        ]  # fmt: skip
        assert await few.where(Total.category.name == "Metal").count() == 1
        same = Product.all().join(Supplier, Product.name < Supplier.name).select(Product.name, Supplier.name)
        assert await same == []
        assert await Product.all().join(Supplier, Product.name > Supplier.name).count() == 3
        assert await dearest.update(stock=50) == 2
        assert (await Product.get(shop.ash.id)).stock == 50
        assert await Product.where(Product.category.id.in_(totals().values(Total.category.id))).count() == 3


async def test_a_query_walks_a_tree(url: str) -> None:
    async with filled(url) as shop:
        deep = await Category.create(name="Steel", parent=shop.metal)
        assert await branches().order_by(Branch.depth).select(Branch.path, Branch.depth) == [
            ("Wood", 0), ("Wood/Metal", 1), ("Wood/Metal/Steel", 2),
        ]  # fmt: skip
        assert await branches().where(Branch.depth < 2).count() == 2
        (leaf,) = await branches().where(Branch.depth == 2).include(Branch.category)
        assert leaf.category == deep
        inside = Product.all().join(branches(), Product.category.id == Branch.category.id).where(Branch.depth > 0)
        assert await inside == [shop.iron]
        # in one statement twice, at different places
        both = Category.where(
            Category.id.in_(branches().where(Branch.depth == 0).values(Branch.category.id))
            | Category.id.in_(branches().where(Branch.depth == 2).values(Branch.category.id))
        )
        assert await both.order_by(Category.id) == [shop.wood, deep]
        shop.wood.parent = deep  # a circle, and no root: what is found ends all the same where rows repeat
        await shop.wood.save()
        around = Branch.recursive(
            Category.where(Category.id == deep.id).select(Category.id, value(""), value(0)),
            Category.all()
            .join(Branch, Category.parent.id == Branch.category.id)
            .select(Category.id, value(""), value(0)),
        )
        assert await around.count() == 3


async def test_values_keep_their_types_through_a_derived_query(url: str) -> None:
    async with filled(url) as shop:
        query = Numbered.of(
            Product.select(Product.id, Product.created_at, row_number().over(order_by=Product.price.desc()))
        )
        found = await query.where(Numbered.made > datetime(2026, 3, 30, tzinfo=UTC)).order_by(Numbered.place)
        assert [(row.id, row.made, row.place) for row in found] == [
            (shop.iron.id, shop.iron.created_at, 1), (shop.ash.id, shop.ash.created_at, 2),
        ]  # fmt: skip
        page = await query.order_by(Numbered.place).cursor_page(size=2)
        assert [row.place for row in page] == [1, 2]
        assert [row.place for row in await query.order_by(Numbered.place).cursor_page(page.next, size=2)] == [3]


async def test_what_derived_queries_refuse(url: str) -> None:
    async with opened(url, Category):
        rows = Category.select(Category.id, Category.name, value(0))
        cases: list[tuple[Any, str]] = [
            (lambda: Branch.of(Category.all()), r"\[Q227\] Branch was given <query of Category>, which selects no"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            (
                lambda: Branch.of(Category.select(Category.id)),
                r"\[Q226\] Branch has the columns \(category_id: integer, path: text, depth: integer\), and its que",
            ),
            (
                lambda: Category.all().join(Branch, Category.id == Branch.category.id),
                r"\[Q224\] Branch is what a query gives, and stands here without one\.",
            ),
            (lambda: Branch.recursive(rows.limit(1), rows), r"\[Q225\] recursive\(\) of Branch was given a query"),
            (
                lambda: Category.all().join(Category, Category.id == 1),
                r"\[Q138\] Category stands in this",
            ),
            (lambda: Category.all().join("x", Category.id == 1), r"\[Q139\] join\(\) was given 'x'\."),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            (lambda: Category.all().join(Product, 1), r"\[Q135\]"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            (lambda: Branch.of(rows).delete(), r"\[Q175\] A combined, grouped, distinct or derived query was"),
        ]
        for use, text in cases:
            with pytest.raises(QueryError, match=text):
                await use()
        gives = r"\[M203\] Branch is what a query gives and has no table\."
        with pytest.raises(ModelError, match=gives):
            await create_tables(Branch)
    with pytest.raises(ModelError, match=gives):
        _ = Branch.table

    with pytest.raises(ModelError, match=r"\[M124\] .*Bad\.items is a Many\[\.\.\.\], and Bad is what a query gives\."):

        class Bad(Derived):  # pyright: ignore[reportUnusedClass]
            items: Many[Category]


class Note(Model):
    text: Col[str | None] = col(default=None)
    rank: Col[int] = col(default=0)


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("nulls", [None, "first", "last"])
async def test_cursors_pass_rows_without_a_value(url: str, falling: bool, nulls: Any) -> None:
    async with opened(url, Note):
        for text in ("b", None, "a", None, "c", "b", None):
            await Note.create(text=text)
        order = Note.text.desc(nulls=nulls) if falling else Note.text.asc(nulls=nulls)
        query = Note.all().order_by(order, Note.rank.desc(), Note.id)
        wanted = [note.id for note in await query]
        for size in (1, 2, 3, 7):
            found: list[int] = []
            cursor = None
            while True:
                page = await query.cursor_page(cursor, size=size)
                found += [note.id for note in page]
                if (cursor := page.next) is None:
                    break
            assert found == wanted
