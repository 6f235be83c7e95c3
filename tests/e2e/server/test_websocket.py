"""WebSocket over real sockets, with the client of ``websockets`` and with bytes."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import struct
import zlib
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.typing import Subprotocol

from rooftree.base import Limits
from rooftree.http import SWITCHED, Request, Response, WebSocketClosed, WebSocketTransport
from rooftree.server import Server
from tests.e2e.server.bare import Bare, Client, connected, get, post, serving, standstill, until

pytestmark = pytest.mark.both_loops

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}"]


def ws(server: Server, **options: Any) -> Any:
    host, port = server.address
    return connect(f"ws://{host}:{port}/", proxy=None, **options)


def frame(opcode: int, data: bytes = b"", *, fin: bool = True, rsv1: bool = False, masked: bool = True) -> bytes:
    """Write a frame of a client (RFC 6455 section 5.2)."""
    head = bytes([fin << 7 | rsv1 << 6 | opcode])
    bit = 0x80 if masked else 0
    if len(data) < 126:
        head += bytes([bit | len(data)])
    elif len(data) < 2**16:
        head += bytes([bit | 126]) + struct.pack("!H", len(data))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(data))
    return head + (bytes(4) if masked else b"") + data


async def switched(client: Client, *lines: str) -> None:
    answer = await client.ask(get("/", *HANDSHAKE, *lines))
    assert answer.status == 101
    assert answer["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the example of RFC 6455 section 1.3


async def read_frame(client: Client) -> tuple[int, bytes]:
    first, second = await client.reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        size = struct.unpack("!H", await client.reader.readexactly(2))[0]
    elif size == 127:
        size = struct.unpack("!Q", await client.reader.readexactly(8))[0]
    return first & 0x0F, await client.reader.readexactly(size)


async def test_messages_of_both_kinds_and_many_sizes_come_back() -> None:
    async with serving() as server, ws(server) as client:
        for message in ["", "hello", "ä€😀", b"", b"\x00\xff", "x" * 70_000, os.urandom(300_000)]:
            await client.send(message)
            assert await client.recv() == message


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_compression_is_agreed_on_where_it_is_offered(compression: str | None) -> None:
    async with serving() as server, ws(server, compression=compression) as client:
        assert [type(e).__name__ for e in client.protocol.extensions] == (["PerMessageDeflate"] if compression else [])
        await client.send("compress me " * 1000)
        assert await client.recv() == "compress me " * 1000


async def test_the_memory_of_a_compression_is_free_when_its_connection_is() -> None:
    """50 kB each: left to the garbage collector, opening and closing connections took memory without end."""

    def compressions() -> int:
        return sum(type(thing) is PerMessageDeflate for thing in gc.get_objects())

    async with serving() as server:
        gc.collect()
        gc.disable()
        try:
            before = compressions()
            for _ in range(5):
                async with connected(server) as client:
                    await switched(client, "Sec-WebSocket-Extensions: permessage-deflate")
                    assert compressions() == before + 1
                await until(lambda: compressions() == before)
        finally:
            gc.enable()


async def test_an_extension_that_cannot_be_read_is_declined() -> None:
    async with serving() as server, connected(server) as client:
        await switched(client, "Sec-WebSocket-Extensions: permessage-deflate; ; =")
        client.send(frame(1, b"hello"))
        assert await read_frame(client) == (1, b"hello")


async def test_a_fragmented_message_is_one_message_and_pings_come_between() -> None:
    async with serving() as server, connected(server) as client:
        await switched(client)
        client.send(
            frame(1, b"one ", fin=False) + frame(9, b"ping") + frame(0, b"two ", fin=False) + frame(0, b"three")
        )
        assert await read_frame(client) == (10, b"ping")
        assert await read_frame(client) == (1, b"one two three")


async def test_messages_that_come_with_the_handshake_are_not_lost() -> None:
    async with serving() as server, connected(server) as client:
        client.send(get("/", *HANDSHAKE) + frame(1, b"early"))
        assert (await client.answer()).status == 101
        assert await read_frame(client) == (1, b"early")


async def test_a_subprotocol_is_chosen_from_those_offered() -> None:
    async with serving() as server, ws(server, subprotocols=[Subprotocol("chat"), Subprotocol("other")]) as client:
        assert client.subprotocol == "chat"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([*HANDSHAKE[:2], HANDSHAKE[3], "Sec-WebSocket-Version: 8"], 426),
        ([*HANDSHAKE[:2], HANDSHAKE[3]], 426),
        (HANDSHAKE[:3], 400),
        ([*HANDSHAKE[:3], "Sec-WebSocket-Key: short"], 400),
        ([*HANDSHAKE, HANDSHAKE[3]], 400),
        ([*HANDSHAKE, "Content-Length: 2"], 400),
    ],
)
async def test_a_handshake_that_breaks_its_rules_is_refused(lines: list[str], status: int) -> None:
    async with serving() as server, connected(server) as client:
        answer = await client.ask(get("/", *lines))
        assert answer.status == status
        if status == 426:
            assert (answer["upgrade"], answer["sec-websocket-version"]) == ("websocket", "13")
        assert await client.rest() == b""


async def test_post_with_a_websocket_upgrade_is_a_post() -> None:
    async with serving() as server, connected(server) as client:
        assert (await client.ask(post(b"body", "/", *HANDSHAKE))).body == b"body"


async def test_a_handshake_can_be_declined() -> None:
    async def decline(_: Request) -> Response:
        return Response(b"members only", 403)

    async with serving(Bare(**{"": decline})) as server:
        with pytest.raises(InvalidStatus) as raised:
            async with ws(server):
                pass
        assert raised.value.response.status_code == 403


# ---- the end


class Ends:
    """A handler that echoes and notes how its connection ended."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[WebSocketClosed] = asyncio.get_running_loop().create_future()

    async def __call__(self, request: Request) -> Response:
        websocket = request.websocket
        assert websocket is not None
        await websocket.accept()
        try:
            while True:
                await websocket.send(await websocket.receive())
        except WebSocketClosed as closed:
            self.ended.set_result(closed)
        return SWITCHED


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1000, "bye"), (4321, "mine")])
async def test_a_close_of_the_client_is_answered_and_told(code: int, reason: str) -> None:
    ends = Ends()
    async with serving(Bare(**{"": ends})) as server:
        async with ws(server) as client:
            await client.close(code, reason)
            assert (client.close_code, client.close_reason) == (code, reason)
        closed = await ends.ended
    assert (closed.code, closed.reason) == (code, reason)


