"""Constraints and indexes of several columns, some rows or expressions: what a model's ``constraints()`` names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rooftree.db.expressions.base import Expression, Ordering

__all__ = ["Check", "Constraint", "Index", "Unique"]


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


Constraint = Unique | Check | Index
