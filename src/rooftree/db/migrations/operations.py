"""What migration files call besides Alembic's operations."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

from rooftree.db.migrations.state import quoted

__all__ = ["ddl", "drop_index_concurrently", "index_concurrently", "rebuild", "table"]


def table(name: str, schema: str | None = None) -> sa.Table:
    """Return a table as it is at this point of the time line, for migrations that move data.

    Use it in ``upgrade()`` and ``downgrade()``. The project's models say what the tables will be at the end; the
    migration runs before.
    """
    return sa.Table(name, sa.MetaData(), schema=schema, autoload_with=op.get_bind())


def ddl(statement: str) -> None:
    """Run one statement as it is written: nothing in it stands for a parameter."""
    context = op.get_context()
    if context.as_sql:
        context.impl.static_output(f"{statement};\n")
    else:
        op.get_bind().exec_driver_sql(statement)


@contextmanager
def rebuild(name: str) -> Generator[None]:
    """Keep what belongs to a table of SQLite while the block makes it anew.

    That is what goes with a dropped table or would stand in the way of renaming: triggers, views, and how far its keys
    were counted. References are not enforced during a migration, and looked at before it is committed.
    (SQLite's documentation of ALTER TABLE, "Making Other Kinds Of Table Schema Changes".)
    """
    if op.get_context().as_sql:
        yield
        return
    connection = op.get_bind()
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY type = 'trigger', rowid"
    ).all()
    counted = _counted(connection, name)
    for kind, each, _ in reversed(rows):
        connection.exec_driver_sql(f"DROP {kind} {quoted(each)}")
    yield
    for _, _, text in rows:
        connection.exec_driver_sql(text)
    if counted is not None and _counted(connection, name) != counted:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, counted))


def _counted(connection: sa.Connection, name: str) -> int | None:
    exists = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").first()
    if exists is None:
        return None
    found: int | None = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).scalar()
    return found


def index_concurrently(name: str, statement: str, *, schema: str | None = None) -> None:
    """Make an index while the table is written to, outside of a transaction.

    Run again after an interruption it goes on: an index that is whole is kept, one that is not is made anew. Keep it in
    a migration of its own, for what stands before it is committed with it.

    Args:
        name: The index's name.
        statement: ``CREATE INDEX CONCURRENTLY ...``.
        schema: The schema of the table.
    """
    context = op.get_context()
    with context.autocommit_block():
        if not context.as_sql:
            valid = _is_valid(op.get_bind(), name, schema)
            if valid:
                return
            if valid is False:
                ddl(f"DROP INDEX CONCURRENTLY {quoted(schema, name)}")
        ddl(statement)


def drop_index_concurrently(name: str, *, schema: str | None = None) -> None:
    """Drop an index while the table is written to, outside of a transaction; nothing where it is gone already."""
    with op.get_context().autocommit_block():
        ddl(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(schema, name)}")


def _is_valid(connection: sa.Connection, name: str, schema: str | None) -> bool | None:
    """Whether an index is whole; ``None`` where there is none."""
    found: Sequence[Any] | None = connection.execute(
        sa.text(
            "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE c.relname = :name AND c.relnamespace = coalesce(:schema, current_schema())::regnamespace"
        ),
        {"name": name, "schema": schema},
    ).first()
    return None if found is None else bool(found[0])
