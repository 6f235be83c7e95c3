"""One answer, as a handler gives it and as a server writes it."""

from __future__ import annotations

import http
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from rooftree.http.headers import ResponseHeaders

__all__ = ["SWITCHED", "Body", "Response", "reason_of", "start_of"]

Body = bytes | str | AsyncIterable[bytes]


class Response:
    """An answer: status, headers and a body, whole or as a stream.

    Args:
        body: The whole body, or an asynchronous iterable of its parts. A string is sent as UTF-8.
        status: An HTTP status from 200 to 599.
        media_type: The ``Content-Type``, with its parameters; ``None`` sends none.
        headers: Further header fields.

    Attributes:
        length: The number of bytes of a streamed body where it is known; else it is sent in chunks.
        after: What runs when the answer has been written; its errors are logged and change nothing.
        lines: Header lines ready for the wire that the application adds to every answer (security, request id).
    """

    __slots__ = ("_headers", "after", "body", "length", "lines", "media_type", "status")

    def __init__(
        self,
        body: Body = b"",
        status: int = 200,
        media_type: str | None = "application/octet-stream",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.body = body
        self.status = status
        self.media_type = media_type
        self._headers = ResponseHeaders(headers) if headers else None
        self.lines = b""
        self.length: int | None = None
        self.after: list[Callable[[], Awaitable[Any]]] | None = None

    @property
    def headers(self) -> ResponseHeaders:
        """Header fields beyond ``Content-Type``, ``Content-Length`` and ``Date``; made on first use."""
        if self._headers is None:
            self._headers = ResponseHeaders()
        return self._headers

    @property
    def own_headers(self) -> list[tuple[bytes, bytes]] | None:
        """The pairs of :attr:`headers`, ``None`` where nothing was ever set: the server's way to look without making them."""
        return self._headers.pairs if self._headers is not None else None

    def run_after(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Run ``work`` when the answer has been written."""
        if self.after is None:
            self.after = []
        self.after.append(work)

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.media_type}>"


SWITCHED: Final = Response(status=101, media_type=None)
"""What a WebSocket route returns when the connection was accepted and has ended: there is nothing to write."""


@lru_cache(1024)
def reason_of(status: int) -> str:
    """Return the reason phrase of a status: ``"Not Found"``; ``""`` for one that is not registered."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


@lru_cache(1024)
def start_of(status: int, media_type: str | None) -> bytes:
    """Return the status line and the ``Content-Type`` line, ready for the wire (RFC 9112 section 4).

    Raises:
        ValueError: The media type holds a control character or is not Latin-1.
    """
    line = f"HTTP/1.1 {status} {reason_of(status)}\r\n"
    if media_type is None:
        return line.encode("ascii")
    if not media_type.isprintable():
        raise ValueError(f"The media type {media_type!r} holds a control character. Remove it.")
    return f"{line}content-type: {media_type}\r\n".encode("latin-1")
