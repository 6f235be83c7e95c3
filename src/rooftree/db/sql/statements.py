# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From query shapes to statements: SQLAlchemy compiles the text, once for each shape."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.kinds import INTEGER
from rooftree.db.expressions.select import Counter, Parameter, Select, number, number_select
from rooftree.db.model_errors import QueryError
from rooftree.db.sql import hydrate
from rooftree.db.sql.elements import ElementCompiler
from rooftree.db.sql.plan import Plan, ReadPlan
from rooftree.db.sql.scope import Scope
from rooftree.db.sql.selects import Compilation
from rooftree.db.statement import Kind
from rooftree.db.table import ColumnInfo

__all__ = ["compile_delete", "compile_read", "compile_update"]


def compile_read(select: Select, dialect: Dialect) -> ReadPlan:
    """Compile a query and generate its hydrator."""
    compilation = Compilation(dialect, count := Counter())
    numbered = number_select(select, count)
    core: Any = compilation.select(numbered, None)
    if select.counted:
        core = sa.select(sa.func.count()).select_from(core.subquery())
    kind: Kind = "write" if select.lock is not None else "read"
    statement, uses, constants = compilation.finish(core, kind, returns_rows=True)
    if select.counted:
        made = hydrate.tuples((Expression("count", (), INTEGER),), dialect)
    elif select.columns:
        _check_make(select)
        made = hydrate.tuples(select.columns, dialect, select.make)
    else:
        linked = None if select.link is None else select.link.links
        extra = 0 if linked is None or linked.through is None else len(linked.source.columns)
        made = hydrate.instances(select.info, select.joined, dialect, extra=extra)
    return ReadPlan(statement, uses, constants, made.many, made.one)


def _check_make(select: Select) -> None:
    """Refuse ``into()`` of something that does not take as many values as are selected."""
    make, count = select.make, len(select.columns)
    if make is None:
        return
    try:
        inspect.signature(make).bind(*[None] * count)
    except ValueError:  # something of C that does not say what it takes
        return
    except TypeError as error:
        name = getattr(make, "__name__", repr(make))
        raise QueryError(
            "Q143",
            f"into({name}) makes one of {count} values by position, and it takes others: {error}.",
            "Select as many values as it takes, in its order.",
        ) from None


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
    compilation = Compilation(dialect, count)
    compilation.writes = True
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


def _assigned(compilation: Compilation, compiler: ElementCompiler, column: ColumnInfo, value: Expression[Any]) -> Any:
    if isinstance(value, Parameter) and column.nullable:
        from rooftree.db.codecs import encoder
        from rooftree.db.sql.types import nullable_encoder

        return compilation.binds.bind(value, column.type, nullable_encoder(encoder(column.type, compilation.dialect)))
    return compiler.assigned(value, column.type)


def compile_delete(select: Select, returning: Sequence[Expression[Any]], dialect: Dialect) -> Plan:
    """Compile a DELETE of the rows that a query fits."""
    compilation = Compilation(dialect, count := Counter())
    select = number_select(select, count)
    numbered_returning = [number(part, count) for part in returning]
    compilation.writes = True
    table = compilation.table(select.info)
    scope = Scope(select.info, table, compilation.table, can_join=False)
    core: Any = sa.delete(table).where(*compilation.chosen(select, scope))
    if numbered_returning:
        compiler = compilation.compiler(scope)
        core = core.returning(*[compiler.element(part) for part in numbered_returning])
    statement, uses, constants = compilation.finish(core, "write", returns_rows=bool(returning))
    if not returning:
        return Plan(statement, uses, constants)
    made = hydrate.tuples(returning, dialect)
    return ReadPlan(statement, uses, constants, made.many, made.one)
