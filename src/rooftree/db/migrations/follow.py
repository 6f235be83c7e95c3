"""Running migrations on one connection, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationInfo, RevisionStep
from alembic.script import Script
from alembic.util.exc import CommandError

from rooftree.base import RooftreeError
from rooftree.db.migrations.errors import MigrationError
from rooftree.db.migrations.files import TimeLine, name_of

__all__ = ["Progress", "Steps", "follow"]

Progress = Callable[[str, bool], None]
"""Is told the name of each migration twice: before it runs with ``False``, when it has run with ``True``."""

Steps = Callable[[Any, MigrationContext], list[RevisionStep]]


def follow(connection: sa.Connection, time_line: TimeLine, steps: Steps, progress: Progress | None = None) -> list[str]:
    """Run migrations forward or back.

    Args:
        connection: With no transaction begun.
        time_line: The files.
        steps: Says which to run, from where the database stands.
        progress: Is told of each.

    Returns:
        The names of those that ran.

    Raises:
        MigrationError: one failed, was made for another kind of database, or there are no such steps.
    """
    done: list[str] = []
    under_way: list[Script] = []
    back: list[bool] = []

    def planned(current: Any, context: MigrationContext) -> list[RevisionStep]:
        plan = steps(current, context)
        back.extend(not step.is_upgrade for step in plan)
        under_way.extend(time_line.script.get_revision(_revision(step)) for step in plan)
        for script in under_way:
            _check_dialect(script, connection.dialect.name)
        if under_way and progress is not None:
            progress(name_of(under_way[0]), False)
        return plan

    def stepped(
        ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]
    ) -> None:
        del ctx, step, heads, run_args  # Alembic gives them by name
        if connection.dialect.name == "sqlite":
            _check_references(connection, name_of(under_way[len(done)]))
        done.append(name_of(under_way[len(done)]))
        if progress is not None:
            progress(done[-1], True)
            if len(done) < len(under_way):
                progress(name_of(under_way[len(done)]), False)

    with EnvironmentContext(Config(), time_line.script, fn=planned) as environment:
        environment.configure(
            connection=connection,
            transactional_ddl=True,
            transaction_per_migration=True,
            on_version_apply=stepped,
        )
        try:
            with environment.begin_transaction():
                environment.run_migrations()
        except RooftreeError:
            raise
        except CommandError as error:
            raise MigrationError("G105", f"The time line cannot be followed so far: {error}") from error
        except Exception as error:
            at = len(done)
            name = name_of(under_way[at]) if at < len(under_way) else "?"
            if at < len(back) and back[at]:
                fact, remedy = f"The migration {name} could not be taken back", "Mend its downgrade() and try again."
            else:
                fact, remedy = f"The migration {name} failed", "Mend the file and migrate again."
            raise MigrationError(
                "G101", f"{fact}: {_reason(error)}. The database is as it was before it.", remedy
            ) from error
    return done


def _check_dialect(script: Script, dialect: str) -> None:
    made_for = getattr(script.module, "dialect", dialect)
    if made_for != dialect:
        raise MigrationError(
            "G110",
            f"The migration {name_of(script)} was made for {made_for}, and the database is {dialect}.",
            f"To change over, move that folder away and let 'rooftree db make' write one for {dialect}: each kind of"
            " database has its own.",
        )


def _revision(step: RevisionStep) -> str:
    revision: str = step.revision.revision
    return revision


def _check_references(connection: sa.Connection, name: str) -> None:
    """References are not enforced while tables are rebuilt, so they are looked at before the commit."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise MigrationError(
            "G107",
            f"After the migration {name} the row {broken[1]} of '{broken[0]}' refers to a row of '{broken[2]}' that is"
            " not there. The database is as it was before it.",
            "Move or delete such rows in the migration.",
        )


def _reason(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return f"{type(error).__name__}: {str(original).splitlines()[0] if str(original) else ''}".rstrip(": ").rstrip(".")
