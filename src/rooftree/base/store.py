"""Where sessions, limits and caches keep what they know: a small interface, and the store in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final, Protocol, runtime_checkable

import msgspec

__all__ = ["MemoryStore", "Store", "Stored"]


class Stored(msgspec.Struct, frozen=True):
    """A value as a store holds it.

    Attributes:
        value: The bytes.
        version: Grows with each change of the value; ``Store.set`` takes it to change what was read, and only that.
    """

    value: bytes
    version: int


@runtime_checkable
class Store(Protocol):
    """A key-value store whose entries expire. Keys are text of at most 200 characters."""

    async def get(self, key: str) -> Stored | None:
        """Return the value of a key; ``None`` where there is none, or it has expired."""
        ...

    async def set(self, key: str, value: bytes, *, lasts: float, version: int | None = None) -> bool:
        """Set the value of a key.

        Args:
            key: The key.
            value: The bytes.
            lasts: Seconds until it expires.
            version: Set it only where this is the version in the store; 0 only where there is none. ``None`` always.

        Returns:
            Whether it was set.
        """
        ...

    async def delete(self, key: str) -> None:
        """Take a key out, where it is there."""
        ...

    async def add(self, key: str, amount: int, *, lasts: float) -> int:
        """Add to the number at a key, 0 where there is none, and return the sum; it expires as long after the first.

        One step for whoever asks at the same time. A number is no value: ``get`` need not find it.
        """
        ...

    async def clean(self, prefix: str = "") -> int:
        """Take out what has expired below a prefix, and return how much that was."""
        ...


class MemoryStore:
    """A store in this process: for tests, and for limits of one worker.

    Args:
        most: Entries that are kept; above that the ones used longest ago are dropped.
    """

    def __init__(self, most: int = 100_000) -> None:
        self.most: Final = most
        self._values: OrderedDict[str, tuple[float, Stored]] = OrderedDict()
        self._numbers: OrderedDict[str, tuple[float, int]] = OrderedDict()

    async def get(self, key: str) -> Stored | None:
        """Return the value of a key; ``None`` where there is none, or it has expired."""
        found = self._values.get(key)
        if found is None:
            return None
        if found[0] <= time.monotonic():
            del self._values[key]
            return None
        self._values.move_to_end(key)
        return found[1]

    async def set(self, key: str, value: bytes, *, lasts: float, version: int | None = None) -> bool:
        """Set the value of a key; see ``Store.set``."""
        known = await self.get(key)
        current = 0 if known is None else known.version
        if version is not None and version != current:
            return False
        self._values[key] = (time.monotonic() + lasts, Stored(value, current + 1))
        self._values.move_to_end(key)
        if len(self._values) > self.most:
            self._values.popitem(last=False)
        return True

    async def delete(self, key: str) -> None:
        """Take a key out, where it is there."""
        self._values.pop(key, None)
        self._numbers.pop(key, None)

    async def add(self, key: str, amount: int, *, lasts: float) -> int:
        """Add to the number at a key and return the sum; see ``Store.add``."""
        now = time.monotonic()
        end, number = self._numbers.get(key, (0.0, 0))
        if end <= now:
            end, number = now + lasts, 0
        self._numbers[key] = (end, number + amount)
        self._numbers.move_to_end(key)
        if len(self._numbers) > self.most:
            self._numbers.popitem(last=False)
        return number + amount

    async def clean(self, prefix: str = "") -> int:
        """Take out what has expired below a prefix, and return how much that was."""
        now, gone = time.monotonic(), 0
        for table in (self._values, self._numbers):
            ended = [key for key, (end, _) in table.items() if end <= now and key.startswith(prefix)]
            gone += len(ended)
            for key in ended:
                del table[key]
        return gone
