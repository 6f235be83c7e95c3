"""Creating and dropping the tables of models: for tests, scripts and first steps. Migrations do it for applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rooftree.db.database import Database, current_database
from rooftree.db.statement import Statement
from rooftree.db.table import TableInfo
from rooftree.db.transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["create_tables", "drop_tables"]


async def create_tables(*models: Any, database: Database | str = "default") -> None:
    """Create the tables of these models, of all that they refer to, and between their many to many; all or none.

    Raises:
        ModelError: two models use one table name, or one needs what the database lacks.
        DatabaseError: a table exists already.
    """
    from rooftree.db.sql.tables import create_statements

    found = current_database(database) if isinstance(database, str) else database
    await _run(found, create_statements(_infos(models), found.dialect))


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
