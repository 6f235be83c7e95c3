# ruff: noqa: E501 - a table of payloads reads best as it is
"""Hostile values against every place of a query that takes a value, a name or an order: literal data, or an error."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

import pytest

from rooftree.base import DatabaseError, HTTPError
from rooftree.db import Col, Model, ModelError, QueryError, Ref, RowInvalid, col, ref, round_, sql
from tests.unit.db.queries.shop import Category, Product, Supplier, Tag, filled

PAYLOADS = (
    "' or '1'='1", "'; drop table products; --", '" or ""="', "1 or 1=1", "1; select pg_sleep(10)", "\\'; drop table products",
    "admin'/*", "') or ('1'='1", "%' or name like '%", "' union select null, version() --", "$1", ":name", "?", "%s", "%(x)s",
    "{0}", "$$; drop table products; $$", "products.price", "\u02bc or 1=1", "'||(select 'x')||'", "0x27", "1e999", "null",
    "--", "/* */", "\\", "''", '"', "`id`", "'\n or 1=1 --", "' AND 1=(SELECT COUNT(*) FROM tabname); --", "\u2019 or \u20191\u2019=\u20191",
)  # fmt: skip
P: Any = Product
C: Any = Category
raw: Any = sql
round_any: Any = round_
REFUSED = (QueryError, RowInvalid, HTTPError, DatabaseError, TypeError, AttributeError, ModelError)


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_a_text_that_looks_like_sql_is_a_text(url: str, payload: str) -> None:
    async with filled(url):
        made = await Supplier.create(name=payload, country=payload)
        other = await Supplier.create(name="plain")
        for condition in (
            Supplier.name == payload,
            Supplier.name.in_([payload]),
            Supplier.name.contains(payload),
            Supplier.name.startswith(payload),
            Supplier.name.endswith(payload),
            Supplier.name.equals(payload),
            Supplier.name.contains(payload.upper(), ignore_case=True),
            Supplier.country == payload,
            Supplier.name.between(payload, payload),
            (Supplier.name + "!") == payload + "!",
            Supplier.name.replace(payload, "\u0001") == "\u0001",
        ):
            found = await Supplier.where(condition)
            assert made in found, condition
            assert other not in found, condition
        assert await Supplier.where(Supplier.name == payload).update(country=payload + payload) == 1
        assert (await Supplier.get(made.id)).country == payload + payload
        assert (await Supplier.get_or_create(name=payload))[1] is False
        assert await sql(str, "select name from suppliers where name = :name", name=payload) == [payload]
        made.name += payload
        await made.save()
        assert (await Supplier.get(made.id)).name == payload * 2
        assert [row.name for row in await Supplier.create_many([Supplier(name=payload) for _ in range(3)])] == [
            payload
        ] * 3
        assert await Supplier.where(Supplier.name == payload).delete() == 3
        await Product.where(Product.tags.any(Tag.name == payload)).order_by(Product.id)
        await Category.all().include(Category.products.where(Product.name == payload))
        assert await Product.count() == 3


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_that_become_sql_are_known_ones(payload: str) -> None:
    for use in (P.created_at.part, P.created_at.truncate, functools.partial(round_any, P.price)):
        with pytest.raises(QueryError, match=r"\[Q117\]|\[Q232\]"):
            use(payload)


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_a_text_where_something_else_is_wanted_is_refused(url: str, payload: Any) -> None:
    async with filled(url) as shop:
        uses: tuple[Any, ...] = (
            lambda: P.get(payload),
            lambda: P.where(P.id == payload),
            lambda: P.where(P.price < payload),
            lambda: P.where(P.stock.in_([payload])),
            lambda: P.where(P.created_at > payload),
            lambda: P.where(P.category.is_(payload)),
            lambda: P.where(payload),
            lambda: P.all().order_by(payload),
            lambda: P.all().limit(payload),
            lambda: P.all().offset(payload),
            lambda: P.all().page(payload, size=1),
            lambda: P.all().page(1, size=payload),
            lambda: P.all().order_by(P.price).cursor_page(payload, size=1),
            lambda: P.all().include(payload),
            lambda: P.select(payload),
            lambda: P.all().distinct(payload),
            lambda: P.select(P.name).group_by(payload),
            lambda: P.all().update(**{payload: 1}),
            lambda: P.all().update(stock=payload),
            lambda: P.all().update(category=payload),
            lambda: P.in_bulk([payload]),
            lambda: P.create(name="x", price=payload, category=shop.wood),
            lambda: P.create(**{payload: 1}),
            lambda: P.get_or_create(**{payload: 1}),
            lambda: C.upsert(C(name="x"), on=[payload]),
            lambda: P.values(P.created_at.part(payload)),
            lambda: P.values(P.created_at.truncate(payload)),
            lambda: P.values(P.created_at.part("hour", zone=payload)),
            lambda: P.tags.add(shop.oak, payload),
            lambda: P.tags.of(payload),
            lambda: raw(int, payload),
        )
        for use in uses:
            with pytest.raises(REFUSED):
                await use()
        assert await P.count() == 3
        assert (await P.get(shop.oak.id)).price == Decimal("9.90")


@pytest.mark.parametrize(
    "name", [*(payload for payload in PAYLOADS if not payload.isalpha()), "a b", "a-b", "", "ä", "1a", "x" * 64]
)
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    def as_table() -> None:
        class Bad(Model, table=name):  # pyright: ignore[reportUnusedClass]
            text: Col[str] = col()

    def as_column() -> None:
        class Bad(Model):  # pyright: ignore[reportUnusedClass]
            text: Col[str] = col(name=name)

    def as_reference() -> None:
        class Bad(Model):  # pyright: ignore[reportUnusedClass]
            other: Ref[Category] = ref(columns=(name,))

    for declare in (as_table, as_column, as_reference):
        with pytest.raises(ModelError, match=r"\[M107\]"):
            declare()
