"""What waits for a disk waits on a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["CHUNK", "OneAtATime", "in_thread"]

T = TypeVar("T")

CHUNK = 256 * 1024
"""How many bytes go over to a thread or come from one at a time: enough that the way there costs little."""


async def in_thread(work: Callable[[], T]) -> T:
    """Run ``work`` on the loop's thread pool, where it holds up no other request."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


class OneAtATime:
    """Runs one piece of work after the other on threads, and knows of one whose asker was cancelled meanwhile."""

    __slots__ = ("_running",)

    def __init__(self) -> None:
        self._running: asyncio.Future[Any] | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` on a thread; being cancelled does not stop it."""
        running = self._running = asyncio.get_running_loop().run_in_executor(None, work)
        return await asyncio.shield(running)

    async def settled(self) -> None:
        """Wait until no thread is at work: what it uses must not be closed under it."""
        if self._running is not None and not self._running.done():
            await asyncio.wait((self._running,))
