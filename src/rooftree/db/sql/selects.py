# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From a query to a SELECT of SQLAlchemy: its scope, its columns, what it starts from and what it joins."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from rooftree.db.codecs import Encoder
from rooftree.db.drivers.capabilities import CAPABILITIES, Dialect
from rooftree.db.expressions.base import Expression, Ordering
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.select import Counter, Parameter, Select, Source, Subquery
from rooftree.db.model_errors import QueryError
from rooftree.db.sql.binds import Binds
from rooftree.db.sql.dialects import Element, core_dialect
from rooftree.db.sql.elements import ElementCompiler
from rooftree.db.sql.scope import Scope
from rooftree.db.sql.tables import table_of
from rooftree.db.sql.types import Stored
from rooftree.db.statement import Kind, Statement
from rooftree.db.table import TableInfo

__all__ = ["Compilation"]

_JOINS: dict[str, Any] = {
    "union": sa.union,
    "union all": sa.union_all,
    "intersect": sa.intersect,
    "except": sa.except_,
}
_select: Any = sa.select  # mypy stops with an internal error at its overloads and a starred argument


class Compilation:
    """One statement being compiled: its parameters and how the tables are found."""

    def __init__(self, dialect: Dialect, count: Counter) -> None:
        self.dialect: Dialect = dialect
        self.binds = Binds(dialect)
        self.count = count
        self.growing: dict[TableInfo, Element] = {}  # what a recursive query has found so far, for its step
        self.named = 0
        self.writes = False  # a statement that begins with WITH has no number of changed rows in sqlite3

    def table(self, info: TableInfo) -> Element:
        """Return the table of a model, or the rows that a recursive query has found so far.

        Raises:
            QueryError: a derived model, outside of the step that it stands for.
        """
        if not info.derived:
            return table_of(info, self.dialect)
        found = self.growing.get(info)
        if found is None:
            raise QueryError(
                "Q224",
                f"{info.model} is what a query gives, and stands here without one.",
                f"Start from {info.model}.of(...) or {info.model}.recursive(...).",
            )
        return found

    def compiler(self, scope: Scope) -> ElementCompiler:
        """Return what compiles expressions within a scope."""
        return ElementCompiler(scope, self.binds, self.dialect, self.inner)

    def inner(self, subquery: Any, scope: Scope) -> Element:
        """Compile a query inside an expression; the tables of the statement around it can be named in it."""
        query: Subquery = subquery
        return self.select(query.select, scope, exists=query.op == "exists")

    # ---- SELECT

    def scope_of(self, select: Select, parent: Scope | None) -> Scope:
        """Where a query starts: its table, aliased inside another query, or the rows of combined queries."""
        table: Element
        if select.combined:
            table = self._combined(select, parent)
        elif select.source is not None:
            table = self._derived(select.info, select.source)
        else:
            table = self.table(select.info)
            if parent is not None:
                table = table.alias()
        scope = Scope(select.info, table, self.table, parent)
        if select.joins and not select.combined:
            self._join(select, scope)
        return scope

    def _join(self, select: Select, scope: Scope) -> None:
        """Join the rows of other queries."""
        compiler = self.compiler(scope)
        for other, on, outer in select.joins:
            whole = set(other.__dict__) == {"info"} and other.info.deleted is None
            table = self.table(other.info) if whole else self.select(other, None).subquery()
            scope.add(other.info, table, outer=outer)
            scope.meet(table, compiler.element(on), outer=outer)

    def _derived(self, info: TableInfo, source: Source) -> Element:
        """The rows of another query as a table (a common table expression) with the columns of a derived model."""
        self.named += 1
        name = f"{info.name}_{self.named}"
        if source.step is None:
            return self.select(source.start, None, into=info).cte(name, nesting=self.writes)
        for part in (source.start, source.step):
            if part.order or part.limit is not None or part.offset is not None or part.combined:
                raise QueryError(
                    "Q225",
                    f"recursive() of {info.model} was given a query with an order, a limit or others combined.",
                    "Order and limit what it gives.",
                )
        seed = self.select(source.start, None, into=info).cte(name, recursive=True, nesting=self.writes)
        before = self.growing.get(info)
        self.growing[info] = seed
        try:
            step = self.select(source.step, None, into=info)
        finally:
            if before is None:
                del self.growing[info]
            else:
                self.growing[info] = before
        return seed.union_all(step) if source.every else seed.union(step)

    def _columns_into(self, info: TableInfo, select: Select, compiler: ElementCompiler) -> list[Any]:
        """What a query selects, under the names and of the types of a derived model's columns."""
        columns = sorted(info.columns, key=lambda column: column.declared)
        given = select.columns
        kinds = [column.type.kind for column in columns]
        if kinds != [expression.type.kind for expression in given]:
            wanted = ", ".join(f"{column.name}: {column.type.kind}" for column in columns)
            raise QueryError(
                "Q226",
                f"{info.model} has the columns ({wanted}), and its query selects "
                f"({', '.join(expression.type.kind for expression in given) or 'whole rows'}).",
                "Select as many, of the same types, in the same order.",
            )
        found: list[Any] = []
        for column, expression in zip(columns, given, strict=True):
            element = compiler.assigned(expression, column.type)
            if self.dialect == "postgresql":  # both parts of a recursive query must be of one type there
                element = sa.cast(element, Stored(column.type, bind=True))
            found.append(element.label(column.column))
        return found

    def _combined(self, select: Select, parent: Scope | None) -> Element:
        first = select.replace(combined=(), order=(), limit=None, offset=None, includes=(), joined=())
        whole: Any = self.select(first, parent)
        for how, other in select.combined:
            if len(other.columns) != len(select.columns) or (not select.columns and other.info is not select.info):
                raise QueryError("Q220", "Combined queries select different columns.", "Select the same in each.")
            # Each side is a sub-query: SQLite takes no ORDER BY or LIMIT inside of UNION otherwise.
            right = self.select(other, parent)
            if other.order or other.limit is not None or other.offset is not None or other.combined:
                right = _select(*right.subquery().c)
            whole = _JOINS[how](_select(*whole.subquery().c) if isinstance(whole, sa.CompoundSelect) else whole, right)
        return whole.subquery()

    def select(
        self, select: Select, parent: Scope | None, *, exists: bool = False, into: TableInfo | None = None
    ) -> Element:
        """Compile a query; the columns that it selects are named as those of ``into``, where given."""
        scope = self.scope_of(select, parent)
        compiler = self.compiler(scope)
        compiler.has_places = not exists
        elements = [sa.literal_column("1")] if exists else self._elements(select, scope, compiler, into)
        conditions = [] if select.combined else [compiler.element(condition) for condition in select.visible]
        order = self._order(select, compiler, elements)
        group = [compiler.element(part) for part in select.group]
        having = [compiler.element(part) for part in select.having]
        distinct_on = [compiler.element(part) for part in select.distinct_on]
        source = scope.source
        if select.link is not None:
            return self._linked(select, scope, compiler, elements, conditions, order)
        statement = _select(*elements).select_from(source)
        if conditions:
            statement = statement.where(*conditions)
        if group and not select.combined:
            statement = statement.group_by(*group)
        if having and not select.combined:
            statement = statement.having(*having)
        if order and not exists:
            statement = statement.order_by(*order)
        statement = self._limited(statement, select)
        if distinct_on:
            if CAPABILITIES[self.dialect].concurrent_writes == "none":
                raise QueryError(
                    "Q221", f"distinct(on) is PostgreSQL's, and this is {self.dialect}.", "Use a limit for each parent."
                )
            statement = statement.ext(postgresql.distinct_on(*distinct_on))
        elif select.distinct:
            statement = statement.distinct()
        return self._locked(statement, select, scope)

    def _elements(self, select: Select, scope: Scope, compiler: ElementCompiler, into: TableInfo | None) -> list[Any]:
        """What stands behind SELECT."""
        if select.combined and select.columns:
            found: list[Any] = list(scope.table.c)
            return found if into is None else self._renamed(into, found)
        if into is not None:
            return self._columns_into(into, select, compiler)
        if select.columns:
            return [compiler.element(column).label(f"c{at}") for at, column in enumerate(select.columns)]
        found = [scope.table.c[column.column] for column in select.info.columns]
        for path in select.joined:
            far = scope.join(path)
            found += [far.c[column.column] for column in path[-1].target.columns]
        return found

    @staticmethod
    def _renamed(info: TableInfo, elements: list[Any]) -> list[Any]:
        columns = sorted(info.columns, key=lambda column: column.declared)
        return [element.label(column.column) for column, element in zip(columns, elements, strict=True)]

    def _linked(  # noqa: PLR0917 - the parts of one SELECT
        self,
        select: Select,
        scope: Scope,
        compiler: ElementCompiler,
        elements: list[Any],
        conditions: list[Any],
        order: list[Any],
    ) -> Element:
        """The many rows of several owners, of each the first ones only; of many to many with the owner's key behind."""
        assert select.link is not None and select.keys is not None  # noqa: S101, PT018 - set together
        links = select.link.links
        source, holder = scope.source, scope.table
        if links.through is not None and links.via is not None:
            holder = self.table(links.through).alias()
            pairs = zip(links.via.columns, links.via.target.key, strict=True)
            meets = [holder.c[own.column] == scope.table.c[key.column] for own, key in pairs]
            source = source.join(holder, sa.and_(*meets))
        owners = [holder.c[column.column] for column in links.source.columns]
        wanted = compiler.keys_in(owners, [column.type for column in links.source.columns], select.keys)
        by_key = [scope.table.c[column.column] for column in select.info.key]
        # Of one to many, the row itself holds its owner's key.
        beside = [] if links.through is None else owners
        statement = _select(*elements, *beside).select_from(source).where(wanted, *conditions)
        if select.limit is None:  # without an order the index of the reference gives the rows as they shall come
            return statement.order_by(*(order or [*owners, *by_key]))
        place = sa.func.row_number().over(partition_by=owners, order_by=order or by_key)
        ranked = statement.add_columns(place.label("rooftree_place")).subquery()
        self.binds.meeting = "limit()"
        limit = self.binds.bind(cast("Any", select.limit))
        *columns, placed = ranked.c
        return _select(*columns).where(placed <= limit).order_by(placed)

    def _order(self, select: Select, compiler: ElementCompiler, elements: list[Any]) -> list[Any]:
        if not (select.combined and select.columns):
            return [compiler.ordering(step) for step in select.order]
        found: list[Any] = []
        for step in select.order:
            expression = step.expression if isinstance(step, Ordering) else step
            if expression.op == "same_as":
                at: int | None = cast("int", expression.data[0])
            else:
                at = next((at for at, column in enumerate(select.columns) if column is expression), None)
            if at is None:
                raise QueryError(
                    "Q222", f"Combined queries are ordered by {expression!r}, which they do not select.", "Select it."
                )
            found.append(
                elements[at].desc() if isinstance(step, Ordering) and step.direction == "desc" else elements[at]
            )
        return found

    def _limited(self, statement: Element, select: Select) -> Element:
        self.binds.meeting = "limit() or offset()"
        limit, offset = cast("Any", select.limit), cast("Any", select.offset)
        if isinstance(limit, Parameter):
            statement = statement.limit(self.binds.bind(limit))
        if isinstance(offset, Parameter):
            statement = statement.offset(self.binds.bind(offset))
        return statement

    def _locked(self, statement: Element, select: Select, scope: Scope) -> Element:
        if select.lock is None or self.dialect == "sqlite":  # there the one writer has every row to itself
            if select.lock is not None and select.lock[1] == "skip locked":
                raise QueryError(
                    "Q223", "SQLite locks the whole file, so no locked row can be skipped.", "Leave skip_locked out."
                )
            return statement
        strength, wait = select.lock
        return statement.with_for_update(
            read=strength == "share",
            key_share=strength == "no key update",
            nowait=wait == "nowait",
            skip_locked=wait == "skip locked",
            of=scope.table,
        )

    # ---- UPDATE, DELETE

    def chosen(self, select: Select, scope: Scope) -> list[Any]:
        """The conditions of an UPDATE or DELETE; a query with joins or a limit becomes a sub-query of keys."""
        plain = select.limit is None and select.offset is None and not select.combined and not select.joins
        if plain and not any(_has_path(condition) for condition in select.conditions):
            compiler = self.compiler(scope)
            return [compiler.element(condition) for condition in select.visible]
        keys = tuple(select.info.own[column.name] for column in select.info.key)
        inner = self.select(select.replace(columns=keys), Scope(select.info, scope.table, self.table, None))
        own = [scope.table.c[column.column] for column in select.info.key]
        return [own[0].in_(inner) if len(own) == 1 else sa.tuple_(*own).in_(inner)]

    # ---- text

    def finish(
        self, statement: Any, kind: Kind, *, returns_rows: bool
    ) -> tuple[Statement, list[tuple[int, Encoder, str]], list[object]]:
        """Compile to text, and say which value stands at which placeholder."""
        compiled = statement.compile(dialect=core_dialect(self.dialect))
        uses: list[tuple[int, Encoder, str]] = []
        constants: list[object] = []
        own = self.count.next
        for name in compiled.positiontup or ():
            use = self.binds.uses.get(name)
            if use is None:  # a number that stands in the compiler, as in "length(x) = 0"
                use = (own + len(constants), _as_it_is, "")
                constants.append(compiled.params[name])
            uses.append(use)
        return Statement(str(compiled), kind, returns_rows=returns_rows), uses, constants


def _as_it_is(value: Any) -> Any:
    return value


def _has_path(expression: Expression[Any]) -> bool:
    if isinstance(expression, Column):
        return bool(expression.path)
    return any(_has_path(part) for part in expression.parts)
