"""A coarse clock: the time and the ``Date`` line, renewed twice a second instead of asked for at each request."""

from __future__ import annotations

import time

from rooftree.base import Limits
from rooftree.http import http_date

__all__ = ["TICK", "Clock"]

TICK = 0.5
"""Seconds between two looks at the connections."""
LONGEST = 1.2 * TICK
"""Seconds that one look counts for at most: for what held the loop longer, no client is to blame."""


class Clock:
    """The time of the last tick, and the moments that follow from it.

    Attributes:
        now: The loop's time, without what was ``held``.
        held: Seconds in which the loop could not have read what clients sent, since something else kept it.
        idle_until: When a connection that becomes idle now is closed.
        handler_until: When a handler that starts to wait now is cancelled.
        date: The ``Date`` line and the empty line that ends a head.
    """

    __slots__ = ("date", "handler_until", "held", "idle_until", "limits", "now", "second")

    def __init__(self, limits: Limits, now: float) -> None:
        self.limits = limits
        self.second: int = 0
        self.date = b""
        self.held = self.idle_until = self.handler_until = 0.0
        self.now = now
        self.renew(now)

    def renew(self, loop_time: float) -> None:
        """Set everything from the loop's time."""
        self.held = max(self.held, loop_time - self.now - LONGEST)
        self.now = now = loop_time - self.held
        self.idle_until = now + self.limits.keep_alive_time
        self.handler_until = now + self.limits.handler_time
        second: int = int(time.time())
        if second != self.second:
            self.second = second
            self.date = f"date: {http_date(second)}\r\n\r\n".encode()
