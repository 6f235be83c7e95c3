"""HTTP/1.1 over real sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any, cast

import pytest

from rooftree.base import Limits
from rooftree.http import Request, Response
from rooftree.server import Server
from rooftree.server.connection import MOST_REFUSED
from tests.e2e.server.bare import TEXT, Bare, chunked, connected, get, post, serving, standstill, statuses, until

pytestmark = pytest.mark.both_loops


async def test_an_answer_has_its_length_its_type_and_the_date() -> None:
    async with serving() as server, connected(server) as client:
        answer = await client.ask(get())
    assert (answer.status, answer.body) == (200, b"OK")
    assert [name for name, _ in answer.headers] == ["content-type", "content-length", "date"]
    assert str(answer["date"]).endswith(" GMT")


async def test_a_connection_is_kept_for_many_requests() -> None:
    application = Bare()
    async with serving(application) as server, connected(server) as client:
        for i in range(20):
            assert (await client.ask(get(f"/{i}"))).body == b"OK"
            assert (await client.ask(post(b"%d" % i))).body == b"%d" % i
            assert (await client.ask(chunked(b"a", b"bc"))).body == b"abc"


async def test_what_a_request_holds() -> None:
    seen: list[Request] = []

    async def look(request: Request) -> Response:
        seen.append(request)
        return Response(b"")

    async with serving(Bare(look=look)) as server, connected(server) as client:
        await client.ask(get("/look?a=1&b=%20", "X-One: 1  ", "x-one:2", "X-Empty:"))
        here = server.address
        there = client.writer.get_extra_info("sockname")
    request = seen[0]
    assert (request.method, request.raw_path, request.query_string) == ("GET", b"/look", b"a=1&b=%20")
    assert request.raw_headers == [(b"host", b"test"), (b"x-one", b"1"), (b"x-one", b"2"), (b"x-empty", b"")]
    assert request.raw_host == b"test"
    assert request.http_version == "1.1"
    assert request.content == b""
    assert request.connection.client == there[:2]
    assert request.connection.server == here
    assert request.connection.scheme == "http"


# ---- pipelining


async def test_pipelined_requests_are_answered_in_order() -> None:
    async def slow(_: Request) -> Response:
        await asyncio.sleep(0.05)
        return Response(b"slow")

    async with serving(Bare(slow=slow)) as server, connected(server) as client:
        client.send(
            get("/slow") + get("/1") + post(b"two") + chunked(b"three") + get("/slow") + get("/", "Connection: close")
        )
        bodies = [(await client.answer()).body for _ in range(6)]
        assert bodies == [b"slow", b"OK", b"two", b"three", b"slow", b"OK"]
        assert await client.rest() == b""


async def test_thousands_of_pipelined_requests_do_not_grow_what_is_held() -> None:
    count = 3000
    async with serving() as server, connected(server) as client, asyncio.TaskGroup() as group:
        group.create_task(send_slowly(client.writer, get() * count))
        for _ in range(count):
            assert (await client.answer()).body == b"OK"


async def send_slowly(writer: asyncio.StreamWriter, data: bytes) -> None:
    for start in range(0, len(data), 10_000):
        writer.write(data[start : start + 10_000])
        await writer.drain()


@pytest.mark.parametrize("cut", [1, 2, 3, 7])
async def test_requests_may_come_in_any_pieces(cut: int) -> None:
    requests = get("/a") + post(b"hello") + chunked(b"xy", b"\r\n\r\n", b"z") + b"\r\n" + get("/b", "Connection: close")
    async with serving() as server, connected(server) as client:
        for start in range(0, len(requests), cut):
            client.send(requests[start : start + cut])
            await asyncio.sleep(0)
        bodies = [(await client.answer()).body for _ in range(4)]
    assert bodies == [b"OK", b"hello", b"xy\r\n\r\nz", b"OK"]


async def test_empty_lines_before_a_request_are_passed_over() -> None:
    async with serving() as server, connected(server) as client:
        for data in (b"\r\n" + get(), b"\r\n\r\n" + get(), get() + b"\r\n"):
            assert (await client.ask(data)).body == b"OK"
        client.send(b"\r\n\r\n")
        await asyncio.sleep(0.02)
        assert (await client.ask(get())).body == b"OK"


# ---- the end of a connection


async def test_connection_close_closes_and_says_so() -> None:
    async with serving() as server, connected(server) as client:
        answer = await client.ask(get("/", "Connection: close"))
        assert answer["connection"] == "close"
        assert await client.rest() == b""


async def test_http_1_0_closes_unless_asked_to_keep() -> None:
    async with serving() as server:
        async with connected(server) as client:
            answer = await client.ask(b"GET / HTTP/1.0\r\n\r\n")
            assert (answer.status, answer["connection"]) == (200, "close")
            assert await client.rest() == b""
        async with connected(server) as client:
            for _ in range(2):
                answer = await client.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                assert (answer.status, answer["connection"]) == (200, "keep-alive")


async def test_an_application_may_close() -> None:
    async def bye(_: Request) -> Response:
        return Response(b"bye", headers={"Connection": "close", "Content-Length": "999", "X-Own": "yes"})

    async with serving(Bare(bye=bye)) as server, connected(server) as client:
        answer = await client.ask(get("/bye"))
        assert [name for name, _ in answer.headers].count("content-length") == 1
        assert (answer["content-length"], answer["connection"], answer["x-own"]) == ("3", "close", "yes")
        assert await client.rest() == b""


async def test_a_client_that_only_ends_its_own_side_gets_its_answer() -> None:
    async with serving() as server, connected(server) as client:
        client.send(get())
        client.writer.write_eof()
        assert (await client.answer()).body == b"OK"
        assert await client.rest() == b""

    async def slow(request: Request) -> Response:
        await asyncio.sleep(0.1)
        return Response(await request.body())

    async with serving(Bare(slow=slow)) as server, connected(server) as client:
        client.send(post(b"work", "/slow"))
        client.writer.write_eof()
        assert (await client.answer()).body == b"work"
        assert await client.rest() == b""


# ---- HEAD and answers without a body


async def test_head_has_the_head_of_get_and_no_body() -> None:
    async with serving() as server, connected(server) as client:
        got = await client.ask(get())
        head = await client.ask(get(method="HEAD"), head_only=True)
        assert head.headers[:2] == got.headers[:2]
        assert (await client.ask(get())).body == b"OK"  # nothing came between


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_that_has_no_body_sends_none(status: int) -> None:
    async def none(_: Request) -> Response:
        return Response(b"must not be sent", status, TEXT)

    async def empty(_: Request) -> Response:
        return Response(b"", status, TEXT)

    async with serving(Bare(none=none, empty=empty)) as server, connected(server) as client:
        for path in ("/none", "/empty"):
            answer = await client.ask(get(path))
            assert answer.status == status
            assert answer["content-length"] is None
            assert answer["transfer-encoding"] is None
        assert (await client.ask(get())).body == b"OK"


# ---- streams


async def test_a_stream_is_chunked_or_as_long_as_it_says() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one", b"", b"two", b"x" * 100_000):
            yield part
            await asyncio.sleep(0)

    async def stream(request: Request) -> Response:
        response = Response(parts(), 200, TEXT)
        if request.query_string:
            response.length = 100_006
        return response

    whole = b"onetwo" + b"x" * 100_000
    async with serving(Bare(stream=stream)) as server:
        async with connected(server) as client:
            answer = await client.ask(get("/stream"))
            assert (answer.body, answer["transfer-encoding"]) == (whole, "chunked")
            answer = await client.ask(get("/stream?length"))
            assert (answer.body, answer["content-length"]) == (whole, "100006")
            head = await client.ask(get("/stream", method="HEAD"), head_only=True)
            assert head["transfer-encoding"] == "chunked"
            assert (await client.ask(get())).body == b"OK"
        async with connected(server) as client:
            answer = await client.ask(b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert (answer.body, answer["connection"]) == (whole, "close")


async def test_a_stream_waits_for_a_client_that_does_not_read() -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while given < 2**24:
            given += 2**16
            yield bytes(2**16)

    async def stream(_: Request) -> Response:
        return Response(endless())

    async with serving(Bare(stream=stream)) as server, connected(server) as client:
        client.read_on(False)
        client.send(get("/stream"))
        await until(lambda: given > 0)
        assert await standstill(lambda: given) < 2**23
        client.read_on(True)
        assert len((await client.answer()).body) == 2**24


async def test_a_stream_that_fails_is_cut_off_and_reported_once() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        raise ValueError("half-way")

    async def stream(_: Request) -> Response:
        return Response(parts(), 200, TEXT)

    application = Bare(stream=stream)
    async with serving(application) as server:
        async with connected(server) as client:
            client.send(get("/stream"))
            data = await client.rest()
            assert data.endswith(b"3\r\none\r\n")  # no last chunk: the client sees that it is not whole
        async with connected(server) as client:
            assert (await client.ask(get())).body == b"OK"
    assert [(path, str(error), during) for path, error, during in application.reported] == [
        ("/stream", "half-way", "stream")
    ]


@pytest.mark.parametrize("length", [2, 4])
async def test_a_stream_of_another_length_than_announced_is_cut_off(length: int) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"abc"

    async def stream(_: Request) -> Response:
        response = Response(parts(), 200, TEXT)
        response.length = length
        return response

    application = Bare(stream=stream)
    async with serving(application) as server, connected(server) as client:
        client.send(get("/stream"))
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
        assert b"content-length: %d" % length in head
        assert len(body) <= length
    ((_, error, _),) = application.reported
    assert str(error) == f"The stream was to give {length} bytes and gave {'more' if length < 3 else 3}."


# ---- disconnect


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_going_away_cancels_get_and_head(method: str) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def wait(_: Request) -> Response:
        started.set()
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return Response(b"")

    async with serving(Bare(wait=wait)) as server, connected(server) as client:
        client.send(get("/wait", method=method))
        await started.wait()
        client.reset()
        await cancelled.wait()


async def test_going_away_lets_post_run_to_its_end_with_what_follows() -> None:
    started, after = asyncio.Event(), asyncio.Event()

    async def follow() -> None:
        after.set()

    async def work(_: Request) -> Response:
        started.set()
        await asyncio.sleep(0.05)
        response = Response(b"done")
        response.run_after(follow)
        return response

    async with serving(Bare(work=work)) as server, connected(server) as client:
        client.send(post(b"", "/work"))
        await started.wait()
        client.reset()
        await after.wait()


async def test_going_away_cancels_a_stream_which_cleans_up_before_what_follows() -> None:
    started, cleaned, after = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def ticks() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"tick"
                started.set()
                await asyncio.sleep(0.01)
        finally:
            cleaned.set()

    async def follow() -> None:
        if cleaned.is_set():
            after.set()

    async def stream(_: Request) -> Response:
        response = Response(ticks())
        response.run_after(follow)
        return response

    async with serving(Bare(stream=stream)) as server, connected(server) as client:
        client.send(post(b"", "/stream"))
        await started.wait()
        client.reset()
        await after.wait()


# ---- errors of the application


async def test_what_leaves_the_application_is_a_bare_500_logged_with_the_request_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ids: list[str] = []

    async def fail(request: Request) -> Response:
        ids.append(request.id)
        if request.query_string:
            await asyncio.sleep(0)
        raise ValueError("secret")

    async with serving(Bare(fail=fail)) as server, connected(server) as client:
        for path in ("/fail", "/fail?later"):
            answer = await client.ask(get(path))
            assert (answer.status, answer.body) == (500, b"Internal Server Error")
        assert (await client.ask(get())).body == b"OK"
    assert [record.getMessage() for record in caplog.records] == [
        f"The application failed on GET /fail [{i}]" for i in ids
    ]
    assert all(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("what", ["nothing", "media type", "number"])
async def test_an_answer_that_cannot_be_written_is_a_bare_500(what: str, caplog: pytest.LogCaptureFixture) -> None:
    async def wrong(_: Request) -> Response:
        answers: dict[str, Any] = {"nothing": None, "media type": Response(b"", 200, "text/\r\nplain")}
        number: Any = 5
        return cast("Response", answers[what] if what in answers else Response(number))

    async with serving(Bare(wrong=wrong)) as server, connected(server) as client:
        assert (await client.ask(get("/wrong"))).status == 500
    assert len(caplog.records) == 1


async def test_an_error_in_what_follows_an_answer_is_reported_and_the_rest_runs() -> None:
    ran = asyncio.Event()

    async def fail() -> None:
        raise ValueError("too late")

    async def follow() -> None:
        ran.set()

    async def work(_: Request) -> Response:
        response = Response(b"done")
        response.run_after(fail)
        response.run_after(follow)
        return response

    application = Bare(work=work)
    async with serving(application) as server, connected(server) as client:
        assert (await client.ask(get("/work"))).body == b"done"
        assert (await client.ask(get("/work"))).body == b"done"
        await ran.wait()
    assert [(str(error), during) for _, error, during in application.reported] == [("too late", "after")] * 2


async def test_a_handler_that_cancels_itself_answers_503_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def cancel(request: Request) -> Response:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        if request.query_string:
            await asyncio.sleep(1)
        return Response(b"")

    async with serving(Bare(cancel=cancel)) as server, connected(server) as client:
        for path in ("/cancel", "/cancel?wait", "/cancel"):
            assert (await client.ask(get(path))).status == 503
            assert (await client.ask(get())).body == b"OK"
            assert (await client.ask(post(b"x"))).body == b"x"
    assert caplog.records == []


# ---- stopping


async def test_stopping_lets_running_requests_end_and_closes_idle_connections() -> None:
    started = asyncio.Event()

    async def slow(_: Request) -> Response:
        started.set()
        await asyncio.sleep(0.1)
        return Response(b"slow")

    application = Bare(slow=slow)
    server = Server(application)
    await server.start()
    async with connected(server) as busy, connected(server) as idle:
        await idle.ask(get())
        busy.send(get("/slow"))
        await started.wait()
        stopping = asyncio.create_task(server.stop())
        answer = await busy.answer()
        assert (answer.body, answer["connection"]) == (b"slow", "close")
        assert await idle.rest() == b""
        await stopping
    assert (application.started, application.stopped) == (1, 1)


@pytest.mark.parametrize(
    "before",
    [
        pytest.param([], id="nothing"),
        pytest.param([b"\r\n"], id="an empty line"),
        pytest.param([get()], id="a request"),
        pytest.param([get(), get()], id="the same again"),
        pytest.param([get("/", "Content-Length: 3", method="POST"), b"abc"], id="a body of its own"),
        pytest.param([get("/", "Transfer-Encoding: chunked", method="POST"), b"3\r\nabc\r\n0\r\n\r\n"], id="chunks"),
    ],
)
async def test_stopping_waits_for_no_connection_that_is_idle(before: list[bytes]) -> None:
    server = Server(Bare(), limits=Limits(head_time=30, keep_alive_time=300, shutdown_time=60))
    await server.start()
    async with connected(server) as client:
        for part in before:
            client.send(part)
            await asyncio.sleep(0.02)  # two reads of the server
        if len(before) > 1 or before[:1] == [get()]:
            assert (await client.answer()).status == 200
        async with asyncio.timeout(10):
            await server.stop()


def knock(server: Server, data: bytes) -> socket.socket:
    """Connect and send within one turn of the loop: the connection waits in the listener's queue, unread."""
    client = socket.create_connection(server.address)
    client.sendall(data)
    client.setblocking(False)
    return client


