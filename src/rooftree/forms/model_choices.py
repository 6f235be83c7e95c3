"""Rows of a model as options: one query for all of them, one for those that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from rooftree.db import Model, Query
from rooftree.forms.errors import FormUsageError
from rooftree.forms.fixed import Fixed
from rooftree.forms.info import MAX_OPTIONS, Option
from rooftree.schema import Invalid, decoder

__all__ = ["Rows", "label_column"]

MAX_WORDS: Final = 8
LARGEST: Final = 2**63
"""Above the integers of databases: no row has such a key."""


class Rows:
    """The rows of a query, each by its key.

    What people see is what the model's ``__str__`` says, where it has one; else its first column of text, which is then
    all that is read.
    """

    def __init__(self, query: Query[Any], searched: Sequence[Any] = ()) -> None:
        self._query = query
        self._info: Any = query.table
        if len(self._info.key) != 1:
            raise FormUsageError(
                "F205",
                f"Rows of {self._info.model} cannot be chosen in a form: the key has {len(self._info.key)} columns.",
                "Offer them by a function that returns pairs, or take the reference out of the form.",
            )
        self._key = self._info.own[self._info.key[0].name]
        self._decode = decoder(self._info.key[0].type.python).strings
        first = _first_text(self._info)
        self._searched = list(searched) or ([self._info.own[first]] if first is not None else [])

    async def options(self) -> list[Option] | None:
        """Return all of them, in the query's order; by what people see where it has none.

        Returns:
            The options; ``None`` where there are more than a list holds.

        Raises:
            FormUsageError: F206 where there are more, of a query that cannot be searched: one with a limit of its own.
        """
        most = self._query.most
        bounded = most is not None and most <= MAX_OPTIONS
        found = await self._read(self._query if bounded else self._query.limit(MAX_OPTIONS + 1))
        if len(found) <= MAX_OPTIONS:
            return found
        if self._query.is_selection:
            raise FormUsageError(
                "F206",
                f"{self._info.model} has more than {MAX_OPTIONS} rows to choose from, by a query with a limit.",
                "Narrow it by a condition, which people can search in: field(choices=lambda form: Model.where(...)).",
            )
        return None

    async def find(self, text: str, most: int) -> list[Option]:
        """Return rows that have every word of a text in one of the columns that are searched; by key without any."""
        if self._query.is_selection:
            return await Fixed(await self.options() or []).find(text, most)
        query = self._query
        for word in text.split()[:MAX_WORDS]:
            if self._searched:
                query = query.where(_either(column.contains(word, ignore_case=True) for column in self._searched))
            else:
                query = query.where(self._key.in_(list(self._keys([word]))))
        return await self._read(query.limit(most))

    async def named(self, texts: Sequence[str]) -> list[Option]:
        """Return the options that some keys stand for, those of these rows only."""
        if self._query.is_selection:
            return await Fixed(await self.options() or []).named(texts)
        keys = self._keys(texts)
        return await self._read(self._query.where(self._key.in_(list(keys)))) if keys else []

    async def _read(self, query: Query[Any]) -> list[Option]:
        column = label_column(self._info)
        if column is None or self._query.is_selection:
            rows = await query
            texts = [str(row) if column is None else getattr(row, column) for row in rows]
            found = [
                Option(str(getattr(row, self._key.info.name)), text) for row, text in zip(rows, texts, strict=True)
            ]
            if not query.is_ordered:
                found.sort(key=lambda option: str(option.label).casefold())
            return found
        label = self._info.own[column]
        pairs = await (query if query.is_ordered else query.order_by(label)).select(self._key, label)
        return [Option(str(key), text) for key, text in pairs]

    async def accepted(self, texts: Sequence[str]) -> frozenset[str]:
        """Return those of some texts that are keys of these rows."""
        if self._query.is_selection:  # to ask it for these keys would select among them
            return frozenset(texts) & {option.value for option in await self.options() or ()}
        keys = self._keys(texts)
        if not keys:
            return frozenset()
        found = await self._query.where(self._key.in_(list(keys))).values(self._key)
        return frozenset(text for key in found for text in keys[key])

    def _keys(self, texts: Sequence[str]) -> dict[Any, list[str]]:
        """Return the keys that some texts on the wire may stand for."""
        keys: dict[Any, list[str]] = {}
        for text in texts:
            try:
                key = self._decode(text)
            except Invalid:
                continue
            if not isinstance(key, int) or -LARGEST <= key < LARGEST:
                keys.setdefault(key, []).append(text)
        return keys


def label_column(info: Any) -> str | None:
    """Return the first column of text; ``None`` where the model says itself how a row is shown, or has none."""
    if info.make.__str__ is not Model.__str__:
        return None
    return _first_text(info)


def _first_text(info: Any) -> str | None:
    return next((column.name for column in info.columns if column.type.kind == "text" and not column.private), None)


def _either(conditions: Iterable[Any]) -> Any:
    found: Any = None
    for condition in conditions:
        found = condition if found is None else found | condition
    return found
