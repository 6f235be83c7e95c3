"""Bodies of requests over real sockets: held back, refused, cut, chunked, with a declined Upgrade."""

from __future__ import annotations

import asyncio

import pytest

from rooftree.base import ClientDisconnected, Limits, PayloadTooLarge
from rooftree.http import Request, Response
from tests.e2e.server.bare import TEXT, Bare, chunked, connected, get, post, serving

pytestmark = pytest.mark.both_loops


# ---- bodies


async def test_a_body_larger_than_the_buffer_is_streamed_and_held_back() -> None:
    taken: list[int] = []
    go_on = asyncio.Event()

    async def upload(request: Request) -> Response:
        request.max_body = 2**30
        await go_on.wait()
        total = 0
        async for part in request.stream():
            total += len(part)
            taken.append(len(part))
        return Response(b"%d" % total)

    size = 12_000_000
    async with serving(Bare(upload=upload)) as server, connected(server) as client:
        client.send(get("/upload", f"Content-Length: {size}", method="POST"))
        client.send(bytes(size))
        await asyncio.sleep(0.2)
        assert client.writer.transport.get_write_buffer_size() > 2_000_000  # the server does not take it all
        go_on.set()
        assert (await client.answer()).body == b"%d" % size
        assert max(taken) < 1_000_000
        assert (await client.ask(get())).body == b"OK"


async def test_a_small_body_is_there_when_the_handler_starts() -> None:
    seen: list[object] = []

    async def look(request: Request) -> Response:
        seen.append(request.content)
        return Response(b"")

    async with serving(Bare(look=look)) as server, connected(server) as client:
        data = post(b"x" * 1000, "/look")
        client.send(data[:-500])
        await asyncio.sleep(0.02)
        assert seen == []
        client.send(data[-500:])
        assert (await client.answer()).status == 200
    assert seen == [b"x" * 1000]


async def test_100_continue_is_sent_when_the_body_is_asked_for() -> None:
    async with serving() as server, connected(server) as client:
        client.send(get("/", "Content-Length: 5", "Expect: 100-continue", method="POST"))
        assert (await client.answer()).status == 100
        client.send(b"hello")
        assert (await client.answer()).body == b"hello"
        assert (await client.ask(get())).body == b"OK"


async def test_100_continue_is_not_sent_where_nobody_asks_for_the_body() -> None:
    async def refuse(_: Request) -> Response:
        return Response(b"no", 403, TEXT)

    async with serving(Bare(refuse=refuse)) as server, connected(server) as client:
        answer = await client.ask(get("/refuse", "Content-Length: 5", "Expect: 100-continue", method="POST"))
        assert (answer.status, answer["connection"]) == (403, "close")
        assert await client.rest() == b""


async def test_a_body_that_nobody_reads_is_read_away_up_to_a_bound() -> None:
    async def ignore(_: Request) -> Response:
        return Response(b"ignored")

    async with serving(Bare(ignore=ignore), limits=Limits(body_buffer=10, discard=100_000)) as server:
        async with connected(server) as client:
            answer = await client.ask(post(bytes(50_000), "/ignore"))
            assert (answer.body, answer["connection"]) == (b"ignored", None)
            assert (await client.ask(get())).body == b"OK"
            assert (await client.ask(chunked(bytes(50_000), path="/ignore"))).body == b"ignored"
            assert (await client.ask(get())).body == b"OK"
        async with connected(server) as client:
            answer = await client.ask(get("/ignore", "Content-Length: 100001", method="POST"))
            assert (answer.body, answer["connection"]) == (b"ignored", "close")
            client.send(bytes(90_000))  # still on its way
            assert await client.rest() == b""
        async with connected(server) as client:
            client.send(get("/ignore", "Transfer-Encoding: chunked", method="POST") + b"fffff\r\n")
            assert (await client.answer()).body == b"ignored"
            client.send(bytes(500_000))
            assert await client.rest() == b""


