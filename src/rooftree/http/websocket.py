"""What an application sees of a WebSocket connection (RFC 6455); servers implement the transport."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

__all__ = ["WebSocketClosed", "WebSocketTransport"]


class WebSocketClosed(Exception):
    """The connection has ended.

    Attributes:
        code: The close code (RFC 6455 section 7.4): 1000 normal, 1001 going away, 1006 without a close frame.
        reason: The other side's text, at most 123 bytes.
    """

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"WebSocket closed with {self.code}{' ' + self.reason if self.reason else ''}"


class WebSocketTransport(Protocol):
    """One WebSocket connection, offered with a handshake request and usable from ``accept`` on."""

    @property
    def subprotocols(self) -> Sequence[str]:
        """What the client offers in ``Sec-WebSocket-Protocol``, in its order."""
        ...

    @property
    def accepted(self) -> bool:
        """Whether the handshake was answered with 101."""
        ...

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        ...

    async def accept(self, subprotocol: str | None = None, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Answer the handshake with 101."""
        ...

    async def receive(self) -> str | bytes:
        """Return the next whole message: text as ``str``, binary as ``bytes``; the sender is held back meanwhile.

        Raises:
            WebSocketClosed: The connection has ended.
        """
        ...

    async def send(self, data: str | bytes) -> None:
        """Send one message; waits while the other side does not read.

        Raises:
            WebSocketClosed: The connection has ended.
        """
        ...

    async def ping(self) -> None:
        """Send a ping."""
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Start the close handshake and wait for its end, within the server's limit."""
        ...
