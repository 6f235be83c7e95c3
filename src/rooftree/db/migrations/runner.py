"""Following the time line: forward, back, as SQL, and where a database stands."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationInfo, RevisionStep
from alembic.util.exc import CommandError

from rooftree.base import RooftreeError
from rooftree.db.database import Database
from rooftree.db.migrations.connect import on_connection
from rooftree.db.migrations.errors import MigrationError
from rooftree.db.migrations.files import TimeLine, name_of

__all__ = ["MigrationStatus", "Migrations", "table"]

_LOCK_LIMIT: Final = 60.0
Steps = Callable[[Any, MigrationContext], list[RevisionStep]]


class MigrationStatus(msgspec.Struct, frozen=True):
    """Where one migration stands.

    Attributes:
        name: Its file's name, without ``.py``.
        message: What it does.
        applied: Whether the database has it.
    """

    name: str
    message: str
    applied: bool


class Migrations:
    """The time line of a project and the database that follows it.

    Each migration is a transaction of its own, on both databases: one that fails, or whose process is killed, leaves
    the database as it was before it, and :meth:`migrate` goes on from there.

    Args:
        folder: Where the files are.
        database: The database. It need not be open.
        lock_limit: Seconds to wait for another migration's end.
    """

    def __init__(self, folder: Path | str, database: Database, *, lock_limit: float = _LOCK_LIMIT) -> None:
        self.time_line: Final = TimeLine(Path(folder))
        self.database: Final = database
        self._lock_limit = lock_limit

    def make(self, message: str) -> Path:
        """Write an empty migration, for data or by hand, and return its file."""
        return self.time_line.make(message)

    def merge(self) -> Path:
        """Write a migration that joins several ends of the time line, and return its file."""
        return self.time_line.merge()

    async def migrate(self) -> list[str]:
        """Run every migration that the database does not have yet.

        Returns:
            The names of those that ran.

        Raises:
            MigrationError: one failed; the time line has several ends, or the database knows one that has no file;
                another process is migrating.
        """
        head = self.time_line.head()
        if head is None:
            return []
        script = self.time_line.script

        def forward(current: Any, _context: MigrationContext) -> list[RevisionStep]:
            return script._upgrade_revs(head.revision, current)  # pyright: ignore[reportPrivateUsage]

        return await self._run(forward)

    async def rollback(self, steps: int = 1) -> list[str]:
        """Take the last migrations back.

        Args:
            steps: How many.

        Returns:
            The names of those taken back.

        Raises:
            MigrationError: there are fewer, or one cannot be taken back.
        """
        self.time_line.head()
        script = self.time_line.script

        def back(current: Any, _context: MigrationContext) -> list[RevisionStep]:
            return script._downgrade_revs(f"-{steps}", current)  # pyright: ignore[reportPrivateUsage]

        return await self._run(back)

    async def status(self) -> list[MigrationStatus]:
        """Return every migration in order, and whether the database has it.

        Raises:
            MigrationError: the database knows one that has no file.
        """
        applied = await on_connection(self.database, self._applied, lock_limit=self._lock_limit)
        return [
            MigrationStatus(name_of(each), (each.doc or "").strip(), each.revision in applied)
            for each in self.time_line.in_order()
        ]

    def sql(self) -> str:
        """Return the SQL of the whole time line, for someone who runs it by hand on an empty database."""
        head = self.time_line.head()
        if head is None:
            return ""
        script = self.time_line.script
        output = io.StringIO()

        def forward(current: Any, _context: MigrationContext) -> list[RevisionStep]:
            return script._upgrade_revs(head.revision, current)  # pyright: ignore[reportPrivateUsage]

        with EnvironmentContext(
            Config(), script, fn=forward, as_sql=True, destination_rev=head.revision
        ) as environment:
            environment.configure(
                dialect_name=self.database.dialect,
                output_buffer=output,
                transactional_ddl=True,
                transaction_per_migration=True,
                literal_binds=True,
            )
            with environment.begin_transaction():
                environment.run_migrations()
        return output.getvalue()

    # ---- inside

    async def _run(self, steps: Steps) -> list[str]:
        return await on_connection(
            self.database, lambda connection: self._follow(connection, steps), lock_limit=self._lock_limit
        )

    def _follow(self, connection: sa.Connection, steps: Steps) -> list[str]:
        self._applied(connection)
        done: list[str] = []
        under_way: list[str] = []

        def planned(current: Any, context: MigrationContext) -> list[RevisionStep]:
            plan = steps(current, context)
            under_way.extend(name_of(self.time_line.script.get_revision(_revision(step))) for step in plan)
            return plan

        def stepped(
            ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]
        ) -> None:
            del ctx, step, heads, run_args  # Alembic gives them by name
            if connection.dialect.name == "sqlite":
                _check_references(connection, under_way[len(done)])
            done.append(under_way[len(done)])

        with EnvironmentContext(Config(), self.time_line.script, fn=planned) as environment:
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
                name = under_way[len(done)] if len(done) < len(under_way) else "?"
                raise MigrationError(
                    "G101",
                    f"The migration {name} failed: {_reason(error)}. The database is as it was before it.",
                    "Mend the file and migrate again.",
                ) from error
        return done

    def _applied(self, connection: sa.Connection) -> set[str]:
        """The revisions that the database has."""
        current = MigrationContext.configure(connection).get_current_heads()
        connection.rollback()
        known = {each.revision for each in self.time_line.in_order()}
        if strange := [each for each in current if each not in known]:
            raise MigrationError(
                "G104",
                f"The database '{self.database.name}' has the migration {strange[0]}, and no file in"
                f" {self.time_line.folder} has this revision.",
                "Get the file back, from version control for example; the database stands after it.",
            )
        script = self.time_line.script
        return {each.revision for head in current for each in script.iterate_revisions(head, "base")}


def table(name: str) -> sa.Table:
    """Return a table as it is at this point of the time line, for migrations that move data.

    Use it in ``upgrade()`` and ``downgrade()``. The project's models say what the tables will be at the end; the
    migration runs before.
    """
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())


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