async def test_a_body_that_is_announced_as_too_large_is_refused_at_its_head() -> None:
    async def upload(request: Request) -> Response:
        request.max_body = 1000
        try:
            return Response(await request.body())
        except PayloadTooLarge:
            return Response(b"too large", 413, TEXT)

    async with serving(Bare(upload=upload), limits=Limits(body_buffer=10, discard=100_000)) as server:
        async with connected(server) as client:
            answer = await client.ask(get("/upload", "Content-Length: 1001", method="POST"))
            assert (answer.status, answer["connection"]) == (413, None)
            client.send(bytes(1001))  # little enough to be read away
            assert (await client.ask(get())).body == b"OK"
        async with connected(server) as client:
            answer = await client.ask(get("/upload", "Content-Length: 90000000", method="POST"))
            assert (answer.status, answer["connection"]) == (413, "close")
            client.send(bytes(2_000_000))  # a client that sends everything before it reads is not cut off while it does
            await client.writer.drain()
            assert await client.rest() == b""


async def test_the_body_of_a_client_that_goes_away_ends_in_an_error() -> None:
    ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
    started = asyncio.Event()

    async def upload(request: Request) -> Response:
        started.set()
        try:
            await request.body()
        except ClientDisconnected as error:
            ended.set_result(error)
            raise
        return Response(b"")

    async with serving(Bare(upload=upload)) as server, connected(server) as client:
        client.send(get("/upload", "Content-Length: 100000", method="POST") + b"part")
        await started.wait()
        client.reset()
        assert isinstance(await ended, ClientDisconnected)


async def test_bad_chunks_in_the_middle_of_a_body_are_refused() -> None:
    async with serving() as server, connected(server) as client:
        client.send(get("/", "Transfer-Encoding: chunked", method="POST") + b"3\r\nabc\r\n")
        await asyncio.sleep(0.02)
        client.send(b"zz\r\n")
        assert (await client.answer()).status == 400
        assert await client.rest() == b""


async def test_chunks_that_are_mostly_overhead_are_refused() -> None:
    async with serving() as server, connected(server) as client:
        client.send(get("/", "Transfer-Encoding: chunked", method="POST"))
        client.send(b"1;" + b"e" * 20_000 + b"\r\nx\r\n")
        assert (await client.answer()).status == 400
    async with serving() as server, connected(server) as client:
        trailers = b"".join(b"T-%d: %b\r\n" % (i, b"v" * 100) for i in range(1000))
        client.send(get("/", "Transfer-Encoding: chunked", method="POST") + b"0\r\n" + trailers)
        assert (await client.answer()).status == 400


async def test_trailers_are_read_and_dropped() -> None:
    application = Bare()
    seen: list[Request] = []

    async def look(request: Request) -> Response:
        seen.append(request)
        return Response(await request.body())

    application.handlers["look"] = look
    async with serving(application) as server, connected(server) as client:
        client.send(get("/look", "Transfer-Encoding: chunked", method="POST"))
        client.send(b"3\r\nabc\r\n0\r\nHost: evil\r\nConnection: close\r\nX-Trailer: 1\r\n\r\n" + get())
        assert (await client.answer()).body == b"abc"
        assert (await client.answer()).body == b"OK"
    assert seen[0].raw_headers == [(b"host", b"test"), (b"transfer-encoding", b"chunked")]


# ---- Upgrade


async def test_a_declined_upgrade_with_a_body_is_answered_as_the_request_it_is() -> None:
    smuggled = get("/smuggled")
    async with serving() as server, connected(server) as client:
        client.send(post(smuggled, "/", "Connection: Upgrade", "Upgrade: anything") + get("/", "Connection: close"))
        assert (await client.answer()).body == smuggled
        assert (await client.answer()).body == b"OK"
        assert await client.rest() == b""


async def test_the_h2c_upgrade_that_java_sends_is_answered_over_http_1_1() -> None:
    async with serving() as server, connected(server) as client:
        lines = [
            "Connection: Upgrade, HTTP2-Settings",
            "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
            "Upgrade: h2c",
        ]
        assert (await client.ask(post(b'{"a": 1}', "/", *lines))).body == b'{"a": 1}'
        assert (await client.ask(get("/", *lines))).body == b"OK"
        assert (await client.ask(get())).body == b"OK"
