"""Clients that take their time: each kind is ended by its limit while others are served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress

import pytest

from rooftree.base import Limits
from rooftree.http import Request, Response
from rooftree.server import Server
from tests.e2e.server.bare import Bare, Client, connected, get, serving, statuses, until

pytestmark = pytest.mark.both_loops

COUNT = 50
QUICK = Limits(
    head_time=1.0, body_time=1.0, write_time=1.0, handler_time=1.0, keep_alive_time=1.0, linger_time=0.5, rate=1000
)


BIG = bytes(8_000_000)


async def big(_: Request) -> Response:
    return Response(BIG)


async def trickle(client: Client, data: bytes) -> None:
    """Send a byte now and then, for ever."""
    for byte in data * 1000:
        client.send(bytes([byte]))
        await asyncio.sleep(0.1)


async def drip_head(client: Client, server: Server) -> bytes:
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n")
    return await with_trickle(client, b"X-Slow: 1\r\n")


async def drip_body(client: Client, server: Server) -> bytes:
    client.send(get("/", "Content-Length: 100000", method="POST"))
    return await with_trickle(client, b"x")


async def drip_large_body(client: Client, server: Server) -> bytes:
    client.send(get("/", "Transfer-Encoding: chunked", method="POST"))
    return await with_trickle(client, b"1\r\nx\r\n")


async def with_trickle(client: Client, data: bytes) -> bytes:
    trickling = asyncio.create_task(trickle(client, data))
    try:
        return await client.rest()
    finally:
        trickling.cancel()


async def never_read(client: Client, server: Server) -> bytes:
    client.read_on(False)
    client.send(get("/big"))
    await until(lambda: server.connections <= 1)  # of ``serve_others``: all that never read are cut off
    client.read_on(True)
    return await client.rest()


async def say_nothing(client: Client, server: Server) -> bytes:
    return await client.rest()


async def rest_for_ever(client: Client, server: Server) -> bytes:
    await client.ask(get())
    return await client.rest()


@pytest.mark.time_limit(20)
@pytest.mark.parametrize(
    ("slow", "status"),
    [
        (drip_head, 408),
        (drip_body, 408),
        (drip_large_body, 408),
        (never_read, 200),
        (say_nothing, 0),
        (rest_for_ever, 0),
    ],
)
async def test_fifty_slow_connections_are_ended_while_others_are_served(
    slow: Callable[[Client, Server], Awaitable[bytes]], status: int
) -> None:
    async with serving(Bare(big=big), limits=QUICK) as server, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(server)) for _ in range(COUNT)]
        ending = [asyncio.ensure_future(slow(client, server)) for client in clients]
        answers: list[int] = []
        served = asyncio.create_task(serve_others(server, answers))
        rests = await asyncio.gather(*ending)
        served.cancel()
        for rest in rests:
            assert statuses(rest) == ([status] if status else [])
            if slow is never_read:
                assert len(rest) < len(BIG)  # it was cut off
        assert (await asyncio.gather(served, return_exceptions=True))[0].__class__ is asyncio.CancelledError
        assert answers.count(200) >= 5


async def serve_others(server: Server, answers: list[int]) -> None:
    """Ask on and on; on a busy machine this may itself be slower than the limits, which is no fault of the server."""
    while True:
        async with connected(server) as client:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                for _ in range(5):
                    async with asyncio.timeout(10):
                        answers.append((await client.ask(get())).status)
                    await asyncio.sleep(0.02)


async def test_a_slow_but_steady_body_is_taken() -> None:
    async with serving(limits=QUICK) as server, connected(server) as client:
        client.send(get("/", "Content-Length: 12000", method="POST"))
        for _ in range(12):
            client.send(bytes(1000))
            await asyncio.sleep(0.2)
        assert len((await client.answer()).body) == 12_000


async def test_a_slow_but_steady_reader_gets_all() -> None:
    size = 8_000_000

    async def large(_: Request) -> Response:
        return Response(bytes(size))

    limits = Limits(write_time=1.5, rate=1000, keep_alive_time=60)
    async with serving(Bare(large=large), limits=limits) as server, connected(server, limit=2**16) as client:
        client.send(get("/large"))
        got = 0
        while got < size:
            await asyncio.sleep(0.03)
            part = await client.reader.read(2**16)
            assert part
            got += len(part)


async def test_a_handler_that_takes_too_long_is_cancelled_and_answered_for(caplog: pytest.LogCaptureFixture) -> None:
    cancelled = asyncio.Event()

    async def forever(_: Request) -> Response:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
        return Response(b"")

    async with serving(Bare(forever=forever), limits=QUICK) as server, connected(server) as client:
        assert (await client.ask(get("/forever"))).status == 503
        assert cancelled.is_set()
        assert await client.rest() == b""
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_time_spent_waiting_for_the_client_is_not_the_handlers() -> None:
    async def upload(request: Request) -> Response:
        request.max_body = 10**9
        total = 0
        async for part in request.stream():
            total += len(part)
        return Response(b"%d" % total)

    limits = Limits(handler_time=0.5, body_time=5, body_buffer=10)
    async with serving(Bare(upload=upload), limits=limits) as server, connected(server) as client:
        client.send(get("/upload", "Content-Length: 1000", method="POST"))
        for _ in range(10):
            await asyncio.sleep(0.2)
            client.send(bytes(100))
        assert (await client.answer()).body == b"1000"


async def test_a_quiet_stream_is_left_alone() -> None:
    async def events() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(2)
        yield b"two"

    async def stream(_: Request) -> Response:
        return Response(events())

    async with serving(Bare(stream=stream), limits=QUICK) as server, connected(server) as client:
        assert (await client.ask(get("/stream"))).body == b"onetwo"
