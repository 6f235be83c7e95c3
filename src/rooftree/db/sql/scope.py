# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""Where a column's table stands in the statement being compiled: joins are made as columns ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa

from rooftree.db.expressions.columns import Column
from rooftree.db.model_errors import QueryError
from rooftree.db.sql.dialects import Element
from rooftree.db.table import ReferenceInfo, TableInfo

__all__ = ["Scope"]

Path = tuple[ReferenceInfo, ...]
Tables = Callable[[TableInfo], Element]


class Scope:
    """One SELECT, UPDATE or DELETE: its own table and the tables joined to it.

    Args:
        info: The table that paths start from.
        table: The same, or an alias of it, in SQLAlchemy's terms.
        tables: Gives the SQLAlchemy table of a TableInfo.
        parent: The statement around this one; its tables can be named here.
        can_join: Whether tables can be joined: not to an UPDATE or DELETE, where a path becomes a sub-query.

    Attributes:
        source: What stands in FROM.
        joins: The tables at the end of paths.
        others: The tables that the query itself joins, and which of them by an outer join (``outer``).
    """

    __slots__ = ("can_join", "info", "joins", "others", "outer", "parent", "source", "table", "tables")

    def __init__(
        self,
        info: TableInfo,
        table: Element,
        tables: Tables,
        parent: Scope | None = None,
        *,
        can_join: bool = True,
    ) -> None:
        self.info = info
        self.table = table
        self.tables = tables
        self.parent = parent
        self.can_join = can_join
        self.joins: dict[Path, Element] = {}
        self.others: dict[TableInfo, Element] = {}
        self.outer: set[TableInfo] = set()
        self.source: Element = table

    def column(self, column: Column[Any]) -> Any:
        """Return the element of a column, joining the tables on the way to it.

        Raises:
            QueryError: the query does not start from the column's model.
        """
        root = cast("TableInfo", column.path[0].columns[0].table if column.path else column.info.table)
        scope = self.of(root)
        if scope is None:
            raise QueryError(
                "Q210",
                f"{column!r} was used in a query of {self.info.model}, which knows no {root.model}.",
                f"Go there by a relation of {self.info.model}.",
            )
        if not column.path:
            table: Any = scope.others.get(root, scope.table)
            return table.c[column.info.column]
        if not scope.can_join:
            return scope.looked_up(column)
        return scope.join(column.path).c[column.info.column]

    def of(self, info: TableInfo | None) -> Scope | None:
        """Return the scope, this one or one around it, in which a table stands."""
        scope: Scope | None = self
        while scope is not None and scope.info is not info and info not in scope.others:
            scope = scope.parent
        return scope

    def join(self, path: Path) -> Element:
        """Return the table at the end of a path, joined once; LEFT where a reference on the way may lead nowhere."""
        found = self.joins.get(path)
        if found is not None:
            return found
        root = cast("TableInfo", path[0].columns[0].table)
        near = self.join(path[:-1]) if len(path) > 1 else self.others.get(root, self.table)
        reference = path[len(path) - 1]
        far = self.tables(reference.target).alias()
        may_miss = root in self.outer or any(step.nullable for step in path)
        self.source = self.source.join(far, _meet(reference, near, far), isouter=may_miss)
        self.joins[path] = far
        return far

    def add(self, info: TableInfo, table: Element, *, outer: bool) -> None:
        """Let columns of a table be named that ``meet`` will join."""
        self.others[info] = table
        if outer:
            self.outer.add(info)

    def meet(self, table: Element, condition: Any, *, outer: bool) -> None:
        """Join a table by a condition."""
        self.source = self.source.join(table, condition, isouter=outer)

    def looked_up(self, column: Column[Any]) -> Any:
        """Return a column behind a path as a sub-query of its own."""
        first = column.path[0]
        far = self.tables(first.target).alias()
        inner = Scope(first.target, far, self.tables)
        element = (
            inner.join(column.path[1:]).c[column.info.column] if len(column.path) > 1 else far.c[column.info.column]
        )
        return sa.select(element).select_from(inner.source).where(_meet(first, self.table, far)).scalar_subquery()


def _meet(reference: ReferenceInfo, near: Element, far: Element) -> Any:
    """The condition that a reference holds between two tables."""
    pairs = zip(reference.columns, reference.target.key, strict=True)
    return sa.and_(*[near.c[own.column] == far.c[other.column] for own, other in pairs])
