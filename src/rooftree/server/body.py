"""The body of a request on its way to a handler that reads it (the ``BodySource`` of a request)."""

from __future__ import annotations

import asyncio
from typing import Protocol

from rooftree.base import ClientDisconnected

__all__ = ["BodyFlow", "IncomingBody"]


class BodyFlow(Protocol):
    """The connection, as a body sees it."""

    def body_wanted(self) -> None:
        """The handler waits for more."""
        ...

    def body_came(self) -> None:
        """The handler goes on."""
        ...

    def body_taken(self) -> None:
        """What was held is held no more."""
        ...


class IncomingBody:
    """Parts of a body between the connection and the handler; the connection holds the sender back by ``size``.

    Attributes:
        size: Bytes that have come and were not taken.
    """

    __slots__ = ("_complete", "_flow", "_loop", "_lost", "_parts", "_waiter", "size")

    def __init__(self, flow: BodyFlow, loop: asyncio.AbstractEventLoop) -> None:
        self._flow = flow
        self._loop = loop
        self._parts: list[bytes] = []
        self._complete = self._lost = False
        self._waiter: asyncio.Future[None] | None = None
        self.size = 0

    @property
    def wanted(self) -> bool:
        """Whether the handler waits for more."""
        return self._waiter is not None

    async def receive(self) -> bytes:
        """Return what has come, at least a byte; ``b""`` after the end.

        Raises:
            ClientDisconnected: The client went away before the body was complete.
        """
        if not self._parts and not self._complete and not self._lost:
            await self._wait()
        parts = self._parts
        if parts:
            self._parts, self.size = [], 0
            self._flow.body_taken()
            return parts[0] if len(parts) == 1 else b"".join(parts)
        if self._lost:
            raise ClientDisconnected
        return b""

    async def _wait(self) -> None:
        if self._waiter is not None:
            raise RuntimeError("The body of this request is being read already, by another task.")
        self._waiter = self._loop.create_future()
        self._flow.body_wanted()
        try:
            await self._waiter
        finally:
            self._waiter = None
        self._flow.body_came()

    def put(self, parts: list[bytes], size: int) -> None:
        """Take in what has come."""
        self._parts += parts
        self.size += size
        self._wake()

    def end(self) -> None:
        """The body is complete."""
        self._complete = True
        self._wake()

    def lose(self) -> None:
        """The rest of the body will never come."""
        if not self._complete:
            self._lost = True
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
