"""What a database driver is to the rest of the framework. A third database is one more implementation of this.

A ``Driver`` runs single statements, each a transaction of its own, and opens a ``Session`` for a transaction.
Both raise the typed errors of ``rooftree.base`` and nothing of the library underneath. The suite in
``tests/unit/db/drivers`` runs over every driver and says what each method must do.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Literal, Protocol

import msgspec

from rooftree.db.drivers.capabilities import Capabilities, Dialect
from rooftree.db.statement import Statement

__all__ = [
    "NOT_MIGRATED",
    "ConnectionHook",
    "Driver",
    "Isolation",
    "Notification",
    "Parameters",
    "Row",
    "Session",
    "TransactionOptions",
]

NOT_MIGRATED: Final = (
    "If a model has it, the database is behind: 'rooftree db make' writes the migration, 'rooftree db migrate' runs it."
)
"""What to do where a statement names a table or column that the database has not."""

Row = Sequence[Any]
Parameters = Sequence[object]
Isolation = Literal["read_committed", "repeatable_read", "serializable"]

ConnectionHook = Callable[[Any], Awaitable[None] | None]
"""Called with each new connection of the library underneath: ``sqlite3.Connection`` (a plain function, called on a
thread) or ``asyncpg.Connection`` (a coroutine function). For functions, collations and codecs of one's own."""


class TransactionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a transaction runs.

    Attributes:
        isolation: What it sees of others; ``None`` takes the database's default. SQLite is always serializable.
        read_only: Writes raise ``ReadOnlyError``. On SQLite such a transaction waits for no writer.
        statement_limit: Seconds that one statement may take; ``None`` takes the database's own setting.
        lock_limit: Seconds to wait for another's lock; ``None`` takes the database's own setting.
        reads_first: Whether writes are not expected: on SQLite it takes the writers' turn with its first write only,
            which raises ``SerializationError`` where another has written since its first read.
    """

    isolation: Isolation | None = None
    read_only: bool = False
    statement_limit: float | None = None
    lock_limit: float | None = None
    reads_first: bool = False


class Notification(msgspec.Struct, frozen=True):
    """What NOTIFY sent.

    Attributes:
        channel: The channel's name.
        payload: The text; ``None`` where this only tells that something was missed.
        missed: Whether notifications before this one may have been lost: the connection was, or the reader was too
            slow. Look at the tables again.
    """

    channel: str
    payload: str | None
    missed: bool = False


class Session(Protocol):
    """A connection inside one open transaction. One statement at a time; the caller keeps the order.

    After ``commit``, ``rollback`` or ``abandon`` the connection is the driver's again and the session is
    used no more.
    """

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run a statement and return its rows."""
        ...

    async def fetch_row(self, statement: Statement, parameters: Parameters) -> Row | None:
        """Run a statement and return its first row."""
        ...

    async def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> list[Row | None]:
        """Run a read once for each set of parameters, where each returns one row or none."""
        ...

    async def execute(self, statement: Statement, parameters: Parameters) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    async def execute_many(self, statement: Statement, many: Iterable[Parameters]) -> int:
        """Run a statement once for each set of parameters and return how many rows were changed in all."""
        ...

    def stream(self, statement: Statement, parameters: Parameters, *, batch: int) -> AsyncGenerator[list[Row]]:
        """Run a statement and yield its rows, ``batch`` at a time."""
        ...

    async def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Parameters]) -> int:
        """Add rows by the database's fastest way and return how many."""
        ...

    async def savepoint(self, name: str) -> None:
        """Set a savepoint. Where it raises ``asyncio.CancelledError`` the savepoint is set all the same."""
        ...

    async def release(self, name: str) -> None:
        """Keep what happened since a savepoint."""
        ...

    async def rollback_to(self, name: str) -> None:
        """Take back what happened since a savepoint, and the savepoint."""
        ...

    async def commit(self) -> bool:
        """Make everything permanent. Whatever is raised, the session is over.

        Returns:
            Whether the caller was cancelled while the commit was under way. It was not stopped by that; the caller
            ends what belongs to the commit and then raises ``asyncio.CancelledError``.
        """
        ...

    async def rollback(self) -> None:
        """Take everything back. Never raises for a connection that is gone: what was not committed is taken back."""
        ...

    def abandon(self) -> None:
        """Take everything back without waiting for it: the caller was cancelled."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether the database still holds the transaction open."""
        ...


class Driver(Protocol):
    """One database, by address: runs statements and opens transactions."""

    dialect: Dialect
    capabilities: Capabilities

    async def open(self) -> None:
        """Make the first connection, so that a mistake in the address shows at start-up."""
        ...

    async def close(self) -> None:
        """Wait for what is under way, then end every connection."""
        ...

    def fetch(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, list[Row]]:
        """Run a statement and return its rows: tuples, or what unpacks like them."""
        ...

    def fetch_row(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, Row | None]:
        """Run a statement and return its first row."""
        ...

    def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> Coroutine[Any, Any, list[Row | None]]:
        """Run a read once for each set of parameters, where each returns one row or none: one round trip."""
        ...

    def fetch_by_key(
        self, statement: Statement, parameters: Parameters, positions: Sequence[int]
    ) -> Coroutine[Any, Any, Row | None]:
        """Run a read that gives one row or none, by a whole key: several at once may share a round trip.

        ``positions`` says where each of the first parameters, those of the key, stands in the row.
        """
        ...

    def execute(self, statement: Statement, parameters: Parameters) -> Coroutine[Any, Any, int]:
        """Run a statement and return how many rows it changed."""
        ...

    def stream(self, statement: Statement, parameters: Parameters, *, batch: int) -> AsyncGenerator[list[Row]]:
        """Run a statement and yield its rows, ``batch`` at a time; holds a connection until it ends or is closed."""
        ...

    async def begin(self, options: TransactionOptions) -> Session:
        """Start a transaction on a connection of its own."""
        ...

    def listen(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[Notification]]:
        """Listen on a channel while a block runs; an error where the database has no such thing."""
        ...

    async def backup(self, target: str) -> None:
        """Copy the whole database into a file while it is used; an error where the database has no such thing."""
        ...
