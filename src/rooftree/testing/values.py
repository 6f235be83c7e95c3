"""Valid values made from columns: of their type, within their rules, another one each time."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_CEILING, Decimal
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

from rooftree.base import UsageError

__all__ = ["value_for"]

_FIRST_DAY: Final = dt.date(2026, 1, 1)
_FORMATS: Final = {"email": "name{n}@example.org", "url": "https://example.org/{n}", "slug": "name-{n}"}
_SPAN: Final = 1000  # how many different numbers, dates and times are made before they come again


def value_for(column: Any, number: int) -> Any:
    """Return a value for a column of a model.

    Args:
        column: The model's ``ColumnInfo``.
        number: Counts the rows made: unique columns get another value each time.

    Raises:
        UsageError: U420 where its rules do not say what a valid value looks like.
    """
    kind: str = column.type.kind
    if kind == "text":
        choices = column.type.choices
        return choices[number % len(choices)] if choices else _text(column, number)
    if kind in {"integer", "float", "decimal"}:
        return _number(column, number)
    if kind in {"date", "datetime", "time", "timedelta"}:
        return _moment(column, kind, number)
    if kind == "enum":
        members = list(column.type.python)
        return members[number % len(members)]
    if kind == "uuid":
        return UUID(int=number)
    if kind == "ip":
        python = column.type.python
        return python(number) if isinstance(python, type) else ip_address(number)
    simple: dict[str, Any] = {"boolean": number % 2 == 0, "bytes": b"%d" % number, "array": []}
    if kind in simple:
        return simple[kind]
    return _json(column)


def _text(column: Any, number: int) -> str:
    rules = column.rules
    if rules.pattern is not None:
        raise _unknown(column, f"the pattern {rules.pattern!r}")
    if rules.format is not None:
        return _FORMATS[rules.format].format(n=number)
    tail = str(number)
    most = min((limit for limit in (rules.max_length, column.type.max_length) if limit is not None), default=80)
    if most < len(tail):
        raise _unknown(column, f"at most {most} characters")
    head = f"{column.name} "[: most - len(tail)]
    return head + "x" * max(0, (rules.min_length or 0) - len(head) - len(tail)) + tail


def _number(column: Any, number: int) -> Any:
    """Return one of the numbers that are allowed, counted from the least, or down from the most."""
    rules, kind = column.rules, column.type.kind
    places = column.type.places or 0
    finest = Decimal(1).scaleb(-places) if kind == "decimal" else Decimal(1)
    step = _exact(rules.multiple_of) or finest
    least = _least(rules, step, finest if kind == "decimal" else Decimal(1))
    most = _exact(rules.le)
    if most is None and rules.lt is not None:
        most = _exact(rules.lt) - finest
    if least is None and most is not None:
        least = (most - step * _SPAN) // step * step
    value = (Decimal(0) if least is None else least) + step * number
    if most is not None and value > most:
        count = int((most - (least or 0)) // step) + 1
        if count < 1:
            raise _unknown(column, "rules that no number keeps")
        value = (least or 0) + step * (number % count)
    return value if kind == "decimal" else int(value) if kind == "integer" else float(value)


def _least(rules: Any, step: Decimal, finest: Decimal) -> Decimal | None:
    bounds = [
        bound
        for bound in (_exact(rules.ge), None if rules.gt is None else _exact(rules.gt) + finest)
        if bound is not None
    ]
    if not bounds:
        return None
    steps: Decimal = (max(bounds) / step).to_integral_value(ROUND_CEILING)
    return steps * step


def _exact(value: Any) -> Any:
    return None if value is None else Decimal(str(value))


def _moment(column: Any, kind: str, number: int) -> Any:
    rules, ahead = column.rules, 1 + number % _SPAN
    if kind == "time":
        return dt.time(ahead % 24, ahead % 60)
    unit = dt.timedelta(minutes=1) if kind != "date" else dt.timedelta(days=1)
    low, high = rules.ge if rules.ge is not None else rules.gt, rules.le if rules.le is not None else rules.lt
    if low is not None:
        return low + unit * ahead
    if high is not None:
        return high - unit * ahead
    if kind == "timedelta":
        return unit * ahead
    start = _FIRST_DAY if kind == "date" else dt.datetime.combine(_FIRST_DAY, dt.time(), dt.UTC)
    return start + unit * ahead


def _json(column: Any) -> Any:
    from typing import get_origin

    python: Any = get_origin(column.type.python) or column.type.python
    try:
        return python()
    except TypeError:
        raise _unknown(column, f"the type {column.type.name}, whose fields have no defaults") from None


def _unknown(column: Any, why: str) -> UsageError:
    return UsageError(
        "U420",
        f"A factory cannot make a value of {column.table.model}.{column.name}, which has {why}.",
        f"Say it in the factory: {column.name} = ..., or where it is called: create({column.name}=...).",
    )
