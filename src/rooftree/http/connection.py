"""What a connection knows of its two ends."""

from __future__ import annotations

from rooftree.http.proxies import TrustedProxies

__all__ = ["ConnectionInfo"]


class ConnectionInfo:
    """What a connection knows of its two ends; one for all requests of the connection.

    Attributes:
        scheme: ``"http"`` or ``"https"``, of this connection itself.
        client: Address and port of the other end; ``None`` on a Unix socket.
        server: Address and port of this end; the path and ``None`` on a Unix socket.
        trusted: The proxies to believe where the other end is one of them (``TrustedProxies.at``), else ``None``.
    """

    __slots__ = ("client", "scheme", "server", "trusted")

    def __init__(
        self,
        scheme: str = "http",
        client: tuple[str, int] | None = None,
        server: tuple[str, int | None] | None = None,
        trusted: TrustedProxies | None = None,
    ) -> None:
        self.scheme = scheme
        self.client = client
        self.server = server
        self.trusted = trusted
