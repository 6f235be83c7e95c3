"""The PostgreSQL driver: a pool of connections, single statements, transactions, and what happens when they break."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeVar

import asyncpg

from rooftree.base import ConnectionFailed, ConnectionLost, PoolExhausted, UsageError
from rooftree.db.drivers.base import ConnectionHook, Parameters, Row, TransactionOptions
from rooftree.db.drivers.capabilities import CAPABILITIES, Capabilities, Dialect
from rooftree.db.drivers.control import refuse_control
from rooftree.db.drivers.options import PostgresOptions
from rooftree.db.drivers.pool import Pool
from rooftree.db.drivers.postgres.connection import Address, PostgresConnection, connect
from rooftree.db.drivers.postgres.errors import (
    LIBRARY_ERRORS,
    ends_connection,
    translate,
    translate_connect,
)
from rooftree.db.drivers.postgres.listen import Listener, Subscription
from rooftree.db.drivers.postgres.session import PostgresSession, begin_text
from rooftree.db.drivers.postgres.together import KeyReads
from rooftree.db.place import user_line
from rooftree.db.statement import Statement

__all__ = ["PostgresDriver"]

A = TypeVar("A")
T = TypeVar("T")

_CLEAN_UP: Final = 5.0  # seconds for a connection to come to rest after a cancellation
_WAITS: Final = (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError, asyncpg.InterfaceError)
_CONSTRAINT_COLUMNS: Final = Statement(
    "select a.attname from pg_constraint c join pg_class t on t.oid = c.conrelid"
    " join pg_namespace n on n.oid = t.relnamespace"
    " join pg_attribute a on a.attrelid = t.oid and a.attnum = any(c.conkey)"
    " where n.nspname = $1 and t.relname = $2 and c.conname = $3 order by a.attnum",
    "read",
    returns_rows=True,
)


class PostgresDriver:
    """One PostgreSQL database; see ``rooftree.db.drivers.base.Driver``.

    A connection that comes back at rest is used again as it is: no query resets it. One that raw SQL may have changed,
    or whose statement was cancelled, is brought to rest in the background first, and ended where that fails.

    Args:
        name: The database's name, for errors.
        address: The server, and who asks.
        options: See there.
        hooks: Awaited with each new ``asyncpg.Connection``.
    """

    dialect: Dialect = "postgresql"
    capabilities: Capabilities = CAPABILITIES["postgresql"]

    def __init__(self, name: str, address: Address, options: PostgresOptions, hooks: list[ConnectionHook]) -> None:
        self.name = name
        self.address = address
        self.options = options
        self._hooks = hooks
        self._upkeep: set[asyncio.Task[None]] = set()
        self._columns: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._closed = False
        self._key_reads = KeyReads(self)
        self._listener: Listener | None = None
        self._pool: Pool[PostgresConnection] = Pool(
            name,
            size=options.pool_size,
            limit=options.acquire_limit,
            connect=self._connect,
            usable=lambda connection: not connection.raw.is_closed(),
        )

    async def open(self) -> None:
        """Make the first connection.

        Raises:
            ConnectionFailed: the server cannot be reached, or does not let this user in.
        """
        self._closed = False
        self._pool.give(await self._pool.make(self._connect_once))

    async def close(self) -> None:
        """End every connection. One that is in use ends when it is given back."""
        self._closed = True
        if self._listener is not None:
            await self._listener.close()
        while self._upkeep:
            await asyncio.wait(self._upkeep)
        for connection in self._pool.forget_idle():
            with contextlib.suppress(Exception):
                await connection.raw.close(timeout=_CLEAN_UP)

    # ---- single statements

    def fetch(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, list[Row]]:
        """Run a statement and return its rows as ``asyncpg.Record``."""
        return self._borrow(PostgresConnection.fetch, statement, parameters)

    def fetch_row(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, Row | None]:
        """Run a statement and return its first row as ``asyncpg.Record``."""
        return self._borrow(PostgresConnection.fetch_row, statement, parameters)

    def fetch_by_key(
        self, statement: Statement, parameters: Parameters, positions: Sequence[int]
    ) -> Coroutine[Any, Any, Row | None]:
        """Run a read that gives one row or none, together with others of the same statement where they come at once."""
        return self._key_reads.read(statement, parameters, positions)

    def fetch_in_order(self, statement: Statement, many: list[Parameters]) -> Coroutine[Any, Any, list[Row]]:
        """Run a read for each set of parameters in one round trip, and return the rows of all in this order."""
        return self._borrow(PostgresConnection.fetch_in_order, statement, many)

    def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> Coroutine[Any, Any, list[Row | None]]:
        """Run a read for each set of parameters in one round trip, where each returns one row or none."""
        return self._borrow(PostgresConnection.fetch_each, statement, many)

    def execute(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, int]:
        """Run a statement and return how many rows it changed."""
        return self._borrow(PostgresConnection.execute, statement, parameters)

    async def stream(self, statement: Statement, parameters: Parameters, *, batch: int) -> AsyncGenerator[list[Row]]:
        """Yield the rows of a read, ``batch`` at a time, through a cursor in a transaction of its own."""
        session = await self.begin(TransactionOptions(read_only=True))
        try:
            async with contextlib.aclosing(session.stream(statement, parameters, batch=batch)) as batches:
                async for rows in batches:
                    yield rows
        except GeneratorExit:
            session.abandon()  # a generator that is closed may be out of reach of its task
            raise
        except BaseException:
            await session.rollback()
            raise
        else:
            await session.rollback()

    async def _borrow(
        self,
        verb: Callable[[PostgresConnection, Statement, A], Awaitable[T]],
        statement: Statement,
        argument: A,
        *,
        again: bool = True,
    ) -> T:
        """Run one statement on a connection of the pool."""
        if statement.kind != "read":
            refuse_control(statement)
        connection = self._pool.take_now() or await self._pool.take()
        try:
            result = await verb(connection, statement, argument)
        except BaseException as error:
            fresh = connection.fresh
            outdated = isinstance(error, asyncpg.InvalidCachedStatementError)
            self._after_failure(connection, statement, error)
            if not isinstance(error, LIBRARY_ERRORS):
                raise
            # Nothing has run where a prepared statement was outdated; a read that met a dead connection has no effect.
            if not (again and (outdated or (statement.kind == "read" and not fresh and ends_connection(error)))):
                raise await self.explain(error) from error
        else:
            if connection.fresh or connection.changed:
                self._first_or_changed(connection)
            else:
                self._pool.give(connection)
            return result
        return await self._borrow(verb, statement, argument, again=False)

    def _after_failure(self, connection: PostgresConnection, statement: Statement, error: BaseException) -> None:
        """Put a connection where it belongs after a statement of its own failed on it."""
        if isinstance(error, asyncpg.InvalidCachedStatementError):
            connection.forget(statement)
        at_rest = isinstance(error, (asyncpg.PostgresError, asyncpg.DataError)) and not ends_connection(error)
        if at_rest:
            self.give_back(connection)
        else:
            self.clean_up(connection)

    def _first_or_changed(self, connection: PostgresConnection) -> None:
        connection.fresh = False
        self.give_back(connection)

    # ---- transactions

    async def begin(self, options: TransactionOptions) -> PostgresSession:
        """Start a transaction on a connection of its own."""
        text = begin_text(options, self.options)
        for attempt in (1, 2):
            connection = self._pool.take_now() or await self._pool.take()
            fresh = connection.fresh
            try:
                await connection.raw.execute(text)
            except BaseException as error:
                self.clean_up(connection)
                if not isinstance(error, LIBRARY_ERRORS):
                    raise
                if attempt == 2 or fresh or not ends_connection(error):  # nothing has happened yet on a dead one
                    raise await self.explain(error) from error
            else:
                connection.fresh = False
                return PostgresSession(self, connection)
        raise AssertionError  # the second attempt returns or raises

    async def backup(self, target: str) -> None:
        """Refuse: a server's database is copied by the server's own tools."""
        raise UsageError(
            "T011",
            f"The database '{self.name}' is a PostgreSQL, which backup({target!r}) cannot copy into a file.",
            "Run pg_dump.",
            at=user_line(),
        )

    def listen(self, channel: str) -> AbstractAsyncContextManager[Subscription]:
        """Listen on a channel while a block runs, on a connection beside the pool that all channels share."""
        if not self.options.prepare:
            raise UsageError(
                "T012",
                f"The database '{self.name}' is behind a pooler (prepare=False), which cannot LISTEN.",
                "Listen on a second Database whose URL leads to the server itself.",
                at=user_line(),
            )
        if self._listener is None:
            self._listener = Listener(self.name, self._connect_once, self.options.acquire_limit)
        return self._listener.subscribe(channel)

    # ---- what becomes of connections

    def give_back(self, connection: PostgresConnection) -> None:
        """Take a connection at rest: for whoever waits for one."""
        if connection.raw.is_closed() or self._closed:
            self._drop(connection)
        elif connection.changed:
            self.clean_up(connection)
        else:
            self._pool.give(connection)

    def clean_up(self, connection: PostgresConnection) -> None:
        """Take a connection in whatever state it is, and bring it to rest in the background."""
        if connection.raw.is_closed() or self._closed:
            self._drop(connection)
        else:
            task = asyncio.get_running_loop().create_task(self._settle(connection))
            self._upkeep.add(task)
            task.add_done_callback(self._upkeep.discard)

    async def _settle(self, connection: PostgresConnection) -> None:
        raw = connection.raw
        try:
            async with asyncio.timeout(_CLEAN_UP):
                # asyncpg waits here until a statement that is being cancelled has ended. A cancellation that comes late
                # hits this statement; a transaction that failed refuses it.
                with contextlib.suppress(asyncpg.PostgresError):
                    await raw.execute("SELECT")
                if raw.is_in_transaction():
                    await raw.execute("ROLLBACK")
                if connection.changed:
                    await connection.reset()
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 - whatever it was, nobody may use the connection
            self._drop(connection)
        else:
            self._pool.give(connection)

    def _drop(self, connection: PostgresConnection) -> None:
        if not connection.raw.is_closed():
            connection.raw.terminate()
        self._pool.drop()

    async def _connect(self) -> PostgresConnection:
        """Connect, waiting for a server that is starting again."""
        deadline = asyncio.get_running_loop().time() + self.options.acquire_limit
        pause = 0.05
        while True:
            try:
                return await self._connect_once()
            except ConnectionFailed as error:
                if not isinstance(error.__cause__, _WAITS) or asyncio.get_running_loop().time() + pause > deadline:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.5)

    async def _connect_once(self) -> PostgresConnection:
        try:
            return await connect(self.address, self.options, self._hooks)
        except LIBRARY_ERRORS as error:
            raise translate_connect(error, self.name, str(self.address)) from error

    # ---- errors

    async def explain(self, error: Exception) -> Exception:
        """Return our error for asyncpg's; a check constraint's columns are looked up once."""
        columns = None
        if isinstance(error, asyncpg.CheckViolationError):
            columns = await self._columns_of(error)
        return translate(error, self.name, columns)

    async def _columns_of(self, error: asyncpg.CheckViolationError) -> tuple[str, ...] | None:
        key = (str(error.schema_name), str(error.table_name), str(error.constraint_name))
        known = self._columns.get(key)
        pool = self._pool
        if known is None and (pool.idle or pool.total < pool.size):  # never wait for a connection while one is held
            try:
                rows = await self._borrow(PostgresConnection.fetch, _CONSTRAINT_COLUMNS, key)
            except (ConnectionLost, ConnectionFailed, PoolExhausted):
                return None
            self._columns[key] = known = tuple(str(row[0]) for row in rows)
        return known
