"""Waiting for what must not be left half done, through cancellations of whoever waits."""

from __future__ import annotations

import asyncio
from typing import Any

__all__ = ["settled"]


async def settled(future: asyncio.Future[Any], patience: float | None = None) -> bool:
    """Wait until a future is done, however often the caller is cancelled meanwhile; it raises nothing itself.

    Args:
        future: A task or a thread's work.
        patience: Seconds to wait; ``None`` for as long as it takes.

    Returns:
        Whether it is done. One that is not was told to stop.
    """
    loop = asyncio.get_running_loop()
    deadline = None if patience is None else loop.time() + patience
    while not future.done():
        left = None if deadline is None else deadline - loop.time()
        if left is not None and left <= 0:
            future.cancel()
            return False
        try:
            await asyncio.wait([future], timeout=left)
        except asyncio.CancelledError:
            continue
    if not future.cancelled():
        future.exception()  # seen
    return True
