"""What trusted proxies say of the client: ``Forwarded`` (RFC 7239) and ``X-Forwarded-*``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rooftree.http.request import ConnectionInfo

__all__ = ["forwarded_client", "forwarded_host", "forwarded_scheme"]


def forwarded_client(connection: ConnectionInfo, raw_headers: list[tuple[bytes, bytes]]) -> tuple[str, int] | None:
    """Return the address of the client that the nearest trusted proxy names."""
    return connection.client


def forwarded_host(raw_host: bytes, raw_headers: list[tuple[bytes, bytes]]) -> str:
    """Return the host that the client named to the proxy."""
    return raw_host.decode("latin-1")


def forwarded_scheme(connection: ConnectionInfo, raw_headers: list[tuple[bytes, bytes]]) -> str:
    """Return the scheme that the client used towards the proxy."""
    return connection.scheme
