# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Models against files against the live database, and what is unsafe in the migrations that are still to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.script import Script
from sqlalchemy import event

from rooftree.db.migrations.autogenerate import diff, models_state, read, replay
from rooftree.db.migrations.files import TimeLine, name_of
from rooftree.db.migrations.lint import Finding, Recorded, lint
from rooftree.db.migrations.state import SchemaState
from rooftree.db.table import TableInfo

__all__ = ["Live", "check_on_scratch"]


class Live:
    """Where the live database stands.

    Args:
        applied: The revisions that it has.
        state: Its tables.
    """

    def __init__(self, applied: set[str], state: SchemaState) -> None:
        self.applied = applied
        self.state = state


def check_on_scratch(
    connection: sa.Connection, time_line: TimeLine, infos: Sequence[TableInfo], live: Live, *, every: bool
) -> list[Finding]:
    """Return all findings; runs the files on an empty database."""
    wanted = models_state(connection, infos)
    statements: list[str] = []

    def record(
        _connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _executemany: Any
    ) -> None:
        statements.append(statement)

    recorded: list[Recorded] = []
    before = at_live = read(connection)
    in_order = time_line.in_order()
    for script in sorted(in_order, key=lambda script: script.revision not in live.applied):
        statements = []
        event.listen(connection, "before_cursor_execute", record)
        replay(connection, time_line, script.revision)
        event.remove(connection, "before_cursor_execute", record)
        if every or script.revision not in live.applied:
            recorded.append(Recorded(script, statements, before.tables))
        before = read(connection)
        if script.revision in live.applied:
            at_live = before
    return [
        *_live_findings(at_live, live.state),
        *_model_findings(before, wanted),
        *_waiting_findings(in_order, live),
        *lint(recorded, connection.dialect.name, together=not every),
    ]


def _model_findings(files: SchemaState, wanted: SchemaState) -> Iterator[Finding]:
    steps = diff(files, wanted, {})
    if steps:
        yield Finding(
            "G201",
            f"The models say what no migration does: {_listed([step.says for step in steps])}.",
            "Run: rooftree db make.",
        )


def _live_findings(files: SchemaState, live: SchemaState) -> Iterator[Finding]:
    for table in live.tables.values():
        for index in table.indexes.values():
            if not index.valid:
                yield Finding(
                    "G204",
                    f"The index {index.name} of {table.key} was interrupted and is not whole: no query uses it, every"
                    " write pays for it.",
                    "Run: rooftree db migrate; where its migration has run already, REINDEX INDEX CONCURRENTLY"
                    f" {index.name}.",
                )
    steps = diff(live.only(files.tables), files, {})
    if steps:
        yield Finding(
            "G203",
            "The database is not what its migrations made of it; to be as they say it would have to"
            f" {_listed([step.says for step in steps])}.",
            "Find out who changed it by hand, and write that as a migration.",
        )


def _waiting_findings(in_order: Sequence[Script], live: Live) -> Iterator[Finding]:
    waiting = [name_of(each) for each in in_order if each.revision not in live.applied]
    if waiting:
        yield Finding("G202", f"The database lacks {_listed(waiting)}.", "Run: rooftree db migrate.")


def _listed(said: Sequence[str]) -> str:
    unique = list(dict.fromkeys(said))
    return ", ".join(unique[:10]) + (f" and {len(unique) - 10} more" if len(unique) > 10 else "")
