"""The commands and their options; what they do stands in the modules beside this one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from rooftree.cli.command import CONTEXT, Commands, app_argument, examples

__all__ = ["main"]

LEVELS: Final = click.Choice(["debug", "info", "warning", "error"])


class _Main(Commands):
    """All commands; those that have many of their own are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), "db", "openapi", "users"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name == "db":
            from rooftree.cli.database import db

            return db
        if cmd_name == "users":
            from rooftree.cli.users import users

            return users
        if cmd_name == "openapi":
            from rooftree.cli.openapi import openapi

            return openapi
        return super().get_command(ctx, cmd_name)


@click.group(
    cls=_Main,
    context_settings=CONTEXT,
    epilog=examples(
        "rooftree new shop                     write a project",
        "rooftree dev                          serve ./app.py with reload",
        "rooftree run shop.app --workers auto  serve for real",
        "rooftree routes -v                    every route, with the source of each parameter",
        "rooftree check --deploy               what should be mended before going live",
        "rooftree db migrate                   bring the database to where the migrations lead",
    ),
)
def main() -> None:
    """Rooftree, one web framework from a single file to a full product."""


@main.command(
    short_help="Write a new project.",
    epilog=examples(
        "rooftree new shop            features as folders, accounts, templates, tests, migrations, Docker, CI",
        "rooftree new hello --micro   one file, its test, pyproject.toml",
        "rooftree new my-shop --folder ~/work/shop",
    ),
)
@click.argument("name")
@click.option("--micro", is_flag=True, help="One file instead of features as folders.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to put it.  [default: ./NAME]")
def new(name: str, *, micro: bool, folder: Path | None) -> None:
    """Write a new project into a folder of its own: one that runs, and passes its tests and type checks.

    NAME has small letters, digits, '-' and '_'. Nothing that exists is written over.
    """
    from rooftree.cli.new import new_project

    new_project(name, micro=micro, folder=folder)


def _address(function: Callable[..., Any]) -> Callable[..., Any]:
    function = click.option(
        "--port", "-p", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free one."
    )(function)
    return click.option("--host", "-H", default="127.0.0.1", show_default=True, help="Address to listen on.")(function)


@main.command(
    short_help="Serve while developing, with reload.",
    epilog=examples(
        "rooftree dev",
        "rooftree dev shop.app:create_app --port 9000",
        "rooftree dev app.py --watch ../library",
    ),
)
@app_argument
@_address
@click.option("--reload/--no-reload", default=True, show_default=True, help="Start again when a file changes.")
@click.option(
    "--watch",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True),
    help="Watch this too (a file or a folder; repeatable).",
)
@click.option("--sql", is_flag=True, help="Log every statement that the application's databases run.")
@click.option("--fd", type=int, hidden=True)
@click.option("--parent", type=int, hidden=True)
def dev(app: str | None, **options: Any) -> None:
    """Serve while developing: reload on change, errors with their source.

    APP is a module (shop.app), a file (shop/app.py), either with ":name"; without it, app.py or main.py here.
    """
    from rooftree.cli.develop import develop

    develop(app, **options)


@main.command(
    short_help="Serve for real.",
    epilog=examples(
        "rooftree run --workers auto",
        "rooftree run shop.app --host 0.0.0.0 --port 443 --tls-cert site.pem --tls-key site.key",
        "rooftree run --uds /run/shop.sock --trusted-proxy unix",
    ),
)
@app_argument
@_address
@click.option(
    "--workers", "-w", default="1", show_default=True, help="Processes that serve; 'auto' for one on each CPU."
)
@click.option("--uds", metavar="PATH", help="Listen on a Unix socket instead.")
@click.option("--fd", type=int, metavar="N", help="Listen on an inherited socket (systemd: 3).")
@click.option("--tls-cert", type=click.Path(exists=True, dir_okay=False), help="Certificate chain, PEM.")
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False), help="Private key, PEM.")
@click.option(
    "--trusted-proxy",
    "proxies",
    multiple=True,
    metavar="NETWORK",
    help="Believe the Forwarded headers of this address or network.",
)
@click.option("--access-log/--no-access-log", default=None, help="A line for each request [from the settings].")
@click.option("--log-level", type=LEVELS, help="[from the settings]")
def run(app: str | None, **options: Any) -> None:
    """Serve for real: workers, limits, graceful restarts.

    SIGTERM lets running requests end, SIGHUP replaces the workers (new code, new certificates) without losing one.
    """
    import gc

    gc.disable()  # nothing that is made while starting is garbage; workers turn it on when they are ready
    from rooftree.cli.serve import serve_app

    serve_app(app, **options)


