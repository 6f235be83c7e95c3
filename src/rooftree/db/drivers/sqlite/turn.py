"""Whose turn it is to write: tasks of this process in order, then processes in order, never blocking the loop.

SQLite lets one connection write at a time and answers others "busy". Asking again and again starves the unlucky: with
four processes the slowest waited 645 ms. A lock on a file at the database's side has the kernel wake waiters in order,
which brought the slowest to 32 ms at the same throughput.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from collections import deque

from rooftree.base import LockTimeout
from rooftree.db.place import user_line

__all__ = ["WriterTurn"]


class WriterTurn:
    """The right to write to one database file.

    Args:
        name: The database's name, for errors.
        path: The lock's file, made where it is missing; ``None`` for a database in memory, which has no other process.
    """

    def __init__(self, name: str, path: str | None) -> None:
        self._name = name
        self._path = path
        self._file = None if path is None else _open(path)
        self._held = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._thread_file: int | None = None  # the file that the turn's lock is on, where a thread had to wait for it
        self._thread_runs = False
        self._wanted: asyncio.Future[int] | None = None  # who wants the lock that the thread waits for

    @property
    def held(self) -> bool:
        """Whether someone in this process has the turn."""
        return self._held

    def take_now(self) -> bool:
        """Take the turn where nobody has it; return whether that went well."""
        if self._held or self._thread_runs or not self._lock_now():
            return False
        self._held = True
        return True

    async def take(self, limit: float) -> None:
        """Wait for the turn.

        Raises:
            LockTimeout: it did not come within ``limit`` seconds.
        """
        try:
            async with asyncio.timeout(limit):
                if self._held:
                    await self._queue()
                self._held = True
                if self._thread_runs or not self._lock_now():
                    await self._lock_on_thread()
        except TimeoutError:
            raise LockTimeout(
                "T303",
                f"Others were writing to the database '{self._name}' for {limit:g} s; this write did not get its turn.",
                "Keep transactions that write short, or raise lock_limit.",
                at=user_line(),
                sqlstate="SQLITE_BUSY",
            ) from None

    def give(self) -> None:
        """End the turn: for whoever in this process waits longest, or for other processes."""
        if self._thread_file is not None:
            os.close(self._thread_file)
            self._thread_file = None
        elif self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._pass_on()

    def close(self) -> None:
        """Let go of the lock's file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _pass_on(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)  # held stays true: the turn is the waiter's now
                return
        self._held = False

    async def _queue(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # handed over in the moment of giving up
                self._pass_on()
            raise

    def _lock_now(self) -> bool:
        if self._file is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    async def _lock_on_thread(self) -> None:
        """Wait for other processes. The kernel cannot be told to stop, so a lock that comes too late is let go."""
        loop = asyncio.get_running_loop()
        self._wanted = wanted = loop.create_future()
        if not self._thread_runs:
            self._thread_runs = True
            threading.Thread(target=self._wait_for_kernel, args=(loop,), name="rooftree-turn", daemon=True).start()
        try:
            self._thread_file = await wanted
        except asyncio.CancelledError:
            if wanted.done() and not wanted.cancelled():
                os.close(wanted.result())
            self._pass_on()
            raise

    def _wait_for_kernel(self, loop: asyncio.AbstractEventLoop) -> None:
        file = _open(str(self._path))
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            loop.call_soon_threadsafe(self._locked, file)
        except RuntimeError:  # the loop is closed: nobody wants it any more
            os.close(file)

    def _locked(self, file: int) -> None:
        self._thread_runs = False
        if self._wanted is None or self._wanted.done():
            os.close(file)
        else:
            self._wanted.set_result(file)


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
