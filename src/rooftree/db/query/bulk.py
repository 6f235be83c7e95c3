"""Many rows at once: created, changed, fetched in as few statements as the database allows. Runs no hooks."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar, cast

from rooftree.db.database import Database
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Condition, Value
from rooftree.db.expressions.kinds import BOOLEAN, JSON
from rooftree.db.expressions.paths import columns_named, key_values
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import DoesNotExist, QueryError, StaleRow
from rooftree.db.query.create import InsertPlan, insert_plan
from rooftree.db.query.encode import ColumnCodec, RowCodec, codec_of
from rooftree.db.query.operation import Operation, Write
from rooftree.db.query.results import fetch_all
from rooftree.db.query.save import row_of
from rooftree.db.sql.plans import keep
from rooftree.db.sql.writes import insert_rows, insert_unnest, table_path, update_by_key, update_unnest
from rooftree.db.statement import Statement
from rooftree.db.table import ColumnInfo, TableInfo, info_of
from rooftree.db.transactions import transaction

__all__ = ["CreateMany", "InBulk", "RowsWriting", "UpdateMany", "rows_writing"]

M = TypeVar("M")
_PARAMETERS = 30_000  # of at most 32,766 (SQLite) or 65,535 (PostgreSQL) in one statement
_COPY = 200  # rows from which on COPY is faster than INSERT, where nothing is to come back
_ROWS = (500, 100, 20, 5, 1)  # the sizes of statements, so that few texts are kept


def _chunks(count: int, width: int) -> list[int]:
    """Part a number of rows into statements of few sizes."""
    sizes = [size for size in _ROWS if size * max(width, 1) <= _PARAMETERS]
    found: list[int] = []
    for size in sizes:
        found += [size] * (count // size)
        count %= size
    return found


@functools.cache
def _array_type(column: ColumnInfo) -> str | None:
    """The name of a column's type in PostgreSQL; ``None`` where ``unnest`` would take it apart."""
    from rooftree.db.sql.dialects import core_dialect
    from rooftree.db.sql.types import Stored

    if column.type.kind == "array":
        return None
    return str(Stored(column.type, bind=True).compile(dialect=core_dialect("postgresql")))


class CreateMany(Write[list[M]], Generic[M]):
    """Creates many instances, all of them or none, and gives them back with their keys."""

    __slots__ = ("_instances",)

    def __init__(self, instances: Iterable[M]) -> None:
        super().__init__()
        self._instances = list(instances)
        if self._instances:
            self._database = info_of(self._instances[0]).database

    async def run(self) -> list[M]:
        """Run it.

        Raises:
            RowInvalid: values of one of them break the rules of their columns.
        """
        instances = cast("list[Any]", self._instances)
        if not instances:
            return self._instances
        database = self._found()
        info = info_of(instances[0])
        groups: dict[int, tuple[InsertPlan, list[Any], list[list[Any]]]] = {}
        codec = codec_of(info, database.dialect)
        for instance in instances:
            if info_of(instance) is not info:
                raise QueryError(
                    "Q190",
                    f"create_many() was given a {type(instance).__name__} among {info.model}s.",
                    "Create each model by itself.",
                )
            plan = insert_plan(info, instance, database.dialect)
            _, members, rows = groups.setdefault(id(plan), (plan, [], []))
            members.append(instance)
            rows.append(codec.encoded(instance, plan.codecs))
        if len(groups) == 1 and _in_one_statement(info, groups, database.dialect):
            for plan, members, rows in groups.values():
                await _insert(info, plan, members, rows, database)
        else:
            async with transaction(database):
                for plan, members, rows in groups.values():
                    await _insert(info, plan, members, rows, database)
        return self._instances

    def __repr__(self) -> str:
        return f"<create_many of {len(self._instances)}>"


def _in_one_statement(info: TableInfo, groups: Any, dialect: Dialect) -> bool:
    if dialect == "postgresql":
        return all(_array_type(column) is not None for column in info.columns)
    ((plan, members, _),) = groups.values()
    return len(_chunks(len(members), len(plan.codecs))) == 1


async def _insert(
    info: TableInfo, plan: InsertPlan, members: list[Any], rows: list[list[Any]], database: Database
) -> None:
    columns = [codec.column for codec in plan.codecs]
    returning = [codec.column for codec in plan.returning]
    if not returning and columns and database.dialect == "postgresql" and len(rows) >= _COPY:
        await database.copy_in(table_path(info), [column.column for column in columns], rows)
        _take_back(info, plan, members, rows, ())
        return
    if not columns:
        back = [row for _ in members for row in await _run(database, plan.statement, [])]
    else:
        writing = rows_writing(info, columns, returning, database.dialect, ("insert", plan.given))
        back = await writing.run(database, rows)
    _take_back(info, plan, members, rows, back)


