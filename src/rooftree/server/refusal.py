"""Answers of the server itself: to requests that no application sees, and where an application gave none."""

from __future__ import annotations

from typing import Final

import msgspec

from rooftree.http import reason_of, start_of

__all__ = ["Refused", "bare_answer"]

PROBLEM: Final = "application/problem+json"


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
        detail: One sentence: the body is a problem document (RFC 9457), as an application's answers to errors are.
        date: The ``Date`` line and the empty line after it.
        lines: Further header lines.
    """
    problem = {"type": "about:blank", "title": reason_of(status) or "Error", "status": status, "detail": detail}
    body = msgspec.json.encode(problem)
    length = b"content-length: %d\r\nconnection: close\r\n" % len(body)
    return b"".join((start_of(status, PROBLEM), length, lines, date, body))
