"""A WebSocket between a test and the application in this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import httpx
import msgspec

from rooftree.http import WebSocketClosed
from rooftree.testing.answers import ClientResponse

__all__ = ["Refused", "TestSocket"]

PATIENCE: Final = 5.0


class Refused(Exception):
    """The application answered the handshake with something other than 101.

    Attributes:
        response: What it answered.
    """

    def __init__(self, response: ClientResponse) -> None:
        super().__init__(f"The handshake was answered with {response.status_code}: {response.text[:200]}")
        self.response = response


class TestSocket:
    """The client's end of a WebSocket; the application's end is ``server``.

    Attributes:
        subprotocol: What the application chose.
        headers: The headers that it sent with its acceptance.
        accepted: Is set when it has accepted.
        closed: Close code and reason, once either end has closed; ``None`` before.
    """

    __test__ = False  # not a test class, though pytest would think so by its name

    def __init__(self, subprotocols: Sequence[str] = ()) -> None:
        self.subprotocol: str | None = None
        self.headers = httpx.Headers()
        self.accepted = asyncio.Event()
        self.closed: tuple[int, str] | None = None
        self.server = _ServerEnd(self, tuple(subprotocols))
        self._messages = _Messages()

    async def send(self, data: str | bytes) -> None:
        """Send a message.

        Raises:
            WebSocketClosed: The connection has ended.
        """
        if self.closed is not None:
            raise WebSocketClosed(*self.closed)
        self.server.messages.put(data)

    async def send_json(self, value: Any) -> None:
        """Send a value as JSON text."""
        await self.send(msgspec.json.encode(value).decode())

    async def receive(self, *, within: float = PATIENCE) -> str | bytes:
        """Return the next message.

        Args:
            within: Seconds to wait for it.

        Raises:
            WebSocketClosed: The application has closed the connection; with the code that it gave.
            TimeoutError: None came in time.
        """
        try:
            async with asyncio.timeout(within):
                return await self._messages.get()
        except TimeoutError:
            raise TimeoutError(f"The application sent no message within {within:g} s.") from None

    async def receive_json(self, *, within: float = PATIENCE) -> Any:
        """Return the next message, read as JSON; raises what ``receive`` raises."""
        return msgspec.json.decode(await self.receive(within=within))

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; the application sees this code."""
        self.end(code, reason)

    def __aiter__(self) -> TestSocket:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except WebSocketClosed:
            raise StopAsyncIteration from None

    def deliver(self, data: str | bytes) -> None:
        """Put what the application sent where ``receive`` finds it."""
        self._messages.put(data)

    def end(self, code: int, reason: str = "") -> None:
        """Take note that one of the ends has closed; the first one counts."""
        if self.closed is None:
            self.closed = (code, reason)
            self._messages.end(code, reason)
            self.server.messages.end(code, reason)


class _Messages:
    """Messages on their way; those sent before the end arrive before it is told."""

    def __init__(self) -> None:
        self._waiting: deque[str | bytes] = deque()
        self._closed: tuple[int, str] | None = None
        self._news = asyncio.Event()

    def put(self, data: str | bytes) -> None:
        self._waiting.append(data)
        self._news.set()

    def end(self, code: int, reason: str) -> None:
        self._closed = (code, reason)
        self._news.set()

    async def get(self) -> str | bytes:
        while not self._waiting:
            if self._closed is not None:
                raise WebSocketClosed(*self._closed)
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class _ServerEnd:
    """The transport that the application is given."""

    def __init__(self, socket: TestSocket, subprotocols: Sequence[str]) -> None:
        self._socket = socket
        self.messages = _Messages()
        self.subprotocols = subprotocols

    @property
    def accepted(self) -> bool:
        return self._socket.accepted.is_set()

    @property
    def closed(self) -> bool:
        return self._socket.closed is not None

    async def accept(self, subprotocol: str | None = None, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        socket = self._socket
        if socket.accepted.is_set():
            raise RuntimeError("This WebSocket was accepted already.")
        if subprotocol is not None and subprotocol not in self.subprotocols:
            raise ValueError(f"The client offers {self.subprotocols!r}; {subprotocol!r} is none of these.")
        socket.subprotocol, socket.headers = subprotocol, httpx.Headers(list(headers))
        socket.accepted.set()

    async def receive(self) -> str | bytes:
        return await self.messages.get()

    async def send(self, data: str | bytes) -> None:
        self._check()
        self._socket.deliver(data)

    async def ping(self) -> None:
        self._check()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if not (code in _CODES or 3000 <= code <= 4999):
            raise ValueError(f"A close frame cannot be sent with the code {code}.")
        if len(reason.encode()) > 123:
            raise ValueError(f"The reason of a close frame has at most 123 bytes: {reason!r}. Shorten it.")
        self._socket.end(code, reason)

    def _check(self) -> None:
        if self._socket.closed is not None:
            raise WebSocketClosed(*self._socket.closed)


_CODES: Final = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})
"""Codes of RFC 6455 section 7.4.1 that may be sent; others are from 3000 on."""
