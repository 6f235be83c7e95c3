"""Plain data, as JSON and MessagePack give it, and the single values that are made from it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final, TypeGuard

import msgspec

from rooftree.base import regex
from rooftree.schema.limits import NumberText
from rooftree.schema.nodes import Leaf, Object

__all__ = [
    "NumberText",
    "build",
    "float_of",
    "integer_of",
    "is_array",
    "is_dict",
    "is_list",
    "is_mapping",
    "json_plain",
    "leaf_value",
    "missing_member",
    "msgpack_plain",
    "number_of",
    "whole_of",
]

json_plain: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(float_hook=NumberText).decode
"""JSON as plain data, numbers with a fraction or an exponent as they were written."""
msgpack_plain: Final[Callable[[bytes], Any]] = msgspec.msgpack.Decoder().decode
INTEGER: Final = regex(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
MAX_DIGITS: Final = 4300
MOST_DIGITS: Final = 19
MOST_TEXT: Final = 64
"""Digits of an integer that may be written as `36.0` or `3.6e1`."""


def is_dict(data: object) -> TypeGuard[dict[Any, Any]]:
    """Tell whether data is an object of JSON or MessagePack."""
    return isinstance(data, dict)


def is_list(data: object) -> TypeGuard[list[Any]]:
    """Tell whether data is an array that has an order (a tuple reads the same)."""
    return isinstance(data, list | tuple)


def is_array(data: object) -> TypeGuard[Iterable[Any]]:
    """Tell whether data is an array, or a set of Python's."""
    return isinstance(data, list | tuple | set | frozenset)


def is_mapping(data: object) -> TypeGuard[Mapping[Any, Any]]:
    """Tell whether a value has keys."""
    return isinstance(data, Mapping)


def number_of(data: Any) -> Any:
    """Return a JSON number as a float, and any other data as it is.

    Raises:
        msgspec.ValidationError: It is too large for a float.
    """
    return _float(data) if type(data) is NumberText else data


def leaf_value(node: Leaf, data: Any) -> Any:
    """Return the value that plain data is, by msgspec's own rules.

    Raises:
        msgspec.ValidationError: It is none; the text is msgspec's.
    """
    if type(data) is not NumberText:
        return msgspec.convert(data, node.cls)
    if node.kind == "float":
        return _float(data)
    if node.kind == "decimal":
        try:
            return Decimal(data)
        except InvalidOperation:
            raise msgspec.ValidationError("Invalid decimal string") from None
    if node.kind == "int" and (whole := whole_of(data)) is not None:
        return whole
    raise msgspec.ValidationError(f"Expected `{node.kind}`, got `float`")


def whole_of(text: NumberText) -> int | None:
    """Return the integer that a JSON number is, `None` where it has a fraction.

    `36.0` and `3.6e1` are integers (JSON Schema 2020-12 Core, section 4.2.3); so are those of up to 19 digits here.
    """
    if len(text) > MOST_TEXT:
        return None
    try:
        number = Decimal(text)
        if number.is_zero():
            return 0
        return int(number) if 0 <= number.adjusted() < MOST_DIGITS and number % 1 == 0 else None
    except InvalidOperation:  # an exponent beyond any that Python takes
        return None


def integer_of(text: str) -> int | None:
    """Return the integer that a JSON key is, or `None`."""
    return int(text) if len(text) <= MAX_DIGITS and INTEGER.fullmatch(text) else None


def float_of(text: str) -> Any:
    """Return the number that a JSON key is, or the text where it is none."""
    try:
        return msgspec.json.decode(text, type=float)
    except msgspec.DecodeError:
        return text


def _float(text: str) -> float:
    if math.isinf(number := float(text)):
        raise msgspec.ValidationError("Number out of range")
    return number


def missing_member(cls: type[Enum], raw: Any) -> Enum | None:
    """Return what an enum's own `_missing_` makes of a value."""
    try:
        return cls(raw)
    except ValueError:
        return None


def build(node: Object, values: dict[str, Any]) -> Any:
    """Make an object of checked values, as msgspec makes it: without ``__init__``, with ``__post_init__``."""
    if node.kind == "typeddict":
        return values
    if node.kind in {"struct", "namedtuple"}:
        return node.cls(**values)
    made = node.cls.__new__(node.cls)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    if node.finish is not None:
        node.finish(made)
    return made
