"""The bytes of a connection: reading that can be held, writing that may have to wait, and the end of both."""

from __future__ import annotations

import asyncio
import select
from typing import Final, cast

from rooftree.http import ConnectionInfo
from rooftree.server.log import logger
from rooftree.server.refusal import Refused, bare_answer
from rooftree.server.service import Service

__all__ = [
    "BLOCKED",
    "BODY",
    "BUSY",
    "CLOSED",
    "CLOSING",
    "FULL",
    "HEAD",
    "IDLE",
    "NEVER",
    "PIPELINED",
    "SWITCHED",
    "Flow",
]

IDLE, HEAD, BODY, BUSY, SWITCHED, CLOSING, CLOSED = range(7)
"""Between requests; in a head; in a body; a whole request is being answered; not HTTP any more; at the end."""

PIPELINED, FULL, BLOCKED = 1, 2, 4
"""Why reading is paused: the next request has to wait; the handler does not take the body; the client does not read."""

NEVER: Final = float("inf")


class Flow(asyncio.Protocol):
    """What a connection is without HTTP.

    Attributes:
        state: One of the states above.
        asked: Whether a head has come on it.
        deadline: When the loop's time passes it, ``overdue`` is called.
        write_deadline: The same for ``check_writing``; set while the client does not read fast enough.
        keep_alive: Whether another request may follow; once ``False``, the answer at hand is the last.
        held: The reasons for which reading is paused.
        blocked: The client has not read what was written.
        pending: What has come and has to wait.
    """

    __slots__ = (
        "asked", "blocked", "clock", "deadline", "drained", "held", "info", "keep_alive", "limits", "pending",
        "service", "state", "transport", "unsent", "write_deadline",
    )  # fmt: skip

    def __init__(self, service: Service) -> None:
        self.service = service
        self.limits = service.limits
        self.clock = service.clock
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)  # from connection_made on
        self.info = ConnectionInfo()
        self.state = IDLE
        self.asked = False  # no head came yet
        self.deadline = self.clock.now + self.limits.head_time
        self.write_deadline = NEVER
        self.keep_alive = True
        self.pending = b""
        self.held = 0
        self.blocked = False
        self.unsent = 0
        self.drained: asyncio.Future[None] | None = None

    def go_on(self) -> None:
        """Read what waited, where nothing keeps it waiting any more."""
        raise NotImplementedError

    # ---- reading

    def _hold(self, reason: int) -> None:
        if not self.held and not self.transport.is_closing():
            self.transport.pause_reading()
        self.held |= reason

    def _release(self, reason: int) -> None:
        if self.held:
            self.held &= ~reason
            if not self.held and not self.transport.is_closing():
                self.transport.resume_reading()

    # ---- writing

    def pause_writing(self) -> None:
        """The client does not read as fast as answers come: take no more requests of it."""
        self.blocked = True
        self.unsent = self.transport.get_write_buffer_size()
        self.write_deadline = self.clock.now + self.limits.write_time
        if self.state != SWITCHED:
            self._hold(BLOCKED)

    def resume_writing(self) -> None:
        """The client has read."""
        self.blocked = False
        self.write_deadline = NEVER
        self._release(BLOCKED)
        self._wake_drained()
        self.service.loop.call_soon(self.go_on)

    async def drain(self) -> None:
        """Wait until the client has read."""
        while self.blocked and self.state != CLOSED:
            if self.drained is None:
                self.drained = self.service.loop.create_future()
            await asyncio.shield(self.drained)

    def _wake_drained(self) -> None:
        if self.drained is not None:
            self.drained.set_result(None)
            self.drained = None

    def check_writing(self, now: float) -> None:
        """Cut off a client that takes too little."""
        unsent = self.transport.get_write_buffer_size()
        if self.unsent - unsent < self.limits.rate * self.limits.write_time:
            self.transport.abort()
        else:
            self.unsent = unsent
            self.write_deadline = now + self.limits.write_time

    # ---- the end

    def _refuse(self, refused: Refused) -> None:
        """Answer what is no request, and close."""
        logger.debug("Refused a request of %s with %d: %s", self.info.client, refused.status, refused.detail)
        self.transport.write(bare_answer(refused.status, refused.detail, self.clock.date, refused.lines))
        self._close(linger=True)

    def _close_silent(self) -> None:
        """Close, but where something has come that the loop has not read: it would be lost with the connection."""
        if not self.transport.is_closing():
            poll = select.poll()
            poll.register(self.transport.get_extra_info("socket"), select.POLLIN)
            if not poll.poll(0):
                self._close()

    def _close(self, *, linger: bool = False) -> None:
        """Close after what is written; with ``linger``, read on for a while (RFC 9112 section 9.6)."""
        self.state = CLOSING
        self.keep_alive = False
        self.pending = b""
        self._release(PIPELINED | FULL | BLOCKED)
        if linger:
            self.deadline = self.clock.now + self.limits.linger_time
            if self.transport.can_write_eof():
                self.transport.write_eof()
        else:
            self.deadline = self.clock.now + self.limits.write_time
            self.transport.close()
