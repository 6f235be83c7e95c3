"""What a handler may return beside data and responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from rooftree.http import Response

__all__ = ["Answer"]

T = TypeVar("T")


class Answer(Generic[T]):
    """A value with a status or headers of its own: ``return Answer(item, status=201, headers={"location": url})``.

    Args:
        value: What the handler would have returned without it.
        status: The status; the route's own where it is not given.
        headers: Further header fields.

    Attributes:
        response: Takes cookies and headers: ``answer.response.set_cookie("seen", "1")``.
    """

    __slots__ = ("response", "status", "value")

    def __init__(self, value: T, *, status: int | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.value = value
        self.status = status
        self.response = Response(b"", status or 200, None, headers)

    def __repr__(self) -> str:
        return f"Answer({self.value!r}{f', status={self.status}' if self.status else ''})"
