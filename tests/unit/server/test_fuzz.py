"""Whatever bytes come, in whatever pieces: an answer or an end, never an exception, and nothing kept."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import re
from collections.abc import Callable
from typing import Any, Literal, cast

import pytest
import uvloop
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rooftree.base import Limits
from rooftree.http import Request, Response, TrustedProxies
from rooftree.server.connection import Connection
from rooftree.server.flow import CLOSING, IDLE
from rooftree.server.service import Service


class Transport:
    """Takes what is written, as a transport with a client that reads would."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.closed = self.ended = False
        self.paused = 0

    def write(self, data: bytes) -> None:
        assert not self.closed, "written after the end"
        assert not self.ended, "written after the end of this side"
        self.written += data

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.write(b"".join(parts))

    def get_extra_info(self, _name: str) -> None:
        return None

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        assert not self.paused
        self.paused = 1

    def resume_reading(self) -> None:
        assert self.paused
        self.paused = 0

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    abort = close

    def get_write_buffer_size(self) -> int:
        return 0


class Application:
    """Answers at once, later, or with the body, by the path."""

    def __init__(self) -> None:
        self.context = contextvars.copy_context()
        self.limits = Limits()
        self.proxies: TrustedProxies | None = None

    async def respond(self, request: Request, /) -> Response:
        request.headers.get("x")
        assert request.query_string.isascii()
        if request.method == "POST" and b"no" not in request.raw_path:
            return Response(await request.body())
        if b"later" in request.raw_path:
            await asyncio.sleep(0)
        return Response(request.path.encode(errors="replace"), 200, "text/plain")

    async def report(self, request: Request, error: Exception, during: Literal["stream", "after"]) -> None:
        raise AssertionError((request, during)) from error

    async def startup(self) -> None: ...
    async def shutdown(self) -> None: ...


LIMITS = Limits(head=2000, target=200, headers=20, body_buffer=500, discard=1000)

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

pieces_of_requests = st.sampled_from(
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /later HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HEAD /%20 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 700\r\n\r\n" + b"x" * 700,
        b"POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n" + b"x" * 900,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;e=f\r\nhello\r\n0\r\nT: 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nab",
        HANDSHAKE,
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET http://a/ HTTP/1.1\r\nHost: b\r\nConnection: keep-alive\r\n\r\n",
        b"\r\n",
        b"\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 3\r\n",
        b"0\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    ]
)


@st.composite
def inputs(draw: st.DrawFn) -> list[bytes]:
    """Good requests, mutated or not, and plain rubbish, cut anywhere."""
    parts = draw(st.lists(st.one_of(pieces_of_requests, st.binary(max_size=30)), max_size=6))
    data = bytearray(b"".join(parts))
    for _ in range(draw(st.integers(0, 4))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["change", "delete", "insert", "repeat"])):
            case "change":
                data[at] = draw(st.integers(0, 255))
            case "delete":
                del data[at : at + draw(st.integers(1, 8))]
            case "insert":
                data[at:at] = draw(
                    st.sampled_from([b"\r", b"\n", b"\r\n", b"\0", b" ", b":", b"\t", b"\xff", b"%00", b";", b","])
                )
            case _:
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return [bytes(data[a:b]) for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b]


async def feed(data: list[bytes]) -> tuple[Connection, Transport]:
    loop = asyncio.get_running_loop()
    service = Service(Application(), LIMITS, loop)
    connection, transport = Connection(service), Transport()
    failed: list[BaseException] = []
    loop.set_exception_handler(
        lambda _loop, context: failed.append(context.get("exception") or Exception(context["message"]))
    )

    def receive(piece: bytes) -> None:
        try:
            connection.data_received(piece)
        except BaseException as error:  # noqa: BLE001 - none may leave
            failed.append(error)

    loop.call_soon(connection.connection_made, cast("Any", transport))
    for piece in data:
        loop.call_soon(receive, piece)
        for _ in range(6):
            await asyncio.sleep(0)
            if transport.paused:  # a paused transport gives nothing
                await asyncio.sleep(0)
        if transport.closed or transport.paused:
            break
        assert len(connection.pending) <= 5000
        assert connection.body is None or connection.body.size <= 5000
        assert len(connection.headers) <= LIMITS.headers + 1
    held = transport.paused
    for _ in range(20):
        await asyncio.sleep(0)
    assert connection.state in (IDLE, CLOSING) or not transport.closed
    assert held in (0, 1)
    if not transport.closed:
        transport.close()
    loop.call_soon(connection.connection_lost, None)
    for _ in range(8):
        await asyncio.sleep(0)
    assert failed == []
    assert not service.connections
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return connection, transport


