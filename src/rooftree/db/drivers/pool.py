"""A bounded pool of connections: the last one given back is the first one taken, callers wait in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from rooftree.base import PoolExhausted
from rooftree.db.place import user_line

__all__ = ["Pool"]

C = TypeVar("C")


class Pool(Generic[C]):
    """Hands out connections, at most ``size`` at a time, made when they are first needed.

    Args:
        name: The database's name, for errors.
        size: How many connections there may be.
        limit: Seconds that a caller waits for one.
        connect: Makes a connection.
        usable: Whether a connection that was idle can be used; one that cannot is dropped without a word.
    """

    def __init__(
        self,
        name: str,
        *,
        size: int,
        limit: float,
        connect: Callable[[], Coroutine[Any, Any, C]],
        usable: Callable[[C], bool],
    ) -> None:
        self.name = name
        self.size = size
        self.limit = limit
        self.total = 0
        self.idle: list[C] = []
        self._connect = connect
        self._usable = usable
        self._waiting: deque[asyncio.Future[C | None]] = deque()

    def take_now(self) -> C | None:
        """Return an idle connection; ``None`` where the caller must wait for one."""
        idle = self.idle
        while idle:
            connection = idle.pop()
            if self._usable(connection):
                return connection
            self.total -= 1
        return None

    async def take(self, limit: float | None = None) -> C:
        """Return a connection: idle, new, or the first one given back.

        Raises:
            PoolExhausted: none came within the limit.
        """
        seconds = self.limit if limit is None else limit
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            connection = self.take_now()
            if connection is None and self.total < self.size:
                connection = await self.make(self._connect)
            if connection is None:
                connection = await self._wait(deadline, seconds)
            if connection is not None:
                return connection

    def give(self, connection: C) -> None:
        """Take a connection back: for whoever waits longest, or to lie idle."""
        waiting = self._waiting
        while waiting:
            waiter = waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self.idle.append(connection)

    def drop(self) -> None:
        """Count one connection less: it was ended by whoever had it. Whoever waits longest may make another."""
        self.total -= 1
        self._wake()

    def forget_idle(self) -> list[C]:
        """Take every idle connection out of the pool and return them, to be ended."""
        idle, self.idle = self.idle, []
        self.total -= len(idle)
        return idle

    async def make(self, connect: Callable[[], Coroutine[Any, Any, C]]) -> C:
        """Make a connection and count it; the caller gives it back like any other."""
        self.total += 1
        try:
            return await connect()
        except BaseException:
            self.drop()
            raise

    async def _wait(self, deadline: float, seconds: float) -> C | None:
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[C | None] = loop.create_future()
        self._waiting.append(waiter)
        timer = loop.call_at(deadline, _expire, waiter)  # a third of what asyncio.timeout_at() takes
        try:
            return await waiter
        except TimeoutError:
            self._leave(waiter)
            raise PoolExhausted(
                "T103",
                f"All {self.size} connections to the database '{self.name}' stayed in use for {seconds:g} s.",
                "Hold transactions and streams for a shorter time, or raise pool_size.",
                at=user_line(),
            ) from None
        except BaseException:
            self._leave(waiter)
            raise
        finally:
            timer.cancel()

    def _leave(self, waiter: asyncio.Future[C | None]) -> None:
        """Let go of a place in the queue, and of what it was handed in the moment of giving up."""
        if not waiter.done() or waiter.cancelled() or waiter.exception() is not None:
            with contextlib.suppress(ValueError):  # whoever gave something back has passed over it already
                self._waiting.remove(waiter)
        elif (given := waiter.result()) is None:
            self._wake()
        else:
            self.give(given)

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return


def _expire(waiter: asyncio.Future[Any]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
