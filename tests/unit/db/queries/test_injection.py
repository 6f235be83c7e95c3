"""A list of payloads against every place of a query that takes a value, a name, an order or a fragment.

The payloads are those of payloads/sqli.txt, under the licence beside it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from rooftree.base import DatabaseError, HTTPError
from rooftree.db import (
    Aggregate,
    Check,
    Col,
    Constraint,
    Derived,
    Index,
    Model,
    ModelError,
    QueryError,
    RowInvalid,
    Search,
    Unique,
    case,
    coalesce,
    col,
    count,
    create_tables,
    drop_tables,
    lag,
    ntile,
    sql,
    string_agg,
    text_match,
    text_rank,
    value,
)
from tests.unit.db.queries.shop import opened

PAYLOADS = tuple(
    dict.fromkeys(
        line
        for line in (Path(__file__).parent / "payloads" / "sqli.txt").read_text(encoding="utf-8").splitlines()
        if line
    )
)
REFUSED = (QueryError, RowInvalid, HTTPError, DatabaseError, ModelError, TypeError, AttributeError)
raw: Any = sql


class Sample(Model):
    text: Col[str] = col(index=True)
    other: Col[str | None] = col(default=None)
    number: Col[int] = col(default=7)
    details: Col[dict[str, Any]] = col(default=dict)
    words: Col[list[str]] = col(default=list)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Search(cls.text, language="english"), Unique(cls.text, cls.number)]


class Named(Derived):
    text: Col[str] = col()
    number: Col[int] = col()


S: Any = Sample


def test_there_are_payloads() -> None:
    assert len(PAYLOADS) > 500


@contextlib.contextmanager
def naming(payload: str) -> Generator[None]:
    """Let a failure name its payload."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"payload: {payload!r}")
        raise


@pytest.mark.time_limit(180)
async def test_as_a_value_it_is_a_value(url: str) -> None:
    async with opened(url, Sample):
        rows = await Sample.create_many(
            [
                Sample(text=payload, other=payload, details={"a": payload, payload: [payload]}, words=[payload])
                for payload in PAYLOADS
            ]
        )
        plain = await Sample.create(text="plain", other="plain")
        for row, payload in zip(rows, PAYLOADS, strict=True):
            with naming(payload):
                choice = case(Sample.text == payload, payload).otherwise("no")
                for condition in (
                    Sample.text == payload,
                    Sample.text.in_([payload, payload]),
                    Sample.other.is_null() | (coalesce(Sample.other, payload) == payload),
                    Sample.text.between(payload, payload),
                    Sample.text.contains(payload) & Sample.text.startswith(payload) & Sample.text.endswith(payload),
                    Sample.text.equals(payload) & (Sample.text.replace(payload, "!") == "!"),
                    Sample.words.has(payload) & Sample.words.overlaps([payload]),
                    Sample.details.at("a", as_=str) == payload,
                    Sample.details.at(payload, 0, as_=str) == payload,
                    choice == payload,
                    Sample.text.matches(f"^{re.escape(payload)}$") & (Sample.text == payload),
                ):
                    found = await Sample.where(condition)
                    assert row in found, condition
                    assert plain not in found, condition
                assert await Sample.where(Sample.text == payload).select(value(payload), choice) == [(payload, payload)]
                (again,) = await raw(
                    str, "select text from samples where id = :id and text = :text", id=row.id, text=payload
                )
                assert again == payload
        assert await Sample.count() == len(PAYLOADS) + 1


@pytest.mark.time_limit(180)
async def test_as_a_value_that_is_written_it_is_that_value(url: str) -> None:
    async with opened(url, Sample):
        row = await Sample.create(text="begin")
        for payload in PAYLOADS:
            with naming(payload):
                row.text = payload
                await row.save()
                assert await Sample.where(Sample.id == row.id).update(other=Sample.text + payload) == 1
                assert (await Sample.get(row.id)).other == payload + payload
                (same,) = await Sample.upsert(Sample(text=payload, other=payload), on=[Sample.text, Sample.number])
                assert (same.id, same.other) == (row.id, payload)
                assert await Sample.get_or_create(text=payload) == (row, False)
        assert await Sample.count() == 1
        assert await Sample.where(Sample.text == PAYLOADS[-1]).delete() == 1


@pytest.mark.time_limit(180)
async def test_as_a_search_or_a_separator_it_is_text(url: str) -> None:
    async with opened(url, Sample):
        await Sample.create_many([Sample(text=text) for text in ("oak table", "ash chair")])
        for payload in PAYLOADS:
            with naming(payload):
                assert await Sample.where(text_match(Sample, f"oak or {payload}")).count() <= 2
                assert len(await Sample.search(payload)) <= 2
                assert len(await Sample.select(text_rank(Sample, payload))) == 2
                joined = await Sample.values(string_agg(Sample.text, payload)).one()
                assert joined in {f"oak table{payload}ash chair", f"ash chair{payload}oak table"}
                named = Named.of(Sample.select(value(payload), Sample.number))
                assert await named.where(Named.text == payload).count() == 2
        assert await Sample.count() == 2


