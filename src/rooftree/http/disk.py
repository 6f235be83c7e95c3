"""What waits for a disk waits on a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

__all__ = ["CHUNK", "in_thread"]

T = TypeVar("T")

CHUNK = 256 * 1024
"""How many bytes go over to a thread or come from one at a time: enough that the way there costs little."""


async def in_thread(work: Callable[[], T]) -> T:
    """Run ``work`` on the loop's thread pool, where it holds up no other request."""
    return await asyncio.get_running_loop().run_in_executor(None, work)
