"""What the commands of ``rooftree db`` that are about migrations do."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from rooftree.app import App
from rooftree.base import UsageError
from rooftree.cli.find import find_app, load_app
from rooftree.cli.progress import Progress

if TYPE_CHECKING:
    from rooftree.db import Database, Migrations, Rename

__all__ = [
    "check_migrations",
    "database_of",
    "make_migration",
    "merge_ends",
    "migrate_database",
    "migrations_of",
    "print_sql",
    "pull_models",
    "roll_back",
    "show_status",
    "sure",
]


def database_of(app: App, name: str) -> Database:
    """Return a database of an application.

    Raises:
        UsageError: U211 where it has none, T105 where none has this name.
    """
    if not app.databases:
        raise UsageError(
            "U211",
            f"The application {app.title} has no database.",
            "Set ROOFTREE_DATABASE=sqlite:///app.db, or write App(Settings(database=...)).",
        )
    return app.databases[name]


def migrations_of(app: App, name: str, progress: Progress | None = None) -> Migrations:
    """Return the time line of one database, which tells ``progress`` what runs."""
    from rooftree.app import migrations_folder
    from rooftree.db import Migrations

    database = database_of(app, name)
    return Migrations(migrations_folder(app.root, database), database, progress=progress)


def _load(target: str | None) -> App:
    return load_app(find_app(target))


def sure(question: str, *, yes: bool) -> None:
    """Ask, and end the command where the answer is no.

    Raises:
        UsageError: U212 where there is no terminal to ask on.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("U212", f"{question} There is no terminal to ask on.", "Write --yes where it is meant.")
    click.confirm(question, abort=True)


def make_migration(
    message: str | None, *, app: str | None, database: str, rename: tuple[str, ...], fill: tuple[str, ...], empty: bool
) -> None:
    """Write a migration and print what it does."""
    from rooftree.db import known_models, parse_renames

    migrations = migrations_of(_load(app), database)
    first = not migrations.time_line.in_order()
    said = message or ("Create the tables" if first else "Change the tables")
    if empty:
        _print_file(migrations.make_empty(said))
        return
    made = asyncio.run(
        migrations.make(
            said,
            known_models(database),
            renames=parse_renames(rename),
            ask=_ask if sys.stdin.isatty() else None,
            fill=_fills(fill),
        )
    )
    if not made.files:
        click.echo("The migrations say all that the models say; nothing to do.")
    for change in made.changes:
        click.echo(f"  {change}")
    for file in made.files:
        _print_file(file)
    for guess in made.unsure:
        old, new = (f"{guess.table}.{guess.old}" if guess.table else guess.old), guess.new
        click.echo(f"Dropped and added. If it is so that {guess}, delete the file and add --rename {old}:{new}")


def _ask(rename: Rename) -> bool:
    return click.confirm(f"Is it so that {rename}?")


def _fills(given: tuple[str, ...]) -> dict[str, str]:
    fills: dict[str, str] = {}
    for text in given:
        column, equals, value = text.partition("=")
        if not equals or "." not in column:
            raise UsageError("U213", f"--fill was given {text!r}.", "Write table.column=SQL: --fill products.weight=0.")
        fills[column] = value
    return fills


def _print_file(file: os.PathLike[str]) -> None:
    click.echo(f"{click.style('wrote', fg='green')} {os.path.relpath(file)}")


def migrate_database(*, app: str | None, database: str) -> App:
    """Run what the database does not have; return the application that it is of."""
    loaded = _load(app)
    with Progress() as progress:
        migrations = migrations_of(loaded, database, progress)
        done = asyncio.run(migrations.migrate())
    if done:
        click.echo(f"{_count(len(done), 'migration')} run.")
    elif asyncio.run(migrations.status()):
        click.echo("The database has every migration.")
    else:
        click.echo("There are no migrations yet. 'rooftree db make' writes the first from the models.")
    return loaded


def roll_back(*, steps: int, yes: bool, app: str | None, database: str) -> None:
    """Take migrations back, after asking."""
    progress = Progress()
    migrations = migrations_of(_load(app), database, progress)
    applied = [each.name for each in asyncio.run(migrations.status()) if each.applied]
    if not applied:
        click.echo("The database has no migration.")
        return
    names = ", ".join(reversed(applied[-steps:]))
    sure(f"Take back {names} of {migrations.database.url}? What was in dropped columns and tables is lost.", yes=yes)
    with progress:
        done = asyncio.run(migrations.rollback(steps))
    click.echo(f"{_count(len(done), 'migration')} taken back.")


def show_status(*, as_json: bool, app: str | None, database: str) -> None:
    """Print every migration and whether the database has it."""
    migrations = migrations_of(_load(app), database)
    found = asyncio.run(migrations.status())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
        return
    for each in found:
        mark = click.style("applied", fg="green") if each.applied else click.style("waiting", fg="yellow")
        click.echo(f"{mark}  {each.name:<44} {click.style(each.message, dim=True)}".rstrip())
    waiting = sum(not each.applied for each in found)
    click.echo(f"{migrations.database.url}: {_count(len(found), 'migration')}, {waiting} waiting.")


def print_sql(*, app: str | None, database: str) -> None:
    """Print the SQL of the time line."""
    click.echo(migrations_of(_load(app), database).sql(), nl=False)


def check_migrations(*, every: bool, app: str | None, database: str) -> bool:
    """Print what there is to do; return whether there is nothing."""
    from rooftree.db import known_models

    migrations = migrations_of(_load(app), database)
    found = asyncio.run(migrations.check(known_models(database), every=every))
    for finding in found:
        place = f" At {finding.migration}." if finding.migration else ""
        click.echo(f"{click.style(finding.code, fg='red')}  {finding.fact}{place}")
        if finding.statement:
            click.echo(f"      {click.style(' '.join(finding.statement.split()), dim=True)}")
        for line in finding.remedy.splitlines():
            click.echo(f"      {line}")
    click.echo("Models, migrations and database agree." if not found else f"{_count(len(found), 'finding')}.")
    return not found


def merge_ends(*, app: str | None, database: str) -> None:
    """Write a migration that joins the ends."""
    _print_file(migrations_of(_load(app), database).merge())


def pull_models(*, adopt: bool, app: str | None, database: str) -> None:
    """Print models for the tables that are there."""
    migrations = migrations_of(_load(app), database)

    if adopt:
        file = asyncio.run(migrations.adopt())
        click.echo(f"wrote {os.path.relpath(file)}; the database has it", err=True)
    pulled = asyncio.run(migrations.pull())
    click.echo(pulled.source, nl=False)
    for difference in pulled.differences:
        click.echo(f"no model says this: {difference}", err=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
