"""Functions of SQL: aggregates, choices, plain functions. Names that Python has itself end in ``_``: ``max_()``."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast, overload

from rooftree.db.expressions.base import Expression, Ordering, Value, operand
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import FLOAT, INTEGER, MOMENT, TEXT, type_of_value
from rooftree.db.expressions.windows import Aggregate, aggregate, common_type, ordered_parts
from rooftree.db.model_errors import QueryError
from rooftree.db.types import ColumnType

__all__ = [
    "Case",
    "abs_",
    "avg",
    "case",
    "coalesce",
    "count",
    "current_time",
    "max_",
    "min_",
    "nullable",
    "outer",
    "round_",
    "string_agg",
    "sum_",
    "value",
]

T = TypeVar("T")
U = TypeVar("U")
N = TypeVar("N", int, float, Decimal)


# ---- aggregates


def count(expression: Expression[Any] | None = None, *, distinct: bool = False) -> Aggregate[int]:
    """The number of rows, or of those where the expression has a value; ``distinct`` counts equal values once."""
    if expression is None:
        return aggregate("count", (), INTEGER)
    return aggregate("count", (expression,), INTEGER, distinct=distinct)


def sum_(expression: Expression[N] | Expression[N | None]) -> Aggregate[N]:
    """The sum; no value where there is no row."""
    _need_number(expression, "sum_()")
    return aggregate("sum", (expression,), _wide(expression))


@overload
def avg(expression: Expression[Decimal] | Expression[Decimal | None]) -> Aggregate[Decimal]: ...  # type: ignore[overload-overlap]  # pyright: ignore[reportOverlappingOverload]
@overload
def avg(
    expression: Expression[int] | Expression[float] | Expression[int | None] | Expression[float | None],
) -> Aggregate[float]: ...
def avg(expression: Expression[Any]) -> Aggregate[Any]:
    """The mean; of Decimal with six digits more than it has on SQLite, and more on PostgreSQL."""
    _need_number(expression, "avg()")
    if expression.type.kind == "decimal":
        return aggregate("avg", (expression,), ColumnType("decimal", Decimal, places=(expression.type.places or 0) + 6))
    return aggregate("avg", (expression,), FLOAT)


def min_(expression: Expression[T]) -> Aggregate[T]:
    """The smallest value."""
    return aggregate("min", (expression,), expression.type)


def max_(expression: Expression[T]) -> Aggregate[T]:
    """The largest value."""
    return aggregate("max", (expression,), expression.type)


def string_agg(
    expression: Expression[str] | Expression[str | None],
    separator: str = ", ",
    *,
    order_by: Expression[Any] | Ordering | tuple[Expression[Any] | Ordering, ...] = (),
) -> Aggregate[str]:
    """The texts joined, in an order where one is given: ``string_agg(Product.name, order_by=Product.price.desc())``.

    One with an order takes no ``over()``.
    """
    return aggregate("string_agg", (expression, Value(separator, TEXT), *ordered_parts(order_by)), TEXT)


def _wide(expression: Expression[Any]) -> ColumnType:
    return expression.type


def _need_number(expression: Expression[Any], what: str) -> None:
    if expression.type.kind not in {"integer", "float", "decimal"}:
        raise QueryError(
            "Q110", f"{what} needs a number, and {expression!r} is {expression.type.kind}.", "Use cast() first."
        )


# ---- choices and plain functions


class Case(Generic[T]):
    """A choice being written: ``case(a, x).when(b, y).otherwise(z)``."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: tuple[Expression[Any], ...]) -> None:
        self._pairs = pairs

    def when(self, condition: Expression[bool], value: T | Expression[T]) -> Case[T]:
        """Where no condition before holds and this one does: this value."""
        return Case((*self._pairs, condition, operand(value, self._pairs[1])))

    def otherwise(self, value: T | Expression[T]) -> Expression[T]:
        """Where no condition holds: this value."""
        return self._made(operand(value, self._pairs[1]))

    def otherwise_none(self) -> Expression[T | None]:
        """Where no condition holds: no value."""
        return self._made(Expression("null", (), self._pairs[1].type))

    def _made(self, otherwise: Expression[Any]) -> Expression[Any]:
        values = [*self._pairs[1::2], otherwise]
        return Expression("case", (*self._pairs, otherwise), common_type(values))


def _is_plain(value: Any) -> bool:
    return not isinstance(value, Expression)


@overload
def case(condition: Expression[bool], value: Expression[T]) -> Case[T]: ...
@overload
def case(condition: Expression[bool], value: T) -> Case[T]: ...
def case(condition: Expression[bool], value: Any) -> Case[Any]:
    """Begin a choice: ``case(Product.price > 100, "dear").otherwise("cheap")``."""
    return Case((condition, operand(value, Value(value, type_of_value(value))) if _is_plain(value) else value))


def coalesce(first: Expression[T | None], *rest: T | Expression[T]) -> Expression[T]:
    """The first of these that is a value; the last one should always be."""
    parts: list[Expression[Any]] = [first, *[operand(part, first) for part in rest]]
    return Expression("coalesce", tuple(parts), common_type(parts))


def abs_(expression: Expression[N]) -> Expression[N]:
    """The number without its sign."""
    _need_number(expression, "abs_()")
    return Expression("abs", (expression,), expression.type)


def round_(expression: Expression[N], places: int = 0) -> Expression[N]:
    """The number rounded to so many places, half away from zero."""
    _need_number(expression, "round_()")
    if type(places) is not int or not 0 <= places <= 18:
        raise QueryError("Q232", f"round_() to {places} places.", "Pass 0 to 18.")
    type_ = expression.type
    if type_.kind == "decimal":
        type_ = ColumnType("decimal", Decimal, places=min(places, type_.places if type_.places is not None else places))
        return Expression("round", (expression,), type_, (type_.places,))
    return Expression("round", (expression,), type_, (places,))


def current_time() -> Expression[datetime]:
    """The present moment, as the database knows it: of the transaction's beginning on PostgreSQL."""
    return Expression("now", (), MOMENT)


def value(plain: T) -> Expression[T]:
    """A value as an expression, to select beside columns or to begin a calculation: ``value(0)``."""
    return Value(plain, type_of_value(plain))


def outer(column: Expression[T]) -> Expression[T]:
    """A column of the query around, inside of a sub-query.

    ``Customer.where(Order.where(Order.customer.id == outer(Customer.id)).as_exists())``.
    """
    if not isinstance(column, Column):
        raise QueryError("Q233", f"outer() was given {column!r}.", "Name a column of the query around.")
    return Expression("outer", (column,), column.type)


def nullable(expression: Expression[T]) -> Expression[T | None]:
    """The same expression, for type checkers one that may have no value: a column behind a reference that may miss."""
    return cast("Expression[T | None]", expression)
