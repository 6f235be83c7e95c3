"""How long a handler may take, and how much body it takes."""

from __future__ import annotations

import asyncio

from rooftree.base import HTTPError, PayloadTooLarge, Said
from rooftree.http import Request, Response
from rooftree.routing import CallNext

__all__ = ["BodyLimit", "TimeLimit"]


class TimeLimit:
    """Cancels a handler that takes too long and answers 503 in its place (RFC 9110 section 15.6.4).

    The time is that up to the answer: a stream may go on for longer. A ``def`` handler's thread cannot be stopped; it
    runs to its end unseen.

    Args:
        seconds: How long it may take.

    Raises:
        ValueError: ``seconds`` is not above 0.
    """

    __slots__ = ("_seconds",)

    def __init__(self, seconds: float) -> None:
        if not seconds > 0:
            raise ValueError(f"A time limit of {seconds} seconds leaves no time: give a number above 0.")
        self._seconds = seconds

    async def __call__(self, request: Request, call_next: CallNext) -> Response:
        """Answer the request within the limit.

        Raises:
            HTTPError: The time is over (503).
        """
        limit = asyncio.timeout(self._seconds)
        try:
            async with limit:
                return await call_next(request)
        except TimeoutError:
            if not limit.expired():
                raise
            detail = Said("No answer was ready within %(seconds)s seconds.", seconds=f"{self._seconds:g}")
            raise HTTPError(503, detail, headers={"retry-after": "1"}) from None


class BodyLimit:
    """Takes bodies of at most so many bytes, for every route of a group; a route's own ``max_body`` gives way to it.

    Args:
        size: Bytes of request body.
    """

    __slots__ = ("_size",)

    def __init__(self, size: int) -> None:
        self._size = size

    async def __call__(self, request: Request, call_next: CallNext) -> Response:
        """Answer the request with no more of its body than that.

        Raises:
            PayloadTooLarge: ``Content-Length`` already says that there is more (413).
        """
        request.max_body = min(request.max_body, self._size)
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:19]) > request.max_body:
            raise PayloadTooLarge(request.max_body)
        return await call_next(request)