@pytest.mark.parametrize("loop_factory", [uvloop.new_event_loop, asyncio.new_event_loop])
@given(data=inputs())
def test_any_bytes_in_any_pieces(data: list[bytes], loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        _, transport = runner.run(feed(data))
    written = bytes(transport.written)
    assert b"HTTP/1.1 500" not in written
    assert written == b"" or written.startswith(b"HTTP/1.1 ")


@given(data=inputs())
@settings(max_examples=min(2000, settings().max_examples))  # each is run byte by byte
def test_how_the_bytes_are_cut_changes_no_answer(data: list[bytes]) -> None:
    """In one piece or byte by byte: the same statuses in the same order, for what is not refused in its middle."""

    def statuses(pieces: list[bytes]) -> list[bytes]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            _, transport = runner.run(feed(pieces))
        return [
            line.split(b" ")[1] for line in bytes(transport.written).split(b"\r\n") if line.startswith(b"HTTP/1.1 ")
        ]

    whole = b"".join(data)
    # an answer that waits holds the reading back, which this transport does not model; one that does not read a body
    # may be there before the body's fault is
    assume(
        whole
        and len(whole) <= 1500
        and not any(word in whole.lower() for word in (b"100-", b"later", b"pgrade", b"/no"))
    )
    at_once, by_byte = statuses([whole]), statuses([whole[i : i + 1] for i in range(len(whole))])
    assert by_byte == at_once


FIELDS = st.sampled_from(
    [
        b"\r\nHost: a\r\n\r\n",
        b"\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        b"\r\nHost: a\r\nX: GET / HTTP/1.1\r\n\r\n",
        b"\r\nHost: a\r\nHost: b\r\n\r\n",
        b"\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ]
)
LINES = st.sampled_from(
    [
        b"GET / HTTP/1.1", b"GET /a?b HTTP/1.1", b"POST /x HTTP/1.1", b"HEAD / HTTP/1.1", b"GET / HTTP/1.0",
        b"\r\nGET / HTTP/1.1", b"GET http://b/ HTTP/1.1", b"GET /%00 HTTP/1.1", b"GET /\nHTTP/1.1",
        b"get / HTTP/1.1", b"",
    ]
)  # fmt: skip
BODIES = st.sampled_from([b"", b"hello", b"0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /", b"12345678"])


@given(st.lists(st.tuples(LINES, FIELDS, BODIES).map(b"".join), min_size=2, max_size=5))
@settings(max_examples=min(2000, settings().max_examples))
def test_fields_that_are_known_again_change_no_answer(requests: list[bytes]) -> None:
    """Each request in one piece, where its fields may be those of the one before, or cut behind its first byte."""

    def answers(pieces: list[bytes]) -> bytes:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            _, transport = runner.run(feed(pieces))
        return re.sub(rb"date: [^\r]*", b"", bytes(transport.written))

    assert answers(requests) == answers([piece for one in requests for piece in (one[:1], one[1:])])


def test_connections_leave_nothing_behind() -> None:
    async def many() -> None:
        for _ in range(50):
            await feed([b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 700\r\n\r\n" + b"x" * 300, b"x" * 100])

    gc.collect()
    asyncio.run(many())
    gc.collect()
    assert [obj for obj in gc.get_objects() if isinstance(obj, Connection)] == []
