"""The test client for plain functions: the asynchronous one, run on a loop in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self, TypeVar, Unpack, cast

import httpx

from rooftree.app import App
from rooftree.base import current_call
from rooftree.http import WebSocketClosed
from rooftree.testing.answers import ClientResponse
from rooftree.testing.client import Client
from rooftree.testing.options import ClientOptions, RequestOptions, Verbs, not_open
from rooftree.testing.websocket import PATIENCE, TestSocket

__all__ = ["SyncClient", "SyncSocket"]

T = TypeVar("T")

TIMEOUT: Final = 30.0
"""Seconds that anything may take."""


class SyncClient(Verbs[ClientResponse]):
    """The test client for plain functions; takes what ``Client`` takes.

    The application runs on an event loop in a thread of its own, so that this works inside of a running loop too (which
    stands still meanwhile).

    >>> with SyncClient(app) as client:
    ...     assert client.get("/").text == "Hello, World!"
    """

    def __init__(self, app: App, **options: Unpack[ClientOptions]) -> None:
        self.app: Final = app
        self._client = Client(app, **options)
        self._loop: _Loop | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            loop = _Loop()
            stack.callback(loop.stop)
            stack.enter_context(loop.hold(self._client))
            if current_call.get(None) is None:
                stack.enter_context(self.app.current())
            self._stack, self._loop = stack.pop_all(), loop
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop = None
        self._stack.close()

    @property
    def _running(self) -> _Loop:
        if self._loop is None:
            raise not_open()
        return self._loop

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookies that the client keeps."""
        return self._client.cookies

    @property
    def headers(self) -> httpx.Headers:
        """The headers sent with every request."""
        return self._client.headers

    def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a request and return the whole answer; raises what ``Client.request`` raises."""
        return self._running.run(self._client.request(method, url, **options))

    @contextmanager
    def stream(self, method: str, url: str, **options: Unpack[RequestOptions]) -> Generator[ClientResponse]:
        """Send a request and give the answer before its body; read it with ``iter_bytes`` or ``iter_lines``."""
        loop = self._running
        with loop.hold(self._client.stream(method, url, **options)) as response:
            response.stream = _Blocking(loop, cast("httpx.AsyncByteStream", response.stream))
            yield response

    def sign_in(self, user: Any) -> None:
        """Sign a user in; see `Client.sign_in`."""
        self._running.run(self._client.sign_in(user))

    @contextmanager
    def websocket(
        self,
        url: str,
        *,
        subprotocols: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Generator[SyncSocket]:
        """Open a WebSocket; leaving the block closes it. Raises what ``Client.websocket`` raises."""
        loop = self._running
        opened = self._client.websocket(url, subprotocols=subprotocols, headers=headers, cookies=cookies)
        with loop.hold(opened) as socket:
            yield SyncSocket(loop, socket)


class SyncSocket:
    """A WebSocket in a plain test."""

    def __init__(self, loop: _Loop, socket: TestSocket) -> None:
        self._loop = loop
        self._socket = socket

    @property
    def subprotocol(self) -> str | None:
        """What the application chose."""
        return self._socket.subprotocol

    @property
    def headers(self) -> httpx.Headers:
        """The headers that the application sent with its acceptance."""
        return self._socket.headers

    @property
    def closed(self) -> tuple[int, str] | None:
        """Close code and reason, once either end has closed."""
        return self._socket.closed

    def send(self, data: str | bytes) -> None:
        """Send a message; raises what ``TestSocket.send`` raises."""
        self._loop.run(self._socket.send(data))

    def send_json(self, value: Any) -> None:
        """Send a value as JSON text."""
        self._loop.run(self._socket.send_json(value))

    def receive(self, *, within: float = PATIENCE) -> str | bytes:
        """Return the next message; raises what ``TestSocket.receive`` raises."""
        return self._loop.run(self._socket.receive(within=within))

    def receive_json(self, *, within: float = PATIENCE) -> Any:
        """Return the next message, read as JSON."""
        return self._loop.run(self._socket.receive_json(within=within))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; the application sees this code."""
        self._loop.run(self._socket.close(code, reason))

    def __iter__(self) -> Iterator[str | bytes]:
        while True:
            try:
                message = self.receive()
            except WebSocketClosed:
                return
            yield message


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="rooftree-test-client", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return _wait(asyncio.run_coroutine_threadsafe(work, self._loop))

    @contextmanager
    def hold(self, manager: AbstractAsyncContextManager[T]) -> Generator[T]:
        """Enter and leave a context manager, both in one task, as it expects."""
        entered: Future[tuple[T, asyncio.Event]] = Future()

        async def live() -> None:
            async with manager as value:
                left = asyncio.Event()
                entered.set_result((value, left))
                await left.wait()

        living = asyncio.run_coroutine_threadsafe(live(), self._loop)
        living.add_done_callback(lambda _: None if entered.done() else entered.cancel())
        try:
            value, left = entered.result(TIMEOUT)
        except (CancelledError, TimeoutError):
            _wait(living)
            raise
        try:
            yield value
        finally:
            self._loop.call_soon_threadsafe(left.set)
            _wait(living)

    def stop(self) -> None:
        """End the loop and its thread."""
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)
        self._loop.close()


def _wait(future: Future[T]) -> T:
    try:
        return future.result(TIMEOUT)
    except BaseException:
        future.cancel()  # where the test gave up; nothing where it has ended
        raise


class _Blocking(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of an answer, read by a plain test: each part is waited for."""

    def __init__(self, loop: _Loop, stream: httpx.AsyncByteStream) -> None:
        self._loop = loop
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        parts = aiter(self._stream)

        async def following() -> bytes | None:
            return await anext(parts, None)

        while (part := self._loop.run(following())) is not None:
            yield part

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    def close(self) -> None:
        self._loop.run(self._stream.aclose())

    async def aclose(self) -> None:
        await self._stream.aclose()
