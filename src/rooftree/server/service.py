"""What all connections of one worker share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Protocol

from rooftree.base import Limits
from rooftree.server.clock import Clock
from rooftree.server.messages import HeldMessages
from rooftree.server.types import Application

__all__ = ["Served", "Service"]


class Served(Protocol):
    """A connection, as the service sees it.

    Attributes:
        deadline: When the loop's time passes it, ``overdue`` is called.
        write_deadline: The same for ``check_writing``.
    """

    deadline: float
    write_deadline: float
    transport: asyncio.Transport

    def overdue(self, now: float) -> None:
        """End what has taken too long."""
        ...

    def check_writing(self, now: float) -> None:
        """Cut off a client that takes too little."""
        ...

    def finish(self, idle_since: float) -> None:
        """Close after the last request that has come, or at once where none came since ``idle_since``."""
        ...


class Service:
    """An application being served.

    Attributes:
        connections: Every open connection.
        refused: Those of them that were one too many, until they are closed: they keep nobody else out.
        opened: When the last connection was accepted; over TLS it is in ``connections`` after its handshake only.
        draining: The server is to stop: connections are closed after the answer at hand.
        messages: What the WebSockets hold.
        background: Work that goes on apart from a connection: what runs after an answer.
    """

    def __init__(
        self,
        application: Application,
        limits: Limits,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.application = application
        self.limits = limits
        self.loop = loop
        self.proxies = application.proxies
        self.clock = Clock(limits, loop.time())
        self.connections: set[Served] = set()
        self.refused: set[Served] = set()
        self.messages = HeldMessages(limits.websocket_memory)
        self.background: set[asyncio.Task[None]] = set()
        self.opened = 0.0
        self.draining = False

    def spawn(self, coroutine: Coroutine[Any, Any, None], context: Context) -> Callable[[], object]:
        """Run a coroutine that never raises, apart from its connection but within the life of the server.

        Returns:
            What cancels it.
        """
        task = asyncio.Task(coroutine, loop=self.loop, context=context)
        self.background.add(task)
        task.add_done_callback(self.background.discard)
        return task.cancel

    def tick(self) -> None:
        """Renew the clock and end what is overdue."""
        self.clock.renew(self.loop.time())
        now = self.clock.now
        for connection in tuple(self.connections):
            if connection.deadline <= now:
                connection.overdue(now)
            if connection.write_deadline <= now:
                connection.check_writing(now)
