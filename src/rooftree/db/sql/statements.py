# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From query shapes to statements: SQLAlchemy compiles the text, once for each shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from rooftree.db.drivers.capabilities import CAPABILITIES, Dialect
from rooftree.db.expressions.base import Expression, Ordering
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import INTEGER
from rooftree.db.expressions.select import Counter, Parameter, Select, Subquery, number, number_select
from rooftree.db.model_errors import QueryError
from rooftree.db.sql import hydrate
from rooftree.db.sql.binds import Binds
from rooftree.db.sql.dialects import Element, core_dialect
from rooftree.db.sql.elements import ElementCompiler
from rooftree.db.sql.plan import Plan, ReadPlan
from rooftree.db.sql.scope import Scope
from rooftree.db.sql.tables import table_of
from rooftree.db.statement import Kind, Statement
from rooftree.db.table import ColumnInfo, TableInfo
from rooftree.db.types import Encoder

__all__ = ["compile_delete", "compile_read", "compile_update"]

_JOINS: dict[str, Any] = {
    "union": sa.union,
    "union all": sa.union_all,
    "intersect": sa.intersect,
    "except": sa.except_,
}
_select: Any = sa.select  # mypy stops with an internal error at its overloads and a starred argument


class _Compilation:
    """One statement being compiled: its parameters and how the tables are found."""

    def __init__(self, dialect: Dialect, count: Counter) -> None:
        self.dialect: Dialect = dialect
        self.binds = Binds(dialect)
        self.count = count

    def table(self, info: TableInfo) -> Element:
        return table_of(info, self.dialect)

    def compiler(self, scope: Scope) -> ElementCompiler:
        return ElementCompiler(scope, self.binds, self.dialect, self.inner)

    def inner(self, subquery: Any, scope: Scope) -> Element:
        """Compile a query inside an expression; the tables of the statement around it can be named in it."""
        query: Subquery = subquery
        return self.select(query.select, scope, exists=query.op == "exists")

    # ---- SELECT

    def scope_of(self, select: Select, parent: Scope | None) -> Scope:
        """Where a query starts: its table, aliased inside another query, or the rows of combined queries."""
        table: Element = self.table(select.info)
        if select.combined:
            table = self._combined(select, parent)
        elif parent is not None:
            table = table.alias()
        return Scope(select.info, table, self.table, parent)

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

    def select(  # noqa: C901 - one part of a SELECT after the other
        self, select: Select, parent: Scope | None, *, exists: bool = False
    ) -> Element:
        """Compile a query."""
        scope = self.scope_of(select, parent)
        compiler = self.compiler(scope)
        if exists:
            elements: list[Any] = [sa.literal_column("1")]
        elif select.combined and select.columns:
            elements = list(scope.table.c)
        elif select.columns:
            elements = [compiler.element(column).label(f"c{at}") for at, column in enumerate(select.columns)]
        else:
            elements = [scope.table.c[column.column] for column in select.info.columns]
            for path in select.joined:
                far = scope.join(path)
                elements += [far.c[column.column] for column in path[-1].target.columns]
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

    def _linked(  # noqa: PLR0917 - the parts of one SELECT
        self,
        select: Select,
        scope: Scope,
        compiler: ElementCompiler,
        elements: list[Any],
        conditions: list[Any],
        order: list[Any],
    ) -> Element:
        """The many rows of several owners: each with its owner's key behind it, of each owner the first ones only."""
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
        order = order or [scope.table.c[column.column] for column in select.info.key]
        statement = _select(*elements, *owners).select_from(source).where(wanted, *conditions)
        if select.limit is None:
            return statement.order_by(*order)
        place = sa.func.row_number().over(partition_by=owners, order_by=order)
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
        plain = select.limit is None and select.offset is None and not select.combined
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


def compile_read(select: Select, dialect: Dialect) -> ReadPlan:
    """Compile a query and generate its hydrator."""
    compilation = _Compilation(dialect, count := Counter())
    numbered = number_select(select, count)
    core: Any = compilation.select(numbered, None)
    if select.counted:
        core = sa.select(sa.func.count()).select_from(core.subquery())
    kind: Kind = "write" if select.lock is not None else "read"
    statement, uses, constants = compilation.finish(core, kind, returns_rows=True)
    if select.counted:
        made = hydrate.tuples((Expression("count", (), INTEGER),), dialect)
    elif select.columns:
        made = hydrate.tuples(select.columns, dialect, select.make)
    else:
        extra = len(select.link.links.source.columns) if select.link is not None else 0
        made = hydrate.instances(select.info, select.joined, dialect, extra=extra)
    return ReadPlan(statement, uses, constants, made.many, made.one)


def compile_update(
    select: Select,
    assignments: Sequence[tuple[ColumnInfo, Expression[Any]]],
    returning: Sequence[Expression[Any]],
    dialect: Dialect,
) -> Plan:
    """Compile an UPDATE of the rows that a query fits."""
    count = Counter()
    numbered = [(column, number(value, count)) for column, value in assignments]
    select = number_select(select, count)
    numbered_returning = [number(part, count) for part in returning]
    compilation = _Compilation(dialect, count)
    table = compilation.table(select.info)
    scope = Scope(select.info, table, compilation.table, can_join=False)
    compiler = compilation.compiler(scope)
    values: dict[Any, Any] = {}
    for column, value in numbered:
        compilation.binds.meeting = repr(select.info.own[column.name])
        values[table.c[column.column]] = _assigned(compilation, compiler, column, value)
    core = sa.update(table).values(values).where(*compilation.chosen(select, scope))
    if numbered_returning:
        core = core.returning(*[compiler.element(part) for part in numbered_returning])
    statement, uses, constants = compilation.finish(core, "write", returns_rows=bool(returning))
    if not returning:
        return Plan(statement, uses, constants)
    made = hydrate.tuples(returning, dialect)
    return ReadPlan(statement, uses, constants, made.many, made.one)


def _assigned(compilation: _Compilation, compiler: ElementCompiler, column: ColumnInfo, value: Expression[Any]) -> Any:
    if isinstance(value, Parameter) and column.nullable:
        from rooftree.db.sql.types import nullable_encoder
        from rooftree.db.types import encoder

        return compilation.binds.bind(value, column.type, nullable_encoder(encoder(column.type, compilation.dialect)))
    return compiler.assigned(value, column.type)


def compile_delete(select: Select, dialect: Dialect) -> Plan:
    """Compile a DELETE of the rows that a query fits."""
    compilation = _Compilation(dialect, count := Counter())
    select = number_select(select, count)
    table = compilation.table(select.info)
    scope = Scope(select.info, table, compilation.table, can_join=False)
    core = sa.delete(table).where(*compilation.chosen(select, scope))
    statement, uses, constants = compilation.finish(core, "write", returns_rows=False)
    return Plan(statement, uses, constants)
