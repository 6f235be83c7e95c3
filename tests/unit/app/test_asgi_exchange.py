from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from rooftree.app.asgi import asgi
from rooftree.app.asgi_exchange import KNOWN_LINES, MAX_AHEAD, Incoming, _known_lines, header_pairs
from rooftree.base import ClientDisconnected
from rooftree.http import Request, Response
from tests.unit.app.asgi_messages import FakeServer, Handler, Hosted, Message, http_scope

GONE: Message = {"type": "http.disconnect"}


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def exchange(handler: Handler, server: FakeServer, method: str = "GET", *headers: tuple[bytes, bytes]) -> Hosted:
    application = Hosted(handler)
    application.running = True
    await asgi(application, http_scope("/", method, *headers), server.receive, server.send)
    return application


LENGTH = (b"content-length", b"9")


# ---- bodies


async def test_a_body_is_given_in_its_parts() -> None:
    async def handler(request: Request) -> Response:
        return Response(b"|".join([each async for each in request.stream()]), 200, None)

    server = FakeServer(part(b"abc", more=True), part(b"", more=True), part(b"def", more=True), part(b""))
    await exchange(handler, server, "POST", (b"transfer-encoding", b"chunked"))
    assert server.body == b"abc|def"


@pytest.mark.parametrize(
    ("method", "version", "headers", "asked"),
    [
        ("POST", "1.1", [], False),
        ("POST", "1.1", [(b"content-length", b"0")], False),
        ("POST", "1.1", [LENGTH], True),
        ("GET", "1.1", [LENGTH], True),
        ("POST", "2", [], True),
        ("GET", "2", [], False),
    ],
)
async def test_a_body_is_waited_for_where_the_head_announces_one(
    method: str, version: str, headers: list[tuple[bytes, bytes]], asked: bool
) -> None:
    async def handler(request: Request) -> Response:
        assert (request.content is None) is asked
        return Response(await request.body(), 200, None)

    server = FakeServer(part(b"the body."))
    application = Hosted(handler)
    await asgi(application, http_scope("/", method, *headers, http_version=version), server.receive, server.send)
    assert server.body == (b"the body." if asked else b"")


async def test_a_body_whose_client_goes_away() -> None:
    async def handler(request: Request) -> Response:
        with pytest.raises(ClientDisconnected):
            await request.body()
        return Response(b"", 200, None)

    await exchange(handler, FakeServer(part(b"half", more=True), GONE), "POST", LENGTH)


