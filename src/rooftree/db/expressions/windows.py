"""Aggregates, which are values of many rows, and windows, which put them beside each row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, cast, overload

from rooftree.db.expressions.base import Expression, Ordering, Value, operand
from rooftree.db.expressions.kinds import FLOAT, INTEGER
from rooftree.db.model_errors import QueryError
from rooftree.db.table import MISSING
from rooftree.db.types import ColumnType

__all__ = [
    "Aggregate",
    "Bounds",
    "Frame",
    "aggregate",
    "common_type",
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "ntile",
    "ordered_parts",
    "percent_rank",
    "rank",
    "row_number",
]

T = TypeVar("T")
_FARTHEST: Final = 2**31 - 1

Bounds: TypeAlias = tuple[int | None, int | None]
Frame: TypeAlias = tuple[Literal["rows", "groups"], int | None, int | None]


class Aggregate(Expression[T], Generic[T]):
    """A value of many rows: of each group, or with ``over`` beside each row."""

    __slots__ = ()

    def where(self, condition: Expression[bool]) -> Aggregate[T]:
        """Only over the rows that fit: ``count().where(Order.paid)``."""
        name, distinct, filtered, window = cast("tuple[str, bool, bool, Any]", self.data)
        if window is not None:
            raise QueryError("Q230", f"where() of {self!r} stands behind over().", "Write where() first.")
        if filtered:
            *parts, before = self.parts
            return Aggregate(self.op, (*parts, cast("Expression[bool]", before) & condition), self.type, self.data)
        return Aggregate(self.op, (*self.parts, condition), self.type, (name, distinct, True, None))

    def over(
        self,
        *,
        partition_by: Expression[Any] | tuple[Expression[Any], ...] = (),
        order_by: Expression[Any] | Ordering | tuple[Expression[Any] | Ordering, ...] = (),
        rows: Bounds | None = None,
        groups: Bounds | None = None,
    ) -> Expression[T]:
        """Beside each row, over the rows of its partition; with an order over those up to it.

        ``rows=(-2, 0)`` takes the two rows before and the row itself, ``rows=(None, None)`` all of the partition;
        ``groups`` counts rows that are equal in the order as one.

        Raises:
            QueryError: a frame that ends before it begins, ``groups`` without an order, or ``over()`` twice.
        """
        name, distinct, filtered, window = cast("tuple[str, bool, bool, Any]", self.data)
        if window is not None:
            raise QueryError("Q230", f"{self!r} has over() twice.", "Write it once.")
        if any(part.op == "ordered" for part in self.parts):
            raise QueryError("Q248", f"{self!r} has an order of its own and over().", "Keep one of them.")
        partitions = (partition_by,) if isinstance(partition_by, Expression) else partition_by
        wrapped = ordered_parts(order_by)
        return Expression(
            self.op,
            (*self.parts, *partitions, *wrapped),
            self.type,
            (name, distinct, filtered, (len(partitions), len(wrapped), _frame(rows, groups, ordered=bool(wrapped)))),
        )


def ordered_parts(
    order_by: Expression[Any] | Ordering | tuple[Expression[Any] | Ordering, ...],
) -> tuple[Expression[Any], ...]:
    """An order as parts of an expression."""
    steps = (order_by,) if isinstance(order_by, (Expression, Ordering)) else order_by
    orders = [Ordering(step, "asc") if isinstance(step, Expression) else step for step in steps]
    return tuple(
        [Expression("ordered", (one.expression,), one.expression.type, (one.direction, one.nulls)) for one in orders]
    )


def _frame(rows: Bounds | None, groups: Bounds | None, *, ordered: bool) -> Frame | None:
    """Read a frame: its numbers become part of the SQL, so nothing but numbers goes through."""
    if rows is None and groups is None:
        return None
    kind: Literal["rows", "groups"] = "rows" if rows is not None else "groups"
    bounds = cast("Any", rows if rows is not None else groups)
    if rows is not None and groups is not None:
        raise QueryError("Q234", "over() was given rows= and groups=.", "Keep one of them.")
    if kind == "groups" and not ordered:
        raise QueryError("Q234", "over() was given groups= and no order.", "Add order_by=.")
    ends: list[Any] = list(bounds) if isinstance(bounds, tuple) else []  # pyright: ignore[reportUnknownArgumentType]
    if len(ends) != 2 or any(each is not None and (type(each) is not int or abs(each) > _FARTHEST) for each in ends):
        raise QueryError(
            "Q234", f"over() was given {kind}={bounds!r}.", "Pass two numbers of rows: (-2, 0); None has no end."
        )
    start, end = ends
    if start is not None and end is not None and start > end:
        raise QueryError("Q234", f"over() was given {kind}={bounds!r}, which ends before it begins.", "Turn it round.")
    return (kind, start, end)


def aggregate(
    name: str, parts: tuple[Expression[Any], ...], type: ColumnType, *, distinct: bool = False
) -> Aggregate[Any]:
    """Make an aggregate or window function of this name."""
    return Aggregate("aggregate", parts, type, (name, distinct, False, None))


def common_type(values: Sequence[Expression[Any]]) -> ColumnType:
    """One type for several values: of decimals the one with the most places.

    Raises:
        QueryError: there is none.
    """
    kinds = {value.type.kind for value in values}
    if "decimal" in kinds and kinds <= {"integer", "decimal"}:
        return ColumnType("decimal", Decimal, places=max(value.type.places or 0 for value in values))
    if len(kinds) > 1:
        raise QueryError(
            "Q231", f"The values are of several types: {', '.join(sorted(kinds))}.", "Use cast() on some of them."
        )
    return values[0].type


# ---- windows


def row_number() -> Aggregate[int]:
    """The number of the row in its partition, from 1. Write ``.over(...)`` behind it."""
    return aggregate("row_number", (), INTEGER)


def rank() -> Aggregate[int]:
    """The rank of the row in its partition; equal rows share one, and as many are left out behind them."""
    return aggregate("rank", (), INTEGER)


def dense_rank() -> Aggregate[int]:
    """The rank of the row in its partition; equal rows share one, and none is left out."""
    return aggregate("dense_rank", (), INTEGER)


def percent_rank() -> Aggregate[float]:
    """The rank of the row in its partition, from 0 for the first to 1 for the last."""
    return cast("Aggregate[float]", aggregate("percent_rank", (), FLOAT))


def cume_dist() -> Aggregate[float]:
    """The share of the partition's rows that come before the row or are equal to it, above 0 and up to 1."""
    return cast("Aggregate[float]", aggregate("cume_dist", (), FLOAT))


