"""LISTEN: one connection of its own for all channels, made again when it is lost."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from rooftree.base import ConnectionFailed, ConnectionLost
from rooftree.db.drivers.base import Notification
from rooftree.db.drivers.postgres.connection import PostgresConnection
from rooftree.db.drivers.postgres.errors import LIBRARY_ERRORS

__all__ = ["Listener", "Subscription"]

_KEPT: Final = 1_000  # notifications that one reader may be behind
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 2.0


class Subscription:
    """The notifications of one channel, to be read with ``async for``."""

    def __init__(self, channel: str) -> None:
        self.channel: Final = channel
        self._waiting: deque[Notification] = deque(maxlen=_KEPT)
        self._some = asyncio.Event()
        self._missed = False

    def put(self, payload: str | None, *, missed: bool = False) -> None:
        """Add one for the reader; the oldest goes where it is too far behind."""
        if len(self._waiting) == _KEPT:
            self._missed = True
        self._waiting.append(Notification(self.channel, payload, missed))
        self._some.set()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Notification:
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        notification = self._waiting.popleft()
        if self._missed:
            self._missed = False
            notification = msgspec.structs.replace(notification, missed=True)
        return notification


class Listener:
    """Keeps one connection that listens on every channel that has a reader.

    Args:
        name: The database's name, for errors.
        connect: Makes a connection.
        limit: Seconds that a new reader waits for the connection.
    """

    def __init__(self, name: str, connect: Callable[[], Coroutine[Any, Any, PostgresConnection]], limit: float) -> None:
        self._name = name
        self._connect = connect
        self._limit = limit
        self._readers: dict[str, set[Subscription]] = {}
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._changed = asyncio.Event()
        self._failure: Exception | None = None

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncGenerator[Subscription]:
        """Listen on a channel while the block runs; from its first line on nothing is missed without being told.

        Raises:
            ConnectionFailed: no connection came within the limit.
        """
        reader = Subscription(channel)
        self._readers.setdefault(channel, set()).add(reader)
        try:
            await self._wait_until_ready()
            yield reader
        finally:
            readers = self._readers[channel]
            readers.discard(reader)
            if not readers:
                del self._readers[channel]
                self._changed.set()

    async def close(self) -> None:
        """End the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _wait_until_ready(self) -> None:
        self._ready.clear()
        self._changed.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            async with asyncio.timeout(self._limit):
                await self._ready.wait()
        except TimeoutError:
            raise ConnectionFailed(
                "T102",
                f"No connection to the database '{self._name}' for LISTEN came within {self._limit:g} s:"
                f" {self._failure or 'it took too long'}",
                "Check that the server runs.",
            ) from self._failure

    async def _run(self) -> None:
        """Connect, listen, and again where the connection is lost."""
        pause = _FIRST_PAUSE
        first = True
        while True:
            try:
                connection = await self._connect()
            except (ConnectionFailed, ConnectionLost) as error:
                self._failure = error
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            try:
                await self._serve(connection, again=not first)
            except LIBRARY_ERRORS as error:
                self._failure = error
            finally:
                connection.raw.terminate()
            first = False

    async def _serve(self, connection: PostgresConnection, *, again: bool) -> None:
        """Keep the channels as the readers want them until the connection is lost."""
        raw = connection.raw
        raw.add_termination_listener(lambda _: self._changed.set())
        listening: set[str] = set()
        while not raw.is_closed():
            self._changed.clear()
            wanted = set(self._readers)
            for channel in wanted - listening:
                await raw.add_listener(channel, self._heard)
            for channel in listening - wanted:
                await raw.remove_listener(channel, self._heard)
            listening = wanted
            if again:
                again = False
                for readers in self._readers.values():
                    for reader in readers:
                        reader.put(None, missed=True)
            if not self._changed.is_set():
                self._ready.set()
            await self._changed.wait()

    def _heard(self, _connection: object, _process: int, channel: str, payload: object) -> None:
        for reader in self._readers.get(channel, ()):
            reader.put(str(payload))
