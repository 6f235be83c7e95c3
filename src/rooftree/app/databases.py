"""The databases of an application, made of its settings."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rooftree.app.pipeline import Run
from rooftree.base import Settings, SettingsError
from rooftree.http import Request, Response

if TYPE_CHECKING:
    from rooftree.db import Database, Databases

__all__ = ["make_databases", "migrations_folder", "one_occasion", "watched"]

_log = logging.getLogger("rooftree.db")


def make_databases(settings: Settings, root: Path) -> Databases:
    """Return the databases that settings name, not yet open.

    Args:
        settings: The application's.
        root: Where relative paths of files start from.

    Raises:
        SettingsError: S106 for two that are named ``default``, S107 where an extra is missing, T110 to T112 for a URL
            or an option that does not fit.
    """
    urls = dict(settings.databases)
    if settings.database is not None:
        if "default" in urls:
            raise SettingsError(
                "S106",
                "The settings name two databases 'default': one in 'database', another in 'databases'.",
                "Leave out one of them, or give the other a name of its own.",
            )
        urls = {"default": settings.database, **urls}
    try:
        from rooftree.db import Databases
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise SettingsError(
            "S107",
            "The settings name a database, and SQLAlchemy is not installed.",
            "Run: pip install 'rooftree[sql]', or 'rooftree[postgres]' for PostgreSQL.",
        ) from error
    return Databases(urls, folder=root)


def migrations_folder(root: Path, database: Database) -> Path:
    """Return the folder of a database's time line: ``migrations/``, or ``migrations_NAME/`` beside the application.

    One that runs on several kinds of database has a time line for each in a folder of that name inside:
    ``migrations/sqlite/``, ``migrations/postgresql/``.

    Args:
        root: The folder of the application.
        database: One of its databases.
    """
    folder = root / ("migrations" if database.name == "default" else f"migrations_{database.name}")
    own = folder / database.dialect
    return own if own.is_dir() else folder


@contextmanager
def watched(databases: Databases, settings: Settings) -> Generator[None]:
    """Log every statement where the settings say so; in development warn of slow, repeated and idle ones."""
    from rooftree.db import IdleTransactions, RepeatedQueries, SlowQueries, log_queries

    with ExitStack() as stack:
        for database in databases.values():
            if settings.log_queries:
                stack.enter_context(database.observe(log_queries(_log)))
            if settings.mode == "development":
                stack.enter_context(database.observe(SlowQueries(_log.warning)))
                stack.enter_context(database.observe(RepeatedQueries(_log.warning)))
                stack.enter_context(database.observe(IdleTransactions(database, _log.warning)))
        yield


def one_occasion(run: Run, place: str | None) -> Run:
    """Return ``run`` with the statements of each request counted apart from those of others on its connection.

    Args:
        run: Answers a request.
        place: File and line of the handler: what the statements are for that no line of the application asks for, such
            as a session's.
    """
    from rooftree.db import asked_from, occasion

    async def counted(request: Request) -> Response:
        counted_by = occasion.set(("request", request.serial))
        asked_by = asked_from.set(place)
        try:
            return await run(request)
        finally:
            asked_from.reset(asked_by)
            occasion.reset(counted_by)

    return counted
