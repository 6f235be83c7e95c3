"""The types that expressions have: of plain values, of what operators make of two, and the words that become SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from rooftree.db.codecs import to_decimal
from rooftree.db.model_errors import QueryError
from rooftree.db.types import ColumnType, ColumnTypeError, column_type

__all__ = [
    "BOOLEAN",
    "DATE",
    "DURATION",
    "FLOAT",
    "INTEGER",
    "JSON",
    "MOMENT",
    "NUMERIC_KINDS",
    "TEXT",
    "Part",
    "Unit",
    "arithmetic_type",
    "checked_zone",
    "decimal_literal_type",
    "need",
    "one_of",
    "type_of_value",
]

BOOLEAN: Final = ColumnType("boolean", bool)
INTEGER: Final = ColumnType("integer", int)
FLOAT: Final = ColumnType("float", float)
TEXT: Final = ColumnType("text", str)
DURATION: Final = ColumnType("timedelta", timedelta)
MOMENT: Final = ColumnType("datetime", datetime)
DATE: Final = ColumnType("date", date)
JSON: Final = ColumnType("json", Any)

NUMERIC_KINDS: Final = frozenset({"integer", "float", "decimal"})

Part = Literal["year", "month", "day", "hour", "minute", "second", "weekday", "week", "quarter", "day_of_year"]
Unit = Literal["year", "quarter", "month", "week", "day", "hour", "minute"]


def type_of_value(value: Any) -> ColumnType:
    """Find the column type of a plain value.

    Raises:
        QueryError: no column can hold such a value.
    """
    if isinstance(value, Decimal):
        return decimal_literal_type(value)
    if isinstance(value, bool):
        return BOOLEAN
    for python in (str, int, float, bytes, datetime, date, time, timedelta, UUID):
        if isinstance(value, python):
            return column_type(python)
    try:
        return column_type(type(value))
    except ColumnTypeError as error:
        raise QueryError("Q105", f"A value of a query: {error}.", "Pass a value that a column can hold.") from None


def decimal_literal_type(value: Any) -> ColumnType:
    """The type of a Decimal as it is written: with as many digits behind the point as it has."""
    try:
        exponent = to_decimal(value).normalize().as_tuple().exponent
    except (TypeError, ValueError) as error:
        raise QueryError("Q105", f"A value of a query: {error}.", "Pass a finite number.") from None
    return ColumnType("decimal", Decimal, places=max(0, -exponent) if isinstance(exponent, int) else 0)


def need(part: Any, kinds: Iterable[str], what: str) -> None:
    """Refuse an expression of another kind than these.

    Raises:
        QueryError: it is of another.
    """
    if part.type.kind not in kinds:
        raise QueryError(
            "Q110", f"{what} needs {' or '.join(sorted(kinds))}, and {part!r} is {part.type.kind}.", "Use cast() first."
        )


def one_of(word: Any, words: tuple[str, ...], what: str) -> None:
    """Refuse any other word: these become part of the SQL."""
    if type(word) is not str or word not in words:
        raise QueryError("Q117", f"{what} was given {word!r}.", f"It takes {', '.join(words)}.")


def checked_zone(zone: str) -> str:
    """Return the name of a time zone.

    Raises:
        QueryError: there is none of this name.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise QueryError(
            "Q111", f"There is no time zone {zone!r}.", "Name one of the IANA database: 'Europe/Berlin'."
        ) from None
    return zone


def arithmetic_type(op: str, left: Any, right: Any) -> ColumnType:
    """Return the type of what an operator makes of two expressions.

    Raises:
        QueryError: it makes nothing of these types.
    """
    kinds = (left.type.kind, right.type.kind)
    if kinds == ("datetime", "timedelta") and op in {"add", "sub"}:
        return MOMENT
    if kinds == ("datetime", "datetime") and op == "sub":
        return DURATION
    if kinds == ("timedelta", "timedelta") and op in {"add", "sub"}:
        return DURATION
    if not set(kinds) <= NUMERIC_KINDS or (op == "mod" and set(kinds) != {"integer"}):
        raise QueryError(
            "Q112",
            f"There is no {op} of {left!r} ({kinds[0]}) and {right!r} ({kinds[1]}).",
            "Use cast() on one of them.",
        )
    if "float" in kinds:
        if "decimal" in kinds:
            raise QueryError(
                "Q112",
                f"{op} of {left!r} ({kinds[0]}) and {right!r} ({kinds[1]}) would lose digits.",
                "Use cast() on one of them.",
            )
        return FLOAT
    if "decimal" not in kinds:
        return FLOAT if op == "div" else INTEGER
    one, two = left.type.places or 0, right.type.places or 0
    places = {"add": max(one, two), "sub": max(one, two), "mul": one + two}.get(op, max(one, two) + 6)
    return ColumnType("decimal", Decimal, places=places)
