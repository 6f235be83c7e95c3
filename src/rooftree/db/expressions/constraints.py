"""Constraints and indexes of several columns, some rows or expressions: what a model's ``constraints()`` names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

from rooftree.db.expressions.base import Expression, Ordering
from rooftree.db.model_errors import ModelError

__all__ = ["Check", "Constraint", "Index", "Language", "Search", "Unique"]

Language = Literal[
    "simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german",
    "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "portuguese",
    "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
]  # fmt: skip
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}\Z")  # what is made of it ends in a word more


class Unique:
    """No two rows have the same values in these columns together.

    Args:
        columns: Columns, or references by their class attribute.
        name: The constraint's name; made from the table and the columns where not given.
        where: Only among the rows that fit.
    """

    __slots__ = ("columns", "name", "where")

    def __init__(self, *columns: Any, name: str | None = None, where: Expression[bool] | None = None) -> None:
        self.columns = columns
        self.name = name
        self.where = where


class Check:
    """Every row fits the condition: checked here on save, and by the database.

    Args:
        condition: A condition over the model's own columns.
        name: The constraint's name; the table's name and ``name`` make it predictable.
        message: What to say to a person.
    """

    __slots__ = ("condition", "message", "name")

    def __init__(self, condition: Expression[bool], *, name: str, message: str = "") -> None:
        self.condition = condition
        self.name = name
        self.message = message


class Index:
    """An index.

    Args:
        columns: Columns, expressions, or their orderings.
        name: The index's name; made from the table and the columns where not given. Needed with expressions.
        unique: Whether no two rows have the same values.
        where: Only the rows that fit are in it.
        include: Columns that it carries besides, where the database has such indexes.
    """

    __slots__ = ("columns", "include", "name", "unique", "where")

    def __init__(
        self,
        *columns: Expression[Any] | Ordering | Any,
        name: str | None = None,
        unique: bool = False,
        where: Expression[bool] | None = None,
        include: Sequence[Any] = (),
    ) -> None:
        self.columns = columns
        self.name = name
        self.unique = unique
        self.where = where
        self.include = tuple(include)


class Search:
    """Full-text search over columns of text: an index that finds words, and tells the best rows from the others.

    The first column weighs most, each further one less. PostgreSQL keeps a GIN index and knows the words of many
    languages (``houses`` finds ``house``); SQLite keeps an FTS5 table in step by triggers, and knows those of English.

    Args:
        columns: Columns of text.
        language: Whose words they are, by PostgreSQL's name; ``"simple"`` takes each word as it is written.
        name: The index's name; made from the table's where not given. Needed for a second one.

    Raises:
        ModelError: a language that nobody knows.
    """

    __slots__ = ("columns", "language", "name")

    def __init__(self, *columns: Any, language: Language = "simple", name: str | None = None) -> None:
        given: Any = language  # it becomes part of the SQL
        if type(given) is not str or given not in get_args(Language):
            raise ModelError(
                "M125", f"Search() was given the language {language!r}.", f"It takes {', '.join(get_args(Language))}."
            )
        if name is not None and not _NAME.match(name):
            raise ModelError(
                "M107",
                f"Search() was given the name {name!r}: a name is a letter, then letters, digits and _, at most"
                " 48 of them.",
                "Choose another name.",
            )
        self.columns = columns
        self.language: Language = language
        self.name = name


Constraint = Unique | Check | Index | Search
