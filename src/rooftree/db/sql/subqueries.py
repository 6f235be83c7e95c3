# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From queries inside of expressions to SQLAlchemy elements."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa

from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.select import Subquery
from rooftree.db.model_errors import QueryError
from rooftree.db.sql.compiler import Compiler
from rooftree.db.sql.dialects import Element
from rooftree.db.sql.scope import Scope
from rooftree.db.table import ManyInfo, ReferenceInfo

__all__ = ["Subqueries"]


class Subqueries(Compiler):
    """Sub-queries, and the many rows of a relation."""

    # ---- sub-queries

    def _selected(self, expression: Expression[Any]) -> Element:
        assert isinstance(expression, Subquery)  # noqa: S101 - only sub-queries have these operations
        if self.subselect is None:
            raise QueryError(
                "Q216", "A sub-query stands where only plain columns can.", "Take it out of the constraint."
            )
        return self.subselect(expression, self.scope)

    def _rows_of(self, expression: Expression[Any]) -> Any:
        return self._selected(expression)

    def _in_select(self, expression: Expression[Any]) -> Any:
        return self.element(expression.parts[0]).in_(self._rows_of(expression.parts[1]))

    def _not_in_select(self, expression: Expression[Any]) -> Any:
        return self.element(expression.parts[0]).not_in(self._rows_of(expression.parts[1]))

    def _scalar(self, expression: Expression[Any]) -> Any:
        return self._selected(expression).scalar_subquery()

    def _exists(self, expression: Expression[Any]) -> Any:
        return sa.exists(self._selected(expression))

    def _related_any(self, expression: Expression[Any]) -> Any:
        return sa.exists(self._related(expression, sa.literal_column("1")))

    def _related_count(self, expression: Expression[Any]) -> Any:
        return self._related(expression, sa.func.count()).scalar_subquery()

    def _related(self, expression: Expression[Any], what: Any) -> Element:
        """The many rows of the row at hand, as a correlated sub-query."""
        many, path = cast("tuple[ManyInfo, tuple[ReferenceInfo, ...]]", expression.data)
        links = many.links
        scope = self._scope_of(many, path)
        owner = scope.join(path) if path else scope.table
        target = scope.tables(links.target).alias()
        inner = Scope(links.target, target, scope.tables, self.scope)
        compiler = type(self)(inner, self.binds, self.dialect, self.subselect)
        conditions = [compiler.element(part) for part in expression.parts]
        if links.through is None:
            pairs = zip(links.source.columns, links.source.target.key, strict=True)
            meets = [target.c[own.column] == owner.c[key.column] for own, key in pairs]
            source = inner.source
        else:
            through = scope.tables(links.through).alias()
            assert links.via is not None  # noqa: S101 - a table between has both references
            pairs = zip(links.source.columns, links.source.target.key, strict=True)
            meets = [through.c[own.column] == owner.c[key.column] for own, key in pairs]
            source = inner.source.join(
                through,
                sa.and_(
                    *[
                        through.c[own.column] == target.c[key.column]
                        for own, key in zip(links.via.columns, links.via.target.key, strict=True)
                    ]
                ),
            )
        if links.target.deleted is not None:
            conditions.append(target.c[links.target.deleted.column].is_(None))
        return sa.select(what).select_from(source).where(*meets, *conditions).correlate_except(source, target)

    def _belongs_to(self, expression: Expression[Any]) -> Any:
        """The condition that a row is linked to one owner, by the table between."""
        links = cast("ManyInfo", expression.data[0]).links
        assert links.through is not None and links.via is not None  # noqa: S101, PT018 - see Relation.of
        through = self.scope.tables(links.through).alias()
        target = self.scope.table
        meets = [
            through.c[own.column] == target.c[key.column]
            for own, key in zip(links.via.columns, links.via.target.key, strict=True)
        ]
        owner = [
            through.c[column.column] == self.element(part)
            for column, part in zip(links.source.columns, expression.parts, strict=True)
        ]
        return sa.exists(
            sa.select(sa.literal_column("1")).select_from(through).where(*meets, *owner).correlate_except(through)
        )

    def _scope_of(self, many: ManyInfo, path: tuple[ReferenceInfo, ...]) -> Scope:
        root = path[0].columns[0].table if path else many.owner
        scope: Scope | None = self.scope
        while scope is not None and scope.info is not root:
            scope = scope.parent
        if scope is None:
            raise QueryError(
                "Q210", f"{many!r} was used in a query of {self.scope.info.model}.", "Go there by a relation."
            )
        return scope

    def _outer(self, expression: Expression[Any]) -> Any:
        if self.scope.parent is None:
            raise QueryError("Q217", f"outer({expression.parts[0]!r}) stands in no sub-query.", "Use it inside one.")
        return self.scope.parent.column(cast("Column[Any]", expression.parts[0]))
