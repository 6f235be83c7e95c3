"""Answers of the server itself: to requests that no application sees, and where an application gave none."""

from __future__ import annotations

from typing import Final

from rooftree.http import start_of

__all__ = ["Refused", "bare_answer"]

PLAIN: Final = "text/plain; charset=utf-8"


class Refused(Exception):
    """A request that is answered with ``status`` and the end of the connection.

    Attributes:
        status: The HTTP status.
        detail: One sentence for whoever wrote the client.
        lines: Further header lines of the answer.
    """

    def __init__(self, status: int, detail: str, lines: bytes = b"") -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.lines = lines


def bare_answer(status: int, detail: str, date: bytes, lines: bytes = b"") -> bytes:
    """Return a whole answer after which the connection is closed.

    Args:
        status: The HTTP status.
        detail: The body.
        date: The ``Date`` line and the empty line after it.
        lines: Further header lines.
    """
    body = detail.encode()
    length = b"content-length: %d\r\nconnection: close\r\n" % len(body)
    return b"".join((start_of(status, PLAIN), length, lines, date, body))