class RowsWriting:
    """How many rows that give the same columns are written in few statements.

    On PostgreSQL one array a column goes over in one statement, on SQLite each value is a parameter.
    """

    __slots__ = ("_columns", "_dialect", "_info", "_key", "_returning", "_tail", "_whole")

    def __init__(  # noqa: PLR0917 - what a statement of rows is made of
        self,
        info: TableInfo,
        columns: Sequence[ColumnInfo],
        returning: Sequence[ColumnInfo],
        dialect: Dialect,
        key: Hashable,
        tail: str,
    ) -> None:
        self._info = info
        self._columns = columns
        self._returning = returning
        self._dialect: Dialect = dialect
        self._key = key
        self._tail = tail
        types = [_array_type(column) for column in columns] if dialect == "postgresql" else [None]
        self._whole = None if None in types else insert_unnest(info, columns, cast("list[str]", types), returning, tail)

    async def run(self, database: Database, rows: list[list[Any]]) -> list[Any]:
        """Write these rows, and return what comes back of them; as they were given, where none is written over."""
        if self._whole is not None:
            return list(await _run(database, self._whole, [list(values) for values in zip(*rows, strict=True)]))
        found: list[Any] = []
        done = 0
        for size in _chunks(len(rows), len(self._columns)):
            parameters = [value for row in rows[done : done + size] for value in row]
            back = await _run(database, self._statement(size), parameters)
            found += self._in_order(back)
            done += size
        return found

    def _in_order(self, back: Sequence[Any]) -> Sequence[Any]:
        """SQLite's RETURNING promises no order; counted keys grow in that of VALUES."""
        key, returning = self._info.key, self._returning
        if self._dialect == "sqlite" and len(key) == 1 and returning and returning[0] is key[0]:
            return sorted(back, key=lambda row: row[0])
        return back

    def _statement(self, size: int) -> Statement:
        key = ("rows", self._dialect, self._key, size)
        found: Statement | None = self._info.plans.get(key)
        if found is None:
            made = insert_rows(self._info, self._columns, self._returning, self._dialect, size, self._tail)
            found = cast("Statement", keep(self._info, key, made))
        return found


def rows_writing(  # noqa: PLR0917 - what a statement of rows is made of
    info: TableInfo,
    columns: Sequence[ColumnInfo],
    returning: Sequence[ColumnInfo],
    dialect: Dialect,
    key: Hashable,
    tail: str = "",
) -> RowsWriting:
    """Return how rows of one kind are written, made once.

    Args:
        info: The table.
        columns: The columns that each row gives, at least one.
        returning: The columns that come back.
        dialect: The database.
        key: What tells this kind from others of the same table.
        tail: What stands behind the rows, as ON CONFLICT.
    """
    kept = ("rows", dialect, key)
    found: RowsWriting | None = info.plans.get(kept)
    return found or cast("RowsWriting", keep(info, kept, RowsWriting(info, columns, returning, dialect, key, tail)))


async def _run(database: Database, statement: Statement, parameters: list[Any]) -> Sequence[Any]:
    if statement.returns_rows:
        return await database.fetch(statement, parameters)
    await database.execute(statement, parameters)
    return ()


def _take_back(
    info: TableInfo, plan: InsertPlan, members: list[Any], rows: list[list[Any]], back: Sequence[Any]
) -> None:
    width = len(info.columns)
    for at, instance in enumerate(members):
        row: list[Any] = [None] * width
        for position, value in zip(plan.given, rows[at], strict=True):
            row[position] = value
        if back:
            for codec, raw in zip(plan.returning, back[at], strict=True):
                row[codec.position] = raw
                setattr(instance, codec.name, codec.loaded(raw))
        instance._row = tuple(row)


