"""`q`: full text where the model has an index over the named columns, else each word somewhere in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from rooftree.db import Column, Condition, Query, Search
from rooftree.resources.errors import Declaration
from rooftree.resources.filters import own_column

__all__ = ["LONGEST_SEARCH", "compile_search"]

LONGEST_SEARCH: Final = 200
MOST_WORDS: Final = 8
"""Words that are looked for without an index; further ones are not."""

Narrow = Callable[[Query[Any], str], Query[Any]]


def compile_search(of: Declaration, declared: Sequence[Any]) -> Narrow | None:
    """Return what narrows a query to the rows that hold a text; `None` where nothing is to be searched.

    Raises:
        ResourceError: R407 for a column that holds no text.
    """
    columns = [own_column(of, part, "search")[0] for part in declared]
    for column in columns:
        if column.type.kind != "text":
            fact = f"names {column!r} in search=, which holds {column.type.name}"
            raise of.error("R407", fact, "Name columns of text.")
    if not columns:
        return None
    for index in of.info.constraints():
        if isinstance(index, Search) and {id(column) for column in index.columns} == {id(column) for column in columns}:
            return _by_index(index.name)
    return _by_words(columns)


def _by_index(name: str | None) -> Narrow:
    def narrow(query: Query[Any], text: str) -> Query[Any]:
        return query.search(text, name=name)

    return narrow


def _by_words(columns: Sequence[Column[Any]]) -> Narrow:
    def narrow(query: Query[Any], text: str) -> Query[Any]:
        words = text.replace("\x00", " ").split()[:MOST_WORDS]
        return query.where(*[_somewhere(columns, word) for word in words])

    return narrow


def _somewhere(columns: Sequence[Column[Any]], word: str) -> Condition:
    first, *others = [column.contains(word, ignore_case=True) for column in columns]
    for other in others:
        first |= other
    return first
