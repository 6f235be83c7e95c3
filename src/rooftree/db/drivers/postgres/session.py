"""One open transaction on a PostgreSQL connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Sequence
from typing import Final, Protocol, TypeVar

import asyncpg

from rooftree.base import SerializationError, TransactionLost, ValueRefused
from rooftree.db.drivers.base import Parameters, Row, TransactionOptions
from rooftree.db.drivers.control import refuse_control
from rooftree.db.drivers.options import PostgresOptions
from rooftree.db.drivers.postgres.connection import PostgresConnection
from rooftree.db.drivers.postgres.errors import LIBRARY_ERRORS
from rooftree.db.drivers.waiting import settled
from rooftree.db.place import user_line
from rooftree.db.statement import Statement

__all__ = ["PostgresSession", "SessionOwner", "begin_text"]

A = TypeVar("A")
T = TypeVar("T")

_PATIENCE: Final = 10.0  # seconds that a cancelled caller waits for the answer to its COMMIT or SAVEPOINT
_ISOLATION: Final = {
    "read_committed": "READ COMMITTED",
    "repeatable_read": "REPEATABLE READ",
    "serializable": "SERIALIZABLE",
}


class SessionOwner(Protocol):
    """What a session needs of the driver that opened it."""

    async def explain(self, error: Exception) -> Exception:
        """Return our error for asyncpg's."""
        ...

    def give_back(self, connection: PostgresConnection) -> None:
        """Take a connection whose transaction is over."""
        ...

    def clean_up(self, connection: PostgresConnection) -> None:
        """Take a connection in whatever state it is."""
        ...


def begin_text(options: TransactionOptions, defaults: PostgresOptions) -> str:
    """Return the statements that begin a transaction, to be sent in one message."""
    text = "BEGIN"
    if options.isolation is not None:
        text += f" ISOLATION LEVEL {_ISOLATION[options.isolation]}"
    if options.read_only:
        text += " READ ONLY"
    limits = {"statement_timeout": options.statement_limit, "lock_timeout": options.lock_limit}
    if not defaults.prepare:  # nothing was set for the session
        limits["statement_timeout"] = options.statement_limit or defaults.statement_limit
        limits["lock_timeout"] = options.lock_limit or defaults.lock_limit
    for name, seconds in limits.items():
        if seconds is not None:
            text += f"; SET LOCAL {name} = {round(seconds * 1000)}"
    return text


