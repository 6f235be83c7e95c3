"""Which columns tell the rows of a table apart: what ON CONFLICT needs, on every database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rooftree.db.expressions.base import Ordering
from rooftree.db.expressions.constraints import Index, Unique
from rooftree.db.expressions.paths import columns_named
from rooftree.db.table import ColumnInfo, TableInfo

__all__ = ["are_unique"]


def are_unique(info: TableInfo, columns: Iterable[ColumnInfo]) -> bool:
    """Whether no two rows have the same values in exactly these columns together, by the model's own words."""
    wanted = set(columns)
    return any(wanted == set(each) for each in _uniques(info))


def _uniques(info: TableInfo) -> Iterator[Iterable[ColumnInfo]]:
    yield info.key
    yield from ([column] for column in info.columns if column.unique)
    yield from (reference.columns for reference in info.references if reference.unique)
    for constraint in info.constraints():
        if isinstance(constraint, Unique) or (isinstance(constraint, Index) and constraint.unique):
            yield [] if constraint.where is not None else _plain(info, constraint.columns)


def _plain(info: TableInfo, parts: Iterable[Any]) -> list[ColumnInfo]:
    """The columns that a constraint names; none where it is over an expression."""
    plain = [part.expression if isinstance(part, Ordering) else part for part in parts]
    try:
        return columns_named(info, plain, _Expression)
    except _Expression:
        return []


class _Expression(Exception):
    """A part of an index is no plain column."""
