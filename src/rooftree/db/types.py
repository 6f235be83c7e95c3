# pyright: reportDeprecated=false, reportUnknownArgumentType=false
# typing.Union is what get_origin() returns, and reading annotations is what this module does.
"""Column types: from a Python type to what each database stores, as plain data."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Final, Literal, NewType, Union, get_args, get_origin
from uuid import UUID

import msgspec

__all__ = [
    "ColumnType",
    "ColumnTypeError",
    "Kind",
    "column_type",
    "split_optional",
]

Kind = Literal[
    "text", "integer", "float", "boolean", "decimal", "bytes", "date", "time", "datetime", "timedelta", "uuid",
    "enum", "json", "array", "ip",
]  # fmt: skip

DEFAULT_DIGITS: Final = 18
DEFAULT_PLACES: Final = 4
SCALAR_KINDS: Final[dict[type, Kind]] = {
    str: "text",
    int: "integer",
    float: "float",
    bool: "boolean",
    Decimal: "decimal",
    bytes: "bytes",
    date: "date",
    time: "time",
    datetime: "datetime",
    timedelta: "timedelta",
    UUID: "uuid",
    IPv4Address: "ip",
    IPv6Address: "ip",
}


class ColumnTypeError(TypeError):
    """A Python type that no column can hold; the text says which and what may stand instead."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnType:
    """The type of one column, or of the value of an expression.

    Attributes:
        kind: How it is stored and compared.
        python: The Python type of its values, without ``None``.
        max_length: For text, in characters.
        digits: For decimals, all digits.
        places: For decimals, the digits behind the point; ``None`` for a decimal of no fixed scale (an average).
        item: The type of an array's items.
        native: Whether an enumeration is a type of the database.
    """

    kind: Kind
    python: Any
    max_length: int | None = None
    digits: int | None = None
    places: int | None = None
    item: ColumnType | None = None
    native: bool = False

    @property
    def key(self) -> Hashable:
        """What tells two types apart in the shape of a query."""
        if self.item is not None:
            return (self.kind, self.item.key)
        if self.kind in {"enum", "json"}:
            return (self.kind, id(self.python), self.native)
        return self.kind if self.places is None else (self.kind, self.places)

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts that a ``Literal`` lists; none for every other type."""
        return get_args(self.python) if self.kind == "text" else ()

    @property
    def name(self) -> str:
        """The Python type as a person would write it."""
        if self.choices:
            return "str"
        return getattr(self.python, "__name__", None) or str(self.python)


def split_optional(annotation: Any) -> tuple[Any, bool]:
    """Take ``None`` out of a type: ``str | None`` gives ``(str, True)``."""
    if get_origin(annotation) in {Union, types.UnionType}:
        rest = [part for part in get_args(annotation) if part is not types.NoneType]
        if len(rest) < len(get_args(annotation)):
            return (Union[tuple(rest)], True) if rest else (types.NoneType, True)  # noqa: UP007 - built from parts
    return annotation, False


def column_type(
    annotation: Any,
    *,
    max_length: int | None = None,
    max_digits: int | None = None,
    decimal_places: int | None = None,
    native: bool = False,
    json: bool = False,
) -> ColumnType:
    """Find the column type of a Python type (without ``None``).

    Raises:
        ColumnTypeError: no column can hold it.
    """
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        else:
            break
    if json:
        return ColumnType("json", annotation)
    kind = SCALAR_KINDS.get(annotation) if isinstance(annotation, type) else None
    if kind == "decimal":
        digits = DEFAULT_DIGITS if max_digits is None else max_digits
        return ColumnType(
            kind, Decimal, digits=digits, places=DEFAULT_PLACES if decimal_places is None else decimal_places
        )
    if kind is not None:
        return ColumnType(kind, annotation, max_length=max_length)
    return _composite_type(annotation, native=native)


def _composite_type(annotation: Any, *, native: bool) -> ColumnType:
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        _check_enum(annotation)
        return ColumnType("enum", annotation, native=native)
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType} and set(get_args(annotation)) == {IPv4Address, IPv6Address}:
        return ColumnType("ip", annotation)
    if origin is Literal and all(type(value) is str for value in get_args(annotation)):
        return ColumnType("text", annotation, max_length=max(len(value) for value in get_args(annotation)))
    if origin is list and get_args(annotation)[0] in SCALAR_KINDS:
        return ColumnType("array", annotation, item=column_type(get_args(annotation)[0]))
    if annotation in {dict, list, Any} or origin is not None or _is_record(annotation):
        return ColumnType("json", annotation)
    raise ColumnTypeError(
        f"no column holds {getattr(annotation, '__name__', annotation)!s}: it may be str, int, float, bool, Decimal, "
        "bytes, date, time, datetime, timedelta, UUID, an IP address, an Enum, a list of these, or anything that JSON "
        "can hold (dict, list, Struct, dataclass, TypedDict)"
    )


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and (
        issubclass(annotation, msgspec.Struct)
        or hasattr(annotation, "__dataclass_fields__")
        or typing.is_typeddict(annotation)
    )


def _check_enum(annotation: type[enum.Enum]) -> None:
    values = [member.value for member in annotation]
    if not values or not (
        all(isinstance(value, str) for value in values) or all(type(value) is int for value in values)
    ):
        raise ColumnTypeError(f"{annotation.__name__} has values that are neither all str nor all int")
