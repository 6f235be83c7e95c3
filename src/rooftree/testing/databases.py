"""Databases of tests: one for each process, filled by nobody, every test taken back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rooftree.app import App, migrations_folder
from rooftree.base import UsageError

if TYPE_CHECKING:
    from rooftree.db import QueryCounter

__all__ = ["assert_queries", "database_for_tests", "rolled_back"]


@contextmanager
def assert_queries(count: int, *, database: str = "default") -> Generator[QueryCounter]:
    """Fail where the block runs another number of statements; the text lists them with the lines of code.

    >>> with assert_queries(2):
    ...     await client.get("/products")

    Args:
        count: How many there are to be; statements of every task count.
        database: Whose.

    Raises:
        AssertionError: There were more, or fewer.
    """
    from rooftree.db import QueryCounter, current_database

    counter = QueryCounter()
    with current_database(database).observe(counter):
        yield counter
    if len(counter) != count:
        raise AssertionError(f"{count} statements were expected, {len(counter)} ran:\n{counter.report()}")


@asynccontextmanager
async def rolled_back(app: App) -> AsyncGenerator[None]:
    """Keep what a started application does in its databases in one transaction each, and take it back at the end."""
    async with AsyncExitStack() as stack:
        for database in app.databases.values():
            await stack.enter_async_context(database.rolled_back())
        yield


@contextmanager
def database_for_tests(app: App, url: str | None = None) -> Generator[str]:
    """Give an application a database of this test process's own, with its tables, while the block runs.

    For a fixture of the whole session. A SQLite file is made in a temporary folder; on PostgreSQL a database beside the
    one that the URL names, called after it and the process (``shop_test_gw0``), which is dropped at the end. The tables
    come from the migrations beside the application, or from the models where there are none.

    Args:
        app: The application, not built yet.
        url: Instead of the URL in the application's settings.

    Raises:
        UsageError: U423 where there is no URL to go by.
    """
    base = url or app.settings.database
    if base is None:
        raise UsageError(
            "U423", f"The application {app.title} has no database.", "Name one: database_for_tests(app, 'sqlite://')."
        )
    with _own_sqlite() if base.startswith("sqlite") else _own_postgres(base) as own:
        app.configure(database=own)
        asyncio.run(_make_tables(app))
        yield own


async def _make_tables(app: App) -> None:
    from rooftree.db import Migrations, create_tables, known_models

    database = app.databases["default"]
    folder = migrations_folder(app.root, database)
    if any(folder.glob("*.py")):
        await Migrations(folder, database).migrate()
        return
    async with database:
        await create_tables(*known_models("default"), database=database)


@contextmanager
def _own_sqlite() -> Generator[str]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="rooftree-test-", ignore_cleanup_errors=True) as folder:
        yield f"sqlite:///{Path(folder) / 'test.db'}"


@contextmanager
def _own_postgres(url: str) -> Generator[str]:
    parts = urlsplit(url)
    name = f"{parts.path.strip('/') or 'app'}_test_{os.environ.get('PYTEST_XDIST_WORKER', os.getpid())}"
    admin = parts._replace(path="/postgres").geturl()
    asyncio.run(_run(admin, f'drop database if exists "{name}" with (force)', f'create database "{name}"'))
    try:
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        asyncio.run(_run(admin, f'drop database if exists "{name}" with (force)'))


async def _run(url: str, *texts: str) -> None:
    from rooftree.db import Database, Statement

    async with Database(url) as database:
        for text in texts:
            await database.execute(Statement(text, "ddl", returns_rows=False, prepare=False), ())
