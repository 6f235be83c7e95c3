"""Adding to and taking from many to many: rows of the table between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from rooftree.db.database import Database
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.paths import key_values
from rooftree.db.expressions.unique import are_unique
from rooftree.db.model_errors import ColumnProblem, QueryError, RowInvalid
from rooftree.db.query.encode import ColumnCodec, codec_of
from rooftree.db.query.obey import check_links
from rooftree.db.query.operation import Write
from rooftree.db.sql.writes import insert, quoted, table_text, upsert_tail
from rooftree.db.statement import Statement
from rooftree.db.table import MISSING, ColumnInfo, ManyInfo, TableInfo
from rooftree.db.transactions import transaction

__all__ = ["ChangeLinks", "add_links", "remove_links"]


def _columns(many: ManyInfo) -> list[ColumnInfo]:
    links = many.links
    if links.through is None or links.via is None:
        raise QueryError(
            "Q151", f"{many!r} holds no links of its own.", f"Set {links.source.name} on each {links.target.model}."
        )
    return [*links.source.columns, *links.via.columns]


def check_linked_once(many: ManyInfo) -> None:
    """Refuse to add links where the model between may link the same two many times.

    Raises:
        QueryError: its columns for both are not unique together.
    """
    through = many.links.through
    if through is not None and not are_unique(through, _columns(many)):
        pair = f"cls.{many.links.source.name}, cls.{many.links.via.name if many.links.via else ''}"
        raise QueryError(
            "Q155",
            f"{many!r} was added to, and {through.model} may link the same two more than once, so nobody can tell which"
            " links are there.",
            f"Add Unique({pair}) to the constraints() of {through.model}, or make its rows: {through.model}.create().",
        )


def _encoded(many: ManyInfo, owner: Any, rows: Iterable[Any], dialect: Dialect) -> list[list[Any]]:
    links = many.links
    assert many.owner is not None and links.through is not None and links.via is not None  # noqa: S101, PT018 - see _columns
    codec = codec_of(links.through, dialect)
    codecs = [codec.columns[column.position] for column in _columns(many)]
    head = key_values(many.owner, owner)
    keys = [(*head, *key_values(links.target, row)) for row in rows]
    return [[each.encode(value) for each, value in zip(codecs, key, strict=True)] for key in keys]


async def add_links(database: Database, many: ManyInfo, owner: Any, rows: Iterable[Any]) -> None:
    """Link an owner to rows; links that exist stay as they are.

    Raises:
        QueryError: nothing says that the same two are linked once only.
    """
    keys = _columns(many)
    through = many.links.through
    assert through is not None  # noqa: S101 - see _columns
    check_linked_once(many)
    others = [column for column in through.columns if column not in keys and not column.automatic]
    columns = [*keys, *(column for column in others if column.generated is None)]
    statement = _kept(
        many,
        "add",
        database.dialect,
        lambda: insert(through, columns, [], database.dialect, upsert_tail(keys, [], None, through)),
    )
    codec = codec_of(through, database.dialect)
    codecs = [codec.columns[column.position] for column in columns[len(keys) :]]
    links = _encoded(many, owner, rows, database.dialect)
    await database.execute_many(statement, [[*link, *_defaults(through, codecs)] for link in links])


def _defaults(through: TableInfo, codecs: Sequence[ColumnCodec]) -> list[Any]:
    """What a new row of the model between holds beside its keys.

    Raises:
        RowInvalid: a column that has no default.
    """
    problems: list[ColumnProblem] = []
    found = [codec.taken(_default(codec.column), problems) for codec in codecs]
    if problems:
        raise RowInvalid(through.model, problems)
    return found


def _default(column: ColumnInfo) -> Any:
    value = column.make_default()
    return None if value is MISSING else value


async def remove_links(database: Database, many: ManyInfo, owner: Any, rows: Iterable[Any]) -> None:
    """Take links away."""
    columns = _columns(many)
    statement = _kept(many, "remove", database.dialect, lambda: _delete(many, columns, database.dialect))
    await database.execute_many(statement, _encoded(many, owner, rows, database.dialect))


async def clear_links(database: Database, many: ManyInfo, owner: Any) -> None:
    """Take every link of an owner away."""
    _columns(many)
    columns = many.links.source.columns
    statement = _kept(many, "clear", database.dialect, lambda: _delete(many, columns, database.dialect))
    assert many.owner is not None and many.links.through is not None  # noqa: S101, PT018 - see _columns
    codec = codec_of(many.links.through, database.dialect)
    key = key_values(many.owner, owner)
    await database.execute(
        statement, [codec.columns[column.position].encode(value) for column, value in zip(columns, key, strict=True)]
    )


def _kept(many: ManyInfo, verb: str, dialect: Dialect, make: Any) -> Statement:
    through = many.links.through
    assert through is not None  # noqa: S101 - see _columns
    key = (verb, many.name, id(many), dialect)
    if key not in through.plans:
        through.plans[key] = make()
    found: Statement = through.plans[key]
    return found


def _delete(many: ManyInfo, columns: Sequence[ColumnInfo], dialect: Dialect) -> Statement:
    assert many.links.through is not None  # noqa: S101 - see _columns
    marks = ["?" if dialect == "sqlite" else f"${number}" for number in range(1, len(columns) + 1)]
    where = " AND ".join(f"{quoted(column.column)} = {mark}" for column, mark in zip(columns, marks, strict=True))
    text = f"DELETE FROM {table_text(many.links.through)} WHERE {where}"  # noqa: S608 - names were checked
    return Statement(text, "write", returns_rows=False)


class ChangeLinks(Write[None]):
    """Changes the links of one owner to many rows."""

    __slots__ = ("_how", "_many", "_owner", "_rows")

    def __init__(self, many: ManyInfo, how: Literal["add", "remove", "set"], owner: Any, rows: Iterable[Any]) -> None:
        super().__init__()
        if many.owner is not None:
            self._database = many.owner.database
        self._many = many
        self._how = how
        self._owner = owner
        self._rows = list(rows)

    async def run(self) -> None:
        """Run it."""
        check_links(self._many, self._owner)
        database = self._found()
        if self._how == "remove":
            await remove_links(database, self._many, self._owner, self._rows)
            return
        async with transaction(database):
            if self._how == "set":
                await clear_links(database, self._many, self._owner)
            if self._rows:
                await add_links(database, self._many, self._owner, self._rows)

    def __repr__(self) -> str:
        return f"<{self._how} {self._many.name}>"
