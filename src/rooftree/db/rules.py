"""The rules of columns as checks in Python: run on create, save and update, never on load."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from rooftree.db.codecs import encoder, to_decimal
from rooftree.db.model_errors import ColumnProblem
from rooftree.db.table import ColumnInfo
from rooftree.db.types import ColumnType
from rooftree.schema import exact_pattern

__all__ = ["Check", "checks_of", "problem_of"]

Check = Callable[[Any], ColumnProblem | None]
"""Takes a value of the right type; returns what is wrong with it."""

_EMAIL: Final = re.compile(
    r"[^@\s\x00-\x1f\"(),:;<>\[\\\]]{1,64}@(?:[^@\s.\x00-\x1f]{1,63}\.)+[^@\s.\x00-\x1f]{2,63}\Z"
)
_URL: Final = re.compile(r"https?://[^\s/?#@\x00-\x1f]+(?::\d{1,5})?(?:[/?#][^\s\x00-\x1f]*)?\Z", re.IGNORECASE)
_SLUG: Final = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*\Z")
_FORMATS: Final = {"email": _EMAIL, "url": _URL, "slug": _SLUG}
_LIMITS: Final[tuple[tuple[str, str, str, Callable[[Any, Any], bool]], ...]] = (
    ("ge", "greater_than_equal", ">=", lambda value, limit: value >= limit),
    ("gt", "greater_than", ">", lambda value, limit: value > limit),
    ("le", "less_than_equal", "<=", lambda value, limit: value <= limit),
    ("lt", "less_than", "<", lambda value, limit: value < limit),
)


def problem_of(column: ColumnInfo, code: str, message: str, params: Mapping[str, Any] | None = None) -> ColumnProblem:
    """Say what is wrong with one value."""
    return ColumnProblem(column.name, code, message, params or {})


def checks_of(column: ColumnInfo) -> tuple[Check, ...]:
    """Return the checks of one column's rules; none for most columns."""
    checks: list[Check] = []
    rules, type_ = column.rules, column.type
    for name, code, sign, holds in _LIMITS:
        limit = getattr(rules, name)
        if limit is not None:
            checks.append(_limit(column, code, sign, holds, to_decimal(limit) if type_.kind == "decimal" else limit))
    if rules.multiple_of is not None:
        checks.append(_multiple(column, rules.multiple_of))
    if rules.min_length is not None or rules.max_length is not None:
        checks.append(_length(column, rules.min_length, rules.max_length))
    if rules.pattern is not None:
        checks.append(_pattern(column, re.compile(exact_pattern(rules.pattern)), rules.pattern))
    if rules.format is not None:
        checks.append(_format(column, rules.format))
    if type_.choices:
        checks.append(_choice(column, type_.choices))
    if type_.kind == "decimal":
        checks.append(_digits(column, type_))
    if type_.kind == "json" and type_.python not in {dict, list, Any}:
        checks.append(_json(column, type_))
    return tuple(checks)


def _limit(column: ColumnInfo, code: str, sign: str, holds: Callable[[Any, Any], bool], limit: Any) -> Check:
    word = column.type.name

    def check(value: Any) -> ColumnProblem | None:
        if holds(value, limit):
            return None
        return problem_of(column, code, f"Expected `{word}` {sign} {limit}", {"limit": limit})

    return check


def _multiple(column: ColumnInfo, step: Any) -> Check:
    exact = Decimal(repr(step)) if isinstance(step, float) else Decimal(step)

    def check(value: Any) -> ColumnProblem | None:
        if to_decimal(value) % exact == 0:
            return None
        return problem_of(
            column, "multiple_of", f"Expected `{column.type.name}` that's a multiple of {step}", {"step": step}
        )

    return check


def _length(column: ColumnInfo, least: int | None, most: int | None) -> Check:
    word = column.type.name

    def check(value: Any) -> ColumnProblem | None:
        length = len(value)
        if least is not None and length < least:
            return problem_of(column, "too_short", f"Expected `{word}` of length >= {least}", {"limit": least})
        if most is not None and length > most:
            return problem_of(column, "too_long", f"Expected `{word}` of length <= {most}", {"limit": most})
        return None

    return check


def _pattern(column: ColumnInfo, pattern: re.Pattern[str], text: str) -> Check:
    def check(value: Any) -> ColumnProblem | None:
        if pattern.search(value):
            return None
        return problem_of(column, "pattern", f"Expected `str` matching regex {text!r}", {"pattern": text})

    return check


def _format(column: ColumnInfo, name: str) -> Check:
    pattern = _FORMATS[name]

    def check(value: Any) -> ColumnProblem | None:
        if len(value) <= 2048 and pattern.match(value):
            return None
        return problem_of(
            column,
            f"format_{name}",
            f"Expected `str` that is {'an' if name == 'email' else 'a'} {name}",
            {"format": name},
        )

    return check


def _choice(column: ColumnInfo, choices: tuple[str, ...]) -> Check:
    listed = ", ".join(map(repr, choices))

    def check(value: Any) -> ColumnProblem | None:
        if value in choices:
            return None
        return problem_of(column, "choice", f"Expected one of {listed}", {"choices": choices})

    return check


def _digits(column: ColumnInfo, type_: ColumnType) -> Check:
    places, digits = type_.places or 0, type_.digits or 0

    def check(value: Any) -> ColumnProblem | None:
        number = to_decimal(value)
        behind = max(0, -int(number.as_tuple().exponent))
        if behind > places and number != round(number, places):
            return problem_of(
                column, "decimal_places", f"Expected `Decimal` of at most {places} decimal places", {"limit": places}
            )
        if number and number.adjusted() + 1 > digits - places:
            return problem_of(
                column,
                "max_digits",
                f"Expected `Decimal` of at most {digits - places} digits before the point",
                {"limit": digits - places},
            )
        return None

    return check


def _json(column: ColumnInfo, type_: ColumnType) -> Check:
    encode, decode = encoder(type_, "postgresql"), msgspec.json.Decoder(type_.python).decode

    def check(value: Any) -> ColumnProblem | None:
        try:
            decode(encode(value))
        except (msgspec.ValidationError, ValueError) as error:
            return problem_of(column, "type", str(error))
        return None

    return check
