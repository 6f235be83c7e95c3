# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The tables of a SQLite database as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from rooftree.db.migrations.sql_text import items_of, key_of, name_of_token, text_of, tokens_of
from rooftree.db.migrations.state import (
    ColumnState,
    ConstraintState,
    IndexState,
    SchemaState,
    SearchState,
    Sql,
    TableState,
    quoted,
)

__all__ = ["parts_of", "read_sqlite"]

_SHADOWS: Final = ("data", "idx", "content", "docsize", "config")  # the tables that FTS5 makes for itself
_WHEN: Final = ("insert", "delete", "update")
_OF_TABLE: Final = {"constraint", "primary", "unique", "check", "foreign"}
_OF_COLUMN: Final = {"constraint", "primary", "unique", "check", "references", "not", "null", "default", "collate",
                     "generated", "as"}  # fmt: skip


def read_sqlite(connection: sa.Connection) -> SchemaState:
    """Read every table but those of SQLite, of Alembic and of the store, which makes its own."""
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND name NOT IN ('alembic_version', 'rooftree_store') AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid"
    ).all()
    searches = _searches(connection)
    shadows = {f"{name}_{part}" for found in searches.values() for name in found for part in _SHADOWS}
    tables = {
        name: _table(connection, name, text, searches.get(name, {})) for name, text in rows if name not in shadows
    }
    return SchemaState("sqlite", tables, {})


def _searches(connection: sa.Connection) -> dict[str, dict[str, SearchState]]:
    """Read the tables of words, by the table that each is kept beside: the one whose triggers write to it."""
    words = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
        " ORDER BY name"
    ).all()
    triggers = connection.exec_driver_sql(
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    ).all()
    found: dict[str, dict[str, SearchState]] = {}
    for word, text in words:
        own = {name: sql for name, _, sql in triggers if name in {f"{word}_{when}" for when in _WHEN}}
        table = next((table for name, table, _ in triggers if name in own), None)
        if table is not None:
            found.setdefault(table, {})[word] = SearchState(word, text, own)
    return found


def _table(connection: sa.Connection, name: str, text: str, searches: dict[str, SearchState]) -> TableState:
    columns, constraints = parts_of(text)
    indexes = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name",
        (name,),
    ).all()
    found = {index: _index(index, text) for index, text in indexes}
    return TableState(name, None, columns, constraints, found, searches)


def parts_of(text: str) -> tuple[dict[str, ColumnState], dict[str, ConstraintState]]:
    """Read the columns and constraints of a CREATE TABLE."""
    columns: dict[str, ColumnState] = {}
    constraints: dict[str, ConstraintState] = {}
    for item in items_of(tokens_of(text)):
        if item[0].lower() in _OF_TABLE:
            constraint = _constraint(item)
            constraints[constraint.key] = constraint
        else:
            column, found = _column(item)
            columns[column.name] = column
            constraints.update({each.key: each for each in found})
    return columns, constraints


def _sql(tokens: list[str]) -> Sql:
    return Sql(text_of(tokens), key_of(tokens))


def _inside(tokens: list[str], start: int) -> int:
    """Return where the parenthesis that opens at ``start`` ends, behind it."""
    depth = 0
    for at in range(start, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at], 0)
        if depth == 0:
            return at + 1
    return len(tokens)


def _names(tokens: list[str]) -> tuple[str, ...]:
    return tuple(name_of_token(item[0]) for item in items_of(tokens))


def _constraint(item: list[str]) -> ConstraintState:
    name = ""
    if item[0].lower() == "constraint":
        name, item = name_of_token(item[1]), item[2:]
    match item[0].lower():
        case "primary":
            return ConstraintState("", "primary", _sql(item), _names(item))  # its name is kept nowhere that matters
        case "unique":
            return ConstraintState(name, "unique", _sql(item), _names(item))
        case "check":
            return ConstraintState(name, "check", _sql(item))
        case _:
            at = next(i for i, token in enumerate(item) if token.lower() == "references")
            return _foreign(name, _names(item), item[at:])


