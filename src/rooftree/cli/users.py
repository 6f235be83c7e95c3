"""Users from the command line: the first one of an application, those who lost their password, keys of programs."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

from rooftree.app import App
from rooftree.base import RequestInvalid, UniqueError, UsageError
from rooftree.cli.command import CONTEXT, Commands, app_option, examples
from rooftree.cli.find import find_app, load_app
from rooftree.db import RowInvalid

__all__ = ["users"]

R = TypeVar("R")


@click.group(
    cls=Commands,
    context_settings=CONTEXT,
    short_help="Users of the application's accounts.",
    epilog=examples(
        "rooftree users create --email ann@example.org --superuser",
        "rooftree users list",
        "rooftree users password ann@example.org",
        "rooftree users key ann@example.org --name 'nightly export' --days 90",
    ),
)
def users() -> None:
    """Create users, list them, give them another password; API keys by which programs act as them."""


def _password_options(function: Callable[..., Any]) -> Callable[..., Any]:
    function = click.option(
        "--password-stdin", "stdin", is_flag=True, help="Read the password from standard input: its first line."
    )(function)
    return click.option("--generate", is_flag=True, help="Make a password, and show it once.")(function)


@users.command(
    short_help="Create a user.",
    epilog=examples(
        "rooftree users create --email ann@example.org",
        "rooftree users create --email ann@example.org --staff --set name=Ann",
        "echo $PASSWORD | rooftree users create --email ann@example.org --superuser --password-stdin",
    ),
)
@app_option
@click.option("--email", required=True, help="The address to sign in with.")
@click.option("--staff", is_flag=True, help="They work on the site.")
@click.option("--superuser", is_flag=True, help="They may do everything.")
@click.option(
    "--set", "columns", multiple=True, metavar="NAME=VALUE", help="A column of text of your own (repeatable)."
)
@_password_options
def create(app: str | None, email: str, columns: tuple[str, ...], **options: bool) -> None:
    """Create a user; asks for the password unless it is told where that comes from."""
    loaded = _with_accounts(app)
    given = dict(_pair(column, loaded.accounts.model) for column in columns)
    kinds = {kind: options[kind] for kind in ("staff", "superuser")}
    password = _password(generate=options["generate"], stdin=options["stdin"])

    async def work() -> Any:
        try:
            return await loaded.accounts.create(email=email, password=password, **kinds, **given)
        except UniqueError:
            raise UsageError("U221", f"A user has the address {email} already.", "See: rooftree users list") from None
        except RowInvalid as error:
            raise _refused(error, "--set {}=VALUE") from None

    user = _run(loaded, work)
    click.echo(f"Created {user.email}.")
    _show(password, generate=options["generate"])


@users.command(
    "list", short_help="List users.", epilog=examples("rooftree users list", "rooftree users list -a shop.app")
)
@app_option
def list_users(app: str | None) -> None:
    """List users: address, what they are, when they last signed in. The first 1,000."""
    loaded = _with_accounts(app)
    model: Any = loaded.accounts.model

    async def work() -> Any:
        return await model.unscoped("rooftree users list").order_by(model.email).limit(1000)

    for user in _run(loaded, work):
        kinds = [name for name in ("superuser", "staff") if getattr(user, name)] + ([] if user.active else ["inactive"])
        last = f"{user.last_sign_in:%Y-%m-%d %H:%M}" if user.last_sign_in is not None else "never signed in"
        click.echo(f"{user.email:<40} {', '.join(kinds):<20} {last}".rstrip())


@users.command(
    short_help="Give a user another password.",
    epilog=examples("rooftree users password ann@example.org", "rooftree users password ann@example.org --generate"),
)
@click.argument("email")
@app_option
@_password_options
def password(email: str, app: str | None, generate: bool, stdin: bool) -> None:
    """Give a user another password, and sign them out everywhere."""
    loaded = _with_accounts(app)
    chosen = _password(generate=generate, stdin=stdin)

    async def work() -> None:
        await loaded.accounts.set_password(await _user(loaded, email), chosen)

    _run(loaded, work)
    click.echo(f"{email} has another password, and is signed out everywhere.")
    _show(chosen, generate=generate)


@users.command(
    short_help="Make an API key.",
    epilog=examples("rooftree users key ann@example.org --name 'nightly export' --days 90"),
)
@click.argument("email")
@app_option
@click.option("--name", default="", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 36_500), help="How long it is good; for ever without.")
def key(email: str, app: str | None, name: str, days: int | None) -> None:
    """Make an API key, by which a program acts as a user, and show it once."""
    loaded = _with_accounts(app)

    async def work() -> tuple[Any, str]:
        user = await _user(loaded, email)
        try:
            return await loaded.accounts.issue_key(
                user, name=name, expires=None if days is None else timedelta(days=days)
            )
        except RowInvalid as error:
            raise _refused(error, "--{} TEXT") from None

    made, text = _run(loaded, work)
    click.echo(f"API key: {text}\nIt is shown this once. {made.prefix} is what it is revoked by.")


@users.command(short_help="List a user's API keys.", epilog=examples("rooftree users keys ann@example.org"))
@click.argument("email")
@app_option
def keys(email: str, app: str | None) -> None:
    """List a user's API keys: prefix, what it is for, whether it is good, when it was last used."""
    loaded = _with_accounts(app)

    async def work() -> list[Any]:
        return [*await loaded.accounts.keys_of(await _user(loaded, email))]

    for each in _run(loaded, work):
        ends = "for ever" if each.expires_at is None else f"until {each.expires_at:%Y-%m-%d %H:%M}"
        used = "never used" if each.last_used is None else f"used {each.last_used:%Y-%m-%d %H:%M}"
        click.echo(f"{each.prefix} {'revoked' if each.revoked else ends:<22} {used:<21} {each.name}".rstrip())


