"""Changing and deleting every row that a query fits, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Expression, Value
from rooftree.db.expressions.columns import Assignment
from rooftree.db.expressions.kinds import INTEGER
from rooftree.db.expressions.paths import RefPath, key_values
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import ColumnProblem, QueryError, RowInvalid
from rooftree.db.query.encode import codec_of
from rooftree.db.query.obey import obeyed_parts
from rooftree.db.query.operation import Write
from rooftree.db.sql.plan import Plan, ReadPlan
from rooftree.db.sql.plans import delete_plan, update_plan
from rooftree.db.table import ColumnInfo, ReferenceInfo, TableInfo
from rooftree.db.values import now

__all__ = ["DeleteReturning", "DeleteWhere", "Update", "UpdateReturning", "assigned"]

R = TypeVar("R")
Assigned = list[tuple[ColumnInfo, Expression[Any]]]


def assigned(info: TableInfo, assignments: Sequence[Any], values: Mapping[str, Any]) -> Assigned:  # noqa: C901 - one check a line
    """Read what an update sets: assignments of columns, and values by name.

    Raises:
        QueryError: a name that the model does not have, or a column that is not to be set.
    """
    found: dict[ColumnInfo, Expression[Any]] = {}

    def put(column: ColumnInfo, value: Any) -> None:
        if column.primary or column.generated is not None or column.role == "version":
            why = (
                "part of the key" if column.primary else "generated" if column.generated is not None else "the version"
            )
            raise QueryError("Q170", f"update() sets {info.model}.{column.name}, which is {why}.", "Leave it out.")
        if column in found:
            raise QueryError("Q171", f"update() sets {info.model}.{column.name} twice.", "Set it once.")
        found[column] = value if isinstance(value, Expression) else Value(value, column.type)

    for assignment in assignments:
        if not isinstance(assignment, Assignment) or assignment.column.path or assignment.column.info.table is not info:
            raise QueryError(
                "Q172", f"update() was given {assignment!r}.", f"Write {info.model}.<column>.to(...), or <column>=...."
            )
        put(assignment.column.info, assignment.value)
    for name, value in values.items():
        part = info.find(name)
        if isinstance(part, ColumnInfo):
            put(part, value)
        elif isinstance(part, ReferenceInfo):
            if isinstance(value, RefPath):
                raise QueryError(
                    "Q172", f"update() sets {info.model}.{name} to {value!r}.", "Pass an instance or a key."
                )
            keys = (None,) * len(part.columns) if value is None else key_values(part.target, value)
            for column, key in zip(part.columns, keys, strict=True):
                put(column, key)
        else:
            names = ", ".join(column.name for column in info.columns)
            raise QueryError("Q173", f"{info.model} has no column {name!r} to update.", f"It has {names}.")
    if not found:
        raise QueryError("Q174", f"update() of {info.model} sets nothing.", "Name a column and its value.")
    for column in info.columns:
        if column.on_update is not None and column not in found:
            found[column] = Value(column.on_update(), column.type)
        elif column.role == "version":
            found[column] = cast("Expression[int]", info.own[column.name]) + Value(1, INTEGER)
    return list(found.items())


def _check_rows(select: Select) -> None:
    """Refuse a query whose results are no rows of one table."""
    if select.combined or select.group or select.distinct or select.distinct_on or select.source is not None:
        raise QueryError(
            "Q175", "A combined, grouped, distinct or derived query was updated or deleted.", "Select keys first."
        )


class Update(Write[int]):
    """Changes every row that a query fits; gives the number of rows. Runs no hooks."""

    __slots__ = ("_assigned", "_select")

    def __init__(self, select: Select, assignments: Assigned) -> None:
        super().__init__()
        try:
            _check_rows(select)
        except QueryError:
            self._ran = True
            raise
        self._select = select.replace(joined=(), includes=(), order=select.order if select.limit is not None else ())
        self._assigned = assignments

    def returning(self, *columns: Expression[Any]) -> UpdateReturning[tuple[Any, ...]]:
        """Give back these columns of each changed row, as they are now, instead of the number."""
        self._ran = True
        other = UpdateReturning[tuple[Any, ...]](self._select, self._assigned, columns)
        other._database = self._database
        return other

    async def run(self) -> int:
        """Run it.

        Raises:
            RowInvalid: a value breaks the rules of its column.
        """
        database = self._found()
        _validate(self._select.info, self._assigned, database.dialect)
        select, given = await obeyed_parts(self._select, "change", [value for _, value in self._assigned])
        set_to = [(column, value) for (column, _), value in zip(self._assigned, given, strict=True)]
        plan, values = update_plan(select, set_to, (), database.dialect)
        return await database.execute(plan.statement, plan.parameters(values))

    def __repr__(self) -> str:
        return f"<update of {self._select.info.model}>"


class UpdateReturning(Write[list[R]], Generic[R]):
    """Changes every row that a query fits, and gives columns of each back."""

    __slots__ = ("_assigned", "_columns", "_select")

    def __init__(self, select: Select, assignments: Assigned, columns: tuple[Expression[Any], ...]) -> None:
        super().__init__()
        self._select = select
        self._assigned = assignments
        self._columns = columns

    async def run(self) -> list[R]:
        """Run it."""
        database = self._found()
        _validate(self._select.info, self._assigned, database.dialect)
        parts = [*(value for _, value in self._assigned), *self._columns]
        select, given = await obeyed_parts(self._select, "change", parts)
        set_to = [(column, value) for (column, _), value in zip(self._assigned, given, strict=False)]
        plan, values = update_plan(select, set_to, given[len(set_to) :], database.dialect)
        rows = await database.fetch(plan.statement, plan.parameters(values))
        return cast("ReadPlan", plan).many(rows)

    def __repr__(self) -> str:
        return f"<update of {self._select.info.model}>"


def _validate(info: TableInfo, assignments: Assigned, dialect: Any) -> None:
    """Check plain values by the rules of their columns; expressions are left to the database."""
    problems: list[ColumnProblem] = []
    codec = codec_of(info, dialect)
    for column, value in assignments:
        if isinstance(value, Value):
            codec.columns[column.position].taken(value.value, problems)
    if problems:
        raise RowInvalid(info.model, problems)


class DeleteWhere(Write[int]):
    """Deletes every row that a query fits; gives the number of rows. Runs no hooks.

    Where the model has soft delete the rows are marked, unless ``hard``.
    """

    __slots__ = ("_hard", "_select")

    def __init__(self, select: Select, *, hard: bool) -> None:
        super().__init__()
        try:
            _check_rows(select)
        except QueryError:
            self._ran = True
            raise
        self._select = select.replace(joined=(), includes=(), order=select.order if select.limit is not None else ())
        self._hard = hard

    def returning(self, *columns: Expression[Any]) -> DeleteReturning[tuple[Any, ...]]:
        """Give back these columns of each deleted row, as they were, instead of the number."""
        self._ran = True
        other = DeleteReturning[tuple[Any, ...]](self._select, columns, hard=self._hard)
        other._database = self._database
        return other

    async def run(self) -> int:
        """Run it."""
        database = self._found()
        plan, values = await _deleting(self._select, (), database.dialect, hard=self._hard)
        return await database.execute(plan.statement, plan.parameters(values))

    def __repr__(self) -> str:
        return f"<delete of {self._select.info.model}>"


class DeleteReturning(Write[list[R]], Generic[R]):
    """Deletes, or marks, every row that a query fits, and gives columns of each back."""

    __slots__ = ("_columns", "_hard", "_select")

    def __init__(self, select: Select, columns: tuple[Expression[Any], ...], *, hard: bool) -> None:
        super().__init__()
        self._select = select
        self._columns = columns
        self._hard = hard

    async def run(self) -> list[R]:
        """Run it."""
        database = self._found()
        plan, values = await _deleting(self._select, self._columns, database.dialect, hard=self._hard)
        rows = await database.fetch(plan.statement, plan.parameters(values))
        return cast("ReadPlan", plan).many(rows)

    def __repr__(self) -> str:
        return f"<delete of {self._select.info.model}>"


async def _deleting(
    select: Select, returning: Sequence[Expression[Any]], dialect: Dialect, *, hard: bool
) -> tuple[Plan, list[Expression[Any]]]:
    """The statement that deletes the rows of a query, or marks them, and its values."""
    select, given = await obeyed_parts(select, "delete", returning)
    deleted = select.info.deleted
    if deleted is not None and not hard:
        return update_plan(select, [(deleted, Value(now(), deleted.type))], given, dialect)
    if hard and select.deleted == "hide":
        select = select.replace(deleted="show")
    return delete_plan(select, given, dialect)
