"""What is known of the two ends of a connection."""

from __future__ import annotations

import asyncio
from typing import Any

from rooftree.http import ConnectionInfo, TrustedProxies

__all__ = ["info_of"]


def info_of(transport: asyncio.BaseTransport, proxies: TrustedProxies | None) -> ConnectionInfo:
    """Return both ends of a connection and whether the other one is a proxy to believe."""
    scheme = "https" if transport.get_extra_info("sslcontext") is not None else "http"
    peer, here = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    client = _address(peer)
    server: tuple[str, int | None] | None = _address(here)
    if server is None and here:
        server = (str(here), None)
    trusted = proxies.at(client[0] if client else None) if proxies is not None else None
    return ConnectionInfo(scheme, client, server, trusted)


def _address(name: Any) -> tuple[str, int] | None:
    """Return host and port; ``None`` for the end of a Unix socket, which is a string."""
    return None if isinstance(name, str | bytes) or not name else (str(name[0]), int(name[1]))
