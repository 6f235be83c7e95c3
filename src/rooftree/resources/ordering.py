"""Orders of a list: from named columns to the values of `order`, and to what a query is ordered by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rooftree.db import Column, Ordering
from rooftree.resources.errors import Declaration
from rooftree.resources.filters import own_column

__all__ = ["Orders"]

ORDERED: Final = frozenset(
    {"integer", "float", "decimal", "date", "time", "datetime", "text", "boolean", "enum", "uuid"}
)


class Orders:
    """What a list may be ordered by.

    Attributes:
        steps: What each value of `order` stands for: `"price"`, `"-price"`.
        usual: The order where none is asked for, without the key.
        key: The columns of the key, which come last in every order: no two rows are equal in it.

    Raises:
        ResourceError: R402, R403 or R406 for what no list can be ordered by.
    """

    def __init__(self, of: Declaration, declared: Sequence[Any], usual: Sequence[Any]) -> None:
        self.steps: dict[str, Column[Any] | Ordering] = {}
        for part in declared:
            column, wire = own_column(of, part, "ordering")
            if column.type.kind not in ORDERED:
                fact = f"names {column!r} in ordering=, whose type {column.type.name} has no order"
                raise of.error("R406", fact, "Leave it out.")
            self.steps[wire] = column
            self.steps[f"-{wire}"] = column.desc()
        for step in usual:
            if not isinstance(step, Column | Ordering):
                fact = f"has {step!r} in order=, which is no order"
                raise of.error("R406", fact, f"Write order=({of.some_column}.desc(),).")
        self.usual: tuple[Column[Any] | Ordering, ...] = tuple(usual)
        self.key: tuple[Column[Any], ...] = tuple(of.info.own[column.name] for column in of.info.key)

    def of(self, asked: Sequence[str]) -> tuple[Column[Any] | Ordering, ...]:
        """Return what to order by, without the key, for the values of `order`."""
        return tuple(self.steps[each] for each in dict.fromkeys(asked)) if asked else self.usual

    def whole(self, steps: Sequence[Any]) -> tuple[Any, ...]:
        """Return an order with the columns of the key that it lacks."""
        named = {id(_column_of(step)) for step in steps}
        return (*steps, *(column for column in self.key if id(column) not in named))

    @staticmethod
    def follows(steps: Sequence[Any]) -> bool:
        """Tell whether a cursor can follow an order: of the model's own columns."""
        return all(isinstance(column := _column_of(step), Column) and not column.path for step in steps)


def _column_of(step: Any) -> Any:
    return step.expression if isinstance(step, Ordering) else step
