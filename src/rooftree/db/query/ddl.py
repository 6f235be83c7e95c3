"""Creating and dropping the tables of models: for tests, scripts and first steps. Migrations do it for applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rooftree.db.database import Database
from rooftree.db.databases import current_database
from rooftree.db.statement import Statement
from rooftree.db.table import TableInfo
from rooftree.db.transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["create_tables", "drop_tables"]

_TABLES: Final = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p')
union all select null, c.relname from pg_class c where c.relkind in ('r', 'p') and pg_table_is_visible(c.oid)
union all select null, t.typname from pg_type t where t.typtype = 'e' and pg_type_is_visible(t.oid)
"""


async def create_tables(*models: Any, database: Database | str = "default", where_missing: bool = False) -> None:
    """Create the tables of these models, of all that they refer to, and between their many to many; all or none.

    Args:
        models: The models.
        database: Which database.
        where_missing: Leave tables that exist as they are, whatever their columns; migrations change them.

    Raises:
        ModelError: two models use one table name, or one needs what the database lacks.
        DatabaseError: a table exists already.
    """
    from rooftree.db.sql.tables import create_statements

    found = current_database(database) if isinstance(database, str) else database
    async with transaction(found):
        there = await _existing(found) if where_missing else ()
        await _run(found, create_statements(_infos(models), found.dialect, there))


async def _existing(database: Database) -> set[tuple[str | None, str]]:
    """The tables and enumerations that are there, by schema and name; without a schema those that need none."""
    if database.dialect == "sqlite":
        rows = await database.fetch(_read("select null, name from sqlite_master where type = 'table'"), ())
    else:
        await database.execute(Statement("select pg_advisory_xact_lock(7661)", "write", returns_rows=True), ())
        rows = await database.fetch(_read(_TABLES), ())
    return {(row[0], row[1]) for row in rows}


def _read(text: str) -> Statement:
    return Statement(text, "read", returns_rows=True, prepare=False)


async def drop_tables(*models: Any, database: Database | str = "default") -> None:
    """Drop the tables of these models, of all that they refer to, and between their many to many, where they exist."""
    from rooftree.db.sql.tables import drop_statements

    found = current_database(database) if isinstance(database, str) else database
    await _run(found, drop_statements(_infos(models), found.dialect))


def _infos(models: Sequence[Any]) -> list[TableInfo]:
    return [model.__table_info__ for model in models]


async def _run(database: Database, texts: list[str]) -> None:
    async with transaction(database):
        for text in texts:
            await database.execute(Statement(text, "ddl", returns_rows=False, prepare=False), ())
