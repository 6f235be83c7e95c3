"""What the commands of ``rooftree db`` that are about what is in the database do: seeds, reset, its own shell."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import subprocess
import sys
from typing import Any

import click

from rooftree.app import App
from rooftree.base import UsageError
from rooftree.cli.find import find_app, load_app
from rooftree.cli.migrating import database_of, migrations_of, sure
from rooftree.cli.progress import Progress

__all__ = ["open_database_shell", "reset_database", "run_seeds", "seed_database"]


def run_seeds(target: str | None, names: tuple[str, ...]) -> None:
    """Run the application's seeds, each in a transaction."""
    seed_database(load_app(find_app(target)), names)


def seed_database(app: App, names: tuple[str, ...] = ()) -> None:
    """Run the seeds of an application that is loaded.

    Raises:
        UsageError: U214 for a seed that it has not.
    """
    database_of(app, "default")
    unknown = [name for name in names if name not in app.seeds]
    if unknown:
        known = ", ".join(app.seeds) or "none"
        raise UsageError("U214", f"The application has no seed '{unknown[0]}'.", f"It has: {known}.")
    if not app.seeds:
        click.echo("The application has no seeds. Declare one: @app.seed before a function that creates rows.")
        return
    asyncio.run(_seed(app, names or tuple(app.seeds)))


async def _seed(app: App, names: tuple[str, ...]) -> None:
    from rooftree.db import transaction

    await app.databases.open()
    try:
        with app.current(), Progress() as progress:
            for name in names:
                progress(name, False)
                seed = app.seeds[name]
                if inspect.iscoroutinefunction(seed):
                    async with transaction():
                        await seed()
                else:
                    await asyncio.to_thread(_in_thread, seed)
                progress(name, True)
    finally:
        await app.databases.close()


def _in_thread(seed: Any) -> None:
    from rooftree.db import transaction

    with transaction():
        seed()


def reset_database(*, yes: bool, seed: bool, app: str | None, database: str) -> None:
    """Drop everything, migrate, seed; after asking."""
    loaded = load_app(find_app(app))
    progress = Progress()
    migrations = migrations_of(loaded, database, progress)
    url = migrations.database.url
    question = f"Drop every table of {url}? Everything in it is lost."
    if loaded.settings.mode == "production" and not yes and sys.stdin.isatty():
        click.echo(f"{question} The application runs in production mode.")
        name = url.rpartition("/")[2].partition("?")[0]
        if click.prompt(f"Type the name of the database, {name!r}, to go on", default="", show_default=False) != name:
            raise click.Abort
    else:
        sure(question, yes=yes)
    dropped = asyncio.run(migrations.clear())
    click.echo(f"{dropped} table{'' if dropped == 1 else 's'} dropped.")
    with progress:
        asyncio.run(migrations.migrate())
    if seed and database == "default" and loaded.seeds:
        asyncio.run(_seed(loaded, tuple(loaded.seeds)))


def open_database_shell(*, arguments: tuple[str, ...], app: str | None, database: str) -> None:
    """Run psql or sqlite3; the password goes by the environment, where no list of processes shows it.

    Raises:
        UsageError: U215 where the program is not installed, U216 for a database in memory.
    """
    found = database_of(load_app(find_app(app)), database)
    environment = dict(os.environ)
    if found.dialect == "sqlite":
        program, path = "sqlite3", str(found.made.path)
        if path == ":memory:":
            raise UsageError("U216", f"The database '{found.name}' is in memory: a shell would see another one.")
        options = [path, *arguments]
    else:
        program, address = "psql", found.made.address
        parts = {"host": address.host, "port": address.port, "user": address.user, "dbname": address.database}
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
        environment.update({names[name]: str(value) for name, value in parts.items() if value is not None})
        if address.password is not None:
            environment["PGPASSWORD"] = address.password
        options = list(arguments)
    where = shutil.which(program)
    if where is None:
        package = "sqlite3" if program == "sqlite3" else "postgresql-client"
        raise UsageError(
            "U215",
            f"{program}, the shell of the database '{found.name}', is not installed.",
            f"Install it (Debian: apt install {package}), or use 'rooftree shell'.",
        )
    raise SystemExit(subprocess.run([where, *options], env=environment, check=False).returncode)  # noqa: S603 - as asked
