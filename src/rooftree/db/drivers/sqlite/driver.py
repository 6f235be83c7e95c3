"""The SQLite driver: single statements, and which connection each of them takes."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from rooftree.base import LockTimeout, UsageError
from rooftree.db.drivers.base import ConnectionHook, Notification, Parameters, Row, TransactionOptions
from rooftree.db.drivers.capabilities import CAPABILITIES, Capabilities, Dialect
from rooftree.db.drivers.control import refuse_control
from rooftree.db.drivers.options import SQLiteOptions
from rooftree.db.drivers.pool import Pool
from rooftree.db.drivers.sqlite.connection import (
    INLINE_WRITE,
    STARTS_NOW,
    SQLiteConnection,
    connect,
    is_busy,
    was_interrupted,
)
from rooftree.db.drivers.sqlite.errors import LIBRARY_ERRORS
from rooftree.db.drivers.sqlite.references import execute
from rooftree.db.drivers.sqlite.session import SQLiteSession
from rooftree.db.drivers.sqlite.slow import SlowStatements
from rooftree.db.drivers.sqlite.turn import WriterTurn
from rooftree.db.drivers.sqlite.upkeep import Upkeep
from rooftree.db.place import user_line
from rooftree.db.statement import Statement

__all__ = ["SQLiteDriver"]

T = TypeVar("T")

_SLICE: Final = 64  # reads in a row without letting others have the loop


def _are_one_file(one: str, two: str) -> bool:
    return Path(one).exists() and Path(one).samefile(two)


class SQLiteDriver:
    """One SQLite database; see ``rooftree.db.drivers.base.Driver``.

    Three kinds of connections: one that answers reads inline in the loop; one that writes, in turn; and a few for
    reads on threads, streams and read-only transactions. A database in memory has a single connection for all of it,
    and a read that is not part of the open transaction waits for its end (so it looks whether the turn is held).

    Args:
        name: The database's name, for errors.
        path: The file, or ``":memory:"``.
        options: See there.
        hooks: Called with each new ``sqlite3.Connection``, on a thread.
    """

    dialect: Dialect = "sqlite"
    capabilities: Capabilities = CAPABILITIES["sqlite"]

    def __init__(self, name: str, path: str, options: SQLiteOptions, hooks: list[ConnectionHook]) -> None:
        self.name = name
        self.path = path
        self.options = options
        self._hooks = hooks
        self._in_memory = path == ":memory:"
        self._lock_path = f"{Path(path).resolve()}-turn"
        self.slow: Final = SlowStatements()
        self._readers: Pool[SQLiteConnection] = Pool(
            name,
            size=options.pool_size,
            limit=options.acquire_limit,
            connect=lambda: self._connect(read_only=True),
            usable=lambda _: True,
        )
        self._upkeep: Final = Upkeep(None if self._in_memory else self._readers, self._call)
        # made by open()
        self._threads: ThreadPoolExecutor
        self._turn: WriterTurn
        self._writer: SQLiteConnection
        self._inline: SQLiteConnection
        self._late: SQLiteConnection | None = None  # the reader that has the turn

    async def open(self) -> None:
        """Open the connections that the loop uses itself.

        Raises:
            ConnectionFailed: the file cannot be opened or is no database.
        """
        self._threads = ThreadPoolExecutor(self.options.pool_size + 2, thread_name_prefix=f"rooftree-{self.name}")
        writer: SQLiteConnection | None = None
        try:
            writer = self._writer = await self._connect(read_only=False)
            self._inline = writer if self._in_memory else await self._connect(read_only=True)
            self._turn = WriterTurn(self.name, None if self._in_memory else self._lock_path)
        except BaseException:
            if writer is not None:
                writer.raw.close()
            self._threads.shutdown(wait=False)
            raise

    async def close(self) -> None:
        """Wait for the writer and for upkeep, then end every connection."""
        if self._turn.held:
            with contextlib.suppress(LockTimeout):
                await self._turn.take(self.options.lock_limit)
        await self._upkeep.finish()
        self._readers.size = 0
        connections = {id(each): each for each in (*self._readers.forget_idle(), self._inline, self._writer)}
        for connection in connections.values():
            await self._call(connection.raw.close)
        self._turn.close()
        self._threads.shutdown(wait=False)

    # ---- single statements

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run a statement and return its rows as tuples."""
        if statement.inline and statement not in self.slow and not (self._in_memory and self._turn.held):
            inline = self._inline
            inline.deadline = STARTS_NOW
            try:
                return inline.raw.execute(statement.text, parameters).fetchall()
            except LIBRARY_ERRORS as error:
                self._send_elsewhere(statement, error)
        return await self._elsewhere(statement, lambda raw: execute(raw, statement.text, parameters).fetchall())

    async def fetch_row(self, statement: Statement, parameters: Parameters) -> Row | None:
        """Run a statement and return its first row as a tuple."""
        if statement.inline and statement not in self.slow and not (self._in_memory and self._turn.held):
            inline = self._inline
            inline.deadline = STARTS_NOW
            try:
                row: Row | None = inline.raw.execute(statement.text, parameters).fetchone()
            except LIBRARY_ERRORS as error:
                self._send_elsewhere(statement, error)
            else:
                return row
        # All rows: a write with RETURNING is done only when the last one was read.
        rows = await self._elsewhere(statement, lambda raw: execute(raw, statement.text, parameters).fetchall())
        return rows[0] if rows else None

    def fetch_by_key(
        self, statement: Statement, parameters: Parameters, positions: Sequence[int]
    ) -> Coroutine[Any, Any, Row | None]:
        """Run a read that gives one row or none; here nothing is to be gained by asking for several at once."""
        del positions
        return self.fetch_row(statement, parameters)

    async def fetch_each(self, statement: Statement, many: Sequence[Parameters]) -> list[Row | None]:
        """Run a read once for each set of parameters, where each returns one row or none."""
        rows: list[Row | None] = []
        for number, parameters in enumerate(many, 1):
            rows.append(await self.fetch_row(statement, parameters))
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        return rows

    async def execute(self, statement: Statement, parameters: Parameters) -> int:
        """Run a statement and return how many rows it changed."""

        def count(raw: sqlite3.Connection) -> int:
            cursor = execute(raw, statement.text, parameters)
            cursor.fetchall()
            return max(cursor.rowcount, 0)

        return await self._elsewhere(statement, count)

    async def stream(self, statement: Statement, parameters: Parameters, *, batch: int) -> AsyncGenerator[list[Row]]:
        """Yield the rows of a read, ``batch`` at a time, as they were when it began."""
        session = await self.begin(TransactionOptions(read_only=True))
        try:
            async with contextlib.aclosing(session.stream(statement, parameters, batch=batch)) as batches:
                async for rows in batches:
                    yield rows
        finally:
            session.abandon()

    # ---- transactions

    async def begin(self, options: TransactionOptions) -> SQLiteSession:
        """Start a transaction: a writer when its turn has come, a reader at once, with the database as it is now."""
        limit = self.options.statement_limit if options.statement_limit is None else options.statement_limit
        patience = self.options.lock_limit if options.lock_limit is None else options.lock_limit
        if (options.read_only or options.reads_first) and not self._in_memory:
            connection = await self._readers.take()
            connection.raw.execute("begin")  # takes no lock yet
            if options.read_only:
                return SQLiteSession(self, connection, limit)
            return SQLiteSession(self, connection, limit, lambda: self._let_write(connection, patience))
        await self._take_turn(patience)
        try:
            await self._begin_immediate(patience)
            if options.read_only:
                self._writer.raw.execute("pragma query_only = on")
        except BaseException:
            self._turn.give()
            raise
        return SQLiteSession(self, self._writer, limit)

    async def _let_write(self, connection: SQLiteConnection, patience: float) -> None:
        """Let a transaction write that has only read so far."""
        await self._take_turn(patience)
        self._late = connection
        connection.no_budget()
        connection.raw.execute("pragma query_only = off")

    async def _begin_immediate(self, patience: float) -> None:
        """Take SQLite's own lock too; only programs that know nothing of the turn can be in the way."""
        deadline = time.monotonic() + patience
        pause = 0.001
        while True:
            self._writer.no_budget()
            try:
                self._writer.raw.execute("begin immediate")
            except LIBRARY_ERRORS as error:
                if not is_busy(error) or time.monotonic() + pause > deadline:
                    raise self._writer.explain(error) from error
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.02)

    def ended(self, connection: SQLiteConnection, *, changed: bool, wrote: bool, large: bool) -> None:
        """Take a session's connection back."""
        if connection is self._late:  # one of the readers, that has written
            self._late = None
            connection.no_budget()
            connection.raw.execute("pragma query_only = on")
            if wrote:
                self._upkeep.count_commit(large=large)
            self._turn.give()
        if connection is not self._writer:
            if changed or self._readers.size == 0:  # closed meanwhile
                self._readers.drop()
                self._upkeep.start(self._call(connection.raw.close))
            else:
                self._readers.give(connection)
            return
        if self._in_memory:
            connection.raw.execute("pragma query_only = off")
        if wrote:
            self._upkeep.count_commit(large=large)
        if changed:
            self._upkeep.start(self._restore_writer())  # keeps the turn until it is done
        else:
            self._turn.give()

    @property
    def waits_for_disk(self) -> bool:
        """Whether a commit waits for the disk, and so goes to a thread."""
        return self.options.synchronous == "full" and not self._in_memory

    async def commit_on_thread(self, connection: SQLiteConnection) -> bool:
        """Commit on a thread; return whether the caller was cancelled meanwhile."""
        try:
            await connection.on_thread(self._threads, None, lambda: connection.raw.execute("commit"), stoppable=False)
        except asyncio.CancelledError:
            if connection.raw.in_transaction:  # it failed as well
                raise
            return True
        return False

    # ---- the whole database

    def listen(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[Notification]]:
        """Refuse: SQLite has no server that could tell."""
        raise UsageError(
            "T011",
            f"The database '{self.name}' is a SQLite file, which has no LISTEN: nobody would tell of '{channel}'.",
            "Use PostgreSQL, or ask the table every now and then.",
            at=user_line(),
        )

    async def backup(self, target: str) -> None:
        """Copy the whole database, as it is at one moment, into another file while it is used.

        Args:
            target: The path of the copy; a database that is there is replaced.

        Raises:
            UsageError: the target is the database itself.
            ConnectionFailed: the target cannot be written.
        """
        if not self._in_memory and await self._call(lambda: _are_one_file(target, self.path)):
            raise UsageError(
                "T013",
                f"backup() of the database '{self.name}' was given its own file, {target!r}.",
                "Name another one.",
                at=user_line(),
            )

        def copy(raw: sqlite3.Connection) -> None:
            copied = sqlite3.connect(target, isolation_level=None)
            try:
                raw.backup(copied)  # in one step: a reader in WAL mode keeps nobody waiting
            finally:
                copied.close()

        if self._in_memory:
            await self._take_turn(self.options.lock_limit)
            try:
                await self.on_thread(self._writer, copy, None)
            finally:
                self._turn.give()
        else:
            connection = await self._readers.take()
            try:
                await self.on_thread(connection, copy, None)
            finally:
                self._readers.give(connection)

    async def _restore_writer(self) -> None:
        """Set back what raw SQL may have changed: settings and temporary tables go with their connection."""
        try:
            if self._in_memory:
                await self._call(lambda: _restore_memory(self._writer.raw))
            else:
                fresh = await self._connect(read_only=False)
                used, self._writer = self._writer, fresh
                await self._call(used.raw.close)
        finally:
            self._turn.give()

    # ---- which connection, which thread

    def _send_elsewhere(self, statement: Statement, error: Exception) -> None:
        """Remember a read that used up its budget; raise what is a real error."""
        if was_interrupted(error):
            self.slow.remember(statement)
        elif not is_busy(error):
            raise self._inline.explain(error) from error

    async def _elsewhere(self, statement: Statement, work: Callable[[sqlite3.Connection], T]) -> T:
        """A write, or a read that cannot be answered inline."""
        if statement.kind != "read" or statement.changes_session:
            return await self._write(statement, work)
        self.slow.try_inline(statement)  # counts, and lets the next one try
        if self._in_memory:
            await self._take_turn(self.options.lock_limit)
            try:
                return await self.on_thread(self._writer, work, self.options.statement_limit)
            finally:
                self._turn.give()
        connection = await self._readers.take()
        try:
            return await self.on_thread(connection, work, self.options.statement_limit)
        finally:
            self._readers.give(connection)

    async def _write(self, statement: Statement, work: Callable[[sqlite3.Connection], T]) -> T:
        """A statement that commits itself, in turn."""
        refuse_control(statement)
        await self._take_turn(self.options.lock_limit)
        large = statement.kind == "ddl" or self.waits_for_disk or not self.slow.try_inline(statement)
        try:
            if large:
                return await self.on_thread(self._writer, work, self.options.statement_limit)
            return await self._write_inline(statement, work)
        finally:
            self.ended(self._writer, changed=statement.changes_session, wrote=True, large=large)

    async def _write_inline(self, statement: Statement, work: Callable[[sqlite3.Connection], T]) -> T:
        writer = self._writer
        started = time.perf_counter()
        writer.no_budget()
        try:
            result = work(writer.raw)
        except LIBRARY_ERRORS as error:
            if not is_busy(error):
                raise writer.explain(error) from error
            return await self.on_thread(writer, work, self.options.statement_limit)
        if time.perf_counter() - started > INLINE_WRITE:
            self.slow.remember(statement)
        return result

    async def on_thread(
        self, connection: SQLiteConnection, work: Callable[[sqlite3.Connection], T], limit: float | None
    ) -> T:
        """Run on a thread, for so many seconds at the most; locks of other programs are waited for there."""
        patience = self.options.lock_limit

        def patient() -> T:
            deadline = time.monotonic() + patience
            while True:
                try:
                    return work(connection.raw)
                except LIBRARY_ERRORS as error:
                    if not is_busy(error) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.005)

        return await connection.on_thread(self._threads, limit, patient)

    async def _take_turn(self, patience: float) -> None:
        if not self._turn.take_now():
            await self._turn.take(patience)

    async def _connect(self, *, read_only: bool) -> SQLiteConnection:
        options = self.options
        work = partial(
            connect,
            self.name,
            self.path,
            budget=options.inline_limit,
            read_only=read_only,
            synchronous=options.synchronous,
            statements=options.statement_cache,
            hooks=self._hooks,
        )
        try:
            opening = self._threads.submit(work)
        except RuntimeError:  # the interpreter is shutting down and starts no more threads
            return work()
        try:
            return await asyncio.wrap_future(opening)
        except BaseException:
            opening.add_done_callback(_close_unwanted)  # whoever asked is gone, and the thread may open it yet
            raise

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        except RuntimeError:  # the interpreter is shutting down and starts no more threads
            return work()
        return await future


def _close_unwanted(opening: Future[SQLiteConnection]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().raw.close()


def _restore_memory(raw: sqlite3.Connection) -> None:
    """Set back the one connection of a database in memory, which cannot be replaced."""
    raw.execute("pragma foreign_keys = on")
    raw.execute("pragma query_only = off")
    temporary = "select type, name from sqlite_temp_master where type in ('table', 'view')"
    for kind, name in raw.execute(temporary).fetchall():
        quoted = name.replace('"', '""')
        raw.execute(f'drop {kind} if exists temp."{quoted}"')
