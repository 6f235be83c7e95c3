from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from rooftree.app import asgi_websocket
from rooftree.app.asgi import asgi
from rooftree.app.asgi_websocket import MAX_MESSAGE, MAX_QUEUE
from rooftree.http import SWITCHED, Request, Response, WebSocketClosed, WebSocketTransport
from tests.unit.app.asgi_messages import FakeServer, Handler, Hosted, Message, socket_scope

CONNECT: Message = {"type": "websocket.connect"}
DENIAL: dict[str, dict[str, object]] = {"websocket.http.response": {}}


def text(data: str) -> Message:
    return {"type": "websocket.receive", "text": data}


async def talk(handler: Handler, *messages: Message, scope: Message | None = None) -> FakeServer:
    server = FakeServer(CONNECT, *messages)
    await asgi(Hosted(handler), scope or socket_scope(), server.receive, server.send)
    return server


def transport_of(request: Request) -> WebSocketTransport:
    assert request.websocket is not None
    return request.websocket


async def test_messages_of_both_kinds() -> None:
    async def handler(request: Request) -> Response:
        ws = transport_of(request)
        await ws.accept("b", [(b"x-a", b"1")])
        await ws.ping()
        await ws.send(str(await ws.receive()))
        await ws.send(b"\xff")
        assert await ws.receive() == b"\x00"
        await ws.close(3000, "enough")
        return SWITCHED

    both: Message = {"type": "websocket.receive", "text": None, "bytes": b"\x00"}
    server = await talk(handler, text("é"), both, scope=socket_scope("a", "b"))
    assert server.sent == [
        {"type": "websocket.accept", "subprotocol": "b", "headers": [(b"x-a", b"1")]},
        {"type": "websocket.send", "text": "é"},
        {"type": "websocket.send", "bytes": b"\xff"},
        {"type": "websocket.close", "code": 3000, "reason": "enough"},
    ]


@pytest.mark.parametrize(("answer", "code"), [(SWITCHED, 1000), (Response(b"", 500), 1011)])
async def test_the_end_of_the_handler_ends_the_conversation(answer: Response, code: int) -> None:
    async def handler(request: Request) -> Response:
        await transport_of(request).accept()
        return answer

    assert (await talk(handler)).sent[1:] == [{"type": "websocket.close", "code": code, "reason": ""}]


async def test_an_error_that_leaves_the_application(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: Request) -> Response:
        await transport_of(request).accept()
        raise ZeroDivisionError("on purpose")

    assert (await talk(handler)).sent[-1]["code"] == 1011
    assert [record.exc_info is not None for record in caplog.records] == [True]


async def test_the_rules_of_the_transport() -> None:
    async def handler(request: Request) -> Response:
        ws = transport_of(request)
        assert ws.subprotocols == ("a",)
        for early in (ws.receive(), ws.send("x")):
            with pytest.raises(RuntimeError, match="not accepted yet"):
                await early
        with pytest.raises(ValueError, match="'b' is none of these"):
            await ws.accept("b")
        await ws.accept("a")
        with pytest.raises(RuntimeError, match="accepted already"):
            await ws.accept()
        with pytest.raises(ValueError, match="at most 123 bytes"):
            await ws.close(1000, "é" * 62)
        await ws.close()
        await ws.close()
        for late in (ws.receive(), ws.send("x"), ws.ping()):
            with pytest.raises(WebSocketClosed):
                await late
        return SWITCHED

    assert [message["type"] for message in (await talk(handler, scope=socket_scope("a"))).sent] == [
        "websocket.accept",
        "websocket.close",
    ]


async def test_a_client_that_leaves_is_heard_after_its_last_message() -> None:
    async def handler(request: Request) -> Response:
        ws = transport_of(request)
        await ws.accept()
        await asyncio.sleep(0.02)
        assert await ws.receive() == "last"
        with pytest.raises(WebSocketClosed) as closed:
            await ws.receive()
        assert (closed.value.code, closed.value.reason) == (3001, "bye")
        return SWITCHED

    leaving: Message = {"type": "websocket.disconnect", "code": 3001, "reason": "bye"}
    assert len((await talk(handler, text("last"), leaving)).sent) == 1


