"""One WebSocket over ASGI messages."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from contextvars import Context
from typing import Any, Final

from rooftree.app.asgi_exchange import Report, header_pairs
from rooftree.http import SWITCHED, Request, Response, WebSocketClosed

__all__ = ["Conversation"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Run = Callable[[Request], Coroutine[Any, Any, Response]]

_log = logging.getLogger("rooftree.asgi")

MAX_MESSAGE: Final = 1024 * 1024
MAX_QUEUE: Final = 256 * 1024
MESSAGE_COST: Final = 64
LEAVE_TIME: Final = 5.0
"""Seconds that a handler has to end once its client has gone."""

NORMAL, ABNORMAL, TOO_BIG, INTERNAL = 1000, 1006, 1009, 1011


class Conversation:
    """The server's end of one WebSocket (the ``WebSocketTransport`` of a request), on the messages of an ASGI server.

    Pings and the times of the close handshake are the server's own. Messages are read ahead, within a bound, so that
    the end of the connection is noticed while the handler does something else.
    """

    __slots__ = (
        "_accepted", "_closed", "_denial", "_leaving", "_news", "_queue", "_reader", "_receive", "_report", "_request",
        "_room", "_send", "_size", "_work", "subprotocols",
    )  # fmt: skip

    def __init__(self, request: Request, scope: Message, receive: Receive, send: Send, report: Report) -> None:
        self._request = request
        self._report = report
        self._receive = receive
        self._send = send
        self._denial = "websocket.http.response" in (scope.get("extensions") or {})
        self._queue: deque[str | bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._accepted = self._leaving = False
        self._closed: tuple[int, str] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._work: asyncio.Task[Response] | None = None
        self.subprotocols: Sequence[str] = tuple(scope.get("subprotocols") or ())
        request.websocket = self

    async def run(self, application: Run, context: Context) -> None:
        """Let the application answer the handshake and hold the conversation, in a copy of its context."""
        await self._receive()  # websocket.connect
        self._work = asyncio.get_running_loop().create_task(self._answer(application), context=context.copy())
        code = INTERNAL
        try:
            response = await self._work
            code = NORMAL if response is SWITCHED else INTERNAL
            if not self._accepted:
                await self._decline(response)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if self._closed is None or (current is not None and current.cancelling()):
                raise
        except OSError:  # the client has gone
            self._closed = self._closed or (ABNORMAL, "")
        finally:
            if self._accepted:
                await self._leave(code)
            if self._reader is not None:
                if not self._leaving:
                    self._reader.cancel()
                await asyncio.wait({self._reader})

    async def _answer(self, application: Run) -> Response:
        request = self._request
        try:
            return await application(request)
        except Exception:  # noqa: BLE001 - it is the application's code, and this is its last frame
            _log.exception(
                "The application failed on %s %s [%s]",
                request.method,
                request.path,
                request.id,
                extra={"request_id": request.id},
            )
            return Response(b"Internal Server Error", 500, "text/plain; charset=utf-8")

    async def _decline(self, response: Response) -> None:
        try:
            await self._deny(response)
        finally:
            await response.aclose()
            await self._request.follow_up(response, lambda error: self._report(self._request, error, "after"))

    async def _deny(self, response: Response) -> None:
        """Answer the handshake with something else than 101, where the server can; it says 403 by itself elsewhere."""
        if response is SWITCHED or not self._denial:
            await self._send({"type": "websocket.close", "code": NORMAL})
            return
        body = response.body.encode() if isinstance(response.body, str) else response.body
        length = len(body) if isinstance(body, bytes) else response.length
        pairs = header_pairs(response, length, "GET")
        await self._send({"type": "websocket.http.response.start", "status": response.status, "headers": pairs})
        if isinstance(body, bytes):
            await self._send({"type": "websocket.http.response.body", "body": body, "more_body": False})
            return
        async for part in body:
            await self._send({"type": "websocket.http.response.body", "body": part, "more_body": True})
        await self._send({"type": "websocket.http.response.body", "body": b"", "more_body": False})

    # ---- what a handler does

    @property
    def accepted(self) -> bool:
        """Whether the handshake was answered with 101."""
        return self._accepted

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._closed is not None

    async def accept(self, subprotocol: str | None = None, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Answer the handshake with 101.

        Raises:
            WebSocketClosed: The client has gone.
            ValueError: The client did not offer this subprotocol (RFC 6455 section 4.2.2).
        """
        if self._accepted:
            raise RuntimeError("This WebSocket was accepted already.")
        if subprotocol is not None and subprotocol not in self.subprotocols:
            raise ValueError(f"The client offers {self.subprotocols!r}; {subprotocol!r} is none of these.")
        await self._say({"type": "websocket.accept", "subprotocol": subprotocol, "headers": list(headers)})
        self._accepted = True
        self._reader = asyncio.get_running_loop().create_task(self._read())

    async def receive(self) -> str | bytes:
        """Return the next message.

        Raises:
            WebSocketClosed: The connection has ended and every message was received.
        """
        if not self._accepted:
            raise RuntimeError("This WebSocket was not accepted yet. Await accept() first.")
        while not self._queue:
            if self._closed is not None:
                raise WebSocketClosed(*self._closed)
            self._news.clear()
            await self._news.wait()
        message = self._queue.popleft()
        self._size -= len(message) + MESSAGE_COST
        self._room.set()
        return message

    async def send(self, data: str | bytes) -> None:
        """Send one message; waits while the other side does not read.

        Raises:
            WebSocketClosed: The connection has ended.
        """
        if not self._accepted:
            raise RuntimeError("This WebSocket was not accepted yet. Await accept() first.")
        await self._say({"type": "websocket.send", "text" if isinstance(data, str) else "bytes": data})

    async def ping(self) -> None:
        """Do nothing but look whether the connection is there: ASGI has no pings, its servers send their own.

        Raises:
            WebSocketClosed: The connection has ended.
        """
        if self._closed is not None:
            raise WebSocketClosed(*self._closed)

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Start the close handshake; the server waits for its end.

        Raises:
            ValueError: The reason is longer than 123 bytes (RFC 6455 section 5.5).
        """
        if len(reason.encode()) > 123:
            raise ValueError(f"The reason of a close frame has at most 123 bytes: {reason!r}. Shorten it.")
        await self._leave(code, reason)
        if asyncio.current_task() is not self._work:  # the handler has its time to go, as when the client leaves
            asyncio.get_running_loop().call_later(LEAVE_TIME, self._give_up)

    # ---- the server's side

    async def _say(self, message: Message) -> None:
        if self._closed is not None:
            raise WebSocketClosed(*self._closed)
        try:
            await self._send(message)
        except OSError:
            self._end(ABNORMAL, "")
            raise WebSocketClosed(ABNORMAL) from None

    async def _leave(self, code: int, reason: str = "") -> None:
        if self._closed is None:
            self._end(code, reason)
            if self._reader is not None and self._reader is not asyncio.current_task():
                self._reader.cancel()  # granian sends no close frame while someone waits for a message
                await asyncio.wait({self._reader})
            try:
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
            except OSError:
                return

    async def _read(self) -> None:
        while self._closed is None:
            while self._size > MAX_QUEUE:
                self._room.clear()
                await self._room.wait()
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._end(message.get("code") or ABNORMAL, message.get("reason") or "")
                asyncio.get_running_loop().call_later(LEAVE_TIME, self._give_up)
                return
            text = message.get("text")
            data = bytes(message["bytes"]) if text is None else text
            if len(data) > MAX_MESSAGE:
                self._leaving = True
                await self._leave(TOO_BIG, "The message is too big.")
                return
            self._queue.append(data)
            self._size += len(data) + MESSAGE_COST
            self._news.set()

    def _end(self, code: int, reason: str) -> None:
        if self._closed is None:
            self._closed = (code, reason)
            self._news.set()

    def _give_up(self) -> None:
        if self._work is not None:
            self._work.cancel()
