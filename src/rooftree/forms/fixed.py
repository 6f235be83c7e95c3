"""Options that are there, as data."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from rooftree.forms.info import Option

__all__ = ["Fixed"]


class Fixed:
    """Options that are there."""

    def __init__(self, options: list[Option]) -> None:
        self._options = options

    async def options(self) -> list[Option] | None:
        """Return all of them."""
        return self._options

    async def find(self, text: str, most: int) -> list[Option]:
        """Return options whose label has every word of a text."""
        words = text.casefold().split()
        found = (option for option in self._options if all(word in str(option.label).casefold() for word in words))
        return list(islice(found, most))

    async def named(self, texts: Sequence[str]) -> list[Option]:
        """Return the options that some texts on the wire stand for."""
        return [option for option in self._options if option.value in texts]

    async def accepted(self, texts: Sequence[str]) -> frozenset[str]:
        """Return those of some texts that are options."""
        return frozenset(texts) & {option.value for option in self._options if not option.disabled}
