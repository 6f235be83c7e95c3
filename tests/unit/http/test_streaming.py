from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from rooftree.http import Stream
from tests.unit.http.making import content_of


async def test_an_asynchronous_source() -> None:
    async def parts() -> AsyncIterator[bytes | str]:
        yield b"a"
        yield "ü"

    stream = Stream(parts(), "text/plain", 201, {"x-a": "1"}, length=3)
    assert (stream.status, stream.media_type, stream.length) == (201, "text/plain", 3)
    assert stream.headers["x-a"] == "1"
    assert await content_of(stream) == "aü".encode()


@pytest.mark.both_loops
async def test_a_plain_source_runs_on_a_thread() -> None:
    threads: set[int] = set()

    def parts() -> Iterator[bytes | str]:
        for part in (b"a", "b", b""):
            threads.add(threading.get_ident())
            yield part

    stream = Stream(parts())
    assert stream.media_type == "application/octet-stream"
    assert [part async for part in stream] == [b"a", b"b", b""]
    assert threading.get_ident() not in threads


async def test_lists_and_iterables_that_are_no_iterators() -> None:
    class Parts:
        def __aiter__(self) -> AsyncIterator[bytes]:
            return self.parts()

        async def parts(self) -> AsyncIterator[bytes]:
            yield b"x"

    assert await content_of(Stream([b"a", "b"])) == b"ab"
    assert await content_of(Stream(Parts())) == b"x"
    await Stream([b"a"]).aclose()
    await Stream(Parts()).aclose()


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_the_source_is_ended(taken: int) -> None:
    ended: list[str] = []

    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            yield b"b"
            yield b"c"
        finally:
            ended.append("asynchronous")

    def plain() -> Iterator[bytes]:
        try:
            yield b"a"
            yield b"b"
            yield b"c"
        finally:
            ended.append("plain")

    for stream in (Stream(parts()), Stream(plain())):
        iterator = aiter(stream)
        for _ in range(taken):
            await anext(iterator)
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(iterator)
    assert ended == (["asynchronous", "plain"] if taken else [])


async def test_an_error_of_the_source_is_seen() -> None:
    def plain() -> Iterator[bytes]:
        yield b"a"
        raise LookupError("gone")

    stream = Stream(plain())
    with pytest.raises(LookupError, match="gone"):
        await content_of(stream)


async def test_a_part_that_is_being_made_is_waited_for() -> None:
    going, go_on = threading.Event(), threading.Event()
    ended: list[str] = []

    def plain() -> Iterator[bytes]:
        try:
            going.set()
            go_on.wait(5)
            yield b"a"
        finally:
            ended.append("ended")

    stream = Stream(plain())
    reading = asyncio.ensure_future(anext(aiter(stream)))
    await asyncio.to_thread(going.wait, 5)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    closing = asyncio.create_task(stream.aclose())
    await asyncio.sleep(0.01)
    assert not closing.done()
    go_on.set()
    await closing
    assert ended == ["ended"]


def test_a_body_that_was_replaced_has_no_parts() -> None:
    stream = Stream([b"a"])
    stream.body = b"whole"
    with pytest.raises(TypeError, match=r"The parts of this stream were replaced by a whole body\."):
        aiter(stream)
