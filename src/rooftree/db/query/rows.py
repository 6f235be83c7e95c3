"""Queries for values instead of instances: tuples, structs, or one value a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, cast

from rooftree.db.expressions.base import Expression, Ordering, Selectable
from rooftree.db.expressions.select import Select, Subquery, selected_again
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
        columns = self._select.columns
        return self._with(group=tuple([selected_again(part, columns) for part in expressions]))

    def order_by(self, *order: Expression[Any] | Ordering) -> Self:
        """In this order, instead of any before. NULL comes last, and first with ``desc()``, on every database."""
        found = super().order_by(*order)
        return found._with(order=order_again(found._select.order, self._select.columns))

    def having(self, *conditions: Expression[bool]) -> Self:
        """Only the groups that fit."""
        for condition in conditions:
            check_condition(condition)
        return self._with(having=(*self._select.having, *conditions))

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


def order_again(order: tuple[Any, ...], columns: tuple[Expression[Any], ...]) -> tuple[Any, ...]:
    """An order of which each step that is selected too is its place there; see `selected_again`."""
    return tuple(
        [
            Ordering(selected_again(step.expression, columns), step.direction, step.nulls)
            if isinstance(step, Ordering)
            else selected_again(step, columns)
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
        changes["order"] = order_again(select.order, checked)
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
