"""Which reads by key go out together; what the server answers is made up here, and comes when the test says so."""

from __future__ import annotations

import asyncio
from typing import Any

from rooftree.base import ValueRefused
from rooftree.db.drivers.base import Parameters, Row
from rooftree.db.drivers.postgres.together import KeyReads
from rooftree.db.statement import Statement

BY_KEY = Statement("select id, name from wood where id = $1", "read", returns_rows=True)


class Server:
    """Answers each question by its key, once it may; keys past 99 have no row."""

    def __init__(self) -> None:
        self.asked: list[list[Any]] = []
        self._held: list[asyncio.Event] = []

    async def _answer(self, keys: list[Any]) -> list[Row]:
        self.asked.append(keys)
        self._held.append(asyncio.Event())
        await self._held[-1].wait()
        return [(key, f"w{key}") for key in keys if key < 100]

    def let_go(self, number: int) -> None:
        self._held[number].set()

    async def fetch_row(self, statement: Statement, parameters: Parameters) -> Row | None:
        assert statement is BY_KEY
        return next(iter(await self._answer([parameters[0]])), None)

    async def fetch_in_order(self, statement: Statement, many: list[Parameters]) -> list[Row]:
        assert statement is BY_KEY
        return await self._answer([parameters[0] for parameters in many])


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_that_come_while_any_is_under_way_go_out_together() -> None:
    server = Server()
    reads = KeyReads(server)
    tasks: list[asyncio.Task[Row | None]] = []

    async def ask(*keys: int) -> None:
        tasks.extend(asyncio.create_task(reads.read(BY_KEY, (key,), (0,))) for key in keys)
        await turns()

    await ask(1, 2, 3)
    assert server.asked == [[1], [2, 3]]
    server.let_go(0)
    await turns()
    await ask(4, 5)  # 2 and 3 are still under way
    await ask(6)  # it waits for nobody
    assert server.asked == [[1], [2, 3], [4, 5], [6]]
    for number in (3, 2, 1):
        server.let_go(number)
    assert await asyncio.gather(*tasks) == [(key, f"w{key}") for key in range(1, 7)]
    assert reads._under_way == {}


async def test_who_has_no_row_asks_alone_and_sends_nobody_else_back() -> None:
    server = Server()
    reads = KeyReads(server)
    tasks = [asyncio.create_task(reads.read(BY_KEY, (key,), (0,))) for key in (1, 100, 2, 2, 101, 3)]
    await turns()
    assert server.asked == [[1], [100, 2, 2, 101, 3]]
    server.let_go(1)
    await turns()
    assert [task.done() for task in tasks] == [False, False, True, True, False, True]
    assert server.asked[2:] == [[100], [101]]
    for number in (0, 2, 3):
        server.let_go(number)
    assert await asyncio.gather(*tasks) == [(1, "w1"), None, (2, "w2"), (2, "w2"), None, (3, "w3")]


async def test_who_was_cancelled_is_not_asked_for() -> None:
    server = Server()
    reads = KeyReads(server)
    tasks = [asyncio.create_task(reads.read(BY_KEY, (key,), (0,))) for key in (1, 2, 3, 4)]
    await asyncio.sleep(0)  # 2, 3 and 4 gather, and go out at the end of this turn
    tasks[1].cancel()
    await turns()
    assert server.asked == [[1], [3, 4]]
    tasks[2].cancel()
    await turns()
    server.let_go(0)
    server.let_go(1)
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in done] == [tuple, asyncio.CancelledError, asyncio.CancelledError, tuple]
    assert reads._under_way == {}


class Picky(Server):
    """Refuses questions that hold the key 13."""

    async def _answer(self, keys: list[Any]) -> list[Row]:
        if 13 in keys:
            self.asked.append(keys)
            raise ValueRefused("T402", "A value does not fit.", "Give another.")
        return await super()._answer(keys)


async def test_a_value_that_fails_is_the_error_of_its_own_caller() -> None:
    server = Picky()
    reads = KeyReads(server)
    tasks = [asyncio.create_task(reads.read(BY_KEY, (key,), (0,))) for key in (1, 2, 13, 3)]
    await turns()
    assert server.asked == [[1], [2, 13, 3], [2], [13], [3]]
    for number in range(len(server._held)):
        server.let_go(number)
    one, two, refused, three = await asyncio.gather(*tasks, return_exceptions=True)
    assert (one, two, three) == ((1, "w1"), (2, "w2"), (3, "w3"))
    assert isinstance(refused, ValueRefused)
    assert reads._under_way == {}
    assert reads._gathered == {}


async def test_whoever_asked_first_may_go_and_nobody_waits_for_ever() -> None:
    server = Server()
    reads = KeyReads(server)
    tasks = [asyncio.create_task(reads.read(BY_KEY, (key,), (0,))) for key in (1, 2, 3)]
    await asyncio.sleep(0)
    for task in tasks:  # all, before the two that gather go out
        task.cancel()
    assert [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)] == [asyncio.CancelledError] * 3
    await turns()
    assert server.asked == [[1]]
    assert reads._under_way == {}
    assert reads._gathered == {}
    late = asyncio.create_task(reads.read(BY_KEY, (4,), (0,)))
    await turns()
    server.let_go(1)
    assert await late == (4, "w4")
