"""What SQLite has no function of its own for: exact decimals, Unicode case, regular expressions, zones, JSON paths.

The SQLite driver gives them to each connection by ``add_functions``. Decimals arrive as scaled integers, moments as
fixed-width UTC text (see ``db.types``). ``None`` gives ``None``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec
import regex

__all__ = ["FUNCTIONS", "add_functions"]

_LIMIT: Final = 2**63
_PATIENCE: Final = 0.05
"""Seconds that a regular expression may take for one text."""


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give ``None`` where an argument is ``None``, as SQL does."""

    @functools.wraps(function)
    def strict(*values: Any) -> Any:
        return None if None in values else function(*values)

    return strict


def _kept(number: int) -> int:
    if not -_LIMIT <= number < _LIMIT:
        raise OverflowError("a decimal of more than 18 digits")
    return number


def _divide(number: int, by: int) -> int:
    """Divide, rounded half away from zero as PostgreSQL does."""
    quotient, rest = divmod(abs(number), abs(by))
    if 2 * rest >= abs(by):
        quotient += 1
    return quotient if (number < 0) == (by < 0) else -quotient


def _multiplied(one: int, two: int) -> int:
    return _kept(one * two)


def _divided(one: int, two: int, shift: int) -> int | None:
    """``one / two`` as an integer scaled by ``shift`` digits; nothing of a division by zero, as SQLite does."""
    if two == 0:
        return None
    return _kept(_divide(one * 10**shift, two) if shift >= 0 else _divide(one, two * 10**-shift))


def _rounded(number: int, digits: int) -> int:
    return _divide(number, 10**digits)


def _decimal_text(number: int, places: int) -> str:
    if places == 0:
        return str(number)
    text = str(abs(number)).rjust(places + 1, "0")
    return f"{'-' if number < 0 else ''}{text[:-places]}.{text[-places:]}"


def _lower(text: str) -> str:
    return str(text).lower()


def _upper(text: str) -> str:
    return str(text).upper()


@functools.lru_cache(256)
def _pattern(pattern: str, ignore_case: int) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)


def _matches(pattern: str, text: str, ignore_case: int) -> bool:
    """Search with a limit of time: SQLite cannot interrupt a function, and some patterns would never end."""
    return _pattern(pattern, ignore_case).search(str(text), timeout=_PATIENCE) is not None


def _moment(text: str, zone: str) -> datetime:
    from zoneinfo import ZoneInfo

    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:  # a date
        return moment.replace(tzinfo=UTC)
    return moment if zone == "UTC" else moment.astimezone(ZoneInfo(zone))


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(" ", "microseconds")


_PARTS: Final[dict[str, Callable[[datetime], int]]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "second": lambda moment: moment.second,
    "weekday": lambda moment: moment.isoweekday(),
    "week": lambda moment: moment.isocalendar().week,
    "quarter": lambda moment: (moment.month + 2) // 3,
    "day_of_year": lambda moment: moment.timetuple().tm_yday,
}


def _part(text: str, part: str, zone: str) -> int:
    return _PARTS[part](_moment(text, zone))


def _day(text: str, zone: str) -> str:
    return _moment(text, zone).date().isoformat()


def _truncated(text: str, unit: str, zone: str) -> str:
    moment = _moment(text, zone).replace(microsecond=0)
    if unit == "minute":
        return _moment_text(moment.replace(second=0))
    if unit == "hour":
        return _moment_text(moment.replace(minute=0, second=0))
    day = moment.replace(hour=0, minute=0, second=0, fold=0)
    if unit == "week":
        first: date = day.date() - timedelta(days=day.weekday())
        day = day.replace(year=first.year, month=first.month, day=first.day)
    elif unit != "day":
        month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
        day = day.replace(month=month, day=1)
    return _moment_text(day)


def _shifted(text: str, microseconds: int) -> str:
    return _moment_text(datetime.fromisoformat(text) + timedelta(microseconds=microseconds))


def _span(one: str, two: str) -> int:
    return (datetime.fromisoformat(one) - datetime.fromisoformat(two)) // timedelta(microseconds=1)


def _json_at(text: str, path: str, kind: str) -> Any:
    """The value at a path (itself JSON: keys and positions), where it is of the kind asked for."""
    value = msgspec.json.decode(text)
    for step in msgspec.json.decode(path):
        if isinstance(value, dict):
            value = value.get(str(step))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):  # pyright: ignore[reportUnknownArgumentType]
            value = value[step]  # pyright: ignore[reportUnknownVariableType]
        else:
            return None
    fits = {
        "text": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, (int, float)) and not isinstance(value, bool),
    }
    return value if fits[kind] else None  # pyright: ignore[reportUnknownVariableType]


class _Join:
    """Joins texts in an order: of each step two letters, ``a`` or ``d``, and ``f`` or ``l`` for where NULL goes."""

    def __init__(self) -> None:
        self._rows: list[tuple[tuple[Any, ...], str]] = []
        self._separator = self._order = ""

    def step(self, text: str | None, separator: str, order: str, *keys: Any) -> None:
        """Take one row."""
        self._separator, self._order = separator, order
        if text is not None:
            self._rows.append((keys, text))

    def finalize(self) -> str | None:
        """Return the text."""
        rows = self._rows
        for at in reversed(range(len(self._order) // 2)):
            direction, nulls = self._order[2 * at], self._order[2 * at + 1]
            empty = [row for row in rows if row[0][at] is None]
            full = [row for row in rows if row[0][at] is not None]
            full.sort(key=lambda row: _sorts(row[0][at]), reverse=direction == "d")
            rows = empty + full if nulls == "f" else full + empty
        return self._separator.join([str(text) for _, text in rows]) if rows else None


def _sorts(value: Any) -> tuple[int, Any]:
    """A key that sorts as SQLite does: numbers before texts before bytes."""
    return (0 if isinstance(value, (int, float)) else 1 if isinstance(value, str) else 2, value)


FUNCTIONS: Final[tuple[tuple[str, int, Callable[..., Any]], ...]] = (
    ("rooftree_multiply", 2, _strict(_multiplied)),
    ("rooftree_divide", 3, _strict(_divided)),
    ("rooftree_round", 2, _strict(_rounded)),
    ("rooftree_decimal_text", 2, _strict(_decimal_text)),
    ("rooftree_lower", 1, _strict(_lower)),
    ("rooftree_upper", 1, _strict(_upper)),
    ("rooftree_matches", 3, _strict(_matches)),
    ("rooftree_part", 3, _strict(_part)),
    ("rooftree_day", 2, _strict(_day)),
    ("rooftree_truncate", 3, _strict(_truncated)),
    ("rooftree_shift", 2, _strict(_shifted)),
    ("rooftree_span", 2, _strict(_span)),
    ("rooftree_json_at", 3, _strict(_json_at)),
)


def add_functions(connection: Any) -> None:
    """Give a ``sqlite3.Connection`` the functions that compiled queries use."""
    for name, arity, function in FUNCTIONS:
        connection.create_function(name, arity, function, deterministic=True)
    connection.create_aggregate("rooftree_join", -1, _Join)
