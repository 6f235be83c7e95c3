"""A task cancelled at any of its await points leaks no connection, commits no half, leaves nothing dirty."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest

from rooftree.db.database import Database
from rooftree.db.transactions import on_commit, transaction
from tests.unit.db.drivers.backends import make_tables, rows, run, statement, value

Story = Callable[[Database], Coroutine[Any, Any, None]]


class CancelledAt:
    """Runs a coroutine and cancels the task while it waits for the n-th time."""

    def __init__(self, work: Coroutine[Any, Any, None], point: int) -> None:
        self.work = work
        self.left = point

    def __await__(self) -> Generator[Any, Any, None]:
        task = asyncio.current_task()
        assert task is not None
        steps = self.work.__await__()
        send: Callable[[], Any] = lambda: next(steps)  # noqa: E731
        while True:
            try:
                waited_for = send()
            except StopIteration:
                return
            self.left -= 1
            if self.left == 0:
                asyncio.get_running_loop().call_soon(task.cancel)
            try:
                yield waited_for
            except BaseException as error:  # noqa: BLE001 - goes on into the coroutine
                thrown = error
                send = lambda: steps.throw(thrown)  # noqa: B023, E731
            else:
                send = lambda: next(steps)  # noqa: E731


async def writes_in_a_transaction(db: Database) -> None:
    async with transaction(db):
        await run(db, "insert into wood values (1, 'oak', 1)")
        async with transaction(db):
            await run(db, "insert into wood values (2, 'ash', 1)")
        on_commit(lambda: committed.append(1), db)
        await run(db, "insert into wood values (3, 'elm', 1)")


async def writes_many(db: Database) -> None:
    insert = statement(db, "insert into wood values (?, ?, 1)")
    await db.execute_many(insert, [(number, f"w{number}") for number in range(1, 204)])


async def writes_alone(db: Database) -> None:
    await db.fetch(
        statement(db, "insert into wood values (1, 'oak', 1), (2, 'ash', 1), (3, 'elm', 1) returning id"), ()
    )


async def streams(db: Database) -> None:
    async with transaction(db):
        async for _ in db.stream(statement(db, "select 1 union all select 2 union all select 3"), (), batch=1):
            pass
        await run(db, "insert into wood values (1, 'a', 1), (2, 'b', 1), (3, 'c', 1)")
    async for _ in db.stream(statement(db, "select id from wood"), (), batch=1):
        pass


async def shares_with_tasks(db: Database) -> None:
    async with transaction(db), asyncio.TaskGroup() as group:
        for number in (1, 2, 3):
            group.create_task(run(db, "insert into wood values (?, ?, 1)", number, f"w{number}"))


async def gives_up_in_time(db: Database) -> None:
    async with transaction(db):
        await run(db, "insert into wood values (1, 'oak', 1)")
        try:
            async with asyncio.timeout(0.001), transaction(db):
                await run(db, "insert into wood values (9, 'out', 1)")
                await slow(db)
        except TimeoutError:
            pass
        await run(db, "insert into wood values (2, 'ash', 1), (3, 'elm', 1)")


async def slow(db: Database) -> None:
    if db.dialect == "postgresql":
        await value(db, "select pg_sleep(5)")
    else:
        await value(db, "with recursive n(i) as (values (1) union all select i + 1 from n where i < 90000000)"
                        " select sum(i) from n")  # fmt: skip


STORIES: list[Story] = [
    writes_in_a_transaction, writes_many, writes_alone, streams, shares_with_tasks, gives_up_in_time,
]  # fmt: skip
committed: list[int] = []


@pytest.mark.time_limit(60)
@pytest.mark.parametrize("story", STORIES)
async def test_cancelled_at_every_await_point(url: str, story: Story) -> None:
    async with Database(url, pool_size=2, acquire_limit=5, lock_limit=5) as db:
        await make_tables(db)
        full = 203 if story is writes_many else 3
        for point in range(1, 200):
            await run(db, "delete from wood")
            committed.clear()
            task = asyncio.ensure_future(wait_for(CancelledAt(story(db), point)))
            await asyncio.wait([task])
            assert task.cancelled() or task.exception() is None
            await at_rest(db)
            assert db.current_scope() is None
            count = await value(db, "select count(*) from wood")
            assert count in {0, full}, f"half of it at await point {point}"
            if story is writes_in_a_transaction:
                assert len(committed) == (count == full)
            assert await value(db, "select count(*) from wood where name = 'out'") == 0
            if not task.cancelled():
                assert count == full
                assert point > 1 or db.dialect == "sqlite"
                return
    pytest.fail("the story has no end")


async def at_rest(db: Database) -> None:
    """Every connection can be had at once, and none is in a transaction or in use."""
    inside = 0
    all_inside = asyncio.Event()
    wanted = 1 if db.dialect == "sqlite" else 2

    async def hold() -> None:
        nonlocal inside
        async with transaction(db):
            assert await rows(db, "select 1") == [(1,)]
            inside += 1
            if inside == wanted:
                all_inside.set()
            await all_inside.wait()

    async with asyncio.timeout(5):
        await asyncio.gather(*(hold() for _ in range(wanted)))
    if db.url.startswith("sqlite:///"):
        async with transaction(db, read_only=True), asyncio.timeout(5):
            await rows(db, "select 1")


async def wait_for(work: Awaitable[None]) -> None:
    await work
