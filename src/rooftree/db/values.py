"""The values that new rows begin with: the present moment, keys that grow."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from uuid import UUID

__all__ = ["now", "uuid7"]


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def uuid7() -> UUID:
    """A new UUID of version 7: it begins with the time in milliseconds, so keys grow (RFC 9562 section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    noise = secrets.randbits(74)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (noise >> 62) << 64 | 0b10 << 62 | noise & ((1 << 62) - 1))
