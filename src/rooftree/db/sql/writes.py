"""Statements that write whole rows: plain enough to be written without SQLAlchemy, every name quoted by one rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.model_errors import ModelError
from rooftree.db.statement import Statement
from rooftree.db.table import ColumnInfo, TableInfo

__all__ = [
    "delete_by_key",
    "insert",
    "insert_rows",
    "insert_unnest",
    "quoted",
    "table_path",
    "table_text",
    "update_by_key",
    "update_unnest",
    "upsert_tail",
]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def quoted(name: str) -> str:
    """Quote a name of the schema; every name was checked when its model was made."""
    if not _NAME.match(name):
        raise ModelError("M107", f"{name!r} is no name of a table or column.", "Use letters, digits and _.")
    return f'"{name}"'


def table_text(info: TableInfo) -> str:
    """The table's name, with its schema."""
    return f"{quoted(info.schema)}.{quoted(info.name)}" if info.schema else quoted(info.name)


def table_path(info: TableInfo) -> str:
    """The table's name with its schema, unquoted, as COPY takes it."""
    return f"{info.schema}.{info.name}" if info.schema else info.name


def _marks(dialect: Dialect, first: int, count: int) -> list[str]:
    return ["?"] * count if dialect == "sqlite" else [f"${number}" for number in range(first, first + count)]


def _names(columns: Sequence[ColumnInfo]) -> str:
    return ", ".join(quoted(column.column) for column in columns)


def _returning(columns: Sequence[ColumnInfo]) -> str:
    return f" RETURNING {_names(columns)}" if columns else ""


def insert(
    info: TableInfo, columns: Sequence[ColumnInfo], returning: Sequence[ColumnInfo], dialect: Dialect, tail: str = ""
) -> Statement:
    """INSERT of one row."""
    if columns:
        values = f"({_names(columns)}) VALUES ({', '.join(_marks(dialect, 1, len(columns)))})"
    else:
        values = "DEFAULT VALUES"
    text = f"INSERT INTO {table_text(info)} {values}{tail}{_returning(returning)}"
    return Statement(text, "write", returns_rows=bool(returning))


def insert_rows(  # noqa: PLR0917 - what a statement of rows is made of
    info: TableInfo,
    columns: Sequence[ColumnInfo],
    returning: Sequence[ColumnInfo],
    dialect: Dialect,
    rows: int,
    tail: str = "",
) -> Statement:
    """INSERT of several rows, each value a parameter."""
    width = len(columns)
    groups = [f"({', '.join(_marks(dialect, 1 + at * width, width))})" for at in range(rows)]
    text = f"INSERT INTO {table_text(info)} ({_names(columns)}) VALUES {', '.join(groups)}{tail}{_returning(returning)}"  # noqa: S608 - names were checked, values are parameters
    return Statement(text, "write", returns_rows=bool(returning))


def insert_unnest(
    info: TableInfo,
    columns: Sequence[ColumnInfo],
    types: Sequence[str],
    returning: Sequence[ColumnInfo],
    tail: str = "",
) -> Statement:
    """INSERT of any number of rows from one array a column (PostgreSQL); rows come back in the order given."""
    arrays = ", ".join(f"${number}::{type_}[]" for number, type_ in enumerate(types, 1))
    head = f"INSERT INTO {table_text(info)} ({_names(columns)})"
    text = f"{head} SELECT * FROM unnest({arrays}){tail}{_returning(returning)}"  # noqa: S608 - as above
    return Statement(text, "write", returns_rows=bool(returning))


def upsert_tail(
    conflict: Sequence[ColumnInfo], update: Sequence[ColumnInfo], version: ColumnInfo | None, info: TableInfo
) -> str:
    """ON CONFLICT: set these columns to the values that could not be inserted, or do nothing."""
    target = f" ON CONFLICT ({_names(conflict)})"
    if not update:
        return f"{target} DO NOTHING"
    sets = [f"{quoted(column.column)} = excluded.{quoted(column.column)}" for column in update]
    if version is not None:
        sets.append(f"{quoted(version.column)} = {table_text(info)}.{quoted(version.column)} + 1")
    return f"{target} DO UPDATE SET {', '.join(sets)}"


def _key_condition(info: TableInfo, dialect: Dialect, first: int, version: bool) -> str:
    columns = [*info.key, *([info.version] if version and info.version is not None else [])]
    marks = _marks(dialect, first, len(columns))
    return " AND ".join(f"{quoted(column.column)} = {mark}" for column, mark in zip(columns, marks, strict=True))


def update_by_key(
    info: TableInfo, columns: Sequence[ColumnInfo], returning: Sequence[ColumnInfo], dialect: Dialect
) -> Statement:
    """UPDATE of one row: its columns' values, then its key, then the version that it was loaded with."""
    marks = _marks(dialect, 1, len(columns))
    sets = [f"{quoted(column.column)} = {mark}" for column, mark in zip(columns, marks, strict=True)]
    if info.version is not None:
        sets.append(f"{quoted(info.version.column)} = {quoted(info.version.column)} + 1")
    where = _key_condition(info, dialect, 1 + len(columns), version=True)
    text = f"UPDATE {table_text(info)} SET {', '.join(sets)} WHERE {where}{_returning(returning)}"  # noqa: S608 - names were checked, values are parameters
    return Statement(text, "write", returns_rows=bool(returning))


def update_unnest(info: TableInfo, columns: Sequence[ColumnInfo], types: Sequence[str]) -> Statement:
    """UPDATE of any number of rows from one array a column: the values, the keys, the versions loaded (PostgreSQL)."""
    told_by = [*info.key, *([info.version] if info.version is not None else [])]
    names = [f"v{at}" for at in range(len(columns) + len(told_by))]
    sets = [f"{quoted(column.column)} = given.{name}" for column, name in zip(columns, names, strict=False)]
    if info.version is not None:
        sets.append(f"{quoted(info.version.column)} = {table_text(info)}.{quoted(info.version.column)} + 1")
    meets = [
        f"{table_text(info)}.{quoted(column.column)} = given.{name}"
        for column, name in zip(told_by, names[len(columns) :], strict=True)
    ]
    arrays = ", ".join(f"${number}::{type_}[]" for number, type_ in enumerate(types, 1))
    text = f"UPDATE {table_text(info)} SET {', '.join(sets)} FROM unnest({arrays}) AS given ({', '.join(names)})"  # noqa: S608 - names were checked, values are parameters
    return Statement(f"{text} WHERE {' AND '.join(meets)}", "write", returns_rows=False)


def delete_by_key(info: TableInfo, dialect: Dialect) -> Statement:
    """DELETE of one row: its key, then the version that it was loaded with."""
    where = _key_condition(info, dialect, 1, version=True)
    text = f"DELETE FROM {table_text(info)} WHERE {where}"  # noqa: S608 - as above
    return Statement(text, "write", returns_rows=False)
