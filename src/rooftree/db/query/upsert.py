"""Rows that may exist already: written over, or taken as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar, cast

from rooftree.base import UniqueError
from rooftree.db.database import Database
from rooftree.db.expressions.base import Condition, Value
from rooftree.db.expressions.kinds import BOOLEAN
from rooftree.db.expressions.paths import columns_named, key_values
from rooftree.db.expressions.select import Select
from rooftree.db.expressions.unique import are_unique
from rooftree.db.model_errors import QueryError
from rooftree.db.query.bulk import rows_writing
from rooftree.db.query.create import Create, InsertPlan, check_given, insert_plan
from rooftree.db.query.encode import codec_of
from rooftree.db.query.operation import Write
from rooftree.db.query.results import fetch_all
from rooftree.db.sql.writes import upsert_tail
from rooftree.db.table import ColumnInfo, ReferenceInfo, TableInfo
from rooftree.db.transactions import transaction

__all__ = ["GetOrCreate", "Upsert"]

M = TypeVar("M")


class GetOrCreate(Write[tuple[M, bool]], Generic[M]):
    """The row with some values, else a new one; and whether it is new."""

    __slots__ = ("_among", "_defaults", "_model", "_values")

    def __init__(
        self, model: type[M], values: Mapping[str, Any], defaults: Mapping[str, Any], among: Select | None = None
    ) -> None:
        super().__init__()
        if not values:
            self._ran = True
            raise QueryError("Q192", "get_or_create() was given no values to look for.", "Name at least one.")
        self._database = cast("Any", model).__table_info__.database
        self._model = model
        self._among = among
        self._values = values
        self._defaults = defaults

    async def run(self) -> tuple[M, bool]:
        """Run it.

        Raises:
            RowInvalid: a new row lacks values.
            QueryError: the defaults name what the model does not have.
        """
        database = self._found()
        model: Any = self._model
        info: TableInfo = model.__table_info__
        among = self._among or Select(info)
        select = among.replace(conditions=(*among.conditions, *_equal_to(info, self._values)), limit=1)
        found = await fetch_all(database, select)
        if found:
            return found[0], False
        values = {**self._values, **self._defaults}
        check_given(info, values)
        create = Create(model(**values))
        create._ran = True
        create._database = database
        try:
            async with transaction(database):
                return await create.run(), True
        except UniqueError:
            found = await fetch_all(database, select)
            if not found:
                raise
            return found[0], False

    def __repr__(self) -> str:
        return f"<get_or_create of {self._model.__name__}>"


def _equal_to(info: TableInfo, values: Mapping[str, Any]) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for name, value in values.items():
        part = info.find(name)
        if isinstance(part, ColumnInfo):
            pairs = [(part, value)]
        elif isinstance(part, ReferenceInfo):
            keys = (None,) * len(part.columns) if value is None else key_values(part.target, value)
            pairs = list(zip(part.columns, keys, strict=True))
        else:
            raise QueryError(
                "Q173",
                f"{info.model} has no column {name!r}.",
                f"It has {', '.join(column.name for column in info.columns)}.",
            )
        for column, each in pairs:
            own = info.own[column.name]
            found.append(
                Condition("is_null", (own,), BOOLEAN)
                if each is None
                else Condition("eq", (own, Value(each, column.type)), BOOLEAN)
            )
    return tuple(found)


class Upsert(Write[list[M]], Generic[M]):
    """Inserts rows, or writes over those that exist; gives them back with what the database made of them."""

    __slots__ = ("_info", "_instances", "_on", "_update")

    def __init__(
        self, info: TableInfo, instances: Iterable[Any], on: Iterable[Any], update: Iterable[Any] | None
    ) -> None:
        super().__init__()
        try:
            self._on = _columns(info, on, "on")
            if not self._on:
                raise QueryError(
                    "Q193",
                    "upsert() was given no columns that say what is the same row.",
                    "Name a unique one: on=[...].",
                )
            if not are_unique(info, self._on):
                names = ", ".join(f"{info.model}.{column.name}" for column in self._on)
                raise QueryError(
                    "Q196",
                    f"upsert() was given on=[{names}], and several rows of {info.model} may have the same there.",
                    f"Add Unique({names.replace(info.model, 'cls')}) to its constraints(), or name what is unique.",
                )
            self._update = None if update is None else _columns(info, update, "update")
        except QueryError:
            self._ran = True
            raise
        self._database = info.database
        self._info = info
        self._instances = list(instances)

    async def run(self) -> list[M]:
        """Run it.

        Raises:
            RowInvalid: values break the rules of their columns.
        """
        if not self._instances:
            return self._instances
        database, info = self._found(), self._info
        codec = codec_of(info, database.dialect)
        batches = _Batches([column.position for column in self._on])
        for instance in self._instances:
            plan = insert_plan(info, instance, database.dialect)
            batches.add(plan, instance, codec.encoded(instance, plan.codecs))
        async with transaction(database):
            for plan, members, rows in batches.all():
                await self._write(plan, members, rows, database)
        return self._instances

    async def _write(self, plan: InsertPlan, members: list[Any], rows: list[list[Any]], database: Database) -> None:
        info = self._info
        tail = self._tail(plan)
        columns = [codec.column for codec in plan.codecs]
        # Every column comes back: of a row that was written over, some may be as they were.
        writing = rows_writing(info, columns, info.columns, database.dialect, ("upsert", plan.given, tail), tail)
        places = [plan.given.index(column.position) for column in self._on if column.position in plan.given]
        told = all(column.type.kind not in {"json", "array"} for column in self._on)
        if len(places) < len(self._on) or not told:  # what comes back could not be told apart: one at a time
            for instance, row in zip(members, rows, strict=True):
                for back in await writing.run(database, [row]):
                    self._take(instance, back, database)
            return
        waiting: dict[tuple[Any, ...], list[Any]] = {}
        for instance, row in zip(members, rows, strict=True):
            waiting.setdefault(tuple([row[place] for place in places]), []).append(instance)
        for back in await writing.run(database, rows):  # in any order, and without the rows that were left as they were
            same = waiting[tuple([back[column.position] for column in self._on])]
            self._take(same.pop(0), back, database)

    def _take(self, instance: Any, row: Any, database: Database) -> None:
        for each, raw in zip(codec_of(self._info, database.dialect).columns, row, strict=True):
            setattr(instance, each.name, each.loaded(raw))
        instance._row = tuple(row)

    def _tail(self, plan: InsertPlan) -> str:
        info = self._info
        update = self._update
        if update is None:
            columns = [info.columns[position] for position in plan.given]
            update = [
                column
                for column in columns
                if column not in self._on and not column.primary and column.role == "plain" and not _is_stamp(column)
            ]
            update = update or self._on[:1]  # nothing else to write, and the row is to come back all the same
        return upsert_tail(self._on, update, info.version if update else None, info)

    def __repr__(self) -> str:
        return f"<upsert of {self._info.model}>"


class _Batches:
    """Parts rows into statements: by the columns that they give, and so that none holds the same row twice.

    PostgreSQL refuses to write over one row twice in one statement; of two that are the same the later one wins.

    Args:
        on: The positions of the columns that say what is the same row.
    """

    def __init__(self, on: list[int]) -> None:
        self._on = on
        self._batches: dict[tuple[int, int], tuple[InsertPlan, list[Any], list[list[Any]]]] = {}
        self._times: dict[tuple[Any, ...], int] = {}

    def add(self, plan: InsertPlan, instance: Any, row: list[Any]) -> None:
        """Add a row."""
        values = dict(zip(plan.given, row, strict=True))
        key = tuple([values.get(position) for position in self._on])
        time = 0
        if None not in key:  # rows without a value are the same as no other
            time = self._times.get(key, 0)
            self._times[key] = time + 1
        _, members, rows = self._batches.setdefault((time, id(plan)), (plan, [], []))
        members.append(instance)
        rows.append(row)

    def all(self) -> list[tuple[InsertPlan, list[Any], list[list[Any]]]]:
        """The statements, those that write over the rows of others after them."""
        return [self._batches[key] for key in sorted(self._batches, key=lambda key: key[0])]


def _is_stamp(column: ColumnInfo) -> bool:
    """Whether a column says when a row was made: a moment with a default, that no update changes."""
    return column.type.kind == "datetime" and column.factory is not None and column.on_update is None


def _columns(info: TableInfo, given: Iterable[Any], option: str) -> list[ColumnInfo]:
    def refuse(part: Any) -> QueryError:
        return QueryError("Q194", f"upsert() was given {option}={part!r}.", f"Name columns of {info.model}.")

    return columns_named(info, given, refuse)