async def test_a_handler_that_does_not_end_with_its_client_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi_websocket, "LEAVE_TIME", 0.05)
    outcomes: list[str] = []

    async def handler(request: Request) -> Response:
        await transport_of(request).accept()
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            outcomes.append("cancelled")
            raise
        raise AssertionError

    await talk(handler, {"type": "websocket.disconnect"})
    assert outcomes == ["cancelled"]


async def test_a_server_that_stops_cancels_the_conversation() -> None:
    started = asyncio.Event()

    async def handler(request: Request) -> Response:
        await transport_of(request).accept()
        started.set()
        await asyncio.sleep(10)
        raise AssertionError

    work = asyncio.create_task(talk(handler))
    await started.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_messages_wait_within_a_bound() -> None:
    size = 50_000
    server = FakeServer(CONNECT, *(text("x" * size) for _ in range(20)))

    async def handler(request: Request) -> Response:
        ws = transport_of(request)
        await ws.accept()
        await asyncio.sleep(0.02)
        assert server.incoming.qsize() == 20 - MAX_QUEUE // size - 1
        for _ in range(20):
            assert len(await ws.receive()) == size
        return SWITCHED

    await asgi(Hosted(handler), socket_scope(), server.receive, server.send)
    assert server.sent[-1]["code"] == 1000


async def test_a_message_beyond_its_bound() -> None:
    async def handler(request: Request) -> Response:
        ws = transport_of(request)
        await ws.accept()
        with pytest.raises(WebSocketClosed) as closed:
            await ws.receive()
        assert closed.value.code == 1009
        return SWITCHED

    server = await talk(handler, text("x" * (MAX_MESSAGE + 1)))
    assert server.sent[-1] == {"type": "websocket.close", "code": 1009, "reason": "The message is too big."}


async def test_a_server_that_refuses_to_send() -> None:
    async def handler(request: Request) -> Response:
        ws = transport_of(request)
        await ws.accept()
        with pytest.raises(WebSocketClosed) as closed:
            await ws.send("x")
        assert closed.value.code == 1006
        return SWITCHED

    server = FakeServer(CONNECT)
    server.fail_at = 1
    await asgi(Hosted(handler), socket_scope(), server.receive, server.send)
    assert len(server.sent) == 1


@pytest.mark.parametrize("fail_at", [0, 1])
async def test_a_client_that_leaves_while_the_conversation_is_declined_or_ended(fail_at: int) -> None:
    async def handler(request: Request) -> Response:
        if fail_at:
            await transport_of(request).accept()
        return SWITCHED

    server = FakeServer(CONNECT)
    server.fail_at = fail_at
    await asgi(Hosted(handler), socket_scope(), server.receive, server.send)
    assert len(server.sent) == fail_at


# ---- handshakes that are declined


async def declined(response: Response, scope: Message) -> list[Message]:
    async def handler(request: Request) -> Response:
        return response

    return (await talk(handler, scope=scope)).sent


async def test_a_handshake_is_declined_with_an_answer_where_the_server_can() -> None:
    response = Response("é", 409, "text/plain", {"x-a": "1"})
    pairs = [(b"content-type", b"text/plain"), (b"content-length", b"2"), (b"x-a", b"1")]
    assert await declined(response, socket_scope(extensions=DENIAL)) == [
        {"type": "websocket.http.response.start", "status": 409, "headers": pairs},
        {"type": "websocket.http.response.body", "body": "é".encode(), "more_body": False},
    ]
    assert await declined(response, socket_scope()) == [{"type": "websocket.close", "code": 1000}]


async def test_a_handshake_is_declined_with_a_stream() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    sent = await declined(Response(parts(), 403, None), socket_scope(extensions=DENIAL))
    assert [(message["body"], message["more_body"]) for message in sent[1:]] == [
        (b"a", True),
        (b"b", True),
        (b"", False),
    ]


async def test_a_head_that_is_refused() -> None:
    sent = await declined(Response(), socket_scope(headers=[], extensions=DENIAL))
    assert sent[0]["status"] == 400
