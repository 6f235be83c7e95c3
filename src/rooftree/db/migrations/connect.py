"""A SQLAlchemy connection for Alembic, beside the application's own, with a lock against a second migration."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from rooftree.db.database import Database
from rooftree.db.migrations.errors import MigrationError
from rooftree.db.sqlite_functions import add_functions

__all__ = ["on_connection"]

T = TypeVar("T")

_KEY: Final = zlib.crc32(b"rooftree migrations")
_PAUSE: Final = 0.05


async def on_connection(database: Database, work: Callable[[sa.Connection], T], *, lock_limit: float) -> T:
    """Run blocking work with a connection of its own, as the only migration of this database.

    Args:
        database: The database; it need not be open.
        work: Gets the connection, with no transaction begun.
        lock_limit: Seconds to wait for another migration's end.

    Raises:
        MigrationError: another migration runs.
    """
    if database.dialect == "sqlite":
        return await asyncio.to_thread(_on_sqlite, database, work, lock_limit)
    from sqlalchemy.ext.asyncio import create_async_engine

    address = database.made.address
    url = sa.URL.create(
        "postgresql+asyncpg",
        username=address.user,
        password=address.password,
        host=address.host,
        port=address.port,
        database=address.database,
    )
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_lock_postgres, database.name, lock_limit)
            return await connection.run_sync(work)  # the lock goes with the connection, whatever ends it
    finally:
        await engine.dispose()


def _lock_postgres(connection: sa.Connection, name: str, limit: float) -> None:
    deadline = time.monotonic() + limit
    while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_KEY))):
        connection.rollback()
        if time.monotonic() > deadline:
            raise _busy(name, limit)
        time.sleep(_PAUSE)
    connection.rollback()


def _on_sqlite(database: Database, work: Callable[[sa.Connection], T], limit: float) -> T:
    path = database.made.path
    engine = sa.create_engine(sa.URL.create("sqlite", database=path), poolclass=NullPool, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # the module would commit before each change of the schema
        add_functions(raw)

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with _lock_file(f"{path}-migrate", database.name, limit), engine.connect() as connection:
        return work(connection)


@contextmanager
def _lock_file(path: str, name: str, limit: float) -> Generator[None]:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        deadline = time.monotonic() + limit
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise _busy(name, limit) from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(file)


def _busy(name: str, limit: float) -> MigrationError:
    return MigrationError(
        "G102",
        f"Another migration of the database '{name}' was running for {limit:g} s.",
        "Wait for its end; one that was killed holds no lock.",
    )
