"""A WSGI application (PEP 3333) inside of ours, each request on a thread."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, cast
from urllib.parse import unquote_to_bytes

from rooftree.binding import ThreadPool
from rooftree.http import Request, Response, SpoolBudget, Upload, header_pair

__all__ = ["MountedWsgi"]

Environ = dict[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType]
Wsgi = Callable[..., Iterable[bytes]]

IN_MEMORY: Final = 256 * 1024
"""Bytes of a request body that are kept in memory; a larger one goes to an unnamed file."""
WINDOW: Final = 64 * 1024
"""Bytes of an answer that wait for the client; the application's thread waits above it."""

_OWN: Final = frozenset({b"content-type", b"content-length", b"transfer-encoding", b"proxy", b"connection"})


class MountedWsgi:
    """A WSGI application below a prefix.

    Args:
        app: The application.
        prefix: The path that it is mounted at, decoded, without a slash at its end.
        threads: How many requests it works on at the same time; more wait.
    """

    __slots__ = ("_app", "_prefix", "_threads")

    def __init__(self, app: Wsgi, prefix: str, threads: int) -> None:
        self._app = app
        self._prefix = prefix
        self._threads = ThreadPool(threads)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Let go of the threads at the end."""
        try:
            yield
        finally:
            self._threads.close()

    async def answer(self, request: Request, rest: bytes) -> Response:
        """Hand a request on.

        A body is taken in before a thread is asked for, so that slow clients hold none; an answer goes out part by
        part, the thread waiting for the client.
        """
        if request.websocket is not None:
            return Response(b"WebSockets are not served here.", 404, "text/plain; charset=utf-8")
        body = Upload("", budget=SpoolBudget(IN_MEMORY))
        try:
            async for part in request.stream():
                await body.write(part)
            await body.rewind()
            call = _Call(asyncio.get_running_loop())
            environ = _environ(request, self._prefix, rest, body)
        except BaseException:
            body.close()
            raise
        work = asyncio.ensure_future(self._threads.enter.run(lambda: call.run(self._app, environ)))
        work.add_done_callback(lambda done: call.ended(body, done))
        try:
            return await call.answer()
        except asyncio.CancelledError:
            work.cancel()  # it ends at once where no thread has begun it, and else when the thread has let go
            raise


def _environ(request: Request, prefix: str, rest: bytes, body: Upload) -> Environ:
    """Return the environment; texts hold bytes as Latin-1 characters (PEP 3333, "Unicode Issues")."""
    named = request.host
    host, _, port = (named, "", "") if named.endswith("]") or ":" not in named else named.rpartition(":")
    client, server = request.client, request.connection.server
    environ: Environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": (request.root_path + prefix).encode().decode("latin-1"),
        "PATH_INFO": unquote_to_bytes(rest).decode("latin-1"),
        "QUERY_STRING": request.query_string.decode("latin-1"),
        "SERVER_NAME": host or (server[0] if server else "localhost"),
        "SERVER_PORT": port or str((server[1] if server else None) or (443 if request.scheme == "https" else 80)),
        "SERVER_PROTOCOL": f"HTTP/{request.http_version}",
        "REMOTE_ADDR": client[0] if client else "",
        "CONTENT_LENGTH": str(body.size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": body.file,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.raw_headers:
        # X_User would become the same key as X-User, which a proxy may vouch for; HTTP_PROXY is not a client's to set
        if name in _OWN or b"_" in name:
            if name == b"content-type":
                environ["CONTENT_TYPE"] = value.decode("latin-1")
            continue
        key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        text = value.decode("latin-1")
        known: str | None = environ.get(key)
        environ[key] = text if known is None else f"{known}{';' if name == b'cookie' else ','} {text}"
    return environ


class _Gone(Exception):
    """The client has gone: raised in the application's thread, so that it lets go."""


