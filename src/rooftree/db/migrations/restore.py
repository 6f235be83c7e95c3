"""What rows get, when a migration is taken back, in a column that may not be NULL and whose values went with it."""

from __future__ import annotations

import re
from typing import Final

from rooftree.db.migrations.pull_types import enum_values
from rooftree.db.migrations.state import ColumnState, SchemaState, TableState

__all__ = ["restoring"]

_POSTGRES: Final = {
    "text": "''", "character varying": "''", "character": "''", "citext": "''", "bytea": "''", "boolean": "false",
    "smallint": "0", "integer": "0", "bigint": "0", "numeric": "0", "real": "0", "double precision": "0",
    "date": "CURRENT_DATE", "time without time zone": "'00:00'", "interval": "'0'", "inet": "'0.0.0.0'",
    "timestamp with time zone": "now()", "timestamp without time zone": "now()", "uuid": "gen_random_uuid()",
    "json": "'{}'", "jsonb": "'{}'",
}  # fmt: skip


def restoring(now: SchemaState, wanted: SchemaState) -> dict[str, str]:
    """Return an empty value for each column that has to have one and comes back without, as SQL, by ``table.column``.

    A reference gets none: there is no row that nothing refers to. Taking back fails where the table has rows.

    Args:
        now: The tables after the migration.
        wanted: The tables before it.
    """
    found: dict[str, str] = {}
    for key, table in wanted.tables.items():
        if key not in now.tables:
            continue
        references = {name for each in table.constraints.values() if each.kind == "foreign" for name in each.columns}
        for name, column in table.columns.items():
            if name not in references and _comes_back(now.tables[key].columns.get(name), column):
                value = _allowed(column, table, wanted) or (
                    _empty_sqlite(column) if wanted.dialect == "sqlite" else _empty_postgres(column)
                )
                if value is not None:
                    found[f"{key}.{name}"] = value
    return found


def _comes_back(now: ColumnState | None, wanted: ColumnState) -> bool:
    given = wanted.default is not None or wanted.generated is not None or bool(wanted.identity)
    return not wanted.nullable and not given and (now is None or now.nullable)


def _allowed(column: ColumnState, table: TableState, state: SchemaState) -> str | None:
    """Return the first value of an enumeration."""
    if column.enum and not column.type.endswith("[]"):
        return _literal(state.enums[column.enum].values[0])
    values = enum_values(column, dict(table.constraints))
    return _literal(values[0]) if values else None


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _empty_sqlite(column: ColumnState) -> str:
    """By the rules of SQLite's column affinity (documentation, "Datatypes In SQLite", 3.1)."""
    name = column.type.upper()
    if any(word in name for word in ("CHAR", "CLOB", "TEXT")):
        return "''"
    return "x''" if "BLOB" in name or not name else "0"


def _empty_postgres(column: ColumnState) -> str | None:
    return "'{}'" if column.type.endswith("[]") else _POSTGRES.get(re.sub(r"\(.*?\)", "", column.type))
