"""Queries for values instead of instances: tuples, structs, or one value a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, cast

from rooftree.db.expressions.again import grouped, grouped_again, selected_again
from rooftree.db.expressions.base import Expression, Ordering, Selectable
from rooftree.db.expressions.select import Select, Subquery
from rooftree.db.habits import written
from rooftree.db.model_errors import QueryError
from rooftree.db.query.read import ReadQuery, check_condition
from rooftree.db.table import MISSING, TableInfo

__all__ = ["Rows", "checked_columns", "selecting"]

R = TypeVar("R")
S = TypeVar("S")


class Rows(ReadQuery[R], Selectable, Generic[R]):
    """A query that selects expressions; each result is an ``R``."""

    __slots__ = ()

    def group_by(self, *expressions: Expression[Any]) -> Self:
        """One result for each combination of these."""
        group, select = grouped(expressions), self._select
        columns = tuple([grouped_again(column, group) for column in select.columns])
        having = tuple([grouped_again(condition, group) for condition in select.having])
        return self._with(group=group, columns=columns, having=having, order=order_again(select.order, columns, group))

    def order_by(self, *order: Expression[Any] | Ordering) -> Self:
        """In this order, instead of any before. NULL comes last, and first with ``desc()``, on every database."""
        found = super().order_by(*order)
        return found._with(order=order_again(found._select.order, self._select.columns, self._select.group))

    def having(self, *conditions: Expression[bool]) -> Self:
        """Only the groups that fit."""
        for condition in conditions:
            check_condition(condition)
        group = self._select.group
        again = [grouped_again(condition, group) for condition in conditions]
        return self._with(having=(*self._select.having, *again))

    def into(self, make: Callable[..., S]) -> Rows[S]:
        """Make an ``S`` of each row, by position: a Struct, a dataclass, a NamedTuple, any function."""
        return cast("Rows[S]", self._with(make=make))

    def as_scalar(self) -> Expression[Any]:
        """The value of the one column, inside another query."""
        return self._subquery("scalar")

    def as_subquery(self) -> Expression[Any]:
        """The rows of the one column, for ``in_()``."""
        return self._subquery("rows")

    def _subquery(self, op: Any) -> Expression[Any]:
        columns = self._select.columns
        if len(columns) != 1:
            raise QueryError(
                "Q140", f"A query of {len(columns)} columns stands where one value is wanted.", "Select one."
            )
        return Subquery(op, self._select, columns[0].type)


def order_again(
    order: tuple[Any, ...], columns: tuple[Expression[Any], ...], group: tuple[Expression[Any], ...]
) -> tuple[Any, ...]:
    """An order of which each step that is selected too is its place there; see `selected_again`."""

    def again(step: Expression[Any]) -> Expression[Any]:
        return selected_again(grouped_again(step, group), columns)

    return tuple(
        [
            Ordering(again(step.expression), step.direction, step.nulls) if isinstance(step, Ordering) else again(step)
            for step in order
        ]
    )


def selecting(select: Select, columns: tuple[Any, ...], **changes: Any) -> Select:
    """Return a query for values instead of instances.

    Raises:
        QueryError: nothing, or something that is no expression.
    """
    checked = checked_columns(select.info, columns)
    if select.order:
        changes["order"] = order_again(select.order, checked, select.group)
    return select.replace(columns=checked, joined=(), includes=(), **changes)


def checked_columns(info: TableInfo, columns: tuple[Any, ...]) -> tuple[Expression[Any], ...]:
    """Refuse what cannot be selected.

    Raises:
        QueryError: nothing, or something that is no expression.
    """
    if not columns or columns[0] is MISSING:
        raise QueryError("Q141", "select() or values() was given nothing.", f"Name columns: {written(info, None)}.")
    for column in columns:
        if not isinstance(column, Expression):
            raise QueryError(
                "Q142",
                f"select() or values() was given {column!r}, which is no expression.",
                f"Name columns: {written(info, column)}; load relations by include().",
            )
    return columns
