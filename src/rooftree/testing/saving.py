"""Rows that a factory is about to save: to be awaited, or waited for in a plain test."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, final

from rooftree.db import Write

__all__ = ["Saving"]

V = TypeVar("V")


@final
class Saving(Write[V]):
    """What a factory saves: ``await`` it, or call ``sync()`` where no event loop runs."""

    __slots__ = ("_save",)

    def __init__(self, save: Callable[[], Coroutine[Any, Any, V]]) -> None:
        super().__init__()
        self._save = save

    async def run(self) -> V:
        """Save now; what ``await`` does."""
        return await self._save()
