"""Observers: what they are told, and what never."""

from __future__ import annotations

import asyncio
import logging

import pytest

from rooftree.base import UniqueError
from rooftree.db.database import Database
from rooftree.db.log import QueryCounter, QueryEvent, RepeatedQueries, SlowQueries, log_queries, shown
from rooftree.db.transactions import transaction
from tests.unit.db.drivers.backends import make_tables, rows, run, statement


def event(text: str = "select 1", seconds: float = 0.0, place: str | None = "app/shop.py:7") -> QueryEvent:
    return QueryEvent(
        database="default",
        text=text,
        parameters=(),
        seconds=seconds,
        rows=1,
        place=place,
        in_transaction=False,
        error=None,
    )


async def test_every_statement_is_told_with_its_line_and_without_its_values(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        counter = QueryCounter()
        with db.observe(counter):
            await run(db, "insert into wood values (?, ?, 1)", 1, "private")
            assert await rows(db, "select name from wood where name = ?", "private") == [("private",)]
            async with transaction(db):
                await db.fetch_row(statement(db, "select id from wood where id = ?"), (1,))
            with pytest.raises(UniqueError):
                await run(db, "insert into wood values (2, ?, 1)", "private")
            await db.execute_many(statement(db, "update wood set price = ? where id = ?"), [(5, 1), (6, 2)])
            async for _ in db.stream(statement(db, "select id from wood"), ()):
                pass
            await db.fetch_each(statement(db, "select id from wood where id = ?"), [(1,), (2,)])
        await run(db, "delete from wood")
        assert [found.rows for found in counter.events] == [1, 1, 1, None, 1, None, 2]
        assert [found.in_transaction for found in counter.events][:3] == [False, False, True]
        assert isinstance(counter.events[3].error, UniqueError)
        assert counter.events[0].parameters == ("<int>", "<str of 7>")
        assert "private" not in repr(counter.events)
        assert all(found.place is not None and "drivers/" in found.place for found in counter.events)
        assert "drivers/test_log.py:" in str(counter.events[2].place)
        assert counter.report().count("\n") == len(counter) - 1
        with db.observe(counter, values=True):
            await rows(db, "select name from wood where name = ?", "seen")
        assert counter.events[-1].parameters == ("seen",)


def test_what_is_shown_of_values() -> None:
    assert shown((None, 1, "ab", b"abc", [1], 2.5)) == (
        "<null>", "<int>", "<str of 2>", "<bytes of 3>", "<list of 1>", "<float>",
    )  # fmt: skip


def test_slow_queries_are_named_with_their_line() -> None:
    warnings: list[str] = []
    watch = SlowQueries(warnings.append, limit=0.05)
    watch(event(seconds=0.01))
    watch(event("select 2", seconds=0.25))
    assert warnings == ["Slow query: 250 ms at app/shop.py:7: select 2"]


async def test_repeated_queries_are_told_once() -> None:
    warnings: list[str] = []
    watch = RepeatedQueries(warnings.append, limit=3)
    for _ in range(10):
        watch(event("select author"))
        watch(event("select other", place="app/shop.py:8"))
    assert len(warnings) == 2
    assert warnings[0].startswith("N+1: app/shop.py:7 ran the same statement 3 times. Load the rows together")
    for number in range(3_000):
        watch(event(f"select {number}"))
    assert len(watch._seen) <= 2_000


def test_a_log_gets_a_line_for_each(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_queries(logging.getLogger("db"))(event("select 1 \nfrom wood\n  where id = 1\n", seconds=0.002))
    assert caplog.messages == ["default 2.00 ms, 1 rows, app/shop.py:7: select 1 from wood where id = 1 ()"]


async def test_the_line_of_what_runs_in_a_task_of_its_own_is_where_it_is_waited_for(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        counter = QueryCounter()

        async def ask() -> None:
            await asyncio.gather(asks(), asks())
            await asyncio.wait_for(asks(), 10)
            await asyncio.shield(asks())
            await asyncio.gather(asyncio.gather(asks()))

        def asks() -> asyncio.Task[object]:  # whose coroutine has no line of ours
            return asyncio.ensure_future(db.fetch(statement(db, "select id from wood"), ()))

        first = ask.__code__.co_firstlineno
        with db.observe(counter):
            await asyncio.create_task(ask())
        lines = [int(str(found.place).rpartition(":")[2]) - first for found in counter.events]
        assert lines == [1, 1, 2, 3, 4]


async def test_what_nobody_waits_for_has_no_line(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        counter, done = QueryCounter(), asyncio.Event()
        with db.observe(counter):
            task = asyncio.ensure_future(db.fetch(statement(db, "select id from wood"), ()))
            task.add_done_callback(lambda _: done.set())
            await done.wait()
        assert [found.place for found in counter.events] == [None]
        assert counter.report().endswith("(no line of yours)")