def _foreign(name: str, columns: tuple[str, ...], references: list[str]) -> ConstraintState:
    words = [token.lower() for token in references]
    on_delete = ""
    if "delete" in words:
        at = words.index("delete") + 1
        on_delete = " ".join(words[at : at + 2]) if words[at] in {"set", "no"} else words[at]
    tokens = ["FOREIGN", "KEY", "(", *_with_commas(columns), ")", *references]
    target = name_of_token(references[1])
    there = _names(references[2:]) if references[2:3] == ["("] else ()
    return ConstraintState(name, "foreign", _sql(tokens), columns, target, there, on_delete)


def _with_commas(names: tuple[str, ...]) -> list[str]:
    return [token for name in names for token in (quoted(name), ",")][:-1]


def _column(item: list[str]) -> tuple[ColumnState, list[ConstraintState]]:
    name = name_of_token(item[0])
    at = 1
    while at < len(item) and item[at].lower() not in _OF_COLUMN:
        at = _inside(item, at) if item[at] == "(" else at + 1
    found: list[ConstraintState] = []
    given: dict[str, Any] = {"type": text_of(item[1:at]).upper().replace(", ", ",").replace(" (", "(")}
    for label, clause in _clauses(item, at):
        match clause[0].lower():
            case "not":
                given["nullable"] = False
            case "default":
                bare = clause[2:-1] if clause[1] == "(" and _inside(clause, 1) == len(clause) else clause[1:]
                given["default"] = Sql(text_of(clause[1:]), key_of(bare))
            case "collate":
                given["collation"] = name_of_token(clause[1])
            case "generated" | "as":
                start = clause.index("(")
                end = _inside(clause, start)
                given["generated"] = _sql(clause[start:end])
                given["stored"] = clause[-1].lower() == "stored"
            case "primary":
                found.append(ConstraintState("", "primary", _sql(["PRIMARY", "KEY", "(", quoted(name), ")"]), (name,)))
                if clause[-1].lower() == "autoincrement":
                    given["identity"] = "AUTOINCREMENT"
            case "unique":
                found.append(ConstraintState(label, "unique", _sql(["UNIQUE", "(", quoted(name), ")"]), (name,)))
            case "check":
                found.append(ConstraintState(label, "check", _sql(clause)))
            case "references":
                found.append(_foreign(label, (name,), clause))
            case _:
                pass  # NULL says nothing
    return ColumnState(name, **given), found


def _clauses(item: list[str], at: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the constraints of a column, each with its name."""
    label = ""
    while at < len(item):
        if item[at].lower() == "constraint":
            label = name_of_token(item[at + 1])
            at += 2
            continue
        end = at + 1
        while end < len(item) and not _starts_clause(item, end):
            end = _inside(item, end) if item[end] == "(" else end + 1
        yield label, item[at:end]
        label = ""
        at = end


def _starts_clause(item: list[str], at: int) -> bool:
    word, before = item[at].lower(), item[at - 1].lower()
    if word in {"default", "null"}:
        return before not in {"set", "not"}
    if word == "not":
        return at + 1 < len(item) and item[at + 1].lower() == "null"
    return word in _OF_COLUMN and not (word == "as" and before == "always")


def _index(name: str, text: str) -> IndexState:
    tokens = tokens_of(text)
    on = next(i for i, token in enumerate(tokens) if token.lower() == "on")
    start = next(i for i in range(on, len(tokens)) if tokens[i] == "(")
    end = _inside(tokens, start)
    items = list(items_of(tokens[start:end]))
    plain = [len(item) == 1 or (len(item) == 2 and item[1].lower() in {"asc", "desc"}) for item in items]
    return IndexState(
        name,
        tokens[1].lower() == "unique",
        _sql(tokens[start:]),
        tuple(name_of_token(item[0]) if is_plain else None for item, is_plain in zip(items, plain, strict=True)),
        tuple(item[-1].lower() == "desc" for item in items),
        where=text_of(tokens[end + 1 :]),
    )