def ntile(parts: int) -> Aggregate[int]:
    """Which of so many parts, as equal as can be, the row is in, from 1."""
    return cast("Aggregate[int]", aggregate("ntile", (Value(_positive(parts, "ntile()"), INTEGER),), INTEGER))


@overload
def lag(expression: Expression[T], rows: int = 1) -> Aggregate[T | None]: ...
@overload
def lag(expression: Expression[T], rows: int = 1, *, default: T | Expression[T]) -> Aggregate[T]: ...
def lag(expression: Expression[Any], rows: int = 1, *, default: Any = MISSING) -> Aggregate[Any]:
    """The value so many rows before, in the order of ``.over(order_by=...)``; the default where there is none."""
    return _beside("lag", expression, rows, default)


@overload
def lead(expression: Expression[T], rows: int = 1) -> Aggregate[T | None]: ...
@overload
def lead(expression: Expression[T], rows: int = 1, *, default: T | Expression[T]) -> Aggregate[T]: ...
def lead(expression: Expression[Any], rows: int = 1, *, default: Any = MISSING) -> Aggregate[Any]:
    """The value so many rows behind, in the order of ``.over(order_by=...)``; the default where there is none."""
    return _beside("lead", expression, rows, default)


def _beside(name: str, expression: Expression[Any], rows: int, default: Any) -> Aggregate[Any]:
    parts: tuple[Expression[Any], ...] = (expression, Value(_positive(rows, f"{name}()"), INTEGER))
    if default is MISSING or default is None:
        return aggregate(name, parts, expression.type)
    other = operand(default, expression)
    return aggregate(name, (*parts, other), common_type([expression, other]))


def first_value(expression: Expression[T]) -> Aggregate[T]:
    """The value in the first row of the frame of ``.over(...)``."""
    return aggregate("first_value", (expression,), expression.type)


def last_value(expression: Expression[T]) -> Aggregate[T]:
    """The value in the last row of the frame; give ``.over(...)`` one, or it is the row itself."""
    return aggregate("last_value", (expression,), expression.type)


def _positive(number: Any, what: str) -> int:
    if type(number) is not int or not 0 < number <= _FARTHEST:
        raise QueryError("Q235", f"{what} was given {number!r}.", "Pass a number of rows, 1 or more.")
    return number
