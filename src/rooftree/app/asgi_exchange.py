"""One request and its answer over ASGI messages, with the rules for clients that go away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, MutableMapping
from contextvars import Context
from typing import Any, Final

from rooftree.app.failure import During
from rooftree.base import ClientDisconnected
from rooftree.http import LengthError, Request, Response

__all__ = ["Exchange", "Incoming", "Report", "header_pairs"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Run = Callable[[Request], Coroutine[Any, Any, Response]]
Pairs = list[tuple[bytes, bytes]]
Report = Callable[[Request, Exception, During], Awaitable[None]]

_log = logging.getLogger("rooftree.asgi")

MAX_AHEAD: Final = 64 * 1024
"""Bytes of a body that are read ahead of a handler, where looking for the end of the connection brings them."""

PATIENCE: Final = 0.05
"""Seconds that a handler may take before anyone looks whether its client is still there."""

_FRAMING: Final = frozenset({b"connection", b"content-length", b"transfer-encoding", b"keep-alive", b"upgrade"})
_BODILESS: Final = (204, 304)


class Incoming:
    """The body of a request (the ``BodySource``), and the news that its client has gone.

    Attributes:
        complete: The whole body has come.
        lost: The client has gone.
    """

    __slots__ = ("_parts", "_receive", "_room", "_size", "_turn", "complete", "lost")

    def __init__(self, receive: Receive, *, complete: bool) -> None:
        self._receive = receive
        self._parts: list[bytes] = []
        self._size = 0
        self._turn = asyncio.Lock()
        self._room = asyncio.Event()
        self.complete = complete
        self.lost = False

    async def receive(self) -> bytes:
        """Return what has come, at least a byte; ``b""`` after the end.

        Raises:
            ClientDisconnected: The client went away before the body was complete.
        """
        while self._waits():
            async with self._turn:
                if self._waits():
                    self._take(await self._receive())
        if self.lost and not self._parts and not self.complete:
            raise ClientDisconnected
        parts, self._parts, self._size = self._parts, [], 0
        self._room.set()
        return b"".join(parts)

    async def watch(self) -> None:
        """Return when the client has gone; a body that has not come yet is read ahead, within its bound."""
        while not self.lost:
            async with self._turn:
                if self._has_room():
                    self._take(await self._receive())
            if not self._has_room():
                self._room.clear()
                await self._room.wait()

    def _waits(self) -> bool:
        return not (self._parts or self.complete or self.lost)

    def _has_room(self) -> bool:
        return self.complete or self._size < MAX_AHEAD

    def _take(self, message: Message) -> None:
        if message["type"] == "http.disconnect":
            self.lost = True
            return
        part = bytes(message.get("body", b""))
        if part and not self.complete:
            self._parts.append(part)
            self._size += len(part)
        if not message.get("more_body", False):
            self.complete = True


class Exchange:
    """Runs the application for one request and sends what it answers.

    GET, HEAD and streams are cancelled when the client goes away; other methods run to their end.
    """

    __slots__ = (
        "_ended", "_incoming", "_report", "_request", "_send", "_streaming", "_timer", "_watcher", "_work",
    )  # fmt: skip

    def __init__(self, request: Request, incoming: Incoming, send: Send, report: Report) -> None:
        self._request = request
        self._report = report
        self._incoming = incoming
        self._send = send
        self._streaming = self._ended = False
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._work: asyncio.Task[None] | None = None

    async def run(self, application: Run, context: Context) -> None:
        """Answer the request, in a copy of the application's context."""
        loop = asyncio.get_running_loop()
        self._work = loop.create_task(self._answer(application), context=context.copy())
        if self._request.method in {"GET", "HEAD"}:
            self._timer = loop.call_later(PATIENCE, self._watch)
        try:
            await self._work
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if not self._incoming.lost or (current is not None and current.cancelling()):
                raise
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if self._watcher is not None:
                self._watcher.cancel()

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = asyncio.get_running_loop().create_task(self._leave_with_the_client())

    async def _leave_with_the_client(self) -> None:
        await self._incoming.watch()
        cancelled = self._streaming or self._request.method in {"GET", "HEAD"}
        if cancelled and not self._ended and self._work is not None:
            self._work.cancel()

    async def _answer(self, application: Run) -> None:
        request = self._request
        try:
            response = await application(request)
        except asyncio.CancelledError:
            if self._incoming.lost or _is_cancelled():
                raise
            response = Response(b"Service Unavailable", 503, "text/plain; charset=utf-8")
        except Exception:  # noqa: BLE001 - it is the application's code, and this is its last frame
            _log.exception(
                "The application failed on %s %s [%s]",
                request.method,
                request.path,
                request.id,
                extra={"request_id": request.id},
            )
            response = Response(b"Internal Server Error", 500, "text/plain; charset=utf-8")
        try:
            await self._write(response)
        except ClientDisconnected:
            self._incoming.lost = True
        finally:  # a stream may be cancelled half-way
            self._ended = True
            await request.follow_up(response, lambda error: self._report(request, error, "after"))

    async def _say(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:  # what servers raise where the client has gone
            raise ClientDisconnected from None

    async def _write(self, response: Response) -> None:
        body = response.body.encode() if isinstance(response.body, str) else response.body
        pairs = header_pairs(response, len(body) if isinstance(body, bytes) else response.length, self._request.method)
        start = {"type": "http.response.start", "status": response.status, "headers": pairs}
        bodiless = response.status in _BODILESS or self._request.method == "HEAD"
        if isinstance(body, bytes):
            await self._whole(start, b"" if bodiless else body)
        elif bodiless:
            try:
                await self._whole(start, b"")
            finally:
                await response.aclose()
        else:
            await self._stream(start, body, response)

    async def _whole(self, start: Message, body: bytes) -> None:
        await self._say(start)
        await self._say({"type": "http.response.body", "body": body, "more_body": False})

    async def _stream(self, start: Message, body: AsyncIterable[bytes], response: Response) -> None:
        """Send a stream; where it breaks, the message that ends it is not sent, so that the server breaks off too."""
        self._streaming = True
        self._watch()
        length, sent = response.length, 0
        try:
            try:
                await self._say(start)
                async for part in body:
                    sent += len(part)
                    if length is not None and sent > length:
                        break
                    if part:
                        await self._say({"type": "http.response.body", "body": part, "more_body": True})
            finally:
                await response.aclose()
            if length is not None and sent != length:
                raise LengthError(length, sent)
            await self._say({"type": "http.response.body", "body": b"", "more_body": False})
        except ClientDisconnected:
            raise
        except Exception as error:  # noqa: BLE001 - it is the application's code, and this is its last frame
            await self._report(self._request, error, "stream")


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


_known_lines: Final[dict[bytes, tuple[bytes, bytes]]] = {}
KNOWN_LINES: Final = 256


def _pair(line: bytes) -> tuple[bytes, bytes]:
    known = _known_lines.get(line)
    if known is None:
        name, _, value = line.partition(b":")
        known = (name.lower(), value.strip())
        if len(_known_lines) < KNOWN_LINES:  # the lines that every answer has come first
            _known_lines[line] = known
    return known


def header_pairs(response: Response, length: int | None, method: str) -> Pairs:
    """Return the header fields of an answer; framing is the server's, but for a length that is known."""
    pairs: Pairs = []
    own = [(name.lower(), value) for name, value in response.own_headers or ()]
    if response.status not in _BODILESS:
        if response.media_type is not None and not any(name == b"content-type" for name, _ in own):
            pairs.append((b"content-type", response.media_type.encode("latin-1")))
        if method == "HEAD" and not length:
            length = next((int(value) for name, value in own if name == b"content-length" and value.isdigit()), length)
        if length is not None:
            pairs.append((b"content-length", b"%d" % length))
    for name, value in own:
        if name not in _FRAMING or (name == b"connection" and b"close" in value.lower()):
            pairs.append((name, value))
    pairs += [_pair(line) for line in response.lines.split(b"\r\n") if line]
    return pairs