class PostgresSession:
    """One open transaction; see ``rooftree.db.drivers.base.Session``."""

    __slots__ = ("_connection", "_over", "_owner", "_raw")

    def __init__(self, owner: SessionOwner, connection: PostgresConnection) -> None:
        self._owner = owner
        self._connection = connection
        self._raw = connection.raw
        self._over = False

    @property
    def in_transaction(self) -> bool:
        """Whether the server still holds the transaction open, though it may refuse all but its end."""
        return not self._raw.is_closed() and self._raw.is_in_transaction()

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run a statement and return its rows as ``asyncpg.Record``."""
        return await self._run(PostgresConnection.fetch, statement, parameters)

    async def fetch_row(self, statement: Statement, parameters: Parameters) -> Row | None:
        """Run a statement and return its first row as ``asyncpg.Record``."""
        return await self._run(PostgresConnection.fetch_row, statement, parameters)

    async def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> list[Row | None]:
        """Run a read once for each set of parameters, where each returns one row or none: one round trip."""
        return await self._run(PostgresConnection.fetch_each, statement, many)

    async def execute(self, statement: Statement, parameters: Parameters) -> int:
        """Run a statement and return how many rows it changed."""
        return await self._run(PostgresConnection.execute, statement, parameters)

    async def execute_many(self, statement: Statement, many: Iterable[Parameters]) -> int:
        """Run a statement once for each set of parameters and return how many rows were changed in all."""
        every = list(many)  # here: an error of the caller's iterator is not the connection's
        return await self._run(PostgresConnection.execute_many, statement, every)

    async def stream(self, statement: Statement, parameters: Parameters, *, batch: int) -> AsyncGenerator[list[Row]]:
        """Yield the rows of a statement, ``batch`` at a time, through a cursor of the server's."""
        batches = self._connection.stream(statement, parameters, batch=batch)
        async with contextlib.aclosing(batches):
            while True:
                try:
                    rows = await self._guard(anext(batches))
                except StopAsyncIteration:
                    return
                yield rows

    async def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Parameters]) -> int:
        """Add rows by COPY and return how many."""
        failed: list[Exception] = []

        def watched() -> Generator[Parameters]:
            try:
                yield from rows
            except Exception as error:
                failed.append(error)
                raise

        try:
            return await self._guard(self._connection.copy_in(table, columns, watched()))
        except Exception as error:
            if failed and failed[0] is not error:
                raise failed[0] from None  # an error of the caller's iterator is not the connection's
            if not failed and isinstance(error, (TypeError, ValueError, ArithmeticError)):
                raise ValueRefused(  # without asyncpg's text, which may hold the value
                    "T402",
                    f"A value of a row for '{table}' does not fit its column.",
                    "Give each the type of its column.",
                    at=user_line(),
                ) from error
            raise

    async def savepoint(self, name: str) -> None:
        """Set a savepoint. A cancellation waits until it is set: else nobody would know whether to go back to it."""
        answer = asyncio.ensure_future(self._guard(self._raw.execute(f"SAVEPOINT {name}")))
        try:
            await asyncio.shield(answer)
        except asyncio.CancelledError:
            await settled(answer, _PATIENCE)
            raise

    async def release(self, name: str) -> None:
        """Keep what happened since a savepoint."""
        await self._guard(self._raw.execute(f"RELEASE SAVEPOINT {name}"))

    async def rollback_to(self, name: str) -> None:
        """Take back what happened since a savepoint, and the savepoint."""
        await self._guard(self._raw.execute(f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}"))

    async def commit(self) -> bool:
        """Commit; a COMMIT under way cannot be taken back, so a cancellation waits for the server's answer."""
        answer = asyncio.ensure_future(self._raw.execute("COMMIT"))
        cancelled = False
        try:
            try:
                await asyncio.shield(answer)
            except asyncio.CancelledError:
                cancelled = True
                if not await settled(answer, _PATIENCE):
                    raise
            status = answer.result()
        except Exception as error:
            raise await self._owner.explain(error) from error
        finally:
            self.abandon()
        if status != "COMMIT":
            raise TransactionLost(
                "T006",
                "PostgreSQL rolled the transaction back at its end, because one of its statements had failed.",
                "Put a statement that may fail into a transaction() of its own; it becomes a savepoint.",
                at=user_line(),
            )
        return cancelled

    async def rollback(self) -> None:
        """Take everything back."""
        try:
            if not self._over and not self._raw.is_closed():
                with contextlib.suppress(Exception):  # what is not committed is taken back by the server, if not by us
                    await self._raw.execute("ROLLBACK")
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Give the connection back; what is still open on it is taken back before another gets it."""
        if not self._over:
            self._over = True
            if self._raw.is_closed() or self._raw.is_in_transaction() or self._connection.changed:
                self._owner.clean_up(self._connection)
            else:
                self._owner.give_back(self._connection)

    async def _run(
        self, verb: Callable[[PostgresConnection, Statement, A], Awaitable[T]], statement: Statement, argument: A
    ) -> T:
        if statement.kind != "read":
            refuse_control(statement)
        try:
            return await verb(self._connection, statement, argument)
        except asyncpg.InvalidCachedStatementError as error:
            self._connection.forget(statement)
            raise SerializationError(
                "T301",
                "The schema was changed while the transaction was open, so a prepared statement no longer fits.",
                "Run the transaction again from its beginning: retries= does.",
                at=user_line(),
                sqlstate=error.sqlstate,
            ) from error
        except LIBRARY_ERRORS as error:
            raise await self._owner.explain(error) from error

    async def _guard(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except LIBRARY_ERRORS as error:
            raise await self._owner.explain(error) from error
