from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import msgspec
import pytest
import sqlalchemy as sa

from rooftree.db import QueryError, core, sql, transaction
from rooftree.db.query.raw import _parsed
from tests.unit.db.queries.shop import Category, Product, filled

raw: Any = sql


class Row(msgspec.Struct):
    name: str
    stock: int


@dataclass
class Dated:
    name: str
    at: datetime
    price: Annotated[Decimal, Product.price]


class Pair(NamedTuple):
    name: str
    supplier: int | None


async def test_sql_gives_rows_of_a_type(url: str) -> None:
    async with filled(url):
        rows = await sql(Row, "select name, stock from products where stock > :least order by id", least=1)
        assert rows == [Row("Oak", 3), Row("Iron_100%", 7)]
        dated = await sql(Dated, "select name, created_at, price from products where name = :name", name="Oak")
        assert dated == [Dated("Oak", datetime(2026, 3, 29, 0, 30, tzinfo=UTC), Decimal("9.90"))]
        assert await sql(Pair, "select name, supplier_id from products where name = :n or name = :n", n="Ash") == [
            Pair("Ash", None)
        ]
        assert await sql(tuple[str, int], "select name, stock from products where id = :id", id=1) == [("Oak", 3)]
        assert await sql(int, "select count(*) from products") == [3]
        assert await sql(
            str, "select name from products where created_at > :at", at=datetime(2026, 6, 1, tzinfo=UTC)
        ) == ["Iron_100%"]


async def test_sql_leaves_colons_in_texts_and_comments_alone(url: str) -> None:
    async with filled(url):
        assert await sql(str, "select ':x' || ' -- :y' /* :z */ -- :w\n || :v", v="!") == [":x -- :y!"]
    assert _parsed("select $a$ :x $a$, b::text, :y, :y", "postgresql")[0].text == "select $a$ :x $a$, b::text, $1, $1"


async def test_sql_writes_in_the_transaction(url: str) -> None:
    async with filled(url):
        with pytest.raises(KeyError):
            async with transaction():
                assert await sql(int, "update products set stock = :n", n=50) == []
                raise KeyError
        assert await sql(int, "update products set stock = stock + 1 where name = 'Oak' returning stock") == [4]


async def test_sql_says_what_does_not_fit(url: str) -> None:
    async with filled(url):
        for row, text, values, said in (
            (int, "select :a", {}, "names :a and was not given it"),
            (int, "select 1", {"b": 1}, "was given 'b' and does not name it"),
            (int, "select 1; drop table products", {}, "several statements"),
            (int, "select 1, 2", {}, "selects 2 columns, and its result has 1 fields"),
            (Row, "select name, null from products", {}, "found NULL where 'stock' must have a value"),
            (int, "select name from products", {}, "found str for 'value'"),
            (int, "select :a", {"a": object()}, "no column holds object"),
        ):
            with pytest.raises(QueryError, match=said):
                await raw(row, text, **values)


def test_raw_sql_that_may_change_the_session_is_marked() -> None:
    marked: dict[Any, bool] = {
        "select 1": False, "insert into a values (1)": False, "with a as (select 1) select * from a": False,
        "set search_path to x": True, "select set_config('a', 'b', false)": True, "pragma foreign_keys = off": True,
        "select pg_advisory_lock(1)": True, "listen x": True, "create temporary table t (a int)": True,
    }  # fmt: skip
    assert {text: _parsed(text, "postgresql")[0].changes_session for text in marked} == marked
    kinds: dict[Any, str] = {
        "select 1": "read", "(select 1) union (select 2)": "read", "select * from a for update": "write",
        "with x as (delete from a returning 1) select * from x": "write", "select nextval('s')": "write",
        "explain select 1": "read", "alter table a add b int": "ddl", "vacuum": "write",
    }  # fmt: skip
    assert {text: _parsed(text, "postgresql")[0].kind for text in kinds} == kinds


async def test_core_expressions_run_over_the_table(url: str) -> None:
    async with filled(url):
        products, categories = Product.table, Category.table
        query = (
            sa.select(products.c.name, products.c.price, categories.c.name)
            .join(categories)
            .where(products.c.price < Decimal(50), categories.c.name.in_(["Wood", "Clay"]))
            .order_by(products.c.price.desc())
        )
        assert await core(query) == [("Ash", Decimal("12.00"), "Wood"), ("Oak", Decimal("9.90"), "Wood")]
        assert await core(sa.update(products).where(products.c.stock == 0).values(stock=5)) == []
        assert await core(sa.select(sa.func.count()).select_from(products).where(products.c.stock == 5)) == [(1,)]
        made = await core(sa.insert(categories).values(name="Clay").returning(categories.c.name))
        assert made == [("Clay",)]
        assert await core(sa.select(products.c.created_at).where(products.c.name == "Oak")) == [
            (datetime(2026, 3, 29, 0, 30, tzinfo=UTC),)
        ]
