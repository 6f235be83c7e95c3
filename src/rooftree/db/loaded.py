"""What instances of every kind of model are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

__all__ = ["LoadedRow", "Struct"]

if TYPE_CHECKING:
    Struct = object  # see ModelMeta: for checkers a model is a class of its own kind
else:
    Struct = msgspec.Struct


class LoadedRow:
    """Holds the row that an instance was loaded from, and what its class keeps with it: nothing encodes either."""

    __slots__ = ("_kept", "_row")
