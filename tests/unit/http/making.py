"""Requests for tests, as a server would make them."""

from __future__ import annotations

from collections.abc import Iterable

from rooftree.base import ClientDisconnected
from rooftree.http import ConnectionInfo, Fields, Request, Response

__all__ = ["Arriving", "content_of", "make_request"]


class Arriving:
    """A body that arrives part by part; with ``cut`` the client goes away before its end."""

    def __init__(self, parts: Iterable[bytes], *, cut: bool = False) -> None:
        self._parts = iter(parts)
        self._cut = cut

    async def receive(self) -> bytes:
        part = next(self._parts, b"")
        if not part and self._cut:
            raise ClientDisconnected
        return part


def make_request(
    method: str = "GET",
    path: bytes = b"/",
    query: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    *,
    host: bytes = b"example.org",
    connection: ConnectionInfo | None = None,
    content: bytes | None = b"",
    arriving: Arriving | None = None,
    max_body: int = 2**24,
) -> Request:
    """Return a request."""
    return Request(
        method,
        path,
        query,
        Fields(list(headers)),
        host,
        connection or ConnectionInfo("http", ("203.0.113.9", 4711), ("198.51.100.1", 80)),
        None if arriving else content,
        source=arriving,
        max_body=max_body,
    )


async def content_of(response: Response) -> bytes:
    """Return the whole body as a server would send it, and end it."""
    body = response.body
    try:
        if isinstance(body, str):
            return body.encode()
        return body if isinstance(body, bytes) else b"".join([part async for part in body])
    finally:
        await response.aclose()
