"""The opening handshake of a WebSocket, the server's side (RFC 6455 section 4.2)."""

from __future__ import annotations

import binascii
from base64 import b64encode
from typing import Final

from rooftree.server.framing import framing_of
from rooftree.server.refusal import Refused

__all__ = ["Handshake", "accept_key", "handshake_of"]

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Handshake:
    """A valid opening handshake.

    Attributes:
        accept: The value of ``Sec-WebSocket-Accept``.
        subprotocols: What the client offers, in its order.
        extensions: The value of ``Sec-WebSocket-Extensions``; ``""`` where it offers none.
    """

    __slots__ = ("accept", "extensions", "subprotocols")

    def __init__(self, accept: bytes, subprotocols: tuple[str, ...], extensions: str) -> None:
        self.accept = accept
        self.subprotocols = subprotocols
        self.extensions = extensions


def accept_key(key: bytes) -> bytes:
    """Return the answer to a ``Sec-WebSocket-Key`` (RFC 6455 section 4.2.2)."""
    from hashlib import sha1  # loads OpenSSL

    return b64encode(sha1(key + _GUID, usedforsecurity=False).digest())


def handshake_of(method: str, version: str, headers: list[tuple[bytes, bytes]]) -> Handshake | None:
    """Read a head that asks for another protocol; ``None`` where that is not, or not with GET, a WebSocket.

    Raises:
        Refused: 400 for a handshake that breaks its rules, 426 for a version other than 13.
    """
    framing = framing_of(headers, version)
    if method != "GET" or version != "1.1" or b"websocket" not in [t.strip() for t in framing.upgrade.split(b",")]:
        return None
    if framing.length:
        raise Refused(400, "A WebSocket handshake has no body.")
    keys = _values(headers, b"sec-websocket-key")
    if len(keys) != 1 or not _is_key(keys[0]):
        raise Refused(400, "A WebSocket handshake has one Sec-WebSocket-Key of 16 bytes in Base64.")
    if _values(headers, b"sec-websocket-version") != [b"13"]:
        raise Refused(
            426, "The WebSocket version spoken here is 13.", b"upgrade: websocket\r\nsec-websocket-version: 13\r\n"
        )
    subprotocols = b",".join(_values(headers, b"sec-websocket-protocol")).decode("latin-1").split(",")
    extensions = b", ".join(_values(headers, b"sec-websocket-extensions")).decode("latin-1")
    return Handshake(accept_key(keys[0]), tuple(name for s in subprotocols if (name := s.strip())), extensions)


def _values(headers: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


def _is_key(key: bytes) -> bool:
    try:
        return len(binascii.a2b_base64(key, strict_mode=True)) == 16
    except binascii.Error:
        return False
