"""What schemathesis does not know by itself: MessagePack, and how long the address of a request may be."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import schemathesis
from schemathesis.core import NotSet

__all__ = ["filter_case", "from_msgpack", "to_msgpack"]

LONGEST: Final = 7_500
"""Bytes of a query; the server refuses an address of more than 8,192 before an application sees it (414)."""


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType]
def filter_case(_: Any, case: Any) -> bool:
    """Leave out what cannot be sent: addresses that are too long, bodies that MessagePack has no word for."""
    if len(urlencode(case.query or {}, doseq=True)) + len(str(case.path_parameters or "")) > LONGEST:
        return False
    if case.media_type != "application/msgpack" or isinstance(case.body, NotSet):
        return True
    try:
        msgspec.msgpack.encode(case.body)
    except (OverflowError, TypeError, UnicodeEncodeError):  # an integer of more than 64 bits, half a character
        return False
    return True


@schemathesis.serializer("application/msgpack")
def to_msgpack(_: Any, value: Any) -> bytes:
    """Encode a body."""
    return msgspec.msgpack.encode(value)


@schemathesis.deserializer("application/msgpack")
def from_msgpack(_: Any, response: Any) -> Any:
    """Decode an answer."""
    return msgspec.msgpack.decode(response.content)