class _Call:
    """One request to the application: half of it on a thread, half on the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._first: asyncio.Future[Response] = loop.create_future()
        self._lock = threading.Condition()
        self._parts: deque[bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._gone = self._over = self._streaming = False
        self._error: BaseException | None = None
        self._status = ""
        self._headers: list[tuple[str, str]] = []

    # ---- on the loop

    async def answer(self) -> Response:
        """Return the answer when its first part is there."""
        try:
            return await self._first
        except asyncio.CancelledError:
            self._leave()
            raise

    def ended(self, body: Upload, done: asyncio.Future[None]) -> None:
        """Take in the end of the thread's half."""
        body.file.close()
        self._error = None if done.cancelled() else done.exception()
        self._over = True
        self._news.set()
        if not self._first.done():
            self._first.set_exception(self._error or RuntimeError("The mounted application never began its answer."))

    def _begin(self, body: bytes | None) -> None:
        if self._first.done():  # the request was cancelled
            return
        try:
            self._first.set_result(self._response(body))
        except ValueError as error:
            self._first.set_exception(error)
            self._leave()

    def _response(self, body: bytes | None) -> Response:
        code = self._status[:3]
        if not code.isdigit() or not 200 <= int(code) <= 599:
            raise ValueError(f"The mounted application answered with the status {self._status!r}, which is none.")
        response = Response(self._stream() if body is None else body, int(code), None)
        response.headers.pairs += [header_pair(name, value) for name, value in self._headers]
        response.length = self._length() if body is None else None
        return response

    async def _stream(self) -> AsyncIterator[bytes]:
        try:
            while True:
                self._news.clear()
                with self._lock:
                    part = b"".join(self._parts)
                    self._parts.clear()
                    self._size = 0
                    self._lock.notify()
                if part:
                    yield part
                elif self._over:
                    break
                else:
                    await self._news.wait()
            if self._error is not None:
                raise self._error
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._gone = True
            self._lock.notify()

    # ---- on the thread

    def run(self, app: Wsgi, environ: Environ) -> None:
        """Call the application and take its answer; the thread's half ends when ``close()`` was called."""
        parts = app(environ, self._start)
        try:
            if isinstance(parts, (list, tuple)):
                self._send_all(b"".join(cast("Iterable[bytes]", parts)))
            else:
                self._send_each(parts)
        except _Gone:
            return
        finally:
            close: Callable[[], object] | None = getattr(parts, "close", None)
            if close is not None:
                close()

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], None]:
        if exc_info is not None:
            try:
                if self._streaming:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # its traceback holds this frame
        elif self._status:
            raise AssertionError("start_response was called twice without exc_info.")
        self._status, self._headers = status, list(headers)
        return self._write

    def _write(self, part: bytes) -> None:
        if part:
            self._send(part)

    def _send_all(self, body: bytes) -> None:
        if self._streaming:  # write() was used before
            self._write(body)
        else:
            self._hand_over(body)

    def _send_each(self, parts: Iterable[bytes]) -> None:
        whole = False
        for part in parts:
            if part and not whole:
                whole = not self._streaming and self._length() == len(part)
                if whole:
                    self._hand_over(part)  # all of it: what follows can only be empty
                else:
                    self._send(part)
        if not whole and not self._streaming:
            self._hand_over(b"")

    def _length(self) -> int | None:
        for name, value in self._headers:
            if name.lower() == "content-length" and value.isdigit():
                return int(value)
        return None

    def _hand_over(self, body: bytes | None) -> None:
        if not self._status:
            raise RuntimeError("The mounted application gave a body before start_response was called.")
        self._loop.call_soon_threadsafe(self._begin, body)

    def _send(self, part: bytes) -> None:
        if not self._streaming:
            self._hand_over(None)
            self._streaming = True
        with self._lock:
            self._parts.append(part)
            self._size += len(part)
            self._loop.call_soon_threadsafe(self._news.set)
            while self._size > WINDOW and not self._gone:
                self._lock.wait()
            if self._gone:
                raise _Gone
