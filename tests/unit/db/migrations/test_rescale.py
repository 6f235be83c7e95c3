"""Columns of Decimal that get other digits: what is stored stays the same number, on both databases."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rooftree.base import RooftreeError
from rooftree.db import Col, Database, Databases, Model, col
from rooftree.db.migrations.rescale import converted
from tests.unit.db.migrations.test_make import fetch, make, migrate, migrations_of, run, state


class Price1:
    class Price(Model):
        more: Col[Decimal] = col(max_digits=10, decimal_places=2, ge=0, le=Decimal("99.5"))
        fewer: Col[Decimal | None] = col(max_digits=10, decimal_places=3)
        counted: Col[int] = col()
        whole: Col[Decimal] = col(max_digits=10, decimal_places=2)
        approximate: Col[float] = col()
        measured: Col[Decimal] = col(max_digits=10, decimal_places=2)


class Price2:
    class Price(Model):
        more: Col[Decimal] = col(max_digits=12, decimal_places=4, ge=0, le=Decimal("99.5"))
        fewer: Col[Decimal | None] = col(max_digits=10, decimal_places=1)
        counted: Col[Decimal] = col(max_digits=12, decimal_places=2)
        whole: Col[int] = col()
        approximate: Col[Decimal] = col(max_digits=10, decimal_places=2)
        measured: Col[float] = col()


FULL = {
    "more": Decimal("19.99"),
    "fewer": Decimal("-2.250"),
    "counted": 7,
    "whole": Decimal("3.50"),
    "approximate": 0.125,
    "measured": Decimal("-0.05"),
}


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[None]:
    async with Database(url) as database:
        with Databases({"default": database}).current():
            yield


async def fill(url: str, model: Any, *rows: dict[str, Any]) -> None:
    async with opened(url):
        await model.create_many([model(**row) for row in rows])


async def rows_of(url: str, model: Any) -> list[tuple[Any, ...]]:
    async with opened(url):
        return [
            (row.more, row.fewer, row.counted, row.whole, row.approximate, row.measured)
            for row in await model.all().order_by(model.id)
        ]


async def test_other_digits_are_found_and_what_is_stored_stays_the_same_number(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, Price1.Price)
    await migrate(url, tmp_path)
    await fill(url, Price1.Price, FULL, FULL | {"fewer": None, "measured": Decimal("12.34")})
    before = await state(url)
    made = await make(url, tmp_path, Price2.Price)
    assert made.files
    await migrate(url, tmp_path)
    assert await make(url, tmp_path, Price2.Price) == type(made)([], [], [])
    exact = (Decimal("19.9900"), Decimal("-2.3"), Decimal("7.00"), 4, Decimal("0.13"), -0.05)
    assert await rows_of(url, Price2.Price) == [exact, (*exact[:1], None, *exact[2:5], 12.34)]
    await migrations_of(url, tmp_path).rollback()
    assert await state(url) == before
    back = (Decimal("19.99"), Decimal("-2.300"), 7, Decimal("4.00"), 0.13, Decimal("-0.05"))
    assert await rows_of(url, Price1.Price) == [back, (*back[:1], None, *back[2:5], Decimal("12.34"))]


class Wide:
    class Sum(Model):
        total: Col[Decimal] = col(max_digits=18, decimal_places=2)


class Narrow:
    class Sum(Model):
        total: Col[Decimal] = col(max_digits=18, decimal_places=8)


async def test_a_number_of_more_digits_than_the_new_column_stops_the_migration(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, Wide.Sum)
    await migrate(url, tmp_path)
    async with opened(url):
        await Wide.Sum.create(total=Decimal("9999999999.99"))
        large = await Wide.Sum.create(total=Decimal("10000000000.00"))
    await make(url, tmp_path, Narrow.Sum)
    with pytest.raises(RooftreeError, match="overflow"):
        await migrate(url, tmp_path)
    async with opened(url):
        assert [row.total for row in await Wide.Sum.all().order_by(Wide.Sum.id)] == [
            Decimal("9999999999.99"),
            large.total,
        ]
        await large.delete()
    await migrate(url, tmp_path)
    async with opened(url):
        assert (await Narrow.Sum.all().one()).total == Decimal("9999999999.99000000")


async def test_a_rule_of_a_decimal_comes_back_from_a_database(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, Price1.Price)
    await migrate(url, tmp_path)
    pulled = await migrations_of(url, tmp_path).pull()
    assert pulled.differences == []
    rules = 'ge=0, le=Decimal("99.5")'
    assert f"    more: Col[Decimal] = col(max_digits=10, decimal_places=2, {rules})\n" in pulled.source
    assert "    fewer: Col[Decimal | None] = col(max_digits=10, decimal_places=3)\n" in pulled.source
    assert "    counted: Col[int] = col()\n" in pulled.source


@pytest.mark.parametrize(
    ("stored", "before", "after", "expected"),
    [
        (1999, "SCALED INTEGER(10,2)", "SCALED INTEGER(10,2)", 1999),
        (1999, "SCALED INTEGER(10,2)", "SCALED INTEGER(12,2)", 1999),
        (-5, "SCALED INTEGER(10,1)", "SCALED INTEGER(10,0)", -1),
        (-4, "SCALED INTEGER(10,1)", "SCALED INTEGER(10,0)", 0),
        (5, "SCALED INTEGER(10,1)", "INTEGER", 1),
        (-5, "SCALED INTEGER(10,2)", "TEXT", "-0.05"),
        (1999, "SCALED INTEGER(10,2)", "VARCHAR(20)", "19.99"),
        (7, "SCALED INTEGER(10,0)", "TEXT", "7"),
        (None, "SCALED INTEGER(10,2)", "TEXT", None),
        ("19.99", "TEXT", "SCALED INTEGER(10,2)", 1999),
        (1.005, "REAL", "SCALED INTEGER(10,1)", 10),
        (10**17, "SCALED INTEGER(18,0)", "SCALED INTEGER(18,1)", None),
        (995, "SCALED INTEGER(3,1)", "SCALED INTEGER(2,0)", None),
        ("x", "TEXT", "INTEGER", "x"),
    ],
)
async def test_what_sqlite_stores(tmp_path: Path, stored: Any, before: str, after: str, expected: Any) -> None:
    url = f"sqlite:///{tmp_path / 'one.sqlite3'}"
    await run(url, "CREATE TABLE one (value)", f"INSERT INTO one VALUES ({'NULL' if stored is None else repr(stored)})")
    asked = f"SELECT {converted('value', before, after)} FROM one"
    if stored is not None and expected is None:
        with pytest.raises(RooftreeError, match="overflow"):
            await fetch(url, asked)
    else:
        [(found,)] = await fetch(url, asked)
        assert found == expected
        assert type(found) is type(expected)
