"""The test client for plain functions: the asynchronous one, run on a loop in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from rooftree.app import App
from rooftree.testing.client import Client, RequestOptions
from rooftree.testing.transport import ClientResponse
from rooftree.testing.websocket import TestSocket

__all__ = ["SyncClient", "SyncSocket"]

T = TypeVar("T")
TIMEOUT = 30.0


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="rooftree-test-client", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(TIMEOUT)

    def stop(self) -> None:
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)
        self._loop.close()


class SyncSocket:
    """A WebSocket in a plain test."""

    def __init__(self, loop: _Loop, socket: TestSocket) -> None:
        self._loop = loop
        self._socket = socket

    def send(self, data: str | bytes) -> None:
        """Send a message."""
        self._loop.run(self._socket.send(data))

    def send_json(self, value: Any) -> None:
        """Send a value as JSON text."""
        self._loop.run(self._socket.send_json(value))

    def receive(self) -> str | bytes:
        """Return the next message."""
        return self._loop.run(self._socket.receive())

    def receive_json(self) -> Any:
        """Return the next message, read as JSON."""
        return self._loop.run(self._socket.receive_json())


class SyncClient:
    """The test client for plain functions; takes what :class:`Client` takes.

    >>> with SyncClient(app) as client:
    ...     assert client.get("/").text == "Hello, World!"
    """

    def __init__(self, app: App, **options: Any) -> None:
        self._client = Client(app, **options)
        self._loop: _Loop | None = None

    def __enter__(self) -> Self:
        loop = _Loop()
        try:
            loop.run(self._client.__aenter__())
        except BaseException:
            loop.stop()
            raise
        self._loop = loop
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop = self._running
        try:
            loop.run(self._client.__aexit__(kind, error, trace))
        finally:
            loop.stop()
            self._loop = None

    @property
    def _running(self) -> _Loop:
        if self._loop is None:
            raise RuntimeError("The client is not open. Use it as 'with SyncClient(app) as client:'.")
        return self._loop

    @property
    def cookies(self) -> Any:
        """The cookies that the client keeps."""
        return self._client.cookies

    def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a request and return the whole answer."""
        return self._running.run(self._client.request(method, url, **options))

    def get(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a GET request."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a HEAD request."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send an OPTIONS request."""
        return self.request("OPTIONS", url, **options)

    def post(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a POST request."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a PUT request."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a PATCH request."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a DELETE request."""
        return self.request("DELETE", url, **options)

    @contextmanager
    def websocket(self, url: str, **options: Any) -> Iterator[SyncSocket]:
        """Open a WebSocket; leaving the block closes it."""
        loop = self._running
        manager = self._client.websocket(url, **options)
        socket = loop.run(_enter(manager))
        try:
            yield SyncSocket(loop, socket)
        finally:
            loop.run(_leave(manager))


async def _enter(manager: Any) -> TestSocket:
    socket: TestSocket = await manager.__aenter__()
    return socket


async def _leave(manager: Any) -> None:
    await manager.__aexit__(None, None, None)
