"""WebSocket handshakes are taken from this site's own pages only (RFC 6455 section 10.2)."""

from __future__ import annotations

from collections.abc import Collection

from rooftree.app.pipeline import Run
from rooftree.base import HTTPError, Said
from rooftree.http import Request, Response

__all__ = ["is_own_origin", "origin_guard"]


def origin_guard(plan: Run, trusted: Collection[str]) -> Run:
    """Return ``plan`` behind a check of ``Origin``: browsers send cookies along with every page's handshakes.

    A handshake without ``Origin`` comes from a program, which no page can make send a visitor's cookies.
    """
    known = frozenset(origin.lower().rstrip("/") for origin in trusted)

    async def guarded(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() not in known and not is_own_origin(origin, request):
            raise HTTPError(403, Said("WebSocket connections from that origin are not taken."))
        return await plan(request)

    return guarded


def is_own_origin(origin: str, request: Request) -> bool:
    """Tell whether an origin is the host and scheme that the request came to."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.netloc.lower() == request.host.lower() and parts.scheme == request.scheme
