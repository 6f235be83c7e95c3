"""The SQLAlchemy dialects that compile our statements, made once."""

from __future__ import annotations

import functools
from typing import Any, TypeAlias

from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Dialect as CoreDialect

from rooftree.db.drivers.capabilities import Dialect

__all__ = ["Element", "core_dialect"]

Element: TypeAlias = Any
"""A table, a SELECT or another element of SQLAlchemy: generic there in ways that neither checker follows through."""


@functools.cache
def core_dialect(dialect: Dialect) -> CoreDialect:
    """Return the dialect whose text and parameter style the driver takes: ``$1`` for asyncpg, ``?`` for sqlite3."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import asyncpg

        return asyncpg.dialect()  # type: ignore[no-untyped-call]
    return sqlite.dialect(paramstyle="qmark")
