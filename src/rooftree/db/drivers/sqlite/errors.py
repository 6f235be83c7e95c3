"""SQLite's errors as ours. Its messages name little, so the schema is asked for what they leave out."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from rooftree.base import (
    CheckError,
    ConnectionFailed,
    DatabaseError,
    ForeignKeyError,
    LockTimeout,
    NotNullError,
    ReadOnlyError,
    SerializationError,
    StatementError,
    StorageFull,
    UniqueError,
    ValueRefused,
)
from rooftree.db.drivers.base import NOT_MIGRATED
from rooftree.db.drivers.sqlite.references import broken_reference, statement_of
from rooftree.db.place import user_line

__all__ = ["LIBRARY_ERRORS", "translate"]

LIBRARY_ERRORS: Final = (sqlite3.Error, OverflowError, UnicodeError)  # the last two while parameters are bound

_MISSING: Final = re.compile(r"no such (?:table|column): |table \S+ has no column named ")
_NAME = r'(?:"(?P<quoted>[^"]+)"|(?P<plain>\w+))'
_CONSTRAINT: Final = re.compile(rf"constraint\s+{_NAME}\s+(?P<kind>unique|primary\s+key|check)\s*\(", re.IGNORECASE)


def translate(error: Exception, connection: sqlite3.Connection, name: str) -> DatabaseError:
    """Return our error for SQLite's.

    Args:
        error: What SQLite raised.
        connection: Where it was raised, to look names up in the schema.
        name: The database's name, for the text.
    """
    code = getattr(error, "sqlite_errorname", None) or ""
    text = str(error)
    at = user_line()
    if isinstance(error, sqlite3.IntegrityError):
        return _integrity(code, text, connection, at, statement_of(error))
    if code == "SQLITE_BUSY_SNAPSHOT":
        return SerializationError(
            "T301",
            f"Another transaction wrote to the database '{name}' after this one began to read.",
            "Run the transaction again from its beginning: retries= does.",
            at=at,
            sqlstate=code,
        )
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LockTimeout(
            "T303",
            f"The database '{name}' is locked by another program.",
            "End the other program's transaction, or raise lock_limit.",
            at=at,
            sqlstate=code,
        )
    if code == "SQLITE_FULL" or code.startswith("SQLITE_IOERR"):
        return StorageFull(
            "T305",
            f"The database '{name}' could not be written or read: {text}.",
            "Make room on the disk or raise max_page_count, and look at the disk's health.",
            at=at,
            sqlstate=code,
        )
    if code.startswith("SQLITE_READONLY") or "attempt to write a readonly database" in text:
        return ReadOnlyError(
            "T403",
            f"A write reached the database '{name}' where only reads may be.",
            "Run it as a write, in a transaction that is not read_only, on a file that this user may write.",
            at=at,
            sqlstate=code or None,
        )
    if code.startswith(("SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_PERM", "SQLITE_AUTH")):
        return ConnectionFailed(
            "T102",
            f"The database '{name}' cannot be used: {text}.",
            "Look at the file's path, its rights and whether it is a SQLite database.",
            at=at,
            sqlstate=code,
        )
    if isinstance(error, OverflowError):
        return ValueRefused("T402", "A number does not fit: SQLite's integers have 64 bits.", at=at)
    if isinstance(error, UnicodeError):
        return ValueRefused("T402", "A text does not fit: it has characters that UTF-8 cannot encode.", at=at)
    if code in {"SQLITE_MISMATCH", "SQLITE_TOOBIG", "SQLITE_RANGE"} or isinstance(error, sqlite3.DataError):
        return ValueRefused("T402", f"A value does not fit: {text}.", at=at, sqlstate=code or None)
    if not code and isinstance(error, (sqlite3.InterfaceError, sqlite3.ProgrammingError)):
        return _misuse(text, at)
    if text == "user-defined function raised exception":  # all that SQLite tells of it
        return ValueRefused(
            "T402",
            "A function could not be worked out: the pattern of matches() is no regular expression or took too long, or"
            " a decimal has more than 18 digits.",
            "Look at the values that the statement was given.",
            at=at,
            sqlstate=code or None,
        )
    remedy = NOT_MIGRATED if _MISSING.match(text) else ""
    return StatementError("T401", f"SQLite cannot run the statement: {text}.", remedy, at=at, sqlstate=code or None)


def _misuse(text: str, at: str | None) -> DatabaseError:
    """Errors of the module itself: parameters that it cannot bind, or a closed connection."""
    if "binding" in text.lower():
        return ValueRefused("T402", f"The parameters do not fit the statement: {text.rstrip('.')}.", at=at)
    return StatementError("T401", f"SQLite cannot run the statement: {text.rstrip('.')}.", at=at)


def _integrity(
    code: str, text: str, connection: sqlite3.Connection, at: str | None, ran: tuple[str, Sequence[Any]] | None
) -> DatabaseError:
    detail = text.partition("constraint failed")[2].removeprefix(":").strip()
    if code in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"}:
        return _unique(code, detail, connection, at)
    if code == "SQLITE_CONSTRAINT_NOTNULL":
        table, _, column = detail.partition(".")
        return NotNullError(
            "T203",
            f"The column '{column}' of '{table}' must have a value.",
            at=at,
            sqlstate=code,
            table=table,
            columns=(column,),
        )
    if code == "SQLITE_CONSTRAINT_CHECK":
        of_table, columns = _check_columns(connection, detail)
        place = f" of '{of_table}'" if of_table else ""
        return CheckError(
            "T204",
            f"The check '{detail}'{place} is false for this row.",
            at=at,
            sqlstate=code,
            table=of_table,
            constraint=detail,
            columns=columns,
        )
    # ON DELETE RESTRICT reports itself as a trigger.
    if code == "SQLITE_CONSTRAINT_FOREIGNKEY" or text == "FOREIGN KEY constraint failed":
        return _foreign(code, connection, at, ran)
    if text.startswith("cannot store"):  # a STRICT table; the module does not know this code's name
        return ValueRefused("T402", f"A value does not fit its column: {text}.", at=at, sqlstate="SQLITE_CONSTRAINT")
    return CheckError("T204", f"A rule of the database refused the row: {detail or text}.", at=at, sqlstate=code)


def _foreign(
    code: str, connection: sqlite3.Connection, at: str | None, ran: tuple[str, Sequence[Any]] | None
) -> ForeignKeyError:
    try:
        broken = None if ran is None else broken_reference(connection, *ran)
    except sqlite3.Error:
        broken = None
    if broken is None:
        return ForeignKeyError(
            "T202",
            "A row refers to one that is not there, or would lose the one it refers to.",
            "SQLite does not tell which; look at the references of the table being written.",
            at=at,
            sqlstate=code,
        )
    reference, from_the_other_side = broken
    rule = f" ({reference.name})" if reference.name else ""
    named = "' and '".join(reference.columns)
    return ForeignKeyError(
        "T202",
        f"Rows of '{reference.table}' still refer to the row that would go{rule}."
        if from_the_other_side
        else f"The row that '{named}' of '{reference.table}' refers to is not there{rule}.",
        at=at,
        sqlstate=code,
        table=reference.table,
        constraint=reference.name,
        columns=reference.columns,
    )


def _unique(code: str, detail: str, connection: sqlite3.Connection, at: str | None) -> UniqueError:
    table: str | None
    constraint: str | None
    if detail.startswith("index "):
        constraint = detail.removeprefix("index ").strip("'")
        table, columns = _index_columns(connection, constraint)
    else:
        pairs = [part.strip().rpartition(".") for part in detail.split(",")]
        table = pairs[0][0]
        columns = tuple(column for _, _, column in pairs)
        constraint = _unique_name(connection, table, columns)
    named = "' and '".join(columns)
    rule = f" ({constraint})" if constraint else ""
    return UniqueError(
        "T201",
        f"Another row of '{table}' has this '{named}'{rule}."
        if columns
        else f"'{constraint}' has these values already.",
        at=at,
        sqlstate=code,
        table=table,
        constraint=constraint,
        columns=columns,
    )


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _definition(connection: sqlite3.Connection, table: str) -> str:
    row = connection.execute("select sql from sqlite_master where type = 'table' and name = ?", (table,)).fetchone()
    return str(row[0]) if row and row[0] else ""


def _unique_name(connection: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> str | None:
    """The index over exactly these columns, or the constraint that the table's definition names for them."""
    try:
        indexes = connection.execute(f"pragma index_list({_quote(table)})").fetchall()
        for index in indexes:
            if not index[2]:
                continue
            over = tuple(str(row[2]) for row in connection.execute(f"pragma index_info({_quote(index[1])})"))
            if over == columns and not str(index[1]).startswith("sqlite_autoindex_"):
                return str(index[1])
        for match, inside in _constraints(_definition(connection, table)):
            if match["kind"].lower() != "check" and tuple(re.findall(r"\w+", inside)) == columns:
                return match["quoted"] or match["plain"]
    except sqlite3.Error:
        pass
    return None


