"""How rules meet values: which types take which rule, which of them msgspec checks, and what a broken one is called."""

from __future__ import annotations

import datetime as dt
import math
import re
import uuid
from collections.abc import Callable
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from rooftree.schema.constraints import CHECKED, NO_RULES, Rules
from rooftree.schema.nodes import Alias, Anything, Array, Choice, Fixed, Leaf, Node, Object, OneOf, Opaque, Table
from rooftree.schema.patterns import exact_pattern

__all__ = [
    "MAX_EXPONENT",
    "Broken",
    "NumberText",
    "broken",
    "expected",
    "fit_rules",
    "is_array",
    "is_multiple",
    "left_over",
    "meta_of",
    "native_rules",
    "takes",
    "word_for",
]

MAX_EXPONENT: Final = 1000
"""How far from zero the exponent of a Decimal may be: 1e1000000 costs nothing to read and minutes to compute with."""

BOUNDS: Final = ("gt", "ge", "lt", "le")
NUMBERS: Final = (*BOUNDS, "multiple_of")
LENGTHS: Final = ("min_length", "max_length")
TAKEN: Final[dict[str, tuple[str, ...]]] = {
    "int": NUMBERS,
    "float": NUMBERS,
    "decimal": NUMBERS,
    "date": BOUNDS,
    "time": (*BOUNDS, "tz"),
    "datetime": (*BOUNDS, "tz"),
    "duration": BOUNDS,
    "str": (*LENGTHS, "pattern"),
    "bytes": LENGTHS,
    "array": LENGTHS,
    "object": LENGTHS,
}
NATIVE: Final[dict[str, tuple[str, ...]]] = {
    "int": NUMBERS,
    "float": NUMBERS,
    "time": ("tz",),
    "datetime": ("tz",),
    "str": (*LENGTHS, "pattern"),
    "bytes": LENGTHS,
    "array": LENGTHS,
    "object": LENGTHS,
}
LIMIT_TYPES: Final[dict[str, type[Any] | tuple[type[Any], ...]]] = {
    "int": (int, float, Decimal),
    "float": (int, float),
    "decimal": (int, float, Decimal),
    "date": dt.date,
    "time": dt.time,
    "datetime": dt.datetime,
    "duration": dt.timedelta,
}
Broken = tuple[str, str, dict[str, Any]]
"""Code, message and parameters of a rule that a value breaks."""


class NumberText(str):
    """A JSON number with a fraction or an exponent, as it was written: a Decimal reads it exactly."""

    __slots__ = ()


# ---- at start-up


def expected(node: Node) -> str:
    """Return msgspec's word for a type: ``int``, ``array``, ``int | null``."""
    match node:
        case Leaf():
            return node.kind
        case Anything():
            return "any"
        case Choice():
            return " | ".join(dict.fromkeys(word_for(value) for value, _ in node.members))
        case OneOf():
            return " | ".join(dict.fromkeys(expected(member) for member in node.members))
        case Alias():
            return expected(node.target)
        case Opaque():
            return str(getattr(node.cls, "__name__", node.cls))
        case _:
            return "array" if is_array(node) else "object"


def takes(node: Node, rule: str) -> bool:
    """Tell whether a rule means something for a type."""
    if isinstance(node, OneOf):
        return any(takes(member, rule) for member in node.members)
    return _is_open(node) or rule in TAKEN.get(_word(node), ())


def fit_rules(node: Node, rules: Rules) -> Rules:
    """Return rules with their limits in values of the type.

    Raises:
        TypeError: The type takes no such rule, or a limit is no value of it.
    """
    word = _word(node)
    changes: dict[str, Any] = {}
    for name in CHECKED:
        limit = getattr(rules, name)
        if limit is None or _is_open(node):
            continue
        if not takes(node, name):
            raise TypeError(f"`{expected(node)}` takes no `{name}`")
        if name in NUMBERS:
            fits = isinstance(limit, LIMIT_TYPES[word]) and not isinstance(limit, bool)
            if not fits or (word == "date" and isinstance(limit, dt.datetime)) or _is_nan(limit):
                raise TypeError(f"`{word}` takes no `{name}` of {limit!r}")
            changes[name] = _limit(word, limit)
        if name in BOUNDS and isinstance(limit, dt.datetime | dt.time):
            changes["tz"] = limit.tzinfo is not None  # a naive and an aware one have no order
    if not changes:
        return rules
    return Rules(**{**{name: getattr(rules, name) for name in Rules.__struct_fields__}, **changes})


def native_rules(node: Node, rules: Rules) -> Rules:
    """Return the rules that msgspec checks for a type, where it is told of them."""
    told = {
        name: _for_msgspec(name, limit)
        for name in NATIVE.get(_word(node), ())
        if (limit := getattr(rules, name)) is not None and not (_word(node) == "int" and not _is_int64(limit))
    }
    if {"gt", "ge"} <= told.keys():  # msgspec takes one lower and one upper bound
        del told["gt"]
    if {"lt", "le"} <= told.keys():
        del told["lt"]
    return Rules(**told) if told else NO_RULES


def _for_msgspec(name: str, limit: Any) -> Any:
    return exact_pattern(limit) if name == "pattern" else limit


