"""Compiled statements, kept by the shape of the query that they answer. SQLAlchemy is imported on the first miss."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.select import Select, shape_of, shape_of_select
from rooftree.db.policies import check_obeyed
from rooftree.db.sql.plan import Plan, ReadPlan
from rooftree.db.table import ColumnInfo, TableInfo

__all__ = ["delete_plan", "keep", "read_plan", "update_plan"]

_MOST_PLANS: Final = 500  # of one table; shapes come from code, so more are a sign of shapes made from input


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
    check_obeyed(select)
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
    check_obeyed(select)
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


def delete_plan(
    select: Select, returning: Sequence[Expression[Any]], dialect: Dialect
) -> tuple[Plan, list[Expression[Any]]]:
    """Return the compiled DELETE of the rows that a query fits, and the values of both."""
    check_obeyed(select)
    values: list[Expression[Any]] = []
    key = ("delete", dialect, shape_of_select(select, values), tuple([shape_of(part, values) for part in returning]))
    plan = select.info.plans.get(key)
    if plan is None:
        from rooftree.db.sql.statements import compile_delete

        plan = keep(select.info, key, compile_delete(select, returning, dialect))
    return plan, values