async def all_of(client: socket.socket) -> bytes:
    """Read until the server closes; a reset is an error."""
    with client:
        parts: list[bytes] = []
        while part := await asyncio.get_running_loop().sock_recv(client, 65536):
            parts.append(part)
        return b"".join(parts)


async def test_stopping_answers_whoever_waits_in_the_queue() -> None:
    application = Bare()
    server = Server(application)
    await server.start()
    knocking = [knock(server, get()) for _ in range(50)] + [knock(server, b"")]
    address = server.address
    stopping = asyncio.create_task(server.stop())
    *answers, silence = await asyncio.gather(*map(all_of, knocking))
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nconnection: close\r\n" in answer
    assert silence == b""
    await stopping
    assert application.stopped == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


async def test_stopping_answers_what_has_come_on_a_connection_that_is_idle() -> None:
    server = Server(Bare())
    await server.start()
    clients = [knock(server, get()) for _ in range(20)]
    loop = asyncio.get_running_loop()
    for client in clients:
        assert (await loop.sock_recv(client, 65536)).startswith(b"HTTP/1.1 200 ")
    for client in clients:
        client.sendall(get())  # the server reads it when it is to close the connection already
    stopping = asyncio.create_task(server.stop())
    for answer in await asyncio.gather(*map(all_of, clients)):
        assert statuses(answer) == [200]
    await stopping


