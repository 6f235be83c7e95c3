"""Saving new rows: one at a time, with its links to many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import UNSET

from rooftree.db.database import Database
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.habits import names_of
from rooftree.db.model_errors import QueryError, RowInvalid
from rooftree.db.query.encode import ColumnCodec, codec_of
from rooftree.db.query.links import add_links
from rooftree.db.query.operation import Write
from rooftree.db.rules import problem_of
from rooftree.db.sql.writes import insert
from rooftree.db.statement import Statement
from rooftree.db.table import ColumnInfo, ManyInfo, TableInfo, info_of
from rooftree.db.transactions import transaction

__all__ = ["Create", "check_given", "insert_instance"]

M = TypeVar("M")


def check_given(info: TableInfo, values: Mapping[str, Any]) -> None:
    """Look at the names that a new row was given.

    Raises:
        QueryError: one that the model does not have.
        RowInvalid: those that are missing.
    """
    for name in values:
        if info.find(name) is None:
            raise QueryError("Q128", f"A new {info.model} was given {name!r}.", names_of(info, name))
    missing = [column for column in info.columns if not (column.has_default or column.name in values)]
    problems = [problem_of(column, "missing", "A value is missing") for column in missing if column.reference is None]
    if problems:
        raise RowInvalid(info.model, problems)


class InsertPlan:
    """How rows that give the same columns are inserted."""

    __slots__ = ("codecs", "given", "returning", "statement")

    def __init__(self, info: TableInfo, given: Sequence[ColumnInfo], dialect: Dialect) -> None:
        codec = codec_of(info, dialect)
        back = [column for column in info.columns if column not in given]
        self.given = tuple(column.position for column in given)
        self.codecs: tuple[ColumnCodec, ...] = tuple(codec.columns[position] for position in self.given)
        self.returning: tuple[ColumnCodec, ...] = tuple(codec.columns[column.position] for column in back)
        self.statement: Statement = insert(info, given, back, dialect)


def insert_plan(info: TableInfo, instance: Any, dialect: Dialect) -> InsertPlan:
    """Return the plan for the columns that an instance gives: all but those whose value the database makes."""
    left_out = tuple([column for column in info.made if _is_left_out(column, instance)])
    key = ("insert", dialect, left_out)
    plan: InsertPlan | None = info.plans.get(key)
    if plan is None:
        plan = InsertPlan(info, [column for column in info.columns if column not in left_out], dialect)
        info.plans[key] = plan
    return plan


def _is_left_out(column: ColumnInfo, instance: Any) -> bool:
    if column.generated is not None:
        if getattr(instance, "_row", None) is None and getattr(instance, column.name) is not UNSET:
            problem = problem_of(column, "generated", "Expected no value: the database computes it")
            raise RowInvalid(info_of(instance).model, [problem])
        return True
    return column.automatic and getattr(instance, column.name) is UNSET


async def insert_instance(info: TableInfo, instance: Any, database: Database) -> None:
    """Insert one instance: checked, its database-made values read back, its row kept."""
    plan = insert_plan(info, instance, database.dialect)
    encoded = codec_of(info, database.dialect).encoded(instance, plan.codecs)
    row: list[Any] = [None] * len(info.columns)
    for position, value in zip(plan.given, encoded, strict=True):
        row[position] = value
    if plan.returning:
        back = await database.fetch_row(plan.statement, encoded)
        assert back is not None  # noqa: S101 - INSERT ... RETURNING of one row returns one row
        for codec, raw in zip(plan.returning, back, strict=True):
            row[codec.position] = raw
            setattr(instance, codec.name, codec.loaded(raw))
    else:
        await database.execute(plan.statement, encoded)
    instance._row = tuple(row)


def given_links(info: TableInfo, instance: Any) -> list[tuple[ManyInfo, list[Any]]]:
    """The many rows that an instance was given before it was saved."""
    found: list[tuple[ManyInfo, list[Any]]] = []
    for many in info.manys:
        rows = type(instance).__dict__[many.name].slot.__get__(instance)
        if rows is UNSET or not rows:
            continue
        if many.links.through is None:
            raise QueryError(
                "Q150",
                f"A new {info.model} was given {many.name}, whose rows hold the reference themselves.",
                f"Save it first, then create each {many.target.model} with {many.links.source.name}=it.",
            )
        found.append((many, list(rows)))
    return found


class Create(Write[M], Generic[M]):
    """Saves one new instance, and gives it back with what the database made of it."""

    __slots__ = ("_instance", "_links")

    def __init__(self, instance: M) -> None:
        super().__init__()
        self._database = info_of(instance).database
        self._instance = instance

    async def run(self) -> M:
        """Run it.

        Raises:
            RowInvalid: values break the rules of their columns.
            UniqueError: a row with this key or these unique values exists.
            ForeignKeyError: a reference leads nowhere.
        """
        instance: Any = self._instance
        database = self._found()
        info = info_of(instance)
        if "before_save" in info.hooks:
            await instance.before_save(new=True)
        links = given_links(info, instance) if info.manys else []
        if links:
            async with transaction(database):
                await insert_instance(info, instance, database)
                for many, rows in links:
                    await add_links(database, many, instance, rows)
                    type(instance).__dict__[many.name].slot.__set__(instance, rows)
        else:
            await insert_instance(info, instance, database)
        if "after_save" in info.hooks:
            await instance.after_save(new=True)
        return self._instance

    def _gives(self) -> TableInfo | None:
        return info_of(self._instance)

    def __repr__(self) -> str:
        return f"<create {type(self._instance).__name__}>"
