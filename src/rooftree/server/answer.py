"""The head of an answer: what may stand in it, and what frames the body (RFC 9112 section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rooftree.http import Response, start_of

__all__ = ["Head", "head_of", "known_heads", "learn_head", "plain_lines"]

known_heads: Final[dict[tuple[int, str | None, int], bytes]] = {}
"""Status, media type and length -> status line, Content-Type and Content-Length; emptied when full."""

KNOWN_HEADS: Final = 4096

_BODILESS: Final = (204, 304)
_OURS: Final = frozenset({b"connection", b"content-length", b"content-type", b"date", b"transfer-encoding"})


def learn_head(status: int, media_type: str | None, length: int) -> bytes | None:
    """Return and keep the start of a head; ``None`` where the status has no body but there is one.

    Raises:
        ValueError: The media type holds a control character or is not Latin-1.
    """
    if status < 200 or status in _BODILESS:
        if length:
            return None
        head = start_of(status, None)
    else:
        head = b"%bcontent-length: %d\r\n" % (start_of(status, media_type), length)
    if len(known_heads) >= KNOWN_HEADS:
        known_heads.clear()
    known_heads[status, media_type, length] = head
    return head


def plain_lines(pairs: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """Return the lines of header fields that say nothing about the message's framing; ``None`` where one does."""
    lines = b""
    for pair in pairs:
        if pair[0] in _OURS:
            return None
        lines += b"%b: %b\r\n" % pair
    return lines


class Head:
    """A head put together for one answer.

    Attributes:
        data: The bytes, with the empty line.
        close: The connection is to be closed after the answer.
        chunked: The body is to be sent in chunks.
        bodiless: No body is to be sent.
    """

    __slots__ = ("bodiless", "chunked", "close", "data")

    def __init__(self) -> None:
        self.data = b""
        self.close = self.chunked = self.bodiless = False


def head_of(
    response: Response, length: int | None, *, version: str, keep_alive: bool, head_only: bool, date: bytes
) -> Head:
    """Put together the head of an answer with a body of ``length`` bytes; ``None`` where nobody knows.

    Framing is the server's alone: a ``Content-Length``, ``Transfer-Encoding`` or ``Connection`` that the application
    set is read for what it means (``Connection: close``; the length of an answer to HEAD) and not passed on.

    Raises:
        ValueError: The media type holds a control character or is not Latin-1.
    """
    head = Head()
    own = response.own_headers or ()
    lines: list[bytes] = []
    given: dict[bytes, bytes] = {}
    for name, value in own:
        if name in _OURS:
            given[name] = value
        else:
            lines.append(b"%b: %b\r\n" % (name, value))
    status = response.status
    no_content = status < 200 or status in _BODILESS
    head.bodiless = no_content or head_only
    head.close = not keep_alive or b"close" in given.get(b"connection", b"").lower()
    media_type = None if b"content-type" in given or no_content else response.media_type
    parts = [start_of(status, media_type)]
    if b"content-type" in given and not no_content:
        parts.append(b"content-type: %b\r\n" % given[b"content-type"])
    if not no_content:
        if head_only and not length and given.get(b"content-length", b"").isdigit():
            length = int(given[b"content-length"])
        if length is not None:
            parts.append(b"content-length: %d\r\n" % length)
        elif version == "1.1":
            head.chunked = True
            parts.append(b"transfer-encoding: chunked\r\n")
        elif not head_only:
            head.close = True  # HTTP/1.0: the end of the connection is the end of the body
    if head.close:
        parts.append(b"connection: close\r\n")
    elif version == "1.0":
        parts.append(b"connection: keep-alive\r\n")
    parts += lines
    parts.append(response.lines)
    parts.append(b"date: %b\r\n\r\n" % given[b"date"] if b"date" in given else date)
    head.data = b"".join(parts)
    return head