async def test_a_close_without_a_code_is_1005_and_no_close_is_1006() -> None:
    for data, code in ((frame(8), 1005), (b"", 1006)):
        ends = Ends()
        async with serving(Bare(**{"": ends})) as server, connected(server) as client:
            await switched(client)
            client.send(data)
            await asyncio.sleep(0.02)
            client.reset()
            assert (await ends.ended).code == code


async def close_with(request: Request, *arguments: Any) -> Response:
    assert request.websocket is not None
    await request.websocket.accept()
    await request.websocket.close(*arguments)
    return SWITCHED


async def test_the_application_closes_with_its_code_or_with_1000_at_its_end() -> None:
    async def own(request: Request) -> Response:
        return await close_with(request, 4000, "enough")

    async def end(request: Request) -> Response:
        assert request.websocket is not None
        await request.websocket.accept()
        return SWITCHED

    async def fail(request: Request) -> Response:
        await end(request)
        return Response(b"", 500)

    for handler, expected in ((own, (4000, "enough")), (end, (1000, "")), (fail, (1011, ""))):
        async with serving(Bare(**{"": handler})) as server, ws(server) as client:
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (client.close_code, client.close_reason) == expected


async def test_an_error_after_acceptance_closes_with_1011_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(request: Request) -> Response:
        assert request.websocket is not None
        await request.websocket.accept()
        raise ValueError("oh")

    async with serving(Bare(**{"": fail})) as server, ws(server) as client:
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert client.close_code == 1011
    assert [r.name for r in caplog.records if r.levelname == "ERROR"] == ["rooftree.server"]


async def test_a_client_that_does_not_answer_the_close_is_cut_off() -> None:
    async def bye(request: Request) -> Response:
        return await close_with(request)

    limits = Limits(websocket_close_time=0.2)
    async with serving(Bare(**{"": bye}), limits=limits) as server, connected(server) as client:
        await switched(client)
        async with asyncio.timeout(30):
            assert await client.rest() == b"\x88\x02\x03\xe8"


async def test_what_is_used_wrongly_says_so() -> None:
    found: list[str] = []

    async def attempt(websocket: WebSocketTransport, *calls: Any) -> None:
        for call in calls:
            try:
                await call()
            except (RuntimeError, ValueError, WebSocketClosed) as error:
                found.append(f"{type(error).__name__}: {error}")

    async def wrong(request: Request) -> Response:
        websocket = request.websocket
        assert websocket is not None
        await attempt(websocket, lambda: websocket.send("early"), lambda: websocket.accept("none"))
        await websocket.accept()
        await attempt(
            websocket,
            websocket.accept,
            lambda: websocket.close(1006),
            lambda: websocket.close(1000, "x" * 124),
            websocket.close,
            lambda: websocket.send("late"),
            websocket.receive,
        )
        return SWITCHED

    async with serving(Bare(**{"": wrong})) as server, ws(server) as client:
        await client.wait_closed()
    assert [text.split(":")[0] for text in found] == [
        "RuntimeError",
        "ValueError",
        "RuntimeError",
        "ValueError",
        "ValueError",
        "WebSocketClosed",
        "WebSocketClosed",
    ]
    assert found[0] == "RuntimeError: This WebSocket was not accepted yet. Await accept() first."
    assert found[5] == "WebSocketClosed: WebSocket closed with 1000"


