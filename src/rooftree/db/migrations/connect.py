"""SQLAlchemy connections for Alembic: to the database, locked against a second migration, or to a scratch one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
import uuid
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from rooftree.db.database import Database
from rooftree.db.migrations.errors import MigrationError
from rooftree.db.sqlite_functions import add_functions

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["on_connection", "on_scratch"]

T = TypeVar("T")

_KEY: Final = zlib.crc32(b"rooftree migrations")
_SCRATCH: Final = "rooftree_scratch_"
_PAUSE: Final = 0.05


async def on_connection(database: Database, work: Callable[[sa.Connection], T], *, lock_limit: float) -> T:
    """Run blocking work with a connection of its own, as the only migration of this database.

    Args:
        database: The database; it need not be open.
        work: Gets the connection, with no transaction begun.
        lock_limit: Seconds to wait for another migration's end.

    Raises:
        ConnectionFailed: T102, the database cannot be reached.
        MigrationError: another migration runs.
    """
    if database.dialect == "sqlite":
        return await asyncio.to_thread(_on_sqlite, database, work, lock_limit)

    def locked(connection: sa.Connection) -> T:
        _lock_postgres(connection, database.name, lock_limit)
        return work(connection)  # the lock goes with the connection, whatever ends it

    return await _on_postgres(database, locked)


async def on_scratch(database: Database, work: Callable[[sa.Connection], T]) -> T:
    """Run blocking work on an empty database of the same kind, which is gone afterwards.

    On SQLite it is in memory; on PostgreSQL it is a new database on the same server.

    Raises:
        ConnectionFailed: T102, the server cannot be reached.
        MigrationError: the database's user may not create databases.
    """
    if database.dialect == "sqlite":
        return await asyncio.to_thread(_in_memory, work)
    name = f"{_SCRATCH}{int(time.time())}_{uuid.uuid4().hex[:12]}"
    try:
        await _on_postgres(database, _create_scratch(name))
        return await _on_postgres(database, work, name)
    except DBAPIError as error:
        if "permission denied to create database" not in str(error.orig):
            raise
        raise MigrationError(
            "G108",
            f"The user of the database '{database.name}' may not create databases, and the migrations are tried in one"
            " of their own.",
            "Let it: ALTER ROLE ... CREATEDB; or give Migrations(scratch=...) a database on another server.",
        ) from error
    finally:
        await asyncio.shield(_on_postgres(database, _drop_databases(name)))


def _create_scratch(name: str) -> Callable[[sa.Connection], None]:
    """Create a scratch database; those that killed processes left go, an hour later."""

    def create(connection: sa.Connection) -> None:
        old = connection.exec_driver_sql(
            f"SELECT datname FROM pg_database WHERE datname ~ '^{_SCRATCH}[0-9]+_' AND pg_has_role(datdba, 'USAGE')"  # noqa: S608
            f" AND split_part(datname, '_', 3)::bigint < {int(time.time()) - 3600}"
        ).all()
        connection.rollback()
        _drop_databases(*[row[0] for row in old])(connection)
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')

    return create


def _drop_databases(*names: str) -> Callable[[sa.Connection], None]:
    def drop(connection: sa.Connection) -> None:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        for name in names:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    return drop


async def _on_postgres(database: Database, work: Callable[[sa.Connection], T], name: str | None = None) -> T:
    from sqlalchemy.ext.asyncio import create_async_engine

    address = database.made.address
    url = sa.URL.create(
        "postgresql+asyncpg",
        username=address.user,
        password=address.password,
        host=address.host,
        port=address.port,
        database=name or address.database,
    )
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        connection = await _connected(engine, database)
        try:
            return await connection.run_sync(work)
        finally:
            await connection.close()
    finally:
        await engine.dispose()


async def _connected(engine: AsyncEngine, database: Database) -> AsyncConnection:
    from rooftree.db.drivers.postgres.errors import translate_connect

    try:
        return await engine.connect()
    except (DBAPIError, OSError) as error:
        # asyncpg's own error says more than what SQLAlchemy has put around it
        cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else None
        reason = cause if isinstance(cause, Exception) else error
        raise translate_connect(reason, database.name, str(database.made.address)) from error


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
    with _lock_file(f"{path}-migrate", database.name, limit), _sqlite_engine(path).connect() as connection:
        return work(connection)


def _in_memory(work: Callable[[sa.Connection], T]) -> T:
    with _sqlite_engine(":memory:").connect() as connection:
        return work(connection)


def _sqlite_engine(path: str) -> sa.Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=path), poolclass=NullPool, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # the module would commit before each change of the schema
        raw.execute("PRAGMA foreign_keys = OFF")  # dropping a table that is made anew would delete what refers to it
        add_functions(raw)

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


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
