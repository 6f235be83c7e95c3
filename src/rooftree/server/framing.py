"""How a message is framed and what becomes of its connection, from its header fields (RFC 9112 sections 6 and 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rooftree.server.refusal import Refused

__all__ = ["CHUNKED", "Framing", "framing_of"]

CHUNKED: Final = -1


class Framing:
    """The fields that frame a message.

    Attributes:
        length: Bytes of body that follow, ``CHUNKED`` where they come in chunks.
        keep_alive: Whether the connection may be used again.
        expects: Whether the client waits for ``100 Continue`` before it sends the body.
        upgrade: The protocols of ``Upgrade``, in lower case, where ``Connection`` names it; else ``b""``.
    """

    __slots__ = ("expects", "keep_alive", "length", "upgrade")

    def __init__(self, keep_alive: bool) -> None:
        self.length = 0
        self.keep_alive = keep_alive
        self.expects = False
        self.upgrade = b""


def framing_of(headers: Sequence[tuple[bytes, bytes]], version: str) -> Framing:
    """Read the framing of a head that llhttp took, which has refused what contradicts itself.

    Raises:
        Refused: 400 for a length with a leading zero or chunks in HTTP/1.0, 417 for an unknown expectation, 501 for
            a transfer coding other than ``chunked``.
    """
    framing = Framing(version == "1.1")
    connection: list[bytes] = []
    upgrade = b""
    for name, value in headers:
        if name == b"content-length":
            framing.length = _length(value)
        elif name == b"transfer-encoding":
            _check_coding(value, version)
            framing.length = CHUNKED
        elif name == b"connection":
            connection += [token.strip() for token in value.lower().split(b",")]
        elif name == b"expect":
            if value.lower() != b"100-continue":
                raise Refused(417, "The one expectation that is met here is 100-continue.")
            framing.expects = version == "1.1"
        elif name == b"upgrade":
            upgrade = upgrade + b"," + value.lower() if upgrade else value.lower()
    if b"close" in connection:
        framing.keep_alive = False
    elif b"keep-alive" in connection:
        framing.keep_alive = True
    if b"upgrade" in connection:
        framing.upgrade = upgrade
    if framing.length == 0:
        framing.expects = False
    return framing


def _length(value: bytes) -> int:
    if len(value) > 1 and value[0] == 0x30:
        raise Refused(400, "Content-Length starts with a zero.")
    return int(value)


def _check_coding(value: bytes, version: str) -> None:
    if version == "1.0":
        raise Refused(400, "HTTP/1.0 knows no Transfer-Encoding.")
    if value.lower() != b"chunked":
        raise Refused(501, "The one transfer coding that is understood here is chunked.")