async def test_a_handler_that_waits_for_something_else_is_cancelled_after_the_client_has_gone() -> None:
    cancelled = asyncio.Event()

    async def wait(request: Request) -> Response:
        assert request.websocket is not None
        await request.websocket.accept()
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
        return SWITCHED

    limits = Limits(websocket_close_time=0.2)
    async with serving(Bare(**{"": wait}), limits=limits) as server, connected(server) as client:
        await switched(client)
        client.reset()
        await asyncio.wait_for(cancelled.wait(), 30)


async def test_stopping_the_server_closes_with_1001() -> None:
    server = Server(Bare())
    await server.start()
    async with ws(server) as client:
        await client.send("hello")
        await client.recv()
        async with asyncio.timeout(30):
            await server.stop()
        await client.wait_closed()
        assert client.close_code == 1001


# ---- limits


async def test_a_message_over_the_limit_is_1009_also_when_its_parts_are_not() -> None:
    limits = Limits(websocket_message=1000)
    async with serving(limits=limits) as server:
        for sent in ([frame(2, bytes(1001))], [frame(2, bytes(600), fin=False), frame(0, bytes(600))]):
            async with connected(server) as client:
                await switched(client)
                client.send(b"".join(sent))
                opcode, data = await read_frame(client)
                assert (opcode, data[:2]) == (8, struct.pack("!H", 1009))


