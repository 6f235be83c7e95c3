"""One connection to a SQLite file: statements inline in the event loop under a budget, or on a thread."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Final, TypeVar

from rooftree.base import StatementTimeout
from rooftree.db.drivers.base import ConnectionHook
from rooftree.db.drivers.sqlite.errors import LIBRARY_ERRORS, translate
from rooftree.db.drivers.waiting import settled
from rooftree.db.place import user_line
from rooftree.db.sqlite_functions import add_functions

__all__ = ["INLINE_WRITE", "STARTS_NOW", "SQLiteConnection", "connect", "is_busy", "was_interrupted"]

T = TypeVar("T")

INLINE_WRITE: Final = 0.001  # seconds; a write that took longer goes to a thread the next time
STARTS_NOW: Final = 0.0
"""As a deadline: the inline budget, whose clock starts at the statement's first thousand opcodes."""
_NEVER: Final = float("inf")
_OPCODES: Final = 1_000  # of SQLite's virtual machine between two looks at the clock: some 20 to 50 us


class SQLiteConnection:
    """A connection that knows until when its statement may run.

    Attributes:
        raw: The library's connection. It is used by one thread at a time: the loop's, or one that the loop waits for.
        deadline: When the statement is stopped, by ``time.monotonic()``; ``STARTS_NOW`` gives it the inline budget.
    """

    __slots__ = ("_budget", "_cancelled", "_name", "deadline", "raw")

    def __init__(self, name: str, raw: sqlite3.Connection, budget: float) -> None:
        self._name = name
        self.raw = raw
        self._budget = budget
        self.deadline = _NEVER
        self._cancelled = False
        raw.set_progress_handler(self._tick, _OPCODES)

    def no_budget(self) -> None:
        """Let the next statement run to its end, however long it takes: a write is never interrupted halfway."""
        self.deadline = _NEVER

    async def on_thread(
        self, threads: ThreadPoolExecutor, limit: float | None, work: Callable[[], T], *, stoppable: bool = True
    ) -> T:
        """Run ``work`` on a thread, ``limit`` seconds at the most.

        Where the caller is cancelled SQLite is told to stop (unless the work is not ``stoppable``: a commit), and the
        cancellation goes on when the thread is done: until then nobody else may use the connection.

        Raises:
            StatementTimeout: the limit passed.
            DatabaseError: as the statement.
        """

        def run() -> T:
            self.deadline = _NEVER if limit is None else time.monotonic() + limit
            try:
                return work()
            finally:
                self.deadline = _NEVER
                self._cancelled = False

        future = asyncio.get_running_loop().run_in_executor(threads, run)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if stoppable:
                self._cancelled = True
                self.raw.interrupt()
            await settled(future)
            self._cancelled = False  # the thread may have been done before: the next statement is another's
            raise
        except LIBRARY_ERRORS as error:
            raise self.explain(error, limit) from error

    def explain(self, error: Exception, limit: float | None = None) -> Exception:
        """Return our error for SQLite's."""
        if was_interrupted(error) and limit is not None:
            return StatementTimeout(
                "T304",
                f"A statement on the database '{self._name}' took longer than its limit of {limit:g} s.",
                "Give it an index or less to do, or raise statement_limit.",
                at=user_line(),
                sqlstate="SQLITE_INTERRUPT",
            )
        self.deadline = _NEVER  # the schema is read for the error's text
        return translate(error, self.raw, self._name)

    def _tick(self) -> int:
        """Every thousand opcodes: whether to interrupt the statement."""
        if self._cancelled:
            return 1
        if self.deadline == STARTS_NOW:
            self.deadline = time.monotonic() + self._budget
            return 0
        return time.monotonic() > self.deadline


def was_interrupted(error: Exception) -> bool:
    """Whether the budget or the limit ended the statement."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_INTERRUPT


def is_busy(error: Exception) -> bool:
    """Whether another connection's lock was in the way; waiting helps, unless what was read is outdated."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code != sqlite3.SQLITE_BUSY_SNAPSHOT and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def connect(
    name: str,
    path: str,
    *,
    budget: float,
    read_only: bool,
    synchronous: str,
    statements: int,
    hooks: list[ConnectionHook],
) -> SQLiteConnection:
    """Open a database file. It blocks: call it on a thread.

    Raises:
        ConnectionFailed: the file cannot be opened or is no database.
    """
    in_memory = path == ":memory:"
    raw = None
    try:
        raw = sqlite3.connect(
            path, timeout=5.0, isolation_level=None, check_same_thread=False, cached_statements=statements
        )
        if not in_memory:
            raw.execute("pragma journal_mode = wal").fetchone()
            # With a busy timeout SQLite would sleep in the loop; only the change of the journal's mode needs one.
            raw.execute("pragma busy_timeout = 0").fetchone()
            raw.execute(f"pragma synchronous = {synchronous}")
            raw.execute("pragma wal_autocheckpoint = 0").fetchone()  # a thread does it, not a commit in the loop
        raw.execute("pragma foreign_keys = on")
        add_functions(raw)
        for hook in hooks:
            hook(raw)
        if read_only:
            raw.execute("pragma query_only = on")
    except LIBRARY_ERRORS as error:
        with closing(raw or sqlite3.connect(":memory:")) as opened:
            explained = translate(error, opened, name)
        raise explained from error
    return SQLiteConnection(name, raw, budget)