def uses(payload: Any) -> list[Callable[[], Any]]:
    """Every place that takes a name, an order, a number or a fragment, given a payload."""
    return [
        lambda: S.where(payload),
        lambda: S.all().order_by(payload),
        lambda: S.all().order_by(S.text.asc(nulls=payload)),
        lambda: S.all().limit(payload),
        lambda: S.all().offset(payload),
        lambda: S.all().page(payload, size=1),
        lambda: S.all().page(1, size=payload),
        lambda: S.all().order_by(S.text).cursor_page(payload, size=2),
        lambda: S.all().order_by(S.text).cursor_page(size=payload),
        lambda: S.all().include(payload),
        lambda: S.all().join(payload, S.id == 1),
        lambda: S.all().join(Sample, payload),
        lambda: S.select(payload),
        lambda: S.values(payload),
        lambda: S.select(S.text).group_by(payload),
        lambda: S.select(S.text).group_by(S.text).having(payload),
        lambda: S.all().distinct(payload),
        lambda: S.all().update(**{payload: 1}),
        lambda: S.all().update(payload),
        lambda: S.all().update(number=payload),
        lambda: S.all().search("x", name=payload),
        lambda: S.where(text_match(payload, "x")),
        lambda: S.create(**{payload: 1}),
        lambda: S.create(text="x", number=payload),
        lambda: S.get_or_create(**{payload: 1}),
        lambda: S.update_many([Sample(text="x")], payload),
        lambda: S.upsert(Sample(text="x"), on=[payload]),
        lambda: S.upsert(Sample(text="x"), on=[S.text], update=[payload]),
        lambda: S.get(payload),
        lambda: S.in_bulk([payload]),
        lambda: S.where(S.number.in_([payload])),
        lambda: S.where(S.number > payload),
        lambda: S.where(S.details.at(payload, as_=payload) == 1),
        lambda: S.where(S.text.cast(payload) == 1),
        lambda: S.select(count().over(order_by=payload)),
        lambda: S.select(count().over(partition_by=(payload,))),
        lambda: S.select(count().over(rows=(payload, 0), order_by=S.id)),
        lambda: S.select(ntile(payload).over(order_by=S.id)),
        lambda: S.select(lag(S.text, payload).over(order_by=S.id)),
        lambda: S.select(Aggregate(payload, (), S.number.type, (payload, False, False, None))),
        lambda: Named.of(payload),
        lambda: raw(int, "select count(*) from samples where number = :number", number=payload, **{payload: 1}),
    ]


@pytest.mark.time_limit(180)
async def test_as_anything_else_it_is_an_error(url: str) -> None:
    async with opened(url, Sample):
        await Sample.create(text="plain")
        for payload in PAYLOADS:
            with naming(payload):
                for number, use in enumerate(uses(payload)):
                    try:
                        made = use()
                        found = await made
                    except REFUSED:
                        continue
                    raise AssertionError(f"use {number} took it and gave {found!r}")
        assert await Sample.count() == 1


def test_as_a_name_in_a_model_it_is_an_error() -> None:
    def declared(payload: str) -> list[Callable[[], Any]]:
        name: Any = payload

        def table() -> None:
            class Bad(Model, table=name):  # pyright: ignore[reportUnusedClass]
                text: Col[str] = col()

        def schema() -> None:
            class Bad(Model, schema=name):  # pyright: ignore[reportUnusedClass]
                text: Col[str] = col()

        return [table, schema, lambda: Search(Sample.text, language=name), lambda: Search(Sample.text, name=name)]

    for payload in PAYLOADS:
        if payload.isidentifier():
            continue
        with naming(payload):
            for declare in declared(payload):
                with pytest.raises(ModelError, match=r"\[M107\]|\[M125\]"):
                    declare()


async def test_as_a_literal_in_a_constraint_it_is_text(url: str) -> None:
    """What stands in a check or an index is written out into the DDL."""
    some = PAYLOADS[:: max(1, len(PAYLOADS) // 60)]

    class Guarded(Model):
        text: Col[str] = col()
        kind: Col[str] = col(default="")

        @classmethod
        def constraints(cls) -> list[Constraint]:
            checks: list[Constraint] = [Check(cls.text != payload, name=f"c{at}") for at, payload in enumerate(some)]
            return [
                *checks,
                *[Index(cls.kind, where=cls.text == payload, name=f"ig_{at}") for at, payload in enumerate(some)],
            ]

    async with opened(url, Guarded):
        await Guarded.create(text="fine")
        for at, payload in enumerate(some):
            with naming(payload), pytest.raises(RowInvalid, match=f"c{at}"):
                await Guarded.create(text=payload)
            with naming(payload), pytest.raises(DatabaseError):  # the database knows the same text
                await Guarded.where(Guarded.text == "fine").update(text=payload)
        await drop_tables(Guarded)
        await create_tables(Guarded)
