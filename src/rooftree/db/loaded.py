"""What instances of every kind of model are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

__all__ = ["KEEP_ROW", "LoadedRow", "Struct"]

if TYPE_CHECKING:
    Struct = object  # see ModelMeta: for checkers a model is a class of its own kind
else:
    Struct = msgspec.Struct


class LoadedRow:
    """Holds the row that an instance was loaded from, and what its class keeps with it: nothing encodes either."""

    __slots__ = ("_kept", "_row")


KEEP_ROW: Final[Callable[[Any, Any], None]] = LoadedRow.__dict__["_row"].__set__
"""``KEEP_ROW(instance, row)``: what ``instance._row = row`` does, as a function of C."""
