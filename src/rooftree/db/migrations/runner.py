"""Following the time line: forward, back, as SQL, and where a database stands."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep

from rooftree.db.database import Database
from rooftree.db.migrations.autogenerate import Plan, diff, models_state, plan, prove, read
from rooftree.db.migrations.check import Live, check_on_scratch
from rooftree.db.migrations.clear import drop_everything
from rooftree.db.migrations.connect import on_connection, on_scratch
from rooftree.db.migrations.errors import MigrationError
from rooftree.db.migrations.files import TimeLine, name_of
from rooftree.db.migrations.follow import Progress, Steps, follow
from rooftree.db.migrations.lint import Finding
from rooftree.db.migrations.pull import loaded, source_of
from rooftree.db.migrations.renames import Ask, Rename
from rooftree.db.migrations.source import body_of, imports_of, indexing_bodies
from rooftree.db.migrations.state import SchemaState
from rooftree.db.model_errors import ModelError
from rooftree.db.table import TableInfo

__all__ = ["Made", "MigrationStatus", "Migrations", "Pulled"]

_LOCK_LIMIT: Final = 60.0


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


class Made(msgspec.Struct, frozen=True):
    """What ``make()`` wrote.

    Attributes:
        files: The new files; none where the models say nothing that the files do not.
        changes: What they do, in a few words each.
        unsure: What could be a rename, and was taken for one thing dropped and another added.
    """

    files: list[Path]
    changes: list[str]
    unsure: list[Rename]


class Pulled(msgspec.Struct, frozen=True):
    """What ``pull()`` found.

    Attributes:
        source: A module of models.
        differences: What `make` would change, because no model can say it as it is: names of keys, other types,
            conditions and expressions. None for tables that models made.
    """

    source: str
    differences: list[str]


class Migrations:
    """The time line of a project and the database that follows it.

    Each migration is a transaction of its own, on both databases: one that fails, or whose process is killed, leaves
    the database as it was before it, and ``migrate`` goes on from there.

    Args:
        folder: Where the files are.
        database: The database. It need not be open.
        lock_limit: Seconds to wait for another migration's end.
        progress: Is told the name of each migration that runs, before (``False``) and when it has run (``True``).
        scratch: Where migrations are tried: each time in a new database of its own beside this one, which must be of
            the same kind. The database's own server where not given.
    """

    def __init__(
        self,
        folder: Path | str,
        database: Database,
        *,
        lock_limit: float = _LOCK_LIMIT,
        progress: Progress | None = None,
        scratch: Database | None = None,
    ) -> None:
        self.time_line: Final = TimeLine(Path(folder))
        self.database: Final = database
        self._lock_limit = lock_limit
        self._progress = progress
        self._scratch: Final = scratch or database

    async def make(
        self,
        message: str,
        models: Iterable[type],
        *,
        renames: Mapping[str, str] | None = None,
        ask: Ask | None = None,
        fill: Mapping[str, str] | None = None,
    ) -> Made:
        """Write what leads from the files to the models, after trying it forward and back on a scratch database.

        The database itself is left alone, and need not have any of the migrations. On PostgreSQL indexes of tables that
        exist go into a second file, which makes them while the tables are written to.

        Args:
            message: What the migration does, one sentence; its file is named after it.
            models: All models (``known_models()``); those that they refer to belong to them.
            renames: What has a new name: ``{"old": "new"}`` for a table, ``{"table.old": "new"}`` for a column.
            ask: Is asked whether something has a new name, where it looks so and ``renames`` says nothing.
            fill: What rows that exist get in a column that may not be empty: SQL by ``table.column``. A default of the
                model's is found by itself.

        Raises:
            MigrationError: a file fails on an empty database; a rename does not fit; no steps lead to the models; the
                time line has several ends.
        """
        self.time_line.head()
        infos = _infos(models)

        def work(connection: sa.Connection) -> Plan:
            return plan(connection, self.time_line, infos, renames=renames or {}, ask=ask, fill=fill or {})

        found = await on_scratch(self._scratch, work)
        files: list[Path] = []
        dialect = self.database.dialect
        if found.up:
            up, down = body_of(found.up), body_of(found.down)
            files.append(
                self.time_line.make(message, upgrade=up, downgrade=down, imports=imports_of(up, down), dialect=dialect)
            )
        if found.indexing:
            up, down = indexing_bodies(found.indexing)
            title = f"{message}, indexes" if found.up else message
            files.append(
                self.time_line.make(title, upgrade=up, downgrade=down, imports=imports_of(up, down), dialect=dialect)
            )
        said = [step.says for step in (*found.up, *found.indexing)]
        return Made(files, list(dict.fromkeys(said)), list(found.unsure))

    def make_empty(self, message: str) -> Path:
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

    async def check(self, models: Iterable[type], *, every: bool = False) -> list[Finding]:
        """Compare models, files and the database, and look for what is unsafe in the migrations still to run.

        Args:
            models: All models.
            every: Look at every migration, each as if its tables were full: for a build server with an empty one.

        Returns:
            What was found; nothing where all is well.

        Raises:
            MigrationError: a file fails on an empty database; the time line has several ends.
        """
        self.time_line.head()

        def look(connection: sa.Connection) -> Live:
            return Live(self._applied(connection), read(connection))

        live = await on_connection(self.database, look, lock_limit=self._lock_limit)
        infos = _infos(models)
        return await on_scratch(
            self._scratch,
            lambda connection: check_on_scratch(connection, self.time_line, infos, live, every=every),
        )

    async def pull(self) -> Pulled:
        """Write models for the tables that the database has, and say where they differ from it."""
        live = await on_connection(self.database, read, lock_limit=self._lock_limit)
        source = source_of(live)

        def compare(connection: sa.Connection) -> list[str]:
            with loaded(source) as infos:
                steps = diff(live, models_state(connection, infos), {})
            return list(dict.fromkeys(step.says for step in steps))

        return Pulled(source, await on_scratch(self._scratch, compare))

    async def adopt(self, message: str = "The tables that were there") -> Path:
        """Write the first migration of a database whose tables exist, and mark the database as having it.

        Raises:
            MigrationError: the time line has begun already.
        """
        if self.time_line.in_order():
            raise MigrationError(
                "G113",
                f"{self.time_line.folder} holds migrations, and a time line begins with the tables that were there.",
                "Adopt a database into an empty folder.",
            )
        live = await on_connection(self.database, read, lock_limit=self._lock_limit)
        empty = SchemaState(live.dialect, {}, {})
        up, down = body_of(diff(empty, live, {})), body_of(diff(live, empty, {}))
        await on_scratch(self._scratch, lambda connection: prove(connection, live, empty))
        imports = imports_of(up, down)
        file = self.time_line.make(message, upgrade=up, downgrade=down, imports=imports, dialect=live.dialect)
        (first,) = self.time_line.in_order()

        def mark(connection: sa.Connection) -> None:
            with connection.begin():
                MigrationContext.configure(connection).stamp(self.time_line.script, first.revision)

        await on_connection(self.database, mark, lock_limit=self._lock_limit)
        return file

    async def clear(self) -> int:
        """Drop every table, view and type of the database, those that no migration knows too.

        Returns:
            How many tables there were.
        """
        return await on_connection(self.database, drop_everything, lock_limit=self._lock_limit)

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
        def work(connection: sa.Connection) -> list[str]:
            self._applied(connection)
            return follow(connection, self.time_line, steps, self._progress)

        return await on_connection(self.database, work, lock_limit=self._lock_limit)

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


def _infos(models: Iterable[type]) -> list[TableInfo]:
    found: list[TableInfo] = []
    for model in models:
        info = getattr(model, "__table_info__", None)
        if not isinstance(info, TableInfo):
            raise ModelError("M203", f"{model.__name__} is no model with a table.", "Name concrete models.")
        found.append(info)
    return found
