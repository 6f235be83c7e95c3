# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Emptying a database of all that it holds, to begin anew."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["drop_everything"]

_SQLITE = (
    "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " ORDER BY type DESC, sql LIKE 'CREATE VIRTUAL%' DESC"
)
# in the schemas that the database's user sees; what belongs to an extension stays with it
_POSTGRES = """
SELECT c.relkind, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
_POSTGRES_TYPES = """
SELECT n.nspname, t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
"""
_KINDS = {"v": "VIEW", "m": "MATERIALIZED VIEW"}


def drop_everything(connection: sa.Connection) -> int:
    """Drop every table, view and type, all of them or none; return how many tables there were."""
    with connection.begin():
        quote = connection.dialect.identifier_preparer.quote_identifier
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql(_SQLITE).all()
            for kind, name in found:
                connection.exec_driver_sql(f"DROP {kind} IF EXISTS {quote(name)}")
            return sum(kind == "table" for kind, _ in found)
        rows = [tuple(map(_text, row)) for row in connection.exec_driver_sql(_POSTGRES)]
        for kind, schema, name in rows:
            word = _KINDS.get(kind, "TABLE")
            connection.exec_driver_sql(f"DROP {word} IF EXISTS {quote(schema)}.{quote(name)} CASCADE")
        for schema, name in connection.exec_driver_sql(_POSTGRES_TYPES).all():
            connection.exec_driver_sql(f"DROP TYPE IF EXISTS {quote(schema)}.{quote(name)} CASCADE")
        return sum(kind not in _KINDS for kind, _, _ in rows)


def _text(value: object) -> str:
    """Return what the driver gives for one character of PostgreSQL's own kind, bytes, as text."""
    return value.decode() if isinstance(value, bytes) else str(value)
