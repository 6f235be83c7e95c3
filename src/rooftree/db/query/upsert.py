"""Rows that may exist already: written over, or taken as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar, cast

from rooftree.base import UniqueError
from rooftree.db.expressions.base import Condition, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import BOOLEAN
from rooftree.db.expressions.paths import RefPath, key_values, path_of
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import QueryError
from rooftree.db.query.create import Create, insert_plan
from rooftree.db.query.encode import codec_of
from rooftree.db.query.operation import Write
from rooftree.db.query.read import fetch_all
from rooftree.db.sql.plans import keep
from rooftree.db.sql.writes import insert, upsert_tail
from rooftree.db.statement import Statement
from rooftree.db.table import ColumnInfo, ReferenceInfo, TableInfo
from rooftree.db.transactions import transaction

__all__ = ["GetOrCreate", "Upsert"]

M = TypeVar("M")


class GetOrCreate(Write[tuple[M, bool]], Generic[M]):
    """The row with some values, else a new one; and whether it is new."""

    __slots__ = ("_defaults", "_model", "_values")

    def __init__(self, model: type[M], values: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        super().__init__()
        if not values:
            self._ran = True
            raise QueryError("Q192", "get_or_create() was given no values to look for.", "Name at least one.")
        self._model = model
        self._values = values
        self._defaults = defaults

    async def run(self) -> tuple[M, bool]:
        """Run it."""
        database = self._found()
        model: Any = self._model
        info: TableInfo = model.__table_info__
        select = Select(info).replace(conditions=_equal_to(info, self._values), limit=1)
        found = await fetch_all(database, select)
        if found:
            return found[0], False
        create = Create(model(**{**self._values, **self._defaults}))
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
            self._update = None if update is None else _columns(info, update, "update")
        except QueryError:
            self._ran = True
            raise
        self._info = info
        self._instances = list(instances)

    async def run(self) -> list[M]:
        """Run it.

        Raises:
            RowInvalid: values break the rules of their columns.
            QueryError: no unique constraint says what ``on`` says.
        """
        database, info = self._found(), self._info
        codec = codec_of(info, database.dialect)
        # Every column comes back: of a row that was written over, some may be as they were.
        async with transaction(database):
            for instance in self._instances:
                plan = insert_plan(info, instance, database.dialect)
                statement = self._statement(plan.given, database.dialect)
                row = await database.fetch_row(statement, codec.encoded(instance, plan.codecs))
                if row is None:  # left as it was: DO NOTHING returns no row
                    continue
                for each, raw in zip(codec.columns, row, strict=True):
                    setattr(instance, each.name, each.loaded(raw))
                instance._row = tuple(row)
        return self._instances

    def _statement(self, given: tuple[int, ...], dialect: Any) -> Statement:
        info = self._info
        columns = [info.columns[position] for position in given]
        update = self._update
        if update is None:
            update = [
                column
                for column in columns
                if column not in self._on and not column.primary and column.role == "plain" and not _is_stamp(column)
            ]
            update = update or self._on[:1]  # nothing else to write, and the row is to come back all the same
        key = ("upsert", dialect, given, tuple(self._on), tuple(update))
        found: Statement | None = info.plans.get(key)
        if found is None:
            tail = upsert_tail(self._on, update, info.version if update else None, info)
            found = keep(info, key, insert(info, columns, info.columns, dialect, tail))
        return cast("Statement", found)

    def __repr__(self) -> str:
        return f"<upsert of {self._info.model}>"


def _is_stamp(column: ColumnInfo) -> bool:
    """Whether a column says when a row was made: a moment with a default, that no update changes."""
    return column.type.kind == "datetime" and column.factory is not None and column.on_update is None


def _columns(info: TableInfo, given: Iterable[Any], option: str) -> list[ColumnInfo]:
    found: list[ColumnInfo] = []
    for part in given:
        if isinstance(part, Column) and not part.path and part.info.table is info:
            found.append(part.info)
        elif isinstance(part, RefPath) and path_of(part)[-1] in info.references and len(path_of(part)) == 1:
            found.extend(path_of(part)[-1].columns)
        else:
            raise QueryError("Q194", f"upsert() was given {option}={part!r}.", f"Name columns of {info.model}.")
    return found