@users.command(short_help="Revoke an API key.", epilog=examples("rooftree users revoke ann@example.org qxh5iw2kya"))
@click.argument("email")
@click.argument("prefix")
@app_option
def revoke(email: str, prefix: str, app: str | None) -> None:
    """Revoke an API key, which stands in `rooftree users keys` by its prefix."""
    loaded = _with_accounts(app)

    async def work() -> None:
        for each in await loaded.accounts.keys_of(await _user(loaded, email)):
            if each.prefix == prefix:
                return await loaded.accounts.revoke_key(each)
        raise UsageError("U226", f"{email} has no API key {prefix}.", f"See: rooftree users keys {email}")

    _run(loaded, work)
    click.echo(f"{prefix} is revoked.")


async def _user(app: App, email: str) -> Any:
    user = await app.accounts.find(email)
    if user is None:
        raise UsageError("U222", f"No user has the address {email}.", "See: rooftree users list")
    return user


def _with_accounts(target: str | None) -> App:
    """Return the application.

    Raises:
        UsageError: U701 where it has no accounts.
    """
    app = load_app(find_app(target))
    app.accounts  # noqa: B018 - which tells that there are none
    return app


def _run(app: App, work: Callable[[], Awaitable[R]]) -> R:
    async def running() -> R:
        await app.databases.open()
        try:
            with app.current():
                return await work()
        finally:
            app.accounts.close()
            await app.databases.close()

    try:
        return asyncio.run(running())
    except RequestInvalid as error:
        said = " ".join(fault.message for fault in error.errors)
        raise UsageError("U223", f"That cannot be taken: {said}") from None  # which says what to choose


def _password(*, generate: bool, stdin: bool) -> str:
    """Return the password from where the options say, else from whoever is asked.

    Raises:
        UsageError: U225 where both are said, or where nobody can be asked.
    """
    if generate and stdin:
        raise UsageError("U225", "Both --generate and --password-stdin were given.", "Keep one of them.")
    if generate:
        return secrets.token_urlsafe(15)
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError(
            "U225",
            "Nobody can be asked for the password: standard input is no terminal.",
            "Write --password-stdin to read it from there, or --generate to have one made.",
        )
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again"))


def _show(password: str, *, generate: bool) -> None:
    if generate:
        click.echo(f"Password: {password}\nIt is shown this once.")


def _refused(error: RowInvalid, option: str) -> UsageError:
    """Return the mistake of having given what a column does not take; `option` is how it is given by its name."""
    said = "; ".join(f"{each.column}: {each.message}" for each in error.problems)
    names = dict.fromkeys(each.column for each in error.problems)
    options = " ".join("--email ann@example.org" if name == "email" else option.format(name) for name in names)
    return UsageError("U223", f"That cannot be taken: {said}.", f"Give it as the column takes it: {options}")


def _pair(text: str, model: Any) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    known = [each.name for each in model.__table_info__.columns if each.type.kind == "text" and not each.private]
    if name not in known or name == "email":
        own = ", ".join(each for each in known if each != "email") or "none"
        raise UsageError(
            "U224",
            f"--set was given {text!r}, and {model.__name__} has no column of text {name!r}.",
            f"Write --set NAME=VALUE; it has: {own}.",
        )
    if not equals:
        raise UsageError("U224", f"--set was given {text!r}, without a value.", f"Write --set {name}=VALUE.")
    return name, value