def bomb(size: int) -> bytes:
    deflate = zlib.compressobj(9, wbits=-12)
    return (deflate.compress(bytes(size)) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


async def test_a_decompression_bomb_is_1009() -> None:
    async with serving() as server, connected(server) as client:
        await switched(client, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12")
        client.send(frame(2, bomb(100_000_000), rsv1=True))
        opcode, data = await read_frame(client)
        assert (opcode, data[:2]) == (8, struct.pack("!H", 1009))


async def test_many_small_bombs_wait_for_the_receiver() -> None:
    ready, go_on = asyncio.Event(), asyncio.Event()
    taken: list[int] = []

    async def take(request: Request) -> Response:
        websocket = request.websocket
        assert websocket is not None
        await websocket.accept()
        ready.set()
        await go_on.wait()
        taken.extend([len(await websocket.receive()) for _ in range(200)])
        return SWITCHED

    size = 1_000_000
    async with serving(Bare(**{"": take})) as server, connected(server) as client:
        lines = "permessage-deflate; client_no_context_takeover; client_max_window_bits=12"
        await switched(client, f"Sec-WebSocket-Extensions: {lines}")
        await ready.wait()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        client.send(frame(2, bomb(size), rsv1=True) * 200)  # 200 MB in 200 kB
        await asyncio.sleep(0.3)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB
        go_on.set()
        assert (await read_frame(client))[0] == 8
    assert taken == [size] * 200


@pytest.mark.parametrize(
    "sent",
    [frame(2, bomb(1_000_000), fin=False, rsv1=True), frame(2, bytes(1_000_000))[:-1], frame(2, bytes(1_000_000))],
    ids=["an unfinished message of 1 kB", "an unfinished frame", "a message that nobody receives"],
)
async def test_the_worker_ends_those_that_hold_the_most(sent: bytes) -> None:
    """Pings keep an unfinished message for ever, and each may be a megabyte: a thousand connections were a gigabyte."""
    codes: list[int] = []

    async def take(request: Request) -> Response:
        """Receive only when it is over, as a handler that only sends."""
        websocket = request.websocket
        assert websocket is not None
        await websocket.accept()
        await over.wait()
        try:
            await websocket.receive()
        except WebSocketClosed as closed:
            codes.append(closed.code)
        return SWITCHED

    over = asyncio.Event()
    extension = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12"
    limits = Limits(websocket_memory=8_000_000, websocket_queue=4_000_000)
    async with serving(Bare(take=take), limits=limits) as server, AsyncExitStack() as connections:
        honest = await connections.enter_async_context(connected(server))
        await switched(honest)
        honest.send(frame(2, bytes(20_000), fin=False))
        answers: list[asyncio.Task[tuple[int, bytes]]] = []
        for _ in range(30):
            greedy = await connections.enter_async_context(connected(server))
            answer = await greedy.ask(get("/take", *HANDSHAKE, extension))
            assert answer.status == 101
            greedy.send(sent)
            answers.append(asyncio.create_task(read_frame(greedy)))
        await until(lambda: sum(answer.done() for answer in answers) == 23)  # 7 MB and 20 kB are within the bound
        honest.send(frame(0, b"end"))
        assert await read_frame(honest) == (2, bytes(20_000) + b"end")
        ended = [answer.result() for answer in answers if answer.done()]
        assert [(opcode, data[:2]) for opcode, data in ended] == [(8, struct.pack("!H", 1013))] * 23
        over.set()
        await until(lambda: len(codes) >= 23)
        for waiting in answers:
            waiting.cancel()
        await connections.aclose()
        assert codes[:23] == [1013] * 23
        service = server._service
        assert service is not None
        await until(lambda: service.messages.total == 0)


async def test_a_sender_is_held_back_while_the_handler_does_not_receive() -> None:
    go_on = asyncio.Event()

    async def take(request: Request) -> Response:
        websocket = request.websocket
        assert websocket is not None
        await websocket.accept()
        await go_on.wait()
        while await websocket.receive() != b"end":
            pass
        await websocket.send("all")
        return SWITCHED

    async with serving(Bare(**{"": take})) as server, connected(server) as client:
        await switched(client)
        client.send(frame(2, bytes(100_000)) * 200 + frame(2, b"end"))
        await asyncio.sleep(0.2)
        assert client.writer.transport.get_write_buffer_size() > 5_000_000
        go_on.set()
        assert await read_frame(client) == (1, b"all")


async def test_a_handler_is_held_back_while_the_client_does_not_read() -> None:
    sent = 0

    async def pour(request: Request) -> Response:
        nonlocal sent
        assert request.websocket is not None
        await request.websocket.accept()
        for _ in range(400):
            await request.websocket.send(bytes(50_000))
            sent += 1
        return SWITCHED

    async with serving(Bare(**{"": pour})) as server, connected(server) as client:
        await switched(client)
        client.read_on(False)
        await until(lambda: sent > 0)
        assert await standstill(lambda: sent) < 200
        client.read_on(True)
        for _ in range(400):
            assert len((await read_frame(client))[1]) == 50_000


async def test_pings_without_end_and_without_reading_do_not_pile_up() -> None:
    async with serving(limits=Limits(write_time=0.5)) as server, connected(server) as client:
        await switched(client)
        client.read_on(False)
        for _ in range(200):
            client.send(frame(9, bytes(125)) * 1000)
        await until(lambda: server.connections == 0)
        client.read_on(True)
        assert len(await client.rest()) < 20_000_000  # it was cut off


async def test_silence_is_met_with_a_ping_and_no_answer_with_the_end() -> None:
    ends = Ends()
    limits = Limits(websocket_ping_time=0.3, websocket_pong_time=0.3)
    async with serving(Bare(**{"": ends}), limits=limits) as server:
        async with connected(server) as client:
            await switched(client)
            assert (await read_frame(client))[0] == 9
            client.send(frame(10))
            assert (await read_frame(client))[0] == 9
            assert await client.rest() == b""
        assert (await ends.ended).code == 1006


# ---- what breaks the protocol


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(1, b"x", masked=False), 1002),
        (frame(3), 1002),
        (frame(1, b"\xff\xfe"), 1007),
        (frame(0, b"continues nothing"), 1002),
        (frame(1, b"a", fin=False) + frame(1, b"b"), 1002),
        (frame(9, b"x" * 126), 1002),
        (frame(9, b"", fin=False), 1002),
        (frame(1, b"x", rsv1=True), 1002),
        (frame(8, b"\x03"), 1002),
        (frame(8, struct.pack("!H", 1006)), 1002),
    ],
)
async def test_what_breaks_the_protocol_fails_the_connection(data: bytes, code: int) -> None:
    async with serving() as server, connected(server) as client:
        await switched(client)
        client.send(data)
        opcode, body = await read_frame(client)
        assert (opcode, struct.unpack("!H", body[:2])[0]) == (8, code)
        assert await client.rest() == b""


async def test_random_bytes_never_harm_the_server() -> None:
    async with serving() as server:
        for _ in range(30):
            async with connected(server) as client:
                await switched(client, "Sec-WebSocket-Extensions: permessage-deflate")
                client.send(os.urandom(2000))
                client.writer.write_eof()
                await client.rest()
        async with ws(server) as still:
            await still.send("alive")
            assert await still.recv() == "alive"
