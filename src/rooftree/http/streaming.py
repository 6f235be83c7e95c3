"""Bodies that are made while they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from rooftree.http.disk import OneAtATime
from rooftree.http.response import Response

__all__ = ["LengthError", "Stream"]

_END: Any = object()


class LengthError(Exception):
    """A stream gave more or fewer bytes than it announced, so that its answer was broken off."""

    def __init__(self, length: int, given: int) -> None:
        super().__init__(f"The stream was to give {length} bytes and gave {given if given < length else 'more'}.")


class Stream(Response):
    """A body in parts, bytes or text; the next part is asked for when the client has taken the one before.

    As a handler's parameter it is the request's body as it arrives: ``async for part in stream``.

    Args:
        parts: An asynchronous iterable, or a plain one, which then runs on a thread.
        media_type: The ``Content-Type``.
        status: The status.
        headers: Further header fields.
        length: The number of bytes where it is known; else the body is sent in chunks.
    """

    __slots__ = ()

    def __init__(
        self,
        parts: AsyncIterable[bytes | str] | Iterable[bytes | str],
        media_type: str | None = "application/octet-stream",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        length: int | None = None,
    ) -> None:
        body = Parts(parts) if isinstance(parts, AsyncIterable) else ThreadParts(parts)
        super().__init__(body, status, media_type, headers)
        self.length = length

    def __aiter__(self) -> AsyncIterator[bytes]:
        body = self.body
        if isinstance(body, bytes | str):
            raise TypeError("The parts of this stream were replaced by a whole body.")
        return aiter(body)


class Parts(AsyncIterator[bytes]):
    """The parts of an asynchronous iterable as bytes; ``aclose`` ends it wherever it stands."""

    __slots__ = ("_iterator", "_source")

    def __init__(self, source: AsyncIterable[bytes | str]) -> None:
        self._source = source
        self._iterator: AsyncIterator[bytes | str] | None = None

    async def __anext__(self) -> bytes:
        if self._iterator is None:
            self._iterator = aiter(self._source)
        part = await anext(self._iterator)
        return part.encode() if isinstance(part, str) else part

    async def aclose(self) -> None:
        """End the source."""
        for thing in (self._iterator, self._source):
            close = getattr(thing, "aclose", None)
            if close is not None:
                await close()
                break


class ThreadParts(AsyncIterator[bytes]):
    """The parts of a plain iterable, each made on a thread; ``aclose`` closes the iterator there too."""

    __slots__ = ("_iterator", "_source", "_threads")

    def __init__(self, source: Iterable[bytes | str]) -> None:
        self._source = source
        self._threads = OneAtATime()
        self._iterator: Iterator[bytes | str] | None = None

    async def __anext__(self) -> bytes:
        part = await self._threads.run(self._next)
        if part is _END:
            raise StopAsyncIteration
        return part.encode() if isinstance(part, str) else part

    def _next(self) -> bytes | str:
        if self._iterator is None:
            self._iterator = iter(self._source)
        return next(self._iterator, _END)

    async def aclose(self) -> None:
        """Close the source, once a part that is being made is done."""
        await self._threads.settled()
        for thing in (self._iterator, self._source):
            close = getattr(thing, "close", None)
            if close is not None:
                await self._threads.run(close)
                break
