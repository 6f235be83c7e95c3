# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""From what the files make of a database to what the models say: the steps, proved on a scratch database.

Both sides are read from the database itself: the models' tables are created there and taken back, then the files are
run. What a check or an index's condition looks like is the database's own print on both sides, so nothing is guessed
from texts. The steps are then run there, forward and back, before a file is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext, RevisionStep

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.migrations.diff_postgres import diff_postgres
from rooftree.db.migrations.diff_sqlite import diff_sqlite
from rooftree.db.migrations.errors import MigrationError
from rooftree.db.migrations.files import TimeLine
from rooftree.db.migrations.follow import follow
from rooftree.db.migrations.read_postgres import read_postgres
from rooftree.db.migrations.read_sqlite import read_sqlite
from rooftree.db.migrations.renames import Ask, Rename, find_renames, rename_steps, reversed_renames
from rooftree.db.migrations.restore import restoring
from rooftree.db.migrations.state import SchemaState
from rooftree.db.migrations.steps import Indexing, Sql, Step, sql_of
from rooftree.db.sql.tables import create_statements
from rooftree.db.sql.types import Stored
from rooftree.db.table import MISSING, ColumnInfo, TableInfo
from rooftree.db.values import now

__all__ = ["Plan", "diff", "fills_of", "models_state", "plan", "prove", "read", "replay"]


@dataclass(frozen=True)
class Plan:
    """The steps from the files to the models.

    Attributes:
        up: Those of a first migration, and back.
        indexing: Indexes of tables that exist, for a migration of its own.
        unsure: Renames that could be meant, and were neither told nor asked about.
    """

    up: Sequence[Step]
    down: Sequence[Step]
    indexing: Sequence[Indexing]
    unsure: Sequence[Rename]


def plan(
    connection: sa.Connection,
    time_line: TimeLine,
    infos: Sequence[TableInfo],
    *,
    renames: Mapping[str, str],
    ask: Ask | None,
    fill: Mapping[str, str],
) -> Plan:
    """Find the steps from the files to the models, on an empty database.

    Raises:
        MigrationError: a rename that was told does not fit; the steps do not lead where they should.
    """
    dialect = cast("Dialect", connection.dialect.name)
    after = models_state(connection, infos)
    replay(connection, time_line)
    before = read(connection)
    chosen, unsure = find_renames(before, after, renames, ask)
    first = rename_steps(before, chosen)
    _run(connection, first)
    steps = diff(read(connection), after, {**fills_of(infos, dialect), **fill})
    indexing = [step for step in steps if isinstance(step, Indexing)]
    up = [*first, *(step for step in steps if not isinstance(step, Indexing))]
    _run(connection, up[len(first) :])
    between = read(connection)
    _run(connection, indexing)
    _expect(read(connection), after, "forward")
    _run(connection, [Sql(f"DROP INDEX {each.sql_name}", "") for each in indexing])
    _expect(read(connection), between, "back")
    back = rename_steps(between, reversed_renames(chosen))
    _run(connection, back)
    changed = read(connection)
    down = [*back, *(_plain(step) for step in diff(changed, before, restoring(changed, before)))]
    _run(connection, down[len(back) :])
    _expect(read(connection), before, "back")
    return Plan(up, down, indexing, unsure)


def prove(connection: sa.Connection, full: SchemaState, empty: SchemaState) -> None:
    """Run the steps that make tables, and those that drop them, on an empty database.

    Raises:
        MigrationError: they do not lead where they should.
    """
    _run(connection, diff(empty, full, {}))
    _expect(read(connection), full, "forward")
    _run(connection, diff(full, empty, {}))
    _expect(read(connection), empty, "back")


def read(connection: sa.Connection) -> SchemaState:
    """Read the tables of a database as they are."""
    state = read_sqlite(connection) if connection.dialect.name == "sqlite" else read_postgres(connection)
    connection.rollback()
    return state


def diff(before: SchemaState, after: SchemaState, fill: Mapping[str, str]) -> list[Step]:
    """Return the steps from one state to another."""
    return (diff_sqlite if after.dialect == "sqlite" else diff_postgres)(before, after, fill)


def models_state(connection: sa.Connection, infos: Sequence[TableInfo]) -> SchemaState:
    """Return what the models' tables are in the database's own words: they are created in it and taken back."""
    with connection.begin() as transaction:
        for statement in create_statements(infos, cast("Dialect", connection.dialect.name)):
            connection.exec_driver_sql(statement)
        state = read_sqlite(connection) if connection.dialect.name == "sqlite" else read_postgres(connection)
        transaction.rollback()
    return state


def replay(connection: sa.Connection, time_line: TimeLine, revision: str = "") -> None:
    """Run the files on a scratch database, up to a revision or to the end."""
    head = time_line.head()
    if head is None:
        return
    script = time_line.script

    def forward(current: Any, _context: MigrationContext) -> list[RevisionStep]:
        return script._upgrade_revs(revision or head.revision, current)  # pyright: ignore[reportPrivateUsage]

    follow(connection, time_line, forward)


def _run(connection: sa.Connection, steps: Sequence[Step]) -> None:
    with connection.begin():
        for statement in sql_of(steps):
            connection.exec_driver_sql(statement)


def _plain(step: Step) -> Step:
    return Sql(step.sql, step.says) if isinstance(step, Indexing) else step


def _expect(found: SchemaState, wanted: SchemaState, way: str) -> None:
    if found == wanted:
        return
    left = diff(found, wanted, {})
    names = ", ".join(dict.fromkeys(step.says for step in left)) or "differences that no step mends"
    raise MigrationError(
        "G109",
        f"The steps {way} were tried, and these stay: {names}. Nothing was written.",
        "Write the migration by hand, from an empty one.",
    )


# ---- what rows that exist get in a new column


def fills_of(infos: Sequence[TableInfo], dialect: Dialect) -> dict[str, str]:
    """Return the defaults that Python gives, as SQL, by ``table.column``."""
    found: dict[str, str] = {}
    for info in infos:
        for column in info.columns:
            value = _default_sql(column, dialect)
            if value is not None and not column.nullable:
                found[
                    f"{info.schema}.{info.name}.{column.column}" if info.schema else f"{info.name}.{column.column}"
                ] = value
    return found


def _default_sql(column: ColumnInfo, dialect: Dialect) -> str | None:
    factory: Callable[[], Any] | None = column.factory
    if column.default is MISSING and factory not in {list, dict, now}:
        return None
    from rooftree.db.sql.dialects import core_dialect

    value = column.default if factory is None else factory()
    if column.type.kind == "array" and dialect == "postgresql":
        return "'{}'" if value == [] else None
    try:
        return Stored(column.type).literal_processor(core_dialect(dialect))(value)
    except (TypeError, ValueError):
        return None  # DDL has no word for it: the person is told that rows need a value
