"""The steps of a migration, as SQL, and how a file says them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rooftree.db.migrations.state import ColumnState, ConstraintState, IndexState, TableState, quoted

__all__ = ["Indexing", "Rebuild", "Sql", "Step", "column_sql", "constraint_sql", "index_sql", "sql_of", "table_sql"]


@dataclass(frozen=True)
class Sql:
    """One statement, and what it is in a few words."""

    sql: str
    says: str


@dataclass(frozen=True)
class Rebuild:
    """The statements that make a table of SQLite anew."""

    table: str
    steps: tuple[Sql, ...]
    says: str


@dataclass(frozen=True)
class Indexing:
    """An index of a table that may be large, made or dropped without stopping its writers.

    Attributes:
        sql: The statement without CONCURRENTLY.
    """

    name: str
    schema: str | None
    sql: str
    says: str

    @property
    def sql_name(self) -> str:
        """Its name as SQL."""
        return quoted(self.schema, self.name)


Step = Sql | Rebuild | Indexing


def sql_of(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the statements of steps, as a transaction can run them."""
    for step in steps:
        if isinstance(step, Rebuild):
            for each in step.steps:
                yield each.sql
        else:
            yield step.sql


def column_sql(column: ColumnState, *, default: str | None = None) -> str:
    """Write a column as in CREATE TABLE.

    Args:
        column: The column.
        default: Another default than its own.
    """
    parts = [quoted(column.name), column.type]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if column.generated is not None:
        parts.append(f"GENERATED ALWAYS AS ({_bare(column.generated.text)}) {'STORED' if column.stored else 'VIRTUAL'}")
    if default is not None or column.default is not None:
        parts.append(f"DEFAULT {default if default is not None or column.default is None else column.default.text}")
    if column.identity.startswith("GENERATED"):
        parts.append(column.identity)
    if not column.nullable:
        parts.append("NOT NULL")
    if column.identity == "AUTOINCREMENT":
        parts.append("PRIMARY KEY AUTOINCREMENT")
    return " ".join(part for part in parts if part)


def _bare(expression: str) -> str:
    """Take off the parentheses around all of an expression."""
    depth = 0
    for at, sign in enumerate(expression):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return expression[1:-1] if at == len(expression) - 1 and at else expression
    return expression


def constraint_sql(constraint: ConstraintState) -> str:
    """Write a constraint as in CREATE TABLE."""
    name = f"CONSTRAINT {quoted(constraint.name)} " if constraint.name else ""
    return name + constraint.definition.text


def table_sql(table: TableState, *, name: str | None = None, foreign_keys: bool = True) -> str:
    """Write CREATE TABLE, under another name where one is given."""
    counted = any(column.identity == "AUTOINCREMENT" for column in table.columns.values())
    lines = [column_sql(column) for column in table.columns.values()]
    lines += [
        constraint_sql(each)
        for each in sorted(table.constraints.values(), key=_rank)
        if not (each.kind == "primary" and counted) and (foreign_keys or each.kind != "foreign")
    ]
    inside = ",\n".join(f"    {line}" for line in lines)
    return f"CREATE TABLE {quoted(table.schema, name or table.name)} (\n{inside}\n)"


def _rank(constraint: ConstraintState) -> tuple[int, str]:
    return ["primary", "unique", "exclude", "check", "foreign"].index(constraint.kind), constraint.key


def index_sql(table: TableState, index: IndexState) -> str:
    """Write CREATE INDEX."""
    unique = "UNIQUE " if index.unique else ""
    return f"CREATE {unique}INDEX {quoted(index.name)} ON {table.sql} {index.definition.text}"