async def test_stopping_answers_pipelined_requests() -> None:
    started, let = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        started.set()
        await let.wait()
        return Response(b"slow")

    server = Server(Bare(slow=slow))
    await server.start()
    client = knock(server, get("/slow") + get() * 3)
    await started.wait()
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0)
    let.set()
    assert statuses(await all_of(client)) == [200] * 4
    await stopping


async def test_stopping_cuts_off_what_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    started = asyncio.Event()

    async def forever(_: Request) -> Response:
        started.set()
        await asyncio.sleep(60)
        return Response(b"")

    server = Server(Bare(forever=forever), limits=Limits(shutdown_time=0.1))
    await server.start()
    async with connected(server) as client:
        client.send(get("/forever"))
        await started.wait()
        await server.stop()
        assert await client.rest() == b""
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_too_many_connections_are_turned_away() -> None:
    async with serving(limits=Limits(connections=2)) as server, connected(server) as first, connected(server) as second:
        await first.ask(get())
        await second.ask(get())
        async with connected(server) as third:
            answer = await third.answer()
            assert (answer.status, answer["retry-after"]) == (503, "1")
            assert await third.rest() == b""
        first.close()
        body = b""
        while body != b"OK":  # those that are turned away meanwhile do not count
            async with connected(server) as fourth:
                body = (await fourth.ask(get())).body
        assert (await second.ask(get())).body == b"OK"


async def test_of_those_that_are_turned_away_most_are_told_nothing() -> None:
    async with serving(limits=Limits(connections=1, linger_time=30)) as server, AsyncExitStack() as stack:
        first = await stack.enter_async_context(connected(server))
        await first.ask(get())
        told = [await stack.enter_async_context(connected(server)) for _ in range(MOST_REFUSED)]
        assert {(await each.answer()).status for each in told} == {503}
        async with connected(server) as one_more:
            with suppress(ConnectionResetError):
                assert await one_more.rest() == b""
        assert (await first.ask(get())).body == b"OK"


async def test_a_refused_request_ends_the_answers_before_it_stay() -> None:
    async with serving() as server, connected(server) as client:
        client.send(get() + get() + b"BAD LINE\r\n\r\n" + get())
        assert statuses(await client.rest()) == [200, 200, 400]