def _index_columns(connection: sqlite3.Connection, index: str) -> tuple[str | None, tuple[str, ...]]:
    """The table of an index over expressions, and the columns that its expressions name."""
    try:
        row = connection.execute("select tbl_name, sql from sqlite_master where name = ?", (index,)).fetchone()
        if row is None:
            return None, ()
        inside = _inside(str(row[1]), str(row[1]).index("(") + 1)  # what stands behind it is the index's condition
        return str(row[0]), _named_columns(connection, str(row[0]), inside)
    except sqlite3.Error:
        return None, ()


def _check_columns(connection: sqlite3.Connection, check: str) -> tuple[str | None, tuple[str, ...]]:
    """The table that has a check constraint of this name (or text), and the columns that it names."""
    try:
        tables = connection.execute("select name, sql from sqlite_master where type = 'table' and sql is not null")
        for table, definition in tables.fetchall():
            for match, inside in _constraints(str(definition)):
                if match["kind"].lower() == "check" and check == (match["quoted"] or match["plain"]):
                    return str(table), _named_columns(connection, str(table), inside)
            if re.search(r"check\s*\(\s*" + re.escape(check) + r"\s*\)", str(definition), re.IGNORECASE):
                return str(table), _named_columns(connection, str(table), check)
    except sqlite3.Error:
        pass
    return None, ()


def _constraints(definition: str) -> list[tuple[re.Match[str], str]]:
    """Each named constraint of a table's definition with the text inside of its parentheses."""
    return [(match, _inside(definition, match.end())) for match in _CONSTRAINT.finditer(definition)]


def _inside(definition: str, start: int) -> str:
    """What stands between a parenthesis, which ends before ``start``, and its other one."""
    depth, end = 1, start
    while end < len(definition) and depth:
        depth += {"(": 1, ")": -1}.get(definition[end], 0)
        end += 1
    return definition[start : end - 1]


def _named_columns(connection: sqlite3.Connection, table: str, text: str) -> tuple[str, ...]:
    words = set(re.findall(r"\w+", re.sub(r"'[^']*'", "", text)))
    rows = connection.execute(f"pragma table_info({_quote(table)})")
    return tuple(str(row[1]) for row in rows if str(row[1]) in words)