def left_over(rules: Rules, told: Rules) -> Rules:
    """Return the rules that msgspec was not told of."""
    rest = {
        name: limit
        for name in CHECKED
        if (limit := getattr(rules, name)) is not None and _for_msgspec(name, limit) != getattr(told, name)
    }
    return Rules(**rest) if rest else NO_RULES


def meta_of(rules: Rules) -> msgspec.Meta | None:
    """Return rules as msgspec's own, or ``None`` where there is nothing to tell it."""
    told = {name: limit for name in CHECKED if (limit := getattr(rules, name)) is not None}
    return msgspec.Meta(**told) if told else None


def _is_open(node: Node) -> bool:
    """Tell whether a type is not known yet: a type variable, a class while another is being made."""
    return isinstance(node, Opaque) or (isinstance(node, Anything) and node.variable is not None)


def is_array(node: Node) -> bool:
    """Tell whether a type is an array on the wire."""
    return isinstance(node, Array | Fixed) or (isinstance(node, Object) and node.as_array)


def _word(node: Node) -> str:
    if isinstance(node, Leaf):
        return node.kind
    if isinstance(node, Array):
        return "array"
    return "object" if isinstance(node, Table) else ""


def _is_nan(limit: Any) -> bool:
    return isinstance(limit, float | Decimal) and math.isnan(limit)


def _is_int64(limit: Any) -> bool:
    return isinstance(limit, int) and -(2**63) <= limit < 2**63


def _limit(word: str, limit: Any) -> Any:
    if word == "decimal":
        return Decimal(str(limit))
    return float(limit) if word == "float" else limit


def word_for(value: object) -> str:
    """Return msgspec's word for what a piece of plain data is."""
    if type(value) is NumberText:
        return "float"
    return _WORDS.get(type(value)) or next(
        (word for cls, word in _WORDS.items() if isinstance(value, cls)), type(value).__name__
    )


_WORDS: Final[dict[Any, str]] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    bytes: "bytes",
    bytearray: "bytes",
    memoryview: "bytes",
    Decimal: "decimal",
    dt.datetime: "datetime",
    dt.date: "date",
    dt.time: "time",
    dt.timedelta: "duration",
    msgspec.msgpack.Ext: "ext",
    uuid.UUID: "uuid",
    dict: "object",
    list: "array",
    tuple: "array",
    set: "array",
    frozenset: "array",
}


# ---- with a value

_SIGNS: Final[dict[str, tuple[str, str, Callable[[Any, Any], bool]]]] = {
    "gt": ("greater_than", ">", lambda value, limit: value > limit),
    "ge": ("greater_than_equal", ">=", lambda value, limit: value >= limit),
    "lt": ("less_than", "<", lambda value, limit: value < limit),
    "le": ("less_than_equal", "<=", lambda value, limit: value <= limit),
}
_EXACT: Final = Context(prec=4 * MAX_EXPONENT)


def broken(word: str, rules: Rules, value: Any) -> Broken | None:
    """Return the first rule that a value of the type named by `word` breaks."""
    if word == "decimal" and (fault := _far(value)) is not None:
        return fault
    if rules is NO_RULES:
        return None
    if rules.tz is not None and (value.tzinfo is not None) is not rules.tz:
        text = "a timezone component" if rules.tz else "no timezone component"
        return "timezone", f"Expected `{word}` with {text}", {"timezone": rules.tz}
    for name, (code, sign, holds) in _SIGNS.items():
        limit = getattr(rules, name)
        if limit is not None and not holds(value, limit):
            return code, f"Expected `{word}` {sign} {limit}", {"limit": limit}
    if rules.multiple_of is not None and not is_multiple(value, rules.multiple_of):
        return "multiple_of", f"Expected `{word}` that's a multiple of {rules.multiple_of}", {"step": rules.multiple_of}
    if rules.min_length is not None and len(value) < rules.min_length:
        return "too_short", f"Expected `{word}` of length >= {rules.min_length}", {"limit": rules.min_length}
    if rules.max_length is not None and len(value) > rules.max_length:
        return "too_long", f"Expected `{word}` of length <= {rules.max_length}", {"limit": rules.max_length}
    if rules.pattern is not None and _regex(rules.pattern).search(value) is None:
        return "pattern", f"Expected `{word}` matching regex {rules.pattern!r}", {"pattern": rules.pattern}
    return None


def _far(value: Decimal) -> Broken | None:
    if not value.is_finite():
        return "not_finite", "Expected a finite `decimal`", {}
    if abs(value.adjusted()) > MAX_EXPONENT:
        return "out_of_range", f"Expected `decimal` with an exponent of at most {MAX_EXPONENT}", {"limit": MAX_EXPONENT}
    return None


def is_multiple(value: Any, step: Any) -> bool:
    """Tell whether a number is a whole multiple of a step; exact for int and Decimal."""
    if isinstance(value, Decimal):
        return not _EXACT.remainder(value, step)
    if isinstance(value, float):
        return math.isfinite(value) and math.fmod(value, step) == 0.0
    return not value % step


@lru_cache(maxsize=1024)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(exact_pattern(pattern))
