"""Expressions of SQLAlchemy Core that an application wrote, compiled for our drivers with their types' processors."""

from __future__ import annotations

from typing import Any

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.sql.dialects import core_dialect
from rooftree.db.statement import Kind, Statement

__all__ = ["compile_core"]


def compile_core(statement: Any, dialect: Dialect) -> tuple[Statement, list[Any], list[Any]]:
    """Return the statement, its encoded parameters, and what reads each column of its rows."""
    core = core_dialect(dialect)
    compiled = statement.compile(dialect=core, compile_kwargs={"render_postcompile": True})
    values = compiled.params
    processors = compiled._bind_processors
    parameters = [
        processors[name](values[name]) if name in processors else values[name] for name in compiled.positiontup or ()
    ]
    columns = compiled._result_columns
    readers = [column.type.dialect_impl(core).result_processor(core, None) for column in columns]
    kind: Kind = "read" if statement.is_select and statement._for_update_arg is None else "write"
    if statement.is_dml:
        kind = "write"
    returns = bool(statement.is_select or columns)
    return Statement(str(compiled), kind, returns_rows=returns, prepare=False), parameters, readers
