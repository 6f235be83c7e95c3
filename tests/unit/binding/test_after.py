"""Work after the answer."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rooftree.base import HTTPError
from rooftree.binding import After
from rooftree.http import Response
from tests.unit.binding.kit import answer, make_request, plan_of

LOG: list[Any] = []


@pytest.fixture(autouse=True)
def log() -> list[Any]:
    LOG.clear()
    return LOG


async def send(to: str, *, copy: bool = False) -> None:
    LOG.append(("send", to, copy))


def write(line: str) -> None:
    LOG.append(("write", line, threading.current_thread() is threading.main_thread()))


async def run_after(response: Response) -> None:
    for work in response.after or ():
        await work()


async def test_it_is_done_in_order_when_the_answer_is_written() -> None:
    async def handler(after: After) -> str:
        after(send, "a", copy=True)
        after(write, "b")
        after(lambda: send("c"))
        return "ok"

    response = await answer(plan_of(handler))
    assert LOG == []
    await run_after(response)
    assert LOG == [("send", "a", True), ("write", "b", False), ("send", "c", False)]


async def test_a_stream_puts_work_down_while_it_is_sent() -> None:
    async def handler(after: After) -> AsyncIterator[str]:
        after(send, "first")
        yield "a"
        after(send, "second")

    response = await answer(plan_of(handler))
    assert not isinstance(response.body, bytes | str)
    assert [part async for part in response.body] == [b"a"]
    await run_after(response)
    assert LOG == [("send", "first", False), ("send", "second", False)]


async def test_a_callable_that_gives_something_to_await() -> None:
    class Sender:
        async def __call__(self, to: str) -> None:
            await send(to)

    class Record:
        def __init__(self, line: str) -> None:
            LOG.append(line)

    def handler(after: After) -> str:
        after(Sender(), "a")
        after(Record, "made")
        return "ok"

    await run_after(await answer(plan_of(handler)))
    assert LOG == [("send", "a", False), "made"]


async def test_nothing_to_do() -> None:
    async def handler(after: After) -> str:
        return "ok"

    assert (await answer(plan_of(handler))).after is None


async def test_a_handler_that_fails_leaves_nothing_behind() -> None:
    async def handler(after: After, fail: bool = False) -> str:
        after(send, "a")
        if fail:
            raise HTTPError(409)
        return "ok"

    plan = plan_of(handler)
    with pytest.raises(HTTPError):
        await answer(plan, make_request(query="fail=1"))
    response = await answer(plan)
    assert response.after is not None
    assert len(response.after) == 1


async def test_a_response_keeps_its_own_work() -> None:
    async def handler(after: After) -> Response:
        response = Response(b"")
        response.run_after(lambda: send("own"))
        after(send, "later")
        return response

    await run_after(await answer(plan_of(handler)))
    assert LOG == [("send", "own", False), ("send", "later", False)]
