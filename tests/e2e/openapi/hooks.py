"""What schemathesis does not know by itself: MessagePack."""

from __future__ import annotations

from typing import Any

import hypothesis
import msgspec
import schemathesis

__all__ = ["from_msgpack", "to_msgpack"]


@schemathesis.serializer("application/msgpack")
def to_msgpack(_: Any, value: Any) -> bytes:
    """Encode a body; what MessagePack has no word for is not sent."""
    try:
        return msgspec.msgpack.encode(value)
    except (OverflowError, TypeError, UnicodeEncodeError):  # an integer of more than 64 bits, half a character
        hypothesis.reject()


@schemathesis.deserializer("application/msgpack")
def from_msgpack(_: Any, response: Any) -> Any:
    """Decode an answer."""
    return msgspec.msgpack.decode(response.content)
