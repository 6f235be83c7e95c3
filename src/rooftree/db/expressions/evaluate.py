"""The checks of a model, evaluated in Python: a row that breaks one is refused before the database sees it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, cast

from msgspec import UNSET

from rooftree.db.expressions.base import Expression, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.constraints import Check
from rooftree.db.model_errors import ColumnProblem
from rooftree.db.table import TableInfo

__all__ = ["evaluate", "failed_checks"]


class _NotHere(Exception):
    """The expression needs the database."""


def failed_checks(info: TableInfo, instance: Any) -> list[ColumnProblem]:
    """Return the checks that a row breaks; one that cannot be evaluated here is left to the database."""
    checks = info.plans.get("checks")
    if checks is None:
        checks = info.plans["checks"] = [
            constraint for constraint in info.constraints() if isinstance(constraint, Check)
        ]
    found: list[ColumnProblem] = []
    for check in checks:
        try:
            holds = evaluate(check.condition, instance)
        except (_NotHere, TypeError, ArithmeticError):
            continue
        if holds is False:  # None is neither: SQL takes a check that is NULL as kept
            column = _first_column(check.condition)
            found.append(
                ColumnProblem(column, f"check_{check.name}", check.message or f"The check {check.name!r} does not hold")
            )
    return found


def evaluate(expression: Expression[Any], instance: Any) -> Any:
    """Return the value of an expression for one instance, with SQL's ``NULL`` as ``None``.

    Raises:
        _NotHere: only the database can say.
    """
    if isinstance(expression, Column):
        if expression.path:
            raise _NotHere
        value = getattr(instance, expression.info.name)
        if value is UNSET:
            raise _NotHere
        return value
    if isinstance(expression, Value):
        return expression.value
    special = _SPECIAL.get(expression.op)
    if special is not None:
        return special(expression, instance)
    function = _STRICT.get(expression.op)
    if function is None:
        raise _NotHere
    values = [evaluate(part, instance) for part in expression.parts]
    return None if any(value is None for value in values) else function(*values)


def _and(expression: Expression[Any], instance: Any) -> bool | None:
    values = [evaluate(part, instance) for part in expression.parts]
    return False if False in values else None if None in values else True


def _or(expression: Expression[Any], instance: Any) -> bool | None:
    values = [evaluate(part, instance) for part in expression.parts]
    return True if True in values else None if None in values else False


def _like(expression: Expression[Any], instance: Any) -> bool | None:
    left, right = (evaluate(part, instance) for part in expression.parts)
    if left is None or right is None:
        return None
    how, ignore_case = cast("tuple[str, bool]", expression.data)
    if ignore_case:
        left, right = left.lower(), right.lower()
    return _TEXTS[how](left, right)


def _is_in(value: Any, values: list[Any]) -> bool:
    return value in values


def _trimmed(text: str) -> str:
    return text.strip(" ")


_TEXTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "equals": lambda text, part: text == part,
}
_SPECIAL: Final[dict[str, Callable[[Expression[Any], Any], Any]]] = {
    "and": _and,
    "or": _or,
    "like": _like,
    "is_null": lambda expression, instance: evaluate(expression.parts[0], instance) is None,
    "is_not_null": lambda expression, instance: evaluate(expression.parts[0], instance) is not None,
}
_STRICT: Final[dict[str, Callable[..., Any]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "not": operator.not_,
    "in": _is_in,
    "not_in": lambda *both: not _is_in(*both),
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "concat": operator.add,
    "lower": str.lower,
    "upper": str.upper,
    "trim": _trimmed,
    "length": len,
    "array_size": len,
}


def _first_column(expression: Expression[Any]) -> str:
    if isinstance(expression, Column):
        return expression.info.name
    for part in expression.parts:
        found = _first_column(part)
        if found:
            return found
    return ""