@main.command(
    short_help="List every route.",
    epilog=examples("rooftree routes", "rooftree routes shop.app -v", "rooftree routes --json | jq '.[].path'"),
)
@app_argument
@click.option("--verbose", "-v", is_flag=True, help="Also where each parameter comes from and its type.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def routes(app: str | None, verbose: bool, as_json: bool) -> None:
    """List every route: methods, path, name and place, and with -v the source of each parameter."""
    from rooftree.cli.inspect import list_routes

    list_routes(app, verbose=verbose, as_json=as_json)


@main.command(
    short_help="Find what cannot work, without serving.",
    epilog=examples("rooftree check", "ROOFTREE_HOSTS=example.org rooftree check --deploy"),
)
@app_argument
@click.option("--deploy", is_flag=True, help="Also what matters in production.")
def check(app: str | None, deploy: bool) -> None:
    """Check the application without serving it; exits with 1 where something cannot work."""
    from rooftree.cli.inspect import check_app

    if not check_app(app, deploy=deploy):
        sys.exit(1)


@main.command(
    short_help="Python with the application at hand.",
    epilog=examples("rooftree shell", "rooftree shell shop.app -c 'print(await Product.where().count())'"),
)
@app_argument
@click.option("--command", "-c", metavar="CODE", help="Run this instead of asking.")
def shell(app: str | None, command: str | None) -> None:
    """Open Python with the application started: its models by name, `await` at the prompt."""
    from rooftree.cli.shell import open_shell

    open_shell(app, command)


@main.group(short_help="Static files for production.")
def static() -> None:
    """Prepare static files for production."""


@static.command(
    short_help="Write them with hashed names, packed.",
    epilog=examples("rooftree static collect", "rooftree static collect shop.app --to /srv/shop/static"),
)
@app_argument
@click.option("--to", metavar="FOLDER", type=click.Path(file_okay=False), help="[the one that the app reads]")
def collect(app: str | None, to: str | None) -> None:
    """Write every static file under a name made of its content, and packed (br, zstd, gzip), into one folder.

    In production the application serves that folder; so can a web server or a content delivery network.
    """
    from rooftree.cli.assets import collect_files

    collect_files(app, to)


@main.group(short_help="Catalogs of translations.")
def messages() -> None:
    """Find marked texts and keep their translations."""


_languages_option = click.option("--language", "-l", "languages", multiple=True, metavar="TAG", help="[all there are]")


@messages.command("extract", short_help="Write the marked texts into templates of catalogs.")
@app_argument
def extract_command(app: str | None) -> None:
    """Find the marked texts of Python, templates and scripts, and write locales/messages.pot and script.pot."""
    from rooftree.cli.messages import extract_messages

    extract_messages(app)


@messages.command(
    "update",
    short_help="Bring catalogs up to the marked texts.",
    epilog=examples("rooftree messages update -l de -l ar", "rooftree messages update"),
)
@app_argument
@_languages_option
def update_command(app: str | None, languages: tuple[str, ...]) -> None:
    """Make catalogs or bring them up to date; what was translated stays, what is similar is offered as fuzzy."""
    from rooftree.cli.messages import update_messages

    update_messages(app, languages)


@messages.command("compile", short_help="Write .mo files for production.")
@app_argument
def compile_command(app: str | None) -> None:
    """Write a compiled catalog beside each one."""
    from rooftree.cli.messages import compile_messages

    compile_messages(app)


@messages.command(
    "check",
    short_help="Find what is not translated.",
    epilog=examples("rooftree messages check", "rooftree messages check -l de --strict"),
)
@app_argument
@_languages_option
@click.option("--strict", is_flag=True, help="Count texts that nothing asks for any more.")
def check_command(app: str | None, languages: tuple[str, ...], strict: bool) -> None:
    """Print texts that are missing, fuzzy, broken or unused; exits with 1 where one has to be mended."""
    from rooftree.cli.messages import check_messages

    if not check_messages(app, languages, strict=strict):
        sys.exit(1)


@main.group(short_help="Sessions of visitors.")
def sessions() -> None:
    """Look after the sessions that are kept in a store."""


@sessions.command(
    "clean",
    short_help="Take out those that have ended.",
    epilog=examples("rooftree sessions clean", "rooftree sessions clean shop.app"),
)
@app_argument
def clean_command(app: str | None) -> None:
    """Take out sessions that have ended: run it once a day. Those in cookies end by themselves."""
    from rooftree.cli.sessions import clean_sessions

    count = clean_sessions(app)
    click.echo(f"{count} ended {'session' if count == 1 else 'sessions'} taken out.")


@main.command(short_help="Print versions.", epilog=examples("rooftree version"))
def version() -> None:
    """Print the versions of Rooftree, Python and what the server stands on."""
    from rooftree.cli.inspect import versions

    for name, number in versions():
        click.echo(f"{name:<11}{number}")
