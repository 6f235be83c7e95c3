"""Bodies made of what a generator gives, item by item."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from functools import partial
from time import monotonic
from typing import Any, Final

from rooftree.binding.threads import Lane

__all__ = ["async_items", "plain_items"]

BATCH: Final = 32 * 1024
"""Bytes that a plain generator makes in one go on a thread before they are sent."""
PATIENCE: Final = 0.02
"""Seconds after which they are sent though they are fewer."""

Encode = Callable[[Any], bytes]


async def async_items(source: AsyncIterable[Any], encode: Encode | None) -> AsyncIterator[bytes]:
    """Give each item as a line of JSON, or as it is where it needs no encoding."""
    try:
        async for item in source:
            yield _plain(item) if encode is None else encode(item) + b"\n"
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


async def plain_items(source: Iterator[Any], encode: Encode | None, lane: Lane) -> AsyncIterator[bytes]:
    """Do the same for a plain generator: it runs on a thread, and small items that come quickly travel together."""
    try:
        while batch := await lane.run(partial(_take, source, encode)):
            yield batch
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            await lane.run(close)


def _take(source: Iterator[Any], encode: Encode | None) -> bytes:
    parts: list[bytes] = []
    size, end = 0, monotonic() + PATIENCE
    for item in source:
        part = _plain(item) if encode is None else encode(item) + b"\n"
        parts.append(part)
        size += len(part)
        if size >= BATCH or (size and monotonic() > end):
            break
    return b"".join(parts)


def _plain(item: str | bytes) -> bytes:
    return item.encode() if isinstance(item, str) else item