async def test_a_body_is_read_ahead_within_its_bound() -> None:
    server = FakeServer(*(part(b"x" * 20_000, more=True) for _ in range(50)))
    incoming = Incoming(server.receive, complete=False)
    watching = asyncio.create_task(incoming.watch())
    await asyncio.sleep(0.02)
    assert server.incoming.qsize() == 50 - -(-MAX_AHEAD // 20_000)
    taken = 0
    while server.incoming.qsize():
        taken += len(await incoming.receive())
        await asyncio.sleep(0)
    server.incoming.put_nowait(part(b"end"))
    server.incoming.put_nowait(GONE)
    while data := await incoming.receive():
        taken += len(data)
    await watching
    assert taken == 50 * 20_000 + 3
    assert incoming.complete
    assert incoming.lost


# ---- clients that go away


@pytest.mark.parametrize(("method", "outcome"), [("GET", "cancelled"), ("HEAD", "cancelled"), ("POST", "finished")])
async def test_a_disconnect_cancels_get_and_head(method: str, outcome: str) -> None:
    outcomes: list[str] = []

    async def handler(request: Request) -> Response:
        try:
            await asyncio.sleep(0.2)
        except asyncio.CancelledError:
            outcomes.append("cancelled")
            raise
        outcomes.append("finished")
        return Response(b"", 200, None)

    server = FakeServer(part(b""), GONE)
    await exchange(handler, server, method)
    assert outcomes == [outcome]


async def test_a_disconnect_ends_a_stream_of_any_method() -> None:
    ended: list[str] = []

    async def handler(request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x"
                    await asyncio.sleep(0.01)
            finally:
                ended.append("stream")

        async def work() -> None:
            await asyncio.sleep(0)
            ended.append("after")

        response = Response(parts(), 200, None)
        response.run_after(work)
        return response

    server = FakeServer()
    asyncio.get_running_loop().call_later(0.1, server.incoming.put_nowait, GONE)
    await exchange(handler, server, "POST")
    assert ended == ["stream", "after"]
    assert server.sent[-1]["more_body"] is True


@pytest.mark.parametrize("fail_at", [0, 1, 2])
async def test_a_send_that_fails_ends_the_answer_in_peace(fail_at: int, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def handler(request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            try:
                yield b"a"
                yield b"b"
            finally:
                ended.append("stream")

        async def work() -> None:
            ended.append("after")

        response = Response(parts(), 200, None)
        response.run_after(work)
        return response

    server = FakeServer()
    server.fail_at = fail_at
    await exchange(handler, server)
    assert ended[-1] == "after"
    assert len(server.sent) == fail_at
    assert not caplog.records


async def test_a_server_that_stops_cancels_the_handler() -> None:
    started = asyncio.Event()

    async def handler(request: Request) -> Response:
        started.set()
        await asyncio.sleep(10)
        raise AssertionError

    work = asyncio.create_task(exchange(handler, FakeServer()))
    await started.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_a_handler_that_cancels_itself_is_a_503() -> None:
    async def handler(request: Request) -> Response:
        raise asyncio.CancelledError

    server = FakeServer()
    await exchange(handler, server)
    assert server.status == 503


# ---- answers


async def test_what_leaves_an_application_is_a_bare_500(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: Request) -> Response:
        raise ZeroDivisionError("on purpose")

    server = FakeServer()
    await exchange(handler, server)
    assert (server.status, server.body) == (500, b"Internal Server Error")
    assert [record.exc_info is not None for record in caplog.records] == [True]


async def test_an_answer_to_head_has_no_body_and_closes_its_stream() -> None:
    closed: list[bool] = []

    class Parts:
        def __aiter__(self) -> AsyncIterator[bytes]:
            raise AssertionError("a stream for HEAD is not read")

        async def aclose(self) -> None:
            closed.append(True)

    async def handler(request: Request) -> Response:
        response = Response(Parts(), 200, "text/plain")
        response.length = 7
        return response

    server = FakeServer()
    await exchange(handler, server, "HEAD")
    assert (server.body, server.headers[b"content-length"], closed) == (b"", b"7", [True])


@pytest.mark.parametrize(("length", "text"), [(5, "gave more"), (100, "gave 10")])
async def test_a_stream_of_another_length_is_never_ended(length: int, text: str) -> None:
    async def handler(request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b""
            yield b"0123456789"

        response = Response(parts(), 200, None)
        response.length = length
        return response

    server = FakeServer()
    application = await exchange(handler, server)
    assert all(message.get("more_body", True) for message in server.sent)
    ((error, during),) = application.reported
    assert text in str(error)
    assert during == "stream"


async def test_errors_that_no_answer_can_tell_of_are_reported() -> None:
    async def handler(request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            raise ValueError("half-way")

        async def work() -> None:
            raise ZeroDivisionError

        response = Response(parts(), 200, None)
        response.run_after(work)
        return response

    application = await exchange(handler, FakeServer())
    assert [(type(error), during) for error, during in application.reported] == [
        (ValueError, "stream"),
        (ZeroDivisionError, "after"),
    ]


def test_header_fields_of_an_answer() -> None:
    response = Response(b"abc", 200, "text/plain", {"X-A": "1", "Transfer-Encoding": "chunked", "Connection": "close"})
    response.headers.add("set-cookie", "a=1")
    response.headers.add("set-cookie", "b=2")
    response.lines = b"x-b: 1: 2\r\nx-request-id: abc\r\n"
    assert header_pairs(response, 3, "GET") == [
        (b"content-type", b"text/plain"),
        (b"content-length", b"3"),
        (b"x-a", b"1"),
        (b"connection", b"close"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"x-b", b"1: 2"),
        (b"x-request-id", b"abc"),
    ]
    own = Response(b"", 200, "text/plain", {"Content-Type": "text/x", "Content-Length": "12", "Connection": "upgrade"})
    assert header_pairs(own, 0, "HEAD") == [(b"content-length", b"12"), (b"content-type", b"text/x")]
    assert header_pairs(own, 0, "GET") == [(b"content-length", b"0"), (b"content-type", b"text/x")]
    assert header_pairs(Response(b"", 304, "text/plain", {"etag": "x"}), 0, "GET") == [(b"etag", b"x")]


def test_the_memory_of_lines_is_bounded() -> None:
    for number in range(2 * KNOWN_LINES):
        response = Response()
        response.lines = b"x-request-id: %d\r\n" % number
        assert header_pairs(response, None, "GET")[-1] == (b"x-request-id", b"%d" % number)
    assert len(_known_lines) <= KNOWN_LINES
