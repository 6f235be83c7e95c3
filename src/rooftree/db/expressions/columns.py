"""Columns on their class, and what an update sets them to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar, overload

from rooftree.db.expressions.base import Expression
from rooftree.db.types import ColumnType

if TYPE_CHECKING:
    from rooftree.db.table import ColumnInfo, ReferenceInfo

__all__ = ["Assignment", "Column"]

T = TypeVar("T")


class Column(Expression[T]):
    """A column on its class, perhaps behind references: ``Product.category.name``.

    Attributes:
        info: The column.
        path: The references that lead to it from the root of the query.
        token: What tells this column and path apart in the shape of a query.
    """

    __slots__ = ("info", "path", "token")

    def __init__(self, info: ColumnInfo, path: tuple[ReferenceInfo, ...] = ()) -> None:
        self.op = "column"
        self.parts = ()
        self.data = ()
        self.info = info
        self.path = path
        self.token = object()

    @property
    def type(self) -> ColumnType:  # type: ignore[override]
        """What it holds; read late, because a reference may lead to a model that is declared later."""
        return self.info.type

    @property
    def nullable(self) -> bool:
        """Whether a row may have no value here."""
        return self.info.nullable or any(reference.nullable for reference in self.path)

    @overload
    def to(
        self: Expression[Decimal] | Expression[Decimal | None], value: Decimal | int | Expression[Any] | None
    ) -> Assignment: ...
    @overload
    def to(self, value: T | Expression[Any]) -> Assignment: ...
    def to(self, value: Any) -> Assignment:
        """Set this column in an ``update()``: ``Product.price.to(Product.price * 2)``."""
        assert isinstance(self, Column)  # noqa: S101 - the overloads name wider types for the checkers
        return Assignment(self, value)

    def __repr__(self) -> str:
        table = self.path[0].columns[0].table if self.path else self.info.table
        return ".".join([table.model if table else "?", *[step.name for step in self.path], self.info.name])


class Assignment:
    """A column and what an ``update()`` sets it to."""

    __slots__ = ("column", "value")

    def __init__(self, column: Column[Any], value: Any) -> None:
        self.column = column
        self.value = value
