"""Typed WebSocket handlers, over a transport that is played by the test."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Annotated, Any

import pytest

from rooftree.base import HandlerError, HTTPError, RequestInvalid
from rooftree.binding import Depends, MessageInvalid, WebSocket
from rooftree.http import SWITCHED, Request, Response, WebSocketClosed
from rooftree.schema import Schema
from tests.unit.binding.kit import make_request, plan_of, refused


class Message(Schema):
    text: str


class Failed(Exception):
    pass


class Transport:
    """A client that has sent these messages and then goes away."""

    def __init__(self, *messages: str | bytes) -> None:
        self.messages = deque(messages)
        self.sent: list[str | bytes] = []
        self.end: tuple[int, str] | None = None
        self.answer: tuple[str | None, Sequence[tuple[bytes, bytes]]] | None = None
        self.pings = 0
        self.subprotocols = ("chat", "v2")

    @property
    def accepted(self) -> bool:
        return self.answer is not None

    @property
    def closed(self) -> bool:
        return self.end is not None

    async def accept(self, subprotocol: str | None = None, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        assert self.answer is None
        self.answer = (subprotocol, headers)

    async def receive(self) -> str | bytes:
        assert self.answer
        if not self.messages:
            raise WebSocketClosed(1001)
        return self.messages.popleft()

    async def send(self, data: str | bytes) -> None:
        assert self.answer
        self.sent.append(data)

    async def ping(self) -> None:
        assert self.answer
        self.pings += 1

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.end = (code, reason)


async def run(handler: Any, transport: Transport, request: Request | None = None, **wiring: Any) -> Response:
    given = request if request is not None else make_request()
    given.websocket = transport
    return await plan_of(handler, websocket=True, **wiring)(given)


async def echo(ws: WebSocket[Message]) -> None:
    async for message in ws:
        await ws.send(Message(text=message.text + "!"))


async def test_messages_are_typed_both_ways() -> None:
    transport = Transport('{"text":"a"}', '{"text":"b"}')
    assert await run(echo, transport) is SWITCHED
    assert transport.sent == ['{"text":"a!"}', '{"text":"b!"}']
    assert transport.answer == (None, [])
    assert transport.end == (1000, "")


async def test_text_and_binary_as_they_are() -> None:
    async def text(ws: WebSocket[str]) -> None:
        await ws.send((await ws.receive()).upper())

    async def binary(ws: WebSocket[bytes]) -> None:
        await ws.send(await ws.receive() + b"!")

    async def both(ws: WebSocket[str | bytes]) -> None:
        async for message in ws:
            await ws.send(message)

    async def anything(ws: WebSocket[Any]) -> None:
        await ws.send({"got": await ws.receive()})

    anything.__annotations__["ws"] = WebSocket

    transport = Transport("a")
    await run(text, transport)
    assert transport.sent == ["A"]
    transport = Transport(b"a")
    await run(binary, transport)
    assert transport.sent == [b"a!"]
    transport = Transport("a", b"\xff")
    await run(both, transport)
    assert transport.sent == ["a", b"\xff"]
    transport = Transport("[1]")
    await run(anything, transport)
    assert transport.sent == ['{"got":[1]}']


@pytest.mark.parametrize(
    ("type", "message", "closed"),
    [
        (Message, '{"text":1}', (1007, "Expected `str`, got `int` - at `$.text`")),
        (Message, b"{}", (1003, "Expected a text message, got a binary one")),
        (str, b"x", (1003, "Expected a text message, got a binary one")),
        (bytes, "x", (1003, "Expected a binary message, got a text one")),
    ],
)
async def test_a_message_of_another_type_closes(type: Any, message: str | bytes, closed: tuple[int, str]) -> None:
    async def handler(ws: WebSocket[Any]) -> None:
        await ws.receive()
        raise AssertionError

    handler.__annotations__["ws"] = WebSocket[type]
    transport = Transport(message)
    assert await run(handler, transport) is SWITCHED
    assert transport.end == closed


async def test_what_is_no_json_closes() -> None:
    transport = Transport("{nope")
    assert await run(echo, transport) is SWITCHED
    assert transport.end is not None
    assert transport.end[0] == 1007


async def test_a_handler_may_go_on_after_a_wrong_message() -> None:
    async def patient(ws: WebSocket[Message]) -> None:
        with pytest.raises(MessageInvalid) as raised:
            await ws.receive()
        assert (raised.value.code, raised.value.errors[0].path) == (1007, ("text",))
        await ws.send(Message(text=str(raised.value)))
        await ws.send(await ws.receive())

    transport = Transport('{"text":1}', '{"text":"ok"}')
    await run(patient, transport)
    assert transport.sent == ['{"text":"Expected `str`, got `int` - at `$.text`"}', '{"text":"ok"}']


async def test_it_is_accepted_once_and_by_itself() -> None:
    async def choosing(ws: WebSocket[str]) -> None:
        assert not bool(ws.accepted)
        assert repr(ws) == "<WebSocket / not accepted>"
        await ws.accept(ws.subprotocols[1], {"x-a": "b"})
        assert ws.accepted
        assert repr(ws) == "<WebSocket />"
        await ws.ping()
        with pytest.raises(RuntimeError, match="accepted already"):
            await ws.accept()

    transport, request = Transport(), make_request()
    await run(choosing, transport, request)
    assert transport.answer == ("v2", [(b"x-a", b"b")])

    async def sending(ws: WebSocket[str]) -> None:
        await ws.send("a")

    async def pinging(ws: WebSocket[str]) -> None:
        await ws.ping()

    for handler in (sending, pinging):
        transport = Transport()
        await run(handler, transport)
        assert transport.answer is not None
    assert transport.pings == 1


async def test_other_parameters_are_bound_before_it_is_accepted() -> None:
    async def handler(ws: WebSocket[str], room: int, *, token: str, request: Request) -> None:
        await ws.send(f"{room} {token} {request.method} {ws.request is request}")

    transport = Transport()
    await run(handler, transport, make_request(query="token=t", params=("7",)), path={"room": str})
    assert transport.sent == ["7 t GET True"]
    transport, request = Transport(), make_request(params=("x",))
    with pytest.raises(RequestInvalid) as raised:
        await run(handler, transport, request, path={"room": str})
    assert [e.path for e in raised.value.errors] == [("room",), ("token",)]
    assert transport.answer is None


async def test_a_handler_may_decline() -> None:
    async def silent(ws: WebSocket[str]) -> None: ...
    async def saying_why(ws: WebSocket[str]) -> None:
        raise HTTPError(401)

    async def closing(ws: WebSocket[str]) -> None:
        await ws.close(reason="Full.")

    transport = Transport()
    assert (await run(silent, transport)).status == 403
    for handler, status in ((saying_why, 401), (closing, 403)):
        with pytest.raises(HTTPError) as raised:
            await run(handler, transport)
        assert raised.value.status == status
    assert transport.answer is None
    assert transport.end is None


@pytest.mark.parametrize(
    ("error", "closed"),
    [
        (HTTPError(403, "Not yours."), (1008, "Not yours.")),
        (HTTPError(503, "Later."), (1011, "Later.")),
        (WebSocketClosed(1001), None),
    ],
)
async def test_errors_that_are_answers(error: Exception, closed: tuple[int, str] | None) -> None:
    async def handler(ws: WebSocket[str]) -> None:
        await ws.accept()
        raise error

    transport = Transport()
    assert await run(handler, transport) is SWITCHED
    assert transport.end == closed


async def test_other_errors_close_and_go_on_to_the_door() -> None:
    async def handler(ws: WebSocket[str]) -> None:
        await ws.accept()
        raise Failed

    transport, request = Transport(), make_request()
    with pytest.raises(Failed):
        await run(handler, transport, request)
    assert transport.end == (1011, "The server failed.")

    async def early(ws: WebSocket[str]) -> None:
        raise Failed

    transport = Transport()
    with pytest.raises(Failed):
        await run(early, transport)
    assert transport.end is None


async def test_a_cancelled_handler_does_not_wait_for_the_client() -> None:
    async def handler(ws: WebSocket[str]) -> None:
        await ws.accept()
        await asyncio.sleep(10)

    transport = Transport()
    task = asyncio.create_task(run(handler, transport))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert transport.end is None


async def test_a_reason_is_cut_to_what_a_frame_takes() -> None:
    async def handler(ws: WebSocket[str]) -> None:
        await ws.accept()
        await ws.close(4000, "é" * 100)

    transport = Transport()
    await run(handler, transport)
    assert transport.end == (1000, "")  # the handler's end closes again, which a transport passes over

    async def failing(ws: WebSocket[str]) -> None:
        await ws.accept()
        raise HTTPError(403, "é" * 100)

    transport = Transport()
    await run(failing, transport)
    assert transport.end == (1008, "é" * 61)


@pytest.mark.parametrize("outcome", ["success", "answer", "failure"])
async def test_dependencies_leave_before_it_is_closed(outcome: str) -> None:
    log: list[str] = []

    async def session() -> AsyncIterator[str]:
        try:
            yield "s"
        except Exception as error:
            log.append(type(error).__name__)
            raise
        finally:
            log.append("left")

    def plain() -> Iterator[str]:
        yield "p"
        log.append("plain left")

    async def handler(ws: WebSocket[str], a: str, b: str) -> None:
        await ws.send(a + b)
        if outcome != "success":
            raise Failed if outcome == "failure" else HTTPError(403)

    handler.__annotations__.update(a=Annotated[str, Depends(session)], b=Annotated[str, Depends(plain)])
    transport = Transport()
    if outcome == "failure":
        with pytest.raises(Failed):
            await run(handler, transport)
    else:
        assert await run(handler, transport) is SWITCHED
    assert transport.sent == ["sp"]
    seen = {"success": ["plain left", "left"], "answer": ["HTTPError", "left"], "failure": ["Failed", "left"]}
    assert log == seen[outcome]


# ---- errors at start-up


async def no_socket(a: int) -> None: ...
def plain(ws: WebSocket[str]) -> None: ...
async def with_body(ws: WebSocket[str], data: Message) -> None: ...


class Odd:
    pass


async def odd(ws: WebSocket[Odd]) -> None: ...


@pytest.mark.parametrize(
    ("handler", "code", "text"),
    [
        (
            no_socket,
            "H115",
            (
                "test_websocket.no_socket() answers a WebSocket, but has no parameter for it. "
                "Add 'ws: WebSocket[Message]'."
            ),
        ),
        (
            plain,
            "H115",
            (
                "test_websocket.plain() answers a WebSocket, whose messages are awaited, but it is no 'async def'. "
                "Make it 'async def'."
            ),
        ),
        (
            with_body,
            "H115",
            (
                "test_websocket.with_body() takes the body of the request, and a WebSocket handshake has none. "
                "Receive it as a message."
            ),
        ),
    ],
)
def test_what_cannot_answer(handler: Any, code: str, text: str) -> None:
    with refused(HandlerError, code) as said:
        plan_of(handler, websocket=True)
    assert said[0] == text


def test_messages_that_cannot_be_read() -> None:
    with refused(HandlerError, "H110") as said:
        plan_of(odd, websocket=True)
    assert said[0].startswith("test_websocket.odd() has messages of Odd, which cannot be read and written: ")
