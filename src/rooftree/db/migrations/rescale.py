"""What is stored in a column of SQLite, as a column of other digits stores it."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["converted"]

_SCALED: Final = re.compile(r"SCALED INTEGER\((\d+),(\d+)\)\Z")
_DIGITS_OF_INTEGERS: Final = 19
_TOO_MANY: Final = "abs(-9223372036854775807 - 1)"  # SQLite's error "integer overflow": rows that do not fit stop it


def converted(value: str, before: str, after: str) -> str:
    """Return the SQL that takes a value of a column to what a column of another type stores for the same number.

    A Decimal is an integer scaled by its places, so other places are another integer: rounded half away from zero where
    there are fewer, as PostgreSQL does, and an error where a number has more digits than the new column holds.

    Args:
        value: The column, as SQL.
        before: Its type, as the table declares it.
        after: Its type to be.
    """
    if before == after or not (_SCALED.match(before) or _SCALED.match(after)):
        return value
    old, new = _sizes(before), _sizes(after)
    if old is not None and new is not None:
        return _rescaled(value, old, new)
    if new is not None:
        return _checked(f"CAST(round(CAST({value} AS REAL) * 1e{new[1]}) AS INTEGER)", new[0])
    places = old[1] if old is not None else 0
    if _is_text(after):
        return _written(value, places)
    return f"{value} / 1e{places}"


def _sizes(type_: str) -> tuple[int, int] | None:
    """Return all digits and those behind the point; ``None`` for a type that keeps no integers."""
    if match := _SCALED.match(type_):
        return int(match[1]), int(match[2])
    return (_DIGITS_OF_INTEGERS, 0) if "INT" in type_ else None


def _is_text(type_: str) -> bool:
    return any(word in type_ for word in ("CHAR", "CLOB", "TEXT"))


def _rescaled(value: str, old: tuple[int, int], new: tuple[int, int]) -> str:
    shift = new[1] - old[1]
    if shift < 0:
        half, whole = 5 * 10 ** (-shift - 1), 10**-shift
        rounded = f"({value} + CASE WHEN {value} < 0 THEN -{half} ELSE {half} END) / {whole}"
        return _checked(rounded, new[0]) if new[0] - new[1] <= old[0] - old[1] else rounded
    moved = f"{value} * {10**shift}" if shift else value
    if new[0] - new[1] >= old[0] - old[1]:
        return moved
    return f"CASE WHEN abs({value}) >= {10 ** max(new[0] - shift, 0)} THEN {_TOO_MANY} ELSE {moved} END"


def _checked(value: str, digits: int) -> str:
    if digits >= _DIGITS_OF_INTEGERS:
        return value
    return f"CASE WHEN abs({value}) >= {10**digits} THEN {_TOO_MANY} ELSE {value} END"


def _written(value: str, places: int) -> str:
    if places == 0:
        return f"CAST({value} AS TEXT)"
    sign, scale = f"(CASE WHEN {value} < 0 THEN '-' ELSE '' END)", 10**places
    digits = f"printf('%d.%0{places}d', abs({value}) / {scale}, abs({value}) % {scale})"
    return f"CASE WHEN {value} IS NOT NULL THEN {sign} || {digits} END"
