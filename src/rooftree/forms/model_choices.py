"""Rows of a model as options: one query for all of them, one for those that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rooftree.db import Model, Query
from rooftree.forms.errors import FormUsageError
from rooftree.forms.info import MAX_OPTIONS, Option
from rooftree.schema import Invalid, decoder

__all__ = ["Rows", "label_column"]


class Rows:
    """The rows of a query, each by its key.

    What people see is what the model's ``__str__`` says, where it has one; else its first column of text, which is then
    all that is read.
    """

    def __init__(self, query: Query[Any]) -> None:
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

    async def options(self) -> list[Option]:
        """Return all of them, in the query's order; by what people see where it has none.

        Raises:
            FormUsageError: F206 where there are more than a page can hold.
        """
        column, most = label_column(self._info), self._query.most
        query = self._query if most is not None and most <= MAX_OPTIONS else self._query.limit(MAX_OPTIONS + 1)
        if column is None or self._query.is_selection:
            rows = await query
            texts = [str(row) if column is None else getattr(row, column) for row in rows]
            found = [
                Option(str(getattr(row, self._key.info.name)), text) for row, text in zip(rows, texts, strict=True)
            ]
            if not query.is_ordered:
                found.sort(key=lambda option: str(option.label).casefold())
        else:
            label = self._info.own[column]
            pairs = await (query if query.is_ordered else query.order_by(label)).select(self._key, label)
            found = [Option(str(key), text) for key, text in pairs]
        if len(found) > MAX_OPTIONS:
            raise FormUsageError(
                "F206",
                f"{self._info.model} has more than {MAX_OPTIONS} rows to choose from.",
                "Narrow them: field(choices=lambda form: Model.where(...)).",
            )
        return found

    async def accepted(self, texts: Sequence[str]) -> frozenset[str]:
        """Return those of some texts that are keys of these rows."""
        if self._query.is_selection:  # to ask it for these keys would select among them
            return frozenset(texts) & {option.value for option in await self.options()}
        keys: dict[Any, list[str]] = {}
        for text in texts:
            try:
                keys.setdefault(self._decode(text), []).append(text)
            except Invalid:
                continue
        if not keys:
            return frozenset()
        found = await self._query.where(self._key.in_(list(keys))).values(self._key)
        return frozenset(text for key in found for text in keys[key])


def label_column(info: Any) -> str | None:
    """Return the first column of text; ``None`` where the model says itself how a row is shown, or has none."""
    if info.make.__str__ is not Model.__str__:
        return None
    return next((column.name for column in info.columns if column.type.kind == "text" and not column.private), None)
