"""What the WebSockets of one worker hold in memory, all together."""

from __future__ import annotations

from typing import Final, Protocol

__all__ = ["HeldMessages", "Holder"]

SLIGHT: Final = 4 * 1024
"""Bytes up to which nothing is counted: less than a connection takes anyway, and most messages are smaller."""


class Holder(Protocol):
    """A WebSocket, as what counts its messages sees it."""

    def give_up(self) -> None:
        """Let go of every message that is held, and end the connection."""
        ...


class HeldMessages:
    """The messages, whole or not, that have come and were not received yet.

    Each connection has bounds of its own, but an unfinished message may stay so for as long as its sender answers
    pings, and a few bytes of deflate are a megabyte of it. So they share a bound too: past it the connection that holds
    the most is given up, which is not the one that sends small messages.

    Attributes:
        total: Bytes that are held by connections that hold more than a few.
    """

    __slots__ = ("_bound", "_held", "total")

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._held: dict[Holder, int] = {}
        self.total = 0

    def note(self, holder: Holder, size: int) -> None:
        """Note how many bytes a connection holds now; give up the largest until what is left fits."""
        if size > SLIGHT:
            self.total += size - self._held.get(holder, 0)
            self._held[holder] = size
        elif holder in self._held:
            self.total -= self._held.pop(holder)
        while self.total > self._bound:
            largest = max(self._held, key=self._held.__getitem__)
            self.total -= self._held.pop(largest)
            largest.give_up()
