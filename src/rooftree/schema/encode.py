"""Encoders: a value in, the bytes of its declared type out."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

__all__ = ["Encoder", "encoder"]

T = TypeVar("T")


class Encoder(Generic[T]):
    """Turns values into the bytes of one declared type; made once per type by :func:`encoder`."""

    def __init__(self, type: Any) -> None:
        self.type = type
        self.json = msgspec.json.Encoder().encode
        self.msgpack = msgspec.msgpack.Encoder().encode


def encoder(type: type[T]) -> Encoder[T]:
    """Return the encoder of a declared type."""
    return Encoder(type)
