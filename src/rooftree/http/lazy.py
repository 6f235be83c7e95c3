"""Answers that need the request before they can be written."""

from __future__ import annotations

from rooftree.http.request import Request
from rooftree.http.response import Response

__all__ = ["LazyResponse"]


class LazyResponse(Response):
    """An answer that needs the request before it can be written: a file (ranges, conditions), a redirect (the host).

    Whoever gets one from a handler calls ``respond`` before anything else looks at it.
    """

    __slots__ = ()

    async def respond(self, request: Request) -> Response:
        """Return the answer to this request, cookies and headers that were set on this one included."""
        raise NotImplementedError