class UpdateMany(Write[int], Generic[M]):
    """Writes some columns of many loaded instances, all of them or none; gives the number of rows."""

    __slots__ = ("_columns", "_instances")

    def __init__(self, instances: Iterable[M], columns: Sequence[Any]) -> None:
        super().__init__()
        self._instances = list(instances)
        if self._instances:
            self._database = info_of(self._instances[0]).database
        self._columns = columns

    async def run(self) -> int:
        """Run it.

        Raises:
            RowInvalid: values of one of them break the rules of their columns.
            StaleRow: one of them was changed or deleted since it was loaded.
        """
        instances = cast("list[Any]", self._instances)
        if not instances:
            return 0
        database = self._found()
        info = info_of(instances[0])
        codec = codec_of(info, database.dialect)
        codecs = _codecs_of(self._columns, codec) if self._columns else _changed_in(instances, codec)
        if not codecs:
            return 0
        for each in codec.columns:
            if each.column.on_update is not None and each not in codecs:
                codecs.append(each)
                for instance in instances:
                    setattr(instance, each.name, each.column.on_update())
        told_by = [column.position for column in _told_by(info)]
        many: list[list[Any]] = []
        for instance in instances:
            row = row_of(instance)
            if row is None:
                raise QueryError(
                    "Q191", f"update_many() was given a {info.model} that was never saved.", "Create it first."
                )
            many.append([*codec.encoded(instance, codecs), *[row[position] for position in told_by]])
        async with transaction(database):
            changed = await _update(info, [each.column for each in codecs], many, database)
            if changed != len(instances):
                raise _missing(info)
        written = [each.position for each in codecs]
        version = info.version
        for instance, parameters in zip(instances, many, strict=True):
            kept = list(instance._row)
            for position, value in zip(written, parameters, strict=False):
                kept[position] = value
            if version is not None:
                kept[version.position] += 1
                setattr(instance, version.name, kept[version.position])
            instance._row = tuple(kept)
        return changed

    def __repr__(self) -> str:
        return f"<update_many of {len(self._instances)}>"


def _codecs_of(columns: Sequence[Any], codec: RowCodec) -> list[ColumnCodec]:
    def refuse(part: Any) -> QueryError:
        return QueryError("Q195", f"update_many() was given {part!r}.", f"Name columns of {codec.info.model}.")

    return [codec.columns[column.position] for column in columns_named(codec.info, columns, refuse)]


def _changed_in(instances: Iterable[Any], codec: RowCodec) -> list[ColumnCodec]:
    """The columns that were changed in any of the instances; those that were never saved are told of later."""
    found: dict[str, ColumnCodec] = {}
    for instance in instances:
        row = row_of(instance)
        for each in codec.columns if row is None else codec.changed(instance, row):
            found[each.name] = each
    return list(found.values())


def _told_by(info: TableInfo) -> list[ColumnInfo]:
    """The columns that tell which row is written over: its key, and its version where it has one."""
    return [*info.key, *([info.version] if info.version is not None else [])]


async def _update(info: TableInfo, columns: Sequence[ColumnInfo], many: list[list[Any]], database: Database) -> int:
    """Write over many rows: each the columns' values, then its key, then the version that it was loaded with."""
    if database.dialect == "postgresql":
        types = [_array_type(column) for column in (*columns, *_told_by(info))]
        keys = {tuple(row[len(columns) : len(columns) + len(info.key)]) for row in many}
        if None not in types and len(keys) == len(many):  # one statement writes over a row once
            key = ("update unnest", tuple(columns))
            statement = info.plans.get(key) or keep(info, key, update_unnest(info, columns, cast("list[str]", types)))
            return await database.execute(statement, [list(values) for values in zip(*many, strict=True)])
    return await database.execute_many(update_by_key(info, columns, [], database.dialect), many)


def _missing(info: TableInfo) -> Exception:
    if info.version is not None:
        return StaleRow(info.model, "one of many", info.version.name)
    return DoesNotExist(info.model, "one of the keys: it was deleted")


class InBulk(Operation[dict[Any, M]], Generic[M]):
    """The rows of many keys, by key."""

    __slots__ = ("_keys", "_select")

    def __init__(self, select: Select, keys: Iterable[Any]) -> None:
        super().__init__()
        self._select = select
        self._keys = list(keys)

    async def run(self) -> dict[Any, M]:
        """Run it."""
        if not self._keys:
            return {}
        info = self._select.info
        keys = [key_values(info, key) for key in self._keys]
        condition = Condition("keys_in", (*[info.own[column.name] for column in info.key], Value(keys, JSON)), BOOLEAN)
        found = await fetch_all(self._found(), self._select.replace(conditions=(*self._select.conditions, condition)))
        names = [column.name for column in info.key]
        if len(names) == 1:
            return {getattr(row, names[0]): row for row in found}
        return {tuple([getattr(row, name) for name in names]): row for row in found}
