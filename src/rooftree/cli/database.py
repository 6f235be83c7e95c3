"""The commands of ``rooftree db``; what they do stands in ``cli/migrating.py`` and ``cli/rows.py``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from rooftree.cli.command import CONTEXT, Commands, app_option, examples

__all__ = ["db"]


@click.group(
    cls=Commands,
    context_settings=CONTEXT,
    short_help="Migrations, seeds, a shell of the database.",
    epilog=examples(
        "rooftree db make 'Add weights'   write a migration from the models",
        "rooftree db migrate              run what the database does not have",
        "rooftree db check                for a build server: 1 where something is to be done",
    ),
)
def db() -> None:
    """Work on the application's database: its migrations are in the folder migrations/ beside the application."""


def _common(function: Callable[..., Any]) -> Callable[..., Any]:
    named = click.option(
        "--database", "-d", default="default", metavar="NAME", help="Which one, where there are several."
    )
    return app_option(named(function))


_yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@db.command(
    short_help="Write a migration from the models.",
    epilog=examples(
        "rooftree db make 'Add weights'",
        "rooftree db make 'Call them boards' --rename planks:boards --rename boards.name:title",
        "rooftree db make 'Add weights' --fill products.weight=0",
        "rooftree db make 'Fill weights' --empty",
    ),
)
@click.argument("message", required=False)
@click.option("--rename", multiple=True, metavar="OLD:NEW", help="table:new or table.column:new (repeatable).")
@click.option("--fill", multiple=True, metavar="COLUMN=SQL", help="For rows that exist: table.column=0 (repeatable).")
@click.option("--empty", is_flag=True, help="An empty one, for data or by hand.")
@_common
def make(message: str | None, **options: Any) -> None:
    """Write what leads from the migrations to the models, tried forward and back on a scratch database first.

    MESSAGE is what it does, in one sentence. What looks like a rename is asked about, or told by --rename; without a
    terminal it is dropped and added, and said so.
    """
    from rooftree.cli.migrating import make_migration

    make_migration(message, **options)


@db.command(
    short_help="Run what the database does not have.",
    epilog=examples(
        "rooftree db migrate", "rooftree db migrate --seed", "rooftree db migrate --app shop.app --database reports"
    ),
)
@click.option("--seed", is_flag=True, help="Run the application's seeds after it.")
@_common
def migrate(*, seed: bool, **options: Any) -> None:
    """Run every migration that the database does not have. Only one process migrates at a time; others wait."""
    from rooftree.cli.migrating import migrate_database

    migrated = migrate_database(**options)
    if seed:
        from rooftree.cli.rows import seed_database

        seed_database(migrated)


@db.command(short_help="Take migrations back.", epilog=examples("rooftree db rollback", "rooftree db rollback 2 --yes"))
@click.argument("steps", type=click.IntRange(1), default=1)
@_yes
@_common
def rollback(**options: Any) -> None:
    """Take the last STEPS migrations back (1). What is in dropped columns and tables is lost."""
    from rooftree.cli.migrating import roll_back

    roll_back(**options)


@db.command(short_help="Where the database stands.", epilog=examples("rooftree db status", "rooftree db status --json"))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@_common
def status(**options: Any) -> None:
    """List every migration, and whether the database has it."""
    from rooftree.cli.migrating import show_status

    show_status(**options)


@db.command(short_help="The SQL of the migrations.", epilog=examples("rooftree db sql > schema.sql"))
@_common
def sql(**options: Any) -> None:
    """Print the SQL of all migrations, for someone who runs it by hand on an empty database."""
    from rooftree.cli.migrating import print_sql

    print_sql(**options)


@db.command(
    short_help="Models, migrations and database, compared.",
    epilog=examples("rooftree db check", "rooftree db check --every   on a build server, whose database is empty"),
)
@click.option("--every", is_flag=True, help="Look at migrations that have run too.")
@_common
def check(**options: Any) -> None:
    """Compare models, migrations and database; find what is unsafe on a large table. Exits with 1 where it finds."""
    from rooftree.cli.migrating import check_migrations

    if not check_migrations(**options):
        sys.exit(1)


@db.command(short_help="Join two ends of the time line.", epilog=examples("rooftree db merge"))
@_common
def merge(**options: Any) -> None:
    """Write a migration that builds on all ends, where two people made one at the same time."""
    from rooftree.cli.migrating import merge_ends

    merge_ends(**options)


@db.command(
    short_help="Models for tables that are there.",
    epilog=examples("rooftree db pull > models.py", "rooftree db pull --adopt > models.py"),
)
@click.option("--adopt", is_flag=True, help="Also write their first migration, and mark the database as having it.")
@_common
def pull(**options: Any) -> None:
    """Print models for the tables that the database has. What no model can say is told on standard error."""
    from rooftree.cli.migrating import pull_models

    pull_models(**options)


@db.command(short_help="Rows to begin with.", epilog=examples("rooftree db seed", "rooftree db seed categories"))
@click.argument("names", nargs=-1)
@app_option
def seed(app: str | None, names: tuple[str, ...]) -> None:
    """Run the functions that the application declares with @app.seed, or those of these NAMES."""
    from rooftree.cli.rows import run_seeds

    run_seeds(app, names)


@db.command(
    short_help="Drop everything and begin anew.",
    epilog=examples("rooftree db reset", "rooftree db reset --yes --no-seed"),
)
@_yes
@click.option("--seed/--no-seed", default=True, show_default=True, help="Run the seeds afterwards.")
@_common
def reset(**options: Any) -> None:
    """Drop every table, run all migrations, then the seeds. Everything in the database is lost.

    It asks first; in production mode for the name of the database.
    """
    from rooftree.cli.rows import reset_database

    reset_database(**options)


@db.command(
    short_help="psql or sqlite3 on the database.",
    epilog=examples("rooftree db shell", "rooftree db shell -- -c 'select 1'"),
)
@click.argument("arguments", nargs=-1)
@_common
def shell(**options: Any) -> None:
    """Open the database's own shell, psql or sqlite3; ARGUMENTS go to it. `rooftree shell` is the one for Python."""
    from rooftree.cli.rows import open_database_shell

    open_database_shell(**options)
