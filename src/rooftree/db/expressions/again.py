"""What a query says twice: an expression that it selects and groups or orders by.

Each use of a value is a parameter of its own, so PostgreSQL would not see that both are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from rooftree.db.expressions.base import Expression, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.select import Subquery

__all__ = ["grouped", "grouped_again", "selected_again"]

E = TypeVar("E", bound=Expression[Any])


def selected_again(part: Expression[Any], columns: tuple[Expression[Any], ...]) -> Expression[Any]:
    """An expression that a query orders by; one with values that is selected too becomes its place there."""
    if part.__class__ is not Column and _has_value(part):
        for at, column in enumerate(columns):
            if _same(part, column):
                return Expression("same_as", (part,), part.type, (at,))
    return part


def grouped(parts: Sequence[Expression[Any]]) -> tuple[Expression[Any], ...]:
    """What a query groups by; expressions with values are marked, to be compiled once."""
    return tuple([_marked(part, at) if _has_value(part) else part for at, part in enumerate(parts)])


def _marked(part: Expression[Any], at: int) -> Expression[Any]:
    return Expression("grouped", (part,), part.type, (at,))


def grouped_again(expression: E, group: Sequence[Expression[Any]]) -> E:
    """An expression of a grouped query, in which what is grouped by with values stands as the one that was marked."""
    marked = [part for part in group if part.op == "grouped"]
    return _again(expression, marked) if marked else expression


def _again(expression: Expression[Any], marked: Sequence[Expression[Any]]) -> Any:
    for mark in marked:
        if _same(expression, mark.parts[0]):
            return mark
    if expression.op in {"column", "value", "grouped"} or isinstance(expression, Subquery):
        return expression
    parts = tuple([_again(part, marked) for part in expression.parts])
    if all(one is two for one, two in zip(parts, expression.parts, strict=True)):
        return expression
    copy = object.__new__(type(expression))
    copy.op, copy.type, copy.data, copy.parts = expression.op, expression.type, expression.data, parts
    return copy


def _has_value(expression: Expression[Any]) -> bool:
    return expression.op == "value" or any(_has_value(part) for part in expression.parts)


def _same(one: Expression[Any], two: Expression[Any]) -> bool:
    if one is two:
        return True
    if one.op != two.op or one.type.key != two.type.key or one.data != two.data or isinstance(one, Subquery):
        return False
    if isinstance(one, Column) or isinstance(two, Column):
        return isinstance(one, Column) and isinstance(two, Column) and one.token is two.token
    if isinstance(one, Value) and isinstance(two, Value):
        return type(one.value) is type(two.value) and bool(one.value == two.value)
    pairs = zip(one.parts, two.parts, strict=False)
    return len(one.parts) == len(two.parts) and all(_same(left, right) for left, right in pairs)
