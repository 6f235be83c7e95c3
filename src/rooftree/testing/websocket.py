"""A WebSocket between a test and the application in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from rooftree.http import Response, WebSocketClosed

__all__ = ["Refused", "TestSocket"]


class Refused(Exception):
    """The application answered the handshake with something other than 101.

    Attributes:
        response: What it answered.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(f"The handshake was answered with {response.status}.")
        self.response = response


class _Close:
    __slots__ = ("code", "reason")

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason


Item = str | bytes | _Close


class TestSocket:
    """The client's end of a WebSocket; the application's end is :attr:`server`.

    Attributes:
        subprotocol: What the application chose.
        headers: The headers that it sent with its acceptance.
    """

    __test__ = False  # not a test class, though pytest would think so by its name

    def __init__(self, subprotocols: Sequence[str]) -> None:
        self.subprotocol: str | None = None
        self.headers: Sequence[tuple[bytes, bytes]] = ()
        self.accepted = asyncio.Event()
        self.server = _ServerEnd(self, subprotocols)
        self._to_client: asyncio.Queue[Item] = asyncio.Queue()
        self._to_server: asyncio.Queue[Item] = asyncio.Queue()

    async def send(self, data: str | bytes) -> None:
        """Send a message."""
        await self._to_server.put(data)

    async def send_json(self, value: Any) -> None:
        """Send a value as JSON text."""
        await self.send(msgspec.json.encode(value).decode())

    async def receive(self) -> str | bytes:
        """Return the next message.

        Raises:
            WebSocketClosed: The application has closed the connection.
        """
        return _message(await self._to_client.get(), self._to_client)

    async def receive_json(self) -> Any:
        """Return the next message, read as JSON."""
        return msgspec.json.decode(await self.receive())

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection."""
        await self._to_server.put(_Close(code, reason))

    def __aiter__(self) -> TestSocket:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except WebSocketClosed:
            raise StopAsyncIteration from None

    def deliver(self, item: Item) -> None:
        """Put what the application sent where :meth:`receive` finds it."""
        self._to_client.put_nowait(item)

    async def take(self) -> str | bytes:
        """Return what the test sent next, to the application."""
        return _message(await self._to_server.get(), self._to_server)


class _ServerEnd:
    """The transport that the application is given."""

    def __init__(self, socket: TestSocket, subprotocols: Sequence[str]) -> None:
        self._socket = socket
        self._closed: _Close | None = None
        self.subprotocols = tuple(subprotocols)

    async def accept(self, subprotocol: str | None = None, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self._socket.subprotocol, self._socket.headers = subprotocol, headers
        self._socket.accepted.set()

    async def receive(self) -> str | bytes:
        self._check()
        try:
            return await self._socket.take()
        except WebSocketClosed as closed:
            self._closed = _Close(closed.code, closed.reason)
            self._socket.deliver(self._closed)
            raise

    async def send(self, data: str | bytes) -> None:
        self._check()
        self._socket.deliver(data)

    async def ping(self) -> None:
        self._check()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self._closed is None:
            self._closed = _Close(code, reason)
            self._socket.deliver(self._closed)

    def _check(self) -> None:
        if self._closed is not None:
            raise WebSocketClosed(self._closed.code, self._closed.reason)


def _message(item: Item, queue: asyncio.Queue[Item]) -> str | bytes:
    if isinstance(item, _Close):
        queue.put_nowait(item)  # whoever asks again is told again
        raise WebSocketClosed(item.code, item.reason)
    return item
