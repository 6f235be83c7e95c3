"""From expressions to SQLAlchemy elements: one method an operation, with what each database needs."""

from __future__ import annotations

from rooftree.db.sql.aggregates import Aggregates
from rooftree.db.sql.arithmetic import Arithmetic
from rooftree.db.sql.comparisons import Comparisons
from rooftree.db.sql.parts import Parts
from rooftree.db.sql.search import Searches
from rooftree.db.sql.subqueries import Subqueries
from rooftree.db.sql.texts import Texts

__all__ = ["ElementCompiler"]


class ElementCompiler(Comparisons, Arithmetic, Texts, Parts, Aggregates, Subqueries, Searches):
    """Compiles expressions within one scope; see `Compiler`."""
