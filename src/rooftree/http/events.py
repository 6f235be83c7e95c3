"""Server-sent events (WHATWG HTML, section 9.2): what a page reads with ``EventSource``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from typing import Any, Final, Generic, TypedDict, TypeVar, Unpack, overload

import msgspec

from rooftree.http.request import Request
from rooftree.http.response import Response

__all__ = ["Event", "EventStream", "EventStreamOptions", "last_event_id"]

T = TypeVar("T")

_LINE_BREAK = r"\r\n|\r|\n"
_PING: Final = b":\n\n"


class Event(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One event.

    Attributes:
        data: Text is sent as it is, line by line; bytes are UTF-8 text; anything else as JSON. ``None`` sends none, and
            then the page sees no event.
        event: Its type, ``"message"`` for pages where it is not given.
        id: What the browser names in ``Last-Event-ID`` when it connects again.
        retry: Milliseconds after which it does.
        comment: Text that pages do not see.
    """

    data: T | None = None
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    comment: str | None = None

    def encode(self, encode_json: Callable[[Any], bytes] = msgspec.json.encode) -> bytes:
        """Return the event as it is sent.

        Raises:
            ValueError: ``event`` or ``id`` holds a line break, or ``id`` a NUL: the rest would be fields of their own.
        """
        lines: list[bytes] = []
        if self.comment is not None:
            lines += [b": " + line.encode() for line in re.split(_LINE_BREAK, self.comment)]
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None:
                if "\n" in value or "\r" in value or "\0" in value:
                    raise ValueError(f"The {name} {value!r} of an event holds a line break or NUL. Leave it out.")
                lines.append(f"{name}: {value}".encode())
        if self.retry is not None:
            lines.append(b"retry: %d" % self.retry)
        if self.data is not None:
            lines += _data_lines(self.data, encode_json)
        lines.append(b"\n")
        return b"\n".join(lines)


def _data_lines(data: object, encode_json: Callable[[Any], bytes]) -> list[bytes]:
    if isinstance(data, bytes):
        data = data.decode()
    if isinstance(data, str):
        return [b"data: " + line.encode() for line in re.split(_LINE_BREAK, data)]
    return [b"data: " + encode_json(data)]


class EventStreamOptions(TypedDict, total=False):
    """The options of ``EventStream``, which says what they mean."""

    ping: float | None
    retry: int | None
    headers: Mapping[str, str] | None
    encode_json: Callable[[Any], bytes]


class EventStream(Response, Generic[T]):
    """A stream of events, kept open until the source ends or the client goes away.

    The source runs in a task of its own, one event ahead of what is sent at most. When the client goes away, or
    ``end()`` is called, it is cancelled where it stands, and its ``finally`` runs.

    Args:
        events: Gives ``Event``, text, or data that is sent as JSON.
        ping: Seconds without an event after which a comment is sent, so that proxies keep the connection and a client
            that is gone is noticed; ``None`` sends none.
        retry: Milliseconds after which the browser connects again when the stream breaks.
        headers: Further header fields.
        encode_json: Makes JSON of data; a declared type puts its own encoder here.
    """

    __slots__ = ("_events", "encode_json")

    @overload
    def __init__(self, events: AsyncIterable[Event[T]], **options: Unpack[EventStreamOptions]) -> None: ...
    @overload
    def __init__(self, events: AsyncIterable[Event[T] | T], **options: Unpack[EventStreamOptions]) -> None: ...
    def __init__(
        self,
        events: AsyncIterable[Any],
        *,
        ping: float | None = 15.0,
        retry: int | None = None,
        headers: Mapping[str, str] | None = None,
        encode_json: Callable[[Any], bytes] = msgspec.json.encode,
    ) -> None:
        self._events = _Events(events, self, ping, retry)  # middleware may put something around the body
        super().__init__(self._events, 200, "text/event-stream", headers)
        self.encode_json = encode_json
        self.headers.setdefault("cache-control", "no-store")
        self.headers.setdefault("x-accel-buffering", "no")  # nginx collects a body before it passes it on

    @property
    def ended(self) -> bool:
        """Whether it was ended, by ``end()`` or by the end of the answer."""
        return self._events.closing

    def end(self) -> None:
        """End it where it stands; the client is told that it is over, and a browser connects again."""
        self._events.end()


class _Events(AsyncIterator[bytes]):
    """Encodes what a pump takes from the source, and pings while there is nothing."""

    __slots__ = ("_first", "_ping", "_pump", "_queue", "_source", "_stream", "closing")

    def __init__(
        self, source: AsyncIterable[Any], stream: EventStream[Any], ping: float | None, retry: int | None
    ) -> None:
        self._source = source
        self._stream = stream
        self._ping = ping
        self._first: bytes | None = _PING if retry is None else b"retry: %d\n\n" % retry
        self._queue: asyncio.Queue[Any] = asyncio.Queue(1)
        self._pump: asyncio.Task[None] | None = None
        self.closing = False

    async def __anext__(self) -> bytes:
        if self._first is not None:
            # at once, so that the page sees the stream open before its first event
            first, self._first = self._first, None
            return first
        if self._pump is None and not self.closing:
            self._pump = asyncio.create_task(self._run())
        if self._queue.empty():
            try:
                async with asyncio.timeout(self._ping):
                    item = await self._queue.get()
            except TimeoutError:
                return _PING
        else:
            item = self._queue.get_nowait()
        if isinstance(item, _End):
            self._queue.put_nowait(_End(None))  # whoever asks again is told so again
            if item.error is not None:
                raise item.error
            raise StopAsyncIteration
        return (item if isinstance(item, Event) else Event(data=item)).encode(self._stream.encode_json)

    async def _run(self) -> None:
        error: Exception | None = None
        try:
            async for item in self._source:
                await self._offer(item)
        except Exception as raised:  # noqa: BLE001 - it is raised again where the stream is read
            error = raised
        finally:
            await _close(self._source)
        await self._finish(error)

    async def _offer(self, item: object) -> None:
        if self.closing:  # the source took no notice of being cancelled
            raise asyncio.CancelledError
        await self._queue.put(item)

    async def _finish(self, error: Exception | None) -> None:
        if not self.closing:
            await self._queue.put(_End(error))
        elif error is not None:
            raise error

    def end(self) -> None:
        """Cancel the source; whoever reads is told that it is over."""
        self.closing = True
        if self._pump is not None:
            self._pump.cancel()
        waiting = self._queue.get_nowait() if self._queue.full() else None  # an event that nobody has taken is dropped
        self._queue.put_nowait(waiting if isinstance(waiting, _End) else _End(None))

    async def aclose(self) -> None:
        """Cancel the source and wait for its end."""
        self.end()
        if self._pump is None:
            await _close(self._source)
            return
        await asyncio.wait((self._pump,))
        if not self._pump.cancelled():
            self._pump.result()


class _End:
    __slots__ = ("error",)

    def __init__(self, error: Exception | None) -> None:
        self.error = error


async def _close(source: object) -> None:
    close = getattr(source, "aclose", None)
    if close is not None:
        await close()


def last_event_id(request: Request) -> str:
    """Return the id of the last event that a browser got before it connected again, ``""`` on its first visit."""
    for name, value in request.raw_headers:
        if name == b"last-event-id":
            return value.decode(errors="replace")
    return ""
