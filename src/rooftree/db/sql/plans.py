"""Compiled statements, kept by the shape of the query that they answer. SQLAlchemy is imported on the first miss."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Expression, Value
from rooftree.db.expressions.select import Select, shape_of, shape_of_select
from rooftree.db.model_errors import QueryError
from rooftree.db.statement import Statement
from rooftree.db.table import ColumnInfo, TableInfo
from rooftree.db.types import Encoder

__all__ = ["Plan", "ReadPlan", "delete_plan", "keep", "read_plan", "update_plan"]

_MOST_PLANS: Final = 500  # of one table; shapes come from code, so more are a sign of shapes made from input


class Plan:
    """A compiled statement and what to do with the values of a query.

    Args:
        statement: The statement.
        takes: For each placeholder the index of its value, its encoder, and what the value meets, for errors.
        constants: Values that the compiler added; they stand behind the query's own.
    """

    __slots__ = ("_constants", "_takes", "statement")

    def __init__(
        self, statement: Statement, takes: Sequence[tuple[int, Encoder, str]], constants: Sequence[object] = ()
    ) -> None:
        self.statement = statement
        self._takes = tuple(takes)
        self._constants = [Value[Any](value, _NO_TYPE) for value in constants]

    def parameters(self, values: list[Any]) -> list[object]:
        """Encode the values of a query, in the order of the placeholders.

        Raises:
            QueryError: a value is not of the type of what it meets.
        """
        if self._constants:
            values = [*values, *self._constants]
        try:
            return [encode(values[index].value) for index, encode, _ in self._takes]
        except (TypeError, ValueError, OverflowError):
            raise self._explained(values) from None

    def _explained(self, values: list[Any]) -> QueryError:
        for index, encode, meeting in self._takes:
            try:
                encode(values[index].value)
            except (TypeError, ValueError, OverflowError) as error:
                where = f"The value that meets {meeting}" if meeting else "A value of the query"
                return QueryError("Q201", f"{where} does not fit: {error}.", "Convert it first.")
        raise AssertionError("the same value was refused once and taken the second time")


class ReadPlan(Plan):
    """A compiled SELECT and what makes results of its rows.

    Attributes:
        many: Takes rows to a list of results.
        one: Takes one row to a result.
    """

    __slots__ = ("many", "one")

    def __init__(
        self,
        statement: Statement,
        takes: Sequence[tuple[int, Encoder, str]],
        constants: Sequence[object],
        many: Callable[[Iterable[Any]], list[Any]],
        one: Callable[[Any], Any],
    ) -> None:
        super().__init__(statement, takes, constants)
        self.many = many
        self.one = one


class _NoType:
    key = None


_NO_TYPE: Any = _NoType()


def keep(info: TableInfo, key: Hashable, plan: Any) -> Any:
    """Keep a plan of a table; the oldest half goes where there are too many."""
    plans = info.plans
    if len(plans) >= _MOST_PLANS:
        for old in list(plans)[: _MOST_PLANS // 2]:
            plans.pop(old, None)
    plans[key] = plan
    return plan


def read_plan(select: Select, dialect: Dialect) -> tuple[ReadPlan, list[Expression[Any]]]:
    """Return the compiled statement of a query, and the query's values."""
    values: list[Expression[Any]] = []
    key = (dialect, shape_of_select(select, values))
    plan = select.info.plans.get(key)
    if plan is None:
        from rooftree.db.sql.statements import compile_read

        plan = keep(select.info, key, compile_read(select, dialect))
    return plan, values


def update_plan(
    select: Select,
    assignments: Sequence[tuple[ColumnInfo, Expression[Any]]],
    returning: Sequence[Expression[Any]],
    dialect: Dialect,
) -> tuple[Plan, list[Expression[Any]]]:
    """Return the compiled UPDATE of the rows that a query fits, and the values of both."""
    values: list[Expression[Any]] = []
    key = (
        "update",
        dialect,
        tuple([(column.name, shape_of(value, values)) for column, value in assignments]),
        shape_of_select(select, values),
        tuple([shape_of(part, values) for part in returning]),
    )
    plan = select.info.plans.get(key)
    if plan is None:
        from rooftree.db.sql.statements import compile_update

        plan = keep(select.info, key, compile_update(select, assignments, returning, dialect))
    return plan, values


def delete_plan(select: Select, dialect: Dialect) -> tuple[Plan, list[Expression[Any]]]:
    """Return the compiled DELETE of the rows that a query fits, and the query's values."""
    values: list[Expression[Any]] = []
    key = ("delete", dialect, shape_of_select(select, values))
    plan = select.info.plans.get(key)
    if plan is None:
        from rooftree.db.sql.statements import compile_delete

        plan = keep(select.info, key, compile_delete(select, dialect))
    return plan, values
