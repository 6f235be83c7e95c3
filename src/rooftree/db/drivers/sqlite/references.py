"""Which reference SQLite refused: it says only that one is wrong; the statement and the schema tell which."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

__all__ = ["Reference", "broken_reference", "execute", "execute_many", "statement_of"]

_NAME: Final = r'(?:"(?:[^"]|"")+"|\w+)'
_INSERT: Final = re.compile(
    rf"\s*(?:insert(?:\s+or\s+\w+)?|replace)\s+into\s+(?P<table>{_NAME})\s*\((?P<columns>[^()]*)\)\s*values\s*"
    r"(?:\([\s?,]*\)\s*,?\s*)+(?:\b(?:on\s+conflict|returning)\b|\Z)",
    re.IGNORECASE,
)
_UPDATE: Final = re.compile(rf"\s*update(?:\s+or\s+\w+)?\s+(?P<table>{_NAME})\s+set\b", re.IGNORECASE)
_DELETE: Final = re.compile(
    rf"\s*delete\s+from\s+(?P<table>{_NAME})(?P<where>\s+where\b.*)?\Z", re.IGNORECASE | re.DOTALL
)
_SET: Final = re.compile(rf"(?P<column>{_NAME})\s*=\s*\?")

Parameters = Sequence[Any]


class Reference(NamedTuple):
    """One reference of a table.

    Attributes:
        table: The table that refers.
        columns: Its columns.
        target: The table that they lead to.
        keys: The columns there.
        name: The constraint's name, where it has one.
        restricts: Whether a row that is referred to cannot be deleted.
    """

    table: str
    columns: tuple[str, ...]
    target: str
    keys: tuple[str, ...]
    name: str | None
    restricts: bool


def execute(connection: sqlite3.Connection, text: str, parameters: Parameters) -> sqlite3.Cursor:
    """Execute a statement; an error of its references keeps what ran, for ``statement_of``."""
    try:
        return connection.execute(text, parameters)
    except sqlite3.IntegrityError as error:
        _keep(error, text, [parameters])
        raise


def execute_many(connection: sqlite3.Connection, text: str, many: Sequence[Parameters]) -> sqlite3.Cursor:
    """Execute a statement for each set of parameters, likewise."""
    try:
        return connection.executemany(text, many)
    except sqlite3.IntegrityError as error:
        _keep(error, text, many)
        raise


def _keep(error: sqlite3.IntegrityError, text: str, many: Sequence[Parameters]) -> None:
    if str(error) == "FOREIGN KEY constraint failed":
        vars(error)["ran"] = (text, many)


def statement_of(error: Exception) -> tuple[str, Sequence[Parameters]] | None:
    """Return the statement that an error is of, and each set of parameters that it was given."""
    ran: tuple[str, Sequence[Parameters]] | None = vars(error).get("ran")
    return ran


def broken_reference(
    connection: sqlite3.Connection, text: str, many: Sequence[Parameters]
) -> tuple[Reference, bool] | None:
    """Return the reference that a statement would have broken, and whether from the other side, by a row that goes.

    ``None`` where the statement and the schema do not tell, as where a delete goes on to other tables.
    """
    if (found := _INSERT.match(text)) is not None:
        names = [_unquoted(each) for each in re.findall(_NAME, found["columns"])]
        rows = [each[at : at + len(names)] for each in many for at in range(0, len(each) - len(names) + 1, len(names))]
        return _missing(connection, _unquoted(found["table"]), {name: at for at, name in enumerate(names)}, rows)
    if (found := _UPDATE.match(text)) is not None:
        places = {
            _unquoted(each["column"]): text.count("?", 0, each.start())
            for each in _SET.finditer(text, found.end(), _where(text))
        }
        return _missing(connection, _unquoted(found["table"]), places, many)
    if (found := _DELETE.match(text)) is not None:
        return _held(connection, found["table"], found["where"] or "", many)
    return None


def _where(text: str) -> int:
    """Where the condition of an update begins."""
    found = re.search(r"\bwhere\b", text, re.IGNORECASE)
    return len(text) if found is None else found.start()


def _missing(
    connection: sqlite3.Connection, table: str, places: dict[str, int], rows: Sequence[Parameters]
) -> tuple[Reference, bool] | None:
    """The first reference among the values given that leads to no row."""
    for reference in _references(connection, table):
        if not set(reference.columns) <= set(places):
            continue
        wanted = " and ".join(f"{_quoted(key)} = ?" for key in reference.keys)
        query = f"select 1 from {_quoted(reference.target)} where {wanted}"  # noqa: S608 - names of the schema
        for row in rows:
            values = [row[places[column]] for column in reference.columns]
            if None not in values and connection.execute(query, values).fetchone() is None:
                return reference, False
    return None


def _held(
    connection: sqlite3.Connection, table: str, where: str, many: Sequence[Parameters]
) -> tuple[Reference, bool] | None:
    """The first reference that leads to a row that was to be deleted."""
    names = [str(row[0]) for row in connection.execute("select name from sqlite_master where type = 'table'")]
    for name in names:
        for reference in _references(connection, name):
            if reference.target.lower() != _unquoted(table).lower() or not reference.restricts:
                continue
            columns = ", ".join(map(_quoted, reference.columns))
            keys = ", ".join(map(_quoted, reference.keys))
            query = f"select 1 from {_quoted(name)} where ({columns}) in (select {keys} from {table}{where}) limit 1"  # noqa: S608 - names of the schema, and the statement's own condition
            if any(connection.execute(query, parameters).fetchone() is not None for parameters in many):
                return reference, True
    return None


def _references(connection: sqlite3.Connection, table: str) -> Iterator[Reference]:
    """The references of a table, in the order in which they were declared."""
    rows = connection.execute(f"pragma foreign_key_list({_quoted(table)})").fetchall()
    for number in sorted({row[0] for row in rows}, reverse=True):  # SQLite lists the last one first
        parts = sorted((row for row in rows if row[0] == number), key=lambda row: int(row[1]))
        columns = tuple(str(row[3]) for row in parts)
        target = str(parts[0][2])
        keys = _primary_key(connection, target) if parts[0][4] is None else tuple(str(row[4]) for row in parts)
        restricts = str(parts[0][6]).upper() in {"RESTRICT", "NO ACTION"}
        yield Reference(table, columns, target, keys, _constraint_name(connection, table, columns), restricts)


def _primary_key(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    rows = connection.execute(f"pragma table_info({_quoted(table)})").fetchall()
    return tuple(str(row[1]) for row in sorted(rows, key=lambda row: int(row[5])) if row[5])


def _constraint_name(connection: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> str | None:
    row = connection.execute("select sql from sqlite_master where type = 'table' and name = ?", (table,)).fetchone()
    pattern = rf"constraint\s+(?P<name>{_NAME})\s+foreign\s+key\s*\((?P<columns>[^()]*)\)"
    for found in re.finditer(pattern, str(row[0]) if row else "", re.IGNORECASE):
        if tuple(_unquoted(each) for each in re.findall(_NAME, found["columns"])) == columns:
            return _unquoted(found["name"])
    return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
