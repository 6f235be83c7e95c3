"""Constraints: plain data beside a type, ``Annotated[Decimal, Gt(0)]``.

Their attributes have the names that annotated-types gives them, so its classes mean the same here, and so does
`msgspec.Meta`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

__all__ = [
    "NO_RULES",
    "Doc",
    "Ge",
    "Gt",
    "Le",
    "Len",
    "Lt",
    "MultipleOf",
    "Pattern",
    "Private",
    "Rules",
    "is_rule",
    "joined",
    "rules_of",
]


class Gt(msgspec.Struct, frozen=True):
    """Greater than a limit: numbers, Decimal, dates, times, timedelta."""

    gt: Any


class Ge(msgspec.Struct, frozen=True):
    """Greater than or equal to a limit."""

    ge: Any


class Lt(msgspec.Struct, frozen=True):
    """Less than a limit."""

    lt: Any


class Le(msgspec.Struct, frozen=True):
    """Less than or equal to a limit."""

    le: Any


class MultipleOf(msgspec.Struct, frozen=True):
    """A whole multiple of a positive number: int, float, Decimal."""

    multiple_of: Any


class Len(msgspec.Struct, frozen=True):
    """The length of a str (code points), bytes, list, set, tuple or dict, both ends included."""

    min_length: int = 0
    max_length: int | None = None


class Pattern(msgspec.Struct, frozen=True):
    """A regular expression that is found in a str (`re.search`; write ``^`` and ``$`` for the whole of it).

    It runs on hostile input: prefer patterns without nested repetition, and set a `Len` beside it.
    """

    pattern: str


class Doc(msgspec.Struct, frozen=True):
    """What a value means, for people: the description in the JSON Schema."""

    documentation: str


class PrivateMarker:
    """The type of `Private`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Private"


Private: Final = PrivateMarker()
"""``Annotated[str, Private]``: the field never leaves in an answer, whatever the declared type of the answer is."""


class Rules(msgspec.Struct, frozen=True, repr_omit_defaults=True, kw_only=True):
    """All that the metadata of one annotation says, merged: of two limits the stricter holds."""

    gt: Any = None
    ge: Any = None
    lt: Any = None
    le: Any = None
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    tz: bool | None = None
    title: str | None = None
    description: str | None = None
    examples: tuple[Any, ...] | None = None
    extra: tuple[tuple[str, Any], ...] | None = None
    private: bool | None = None


CHECKED: Final = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "tz")
"""The rules that a value can break; the others describe."""

_STRICTER: Final = {"gt": max, "ge": max, "lt": min, "le": min, "min_length": max, "max_length": min}
NO_RULES: Final = Rules()
"""Nothing is said; tested by identity, so `rules_of` and its like return this one."""


def rules_of(metadata: Iterable[Any]) -> Rules:
    """Merge the metadata of an annotation; what means nothing here is passed over.

    Raises:
        ValueError: A limit that can never be used: a pattern that is no regular expression, a step of zero, ...
    """
    found: dict[str, Any] = {}
    for item in _flat(metadata):
        for name, value in _read(item):
            if name in found and name in _STRICTER:
                value = _STRICTER[name](found[name], value)  # noqa: PLW2901 - the stricter of the two
            found[name] = value
    if not found:
        return NO_RULES
    if (pattern := found.get("pattern")) is not None:
        if not isinstance(pattern, str):
            raise TypeError(f"A pattern must be a str, not {pattern!r}")
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"The pattern {pattern!r} is no regular expression: {error}") from None
    if (step := found.get("multiple_of")) is not None and not step > 0:
        raise ValueError(f"A step must be greater than 0, not {step!r}")
    return Rules(**found)


def joined(rules: Rules, more: Rules) -> Rules:
    """Merge two sets of rules that `rules_of` has made, the stricter of two limits."""
    if rules is NO_RULES:
        return more
    return rules if more is NO_RULES else rules_of((rules, more))


def is_rule(item: Any) -> bool:
    """Tell whether an item of metadata means something here."""
    return any(True for part in _flat((item,)) for _ in _read(part))


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    for item in metadata:
        # annotated-types groups several (Interval, Len) behind an iterator
        if getattr(item, "__is_annotated_types_grouped_metadata__", False):
            yield from _flat(item)
        else:
            yield item


def _read(item: Any) -> Iterator[tuple[str, Any]]:
    """Yield what one item of metadata says, by the names of `Rules`."""
    if isinstance(item, PrivateMarker):
        yield "private", True
    elif isinstance(item, Rules):
        for name in Rules.__struct_fields__:
            if (value := getattr(item, name)) is not None:
                yield name, value
    elif isinstance(item, msgspec.Meta):
        yield from _read_meta(item)
    elif not isinstance(item, type):
        for name in ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern"):
            if (value := getattr(item, name, None)) is not None:
                yield name, value
        if isinstance(text := getattr(item, "documentation", None), str):
            yield "description", text


def _read_meta(meta: msgspec.Meta) -> Iterator[tuple[str, Any]]:
    for name in ("title", "description", *CHECKED):
        if (value := getattr(meta, name)) is not None:
            yield name, value
    if meta.examples is not None:
        yield "examples", tuple(meta.examples)
    if meta.extra_json_schema is not None:
        yield "extra", tuple(meta.extra_json_schema.items())
