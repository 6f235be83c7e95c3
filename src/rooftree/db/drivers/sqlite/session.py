"""One open transaction on a SQLite connection."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from rooftree.db.drivers.base import Parameters, Row
from rooftree.db.drivers.control import refuse_control
from rooftree.db.drivers.sqlite.connection import INLINE_WRITE, STARTS_NOW, SQLiteConnection, was_interrupted
from rooftree.db.drivers.sqlite.errors import LIBRARY_ERRORS
from rooftree.db.drivers.sqlite.references import execute, execute_many
from rooftree.db.drivers.sqlite.slow import SlowStatements
from rooftree.db.statement import Statement

__all__ = ["SQLiteSession", "SessionOwner"]

T = TypeVar("T")

_SLICE: Final = 50  # parameter sets run without letting others have the loop


class SessionOwner(Protocol):
    """What a session needs of the driver that opened it."""

    @property
    def slow(self) -> SlowStatements:
        """Which statements may not run in the loop."""
        ...

    async def on_thread(
        self, connection: SQLiteConnection, work: Callable[[sqlite3.Connection], T], limit: float | None
    ) -> T:
        """Run on a thread, for so many seconds at the most."""
        ...

    async def commit_on_thread(self, connection: SQLiteConnection) -> bool:
        """Commit on a thread; return whether the caller was cancelled meanwhile."""
        ...

    @property
    def waits_for_disk(self) -> bool:
        """Whether a commit waits for the disk."""
        ...

    def ended(self, connection: SQLiteConnection, *, changed: bool, wrote: bool, large: bool) -> None:
        """Take the connection back; ``changed`` says that raw SQL may have changed its state."""
        ...


class SQLiteSession:
    """One open transaction; see ``rooftree.db.drivers.base.Session``."""

    __slots__ = ("_changed", "_connection", "_large", "_let_write", "_limit", "_over", "_owner", "_raw", "_wrote")

    def __init__(
        self,
        owner: SessionOwner,
        connection: SQLiteConnection,
        limit: float | None,
        let_write: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._owner = owner
        self._connection = connection
        self._raw = connection.raw
        self._limit = limit
        self._let_write = let_write  # asked before the first write, where the transaction began as a reader
        self._changed = False
        self._wrote = False
        self._large = False
        self._over = False

    @property
    def in_transaction(self) -> bool:
        """Whether SQLite still holds the transaction open: a full disk, for one, ends it."""
        return self._raw.in_transaction

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run a statement and return its rows as tuples."""
        return await self._run(statement, lambda raw: execute(raw, statement.text, parameters).fetchall())

    async def fetch_row(self, statement: Statement, parameters: Parameters) -> Row | None:
        """Run a statement and return its first row as a tuple."""
        rows = await self._run(statement, lambda raw: execute(raw, statement.text, parameters).fetchall())
        return rows[0] if rows else None

    async def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> list[Row | None]:
        """Run a read once for each set of parameters, where each returns one row or none."""
        return [await self.fetch_row(statement, parameters) for parameters in many]

    async def execute(self, statement: Statement, parameters: Parameters) -> int:
        """Run a statement and return how many rows it changed."""

        def count(raw: sqlite3.Connection) -> int:
            cursor = execute(raw, statement.text, parameters)
            cursor.fetchall()
            return max(cursor.rowcount, 0)

        return await self._run(statement, count)

    async def execute_many(self, statement: Statement, many: Iterable[Parameters]) -> int:
        """Run a statement for each set of parameters, in slices that let others have the loop in between."""
        changed = 0
        sets = iter(many)
        while part := list(itertools.islice(sets, _SLICE)):

            def run(raw: sqlite3.Connection, part: list[Parameters] = part) -> int:
                return max(execute_many(raw, statement.text, part).rowcount, 0)

            changed += await self._run(statement, run)
            await asyncio.sleep(0)
        return changed

    async def stream(self, statement: Statement, parameters: Parameters, *, batch: int) -> AsyncGenerator[list[Row]]:
        """Yield the rows of a statement, ``batch`` at a time."""
        cursor = self._raw.cursor()
        try:
            await self._threaded(lambda _: cursor.execute(statement.text, parameters))
            while rows := await self._threaded(lambda _: cursor.fetchmany(batch)):
                yield rows
        finally:
            cursor.close()

    async def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Parameters]) -> int:
        """Add rows by INSERT, slice by slice: SQLite has nothing faster."""
        names = ", ".join(_quote(column) for column in columns)
        marks = ", ".join("?" * len(columns))
        text = f"insert into {_quote(table)} ({names}) values ({marks})"  # noqa: S608 - names are quoted
        return await self.execute_many(Statement(text, "write", returns_rows=False, prepare=False), rows)

    async def savepoint(self, name: str) -> None:
        """Set a savepoint."""
        self._control(f"savepoint {name}")

    async def release(self, name: str) -> None:
        """Keep what happened since a savepoint."""
        self._control(f"release {name}")

    async def rollback_to(self, name: str) -> None:
        """Take back what happened since a savepoint, and the savepoint."""
        self._control(f"rollback to {name}")
        self._control(f"release {name}")

    async def commit(self) -> bool:
        """Commit; inline where it is a matter of microseconds, else on a thread."""
        try:
            if self._large or (self._wrote and self._owner.waits_for_disk):
                return await self._owner.commit_on_thread(self._connection)
            self._control("commit")
        except BaseException:
            self._wrote = False
            raise
        else:
            return False
        finally:
            self.abandon()  # a commit that failed leaves the transaction open

    async def rollback(self) -> None:
        """Take everything back."""
        self._wrote = False
        self.abandon()

    def abandon(self) -> None:
        """Take back what is not committed and give the connection to its owner."""
        if self._over:
            return
        self._over = True
        try:
            if self._raw.in_transaction:
                self._control("rollback")
        finally:
            self._owner.ended(self._connection, changed=self._changed, wrote=self._wrote, large=self._large)

    def _control(self, text: str) -> None:
        self._connection.no_budget()
        try:
            self._raw.execute(text)
        except LIBRARY_ERRORS as error:
            raise self._connection.explain(error) from error

    async def _run(self, statement: Statement, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run in the loop where that is quick. A read that is not goes to a thread with the same connection."""
        connection = self._connection
        reads = statement.kind == "read"
        if not reads:
            refuse_control(statement)
            if self._let_write is not None:
                await self._let_write()
                self._let_write = None
            self._wrote = True
        if statement.changes_session:
            self._changed = True
        if statement.kind == "ddl" or not self._owner.slow.try_inline(statement):
            self._large = self._large or not reads
            return await self._threaded(work)
        started = time.perf_counter()
        if reads:
            connection.deadline = STARTS_NOW
        else:
            connection.no_budget()
        try:
            result = work(self._raw)
        except LIBRARY_ERRORS as error:
            if not (reads and was_interrupted(error)):
                raise connection.explain(error) from error
            self._owner.slow.remember(statement)
            return await self._threaded(work)
        if not reads and time.perf_counter() - started > INLINE_WRITE:
            self._owner.slow.remember(statement)
        return result

    async def _threaded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._owner.on_thread(self._connection, work, self._limit)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
