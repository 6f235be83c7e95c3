"""Schema: the base of typed shapes."""

from __future__ import annotations

import msgspec

__all__ = ["Schema"]


class Schema(msgspec.Struct, kw_only=True):
    """A typed shape for what comes in and goes out."""
