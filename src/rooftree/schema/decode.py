"""Decoders: bytes, plain data or text in, a typed value out."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

import msgspec

from rooftree.schema.faults import MAX_FAULTS, Fault, Invalid

__all__ = ["Decoder", "decoder"]

T = TypeVar("T")


class Decoder(Generic[T]):
    """Turns data into values of one type; made once per type by :func:`decoder`."""

    def __init__(self, type: Any, *, max_errors: int = MAX_FAULTS) -> None:
        self.type = type
        self.max_errors = max_errors
        self._json = msgspec.json.Decoder(type)
        self._msgpack = msgspec.msgpack.Decoder(type)

    def json(self, data: bytes) -> T:
        """Decode JSON."""
        try:
            return cast("T", self._json.decode(data))
        except msgspec.DecodeError as error:
            raise _invalid(error) from None

    def msgpack(self, data: bytes) -> T:
        """Decode MessagePack."""
        try:
            return cast("T", self._msgpack.decode(data))
        except msgspec.DecodeError as error:
            raise _invalid(error) from None

    def python(self, obj: object, *, lax: bool = False) -> T:
        """Convert data that is already decoded."""
        try:
            return cast("T", msgspec.convert(obj, self.type, strict=not lax))
        except msgspec.ValidationError as error:
            raise _invalid(error) from None

    def strings(self, obj: object) -> T:
        """Convert values that came as text: of a query, a form, a path, headers, cookies."""
        return self.python(obj, lax=True)


def decoder(type: type[T]) -> Decoder[T]:
    """Return the decoder of a type."""
    return Decoder(type)


def _invalid(error: msgspec.DecodeError) -> Invalid:
    return Invalid([Fault((), "type", str(error))], malformed=not isinstance(error, msgspec.ValidationError))
