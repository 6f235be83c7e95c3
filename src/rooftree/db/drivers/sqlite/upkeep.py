"""What a SQLite database does beside its statements: the log is moved into the file, connections are set back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from rooftree.base import PoolExhausted
from rooftree.db.drivers.pool import Pool
from rooftree.db.drivers.sqlite.connection import SQLiteConnection

__all__ = ["Upkeep"]

_CHECKPOINT_COMMITS: Final = 256


class Upkeep:
    """Work in the background that no statement waits for.

    Args:
        readers: Where checkpoints take their connection; ``None`` of a database in memory, which has no log.
        call: Runs a function on a thread.
    """

    def __init__(
        self, readers: Pool[SQLiteConnection] | None, call: Callable[[Callable[[], object]], Awaitable[object]]
    ) -> None:
        self._readers = readers
        self._call = call
        self._tasks: set[asyncio.Task[None]] = set()
        self._commits = 0
        self._checkpointing = False

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def count_commit(self, *, large: bool) -> None:
        """Now and then, and after a large commit, move the log into the file: on a thread, not in the loop."""
        self._commits += 1
        if (large or self._commits >= _CHECKPOINT_COMMITS) and self._readers is not None and not self._checkpointing:
            self._commits = 0
            self._checkpointing = True
            self.start(self._checkpoint(self._readers))

    async def _checkpoint(self, readers: Pool[SQLiteConnection]) -> None:
        try:
            connection = await readers.take()
            try:
                # Passive: it waits for nobody, and leaves what readers still need for the next time.
                await self._call(lambda: connection.raw.execute("pragma wal_checkpoint(passive)").fetchall())
            finally:
                readers.give(connection)
        except (sqlite3.Error, PoolExhausted):
            self._commits = _CHECKPOINT_COMMITS  # with the next commit
        finally:
            self._checkpointing = False
