"""One answer, as a handler gives it and as a server writes it."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from rooftree.base import UsageError
from rooftree.http.cookies import SameSite, UndecidedCookie, cookie_line
from rooftree.http.headers import ResponseHeaders

__all__ = ["SWITCHED", "Body", "Response", "reason_of", "start_of"]

Body = bytes | str | AsyncIterable[bytes]


def _check_body(body: object) -> None:
    if not isinstance(body, bytes | str):
        raise UsageError(
            "U305",
            f"The body of an answer is bytes, str or an asynchronous iterable, not {type(body).__name__}.",
            "Return what the handler declares; data is sent as JSON when it is returned itself, or in Answer(...).",
        )


class Response:
    """An answer: status, headers and a body, whole or as a stream.

    Args:
        body: The whole body, or an asynchronous iterable of its parts. A string is sent as UTF-8.
        status: An HTTP status from 200 to 599.
        media_type: The ``Content-Type``, with its parameters; ``None`` sends none.
        headers: Further header fields.

    Raises:
        UsageError: U305 for a body of another type.

    Attributes:
        length: The number of bytes of a streamed body where it is known; else it is sent in chunks.
        after: What runs when the answer has been written, or has ended before its end; errors in it change nothing.
        lines: Header lines ready for the wire that the application adds to every answer (security, request id).
        own_headers: The pairs of ``headers``, ``None`` where none was ever set: how a server looks at them.
    """

    __slots__ = ("after", "body", "length", "lines", "media_type", "own_headers", "status")

    def __init__(
        self,
        body: Body = b"",
        status: int = 200,
        media_type: str | None = "application/octet-stream",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if body.__class__ is not bytes and body.__class__ is not str and not hasattr(body, "__aiter__"):
            _check_body(body)
        self.body = body
        self.status = status
        self.media_type = media_type
        self.own_headers = ResponseHeaders(headers).pairs if headers else None
        self.lines = b""
        self.length: int | None = None
        self.after: list[Callable[[], Awaitable[Any]]] | None = None

    @property
    def headers(self) -> ResponseHeaders:
        """Header fields beyond ``Content-Type``, ``Content-Length`` and ``Date``."""
        if self.own_headers is None:
            self.own_headers = []
        return ResponseHeaders.over(self.own_headers)

    def set_cookie(
        self,
        name: str,
        value: str,
        *,
        max_age: int | None = None,
        expires: datetime | float | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        http_only: bool = True,
        same_site: SameSite | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Set a cookie; the arguments are those of ``cookie_line``.

        Raises:
            UsageError: A name, attribute or combination that browsers refuse (U301 to U304).
        """
        line = cookie_line(
            name,
            value,
            max_age=max_age,
            expires=expires,
            path=path,
            domain=domain,
            secure=secure,
            http_only=http_only,
            same_site=same_site,
            partitioned=partitioned,
        )
        self.headers.pairs.append((b"set-cookie", line))

    def delete_cookie(
        self,
        name: str,
        *,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        same_site: SameSite | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Make the browser forget a cookie; path, domain and ``partitioned`` must be those with which it was set."""
        self.set_cookie(
            name,
            "",
            max_age=0,
            expires=0,
            path=path,
            domain=domain,
            secure=secure,
            same_site=same_site,
            partitioned=partitioned,
        )

    def loosen_cookies(self) -> None:
        """Let cookies whose ``secure`` nobody decided travel over plain HTTP: a developer's machine has no TLS."""
        pairs = self.own_headers
        if pairs is not None:
            pairs[:] = [(n, v.plain() if isinstance(v, UndecidedCookie) else v) for n, v in pairs]

    def run_after(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Run ``work`` when the answer has been written, or has ended before its end."""
        if self.after is None:
            self.after = []
        self.after.append(work)

    async def aclose(self) -> None:
        """End a streamed body: a generator's ``finally`` runs, a file is closed.

        Whoever was to write the answer calls it in any case: at the end, when the client went away, and for HEAD.
        """
        close = getattr(self.body, "aclose", None)
        if close is not None:
            await close()

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.media_type}>"


SWITCHED: Final = Response(status=101, media_type=None)
"""What a WebSocket route returns when the connection was accepted and has ended: there is nothing to write."""


_NAMES: Final = {
    200: "OK",
    201: "Created",
    204: "No Content",
    304: "Not Modified",
    404: "Not Found",
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
"""Names of RFC 9110: those that Python before 3.13 has from earlier documents, and what nearly every answer has."""


@lru_cache(1024)
def reason_of(status: int) -> str:
    """Return the reason phrase of a status: ``"Not Found"``; ``""`` for one that is not registered."""
    if status in _NAMES:
        return _NAMES[status]
    import http

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
