"""The commands of `rooftree openapi`: the document as a file, and what has changed in it."""

from __future__ import annotations

import codecs
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from rooftree.base import UsageError
from rooftree.cli.command import CONTEXT, app_option, examples

__all__ = ["openapi"]

KEPT: Final = "openapi.json"


@click.group(
    context_settings=CONTEXT,
    short_help="The description of the API.",
    epilog=examples(
        "rooftree openapi export -o openapi.json   write the document into a file, to keep it with the code",
        "rooftree openapi diff openapi.json        what has changed since; 1 where it breaks clients",
        "rooftree openapi diff main                the same against the file at a git revision",
    ),
)
def openapi() -> None:
    """Write the API's OpenAPI document, and tell what changes in it break those who ask it."""


@openapi.command(
    short_help="Write the document.",
    epilog=examples(
        "rooftree openapi export", "rooftree openapi export -o openapi.json", "rooftree openapi export -a shop.app"
    ),
)
@app_option
@click.option("--output", "-o", metavar="FILE", type=click.Path(dir_okay=False), help="[standard output]")
def export(app: str | None, output: str | None) -> None:
    """Write the OpenAPI document of the application, as JSON that reads well in a diff."""
    text = msgspec.json.format(msgspec.json.encode(_document_of(app), enc_hook=str)).decode() + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        try:
            Path(output).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError("U233", f"{output} cannot be written: {error.strerror}.", "Name another file.") from None
        click.echo(f"Written to {output}.", err=True)


@openapi.command(
    "diff",
    short_help="Tell what has changed; 1 where it breaks clients.",
    epilog=examples(
        "rooftree openapi diff openapi.json             a file against the application as it is",
        "rooftree openapi diff old.json new.json        two files",
        "rooftree openapi diff v1.2                     openapi.json at a git revision against the application",
        "rooftree openapi diff main --path api/v1.json  another file there",
        "rooftree openapi diff openapi.json --json | jq '.[] | select(.breaking)'",
    ),
)
@app_option
@click.argument("old")
@click.argument("new", required=False)
@click.option("--path", metavar="FILE", default=KEPT, show_default=True, help="The document's file at a git revision.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def diff(app: str | None, old: str, new: str | None, path: str, as_json: bool) -> None:
    """Compare two documents of an API, OLD and NEW; NEW is the application as it is where it is not given.

    Each is a file or a git revision. Exits with 1 where a client that worked with OLD may fail with NEW.
    """
    from rooftree.openapi import changes

    found = changes(_read(old, path), _document_of(app) if new is None else _read(new, path))
    broken = sum(change.breaking for change in found)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    else:
        for change in found:
            word = click.style("breaks", fg="red") if change.breaking else "      "
            click.echo(f"{word}  {change.where}: {change.what}")
        click.echo(f"{len(found)} {'change' if len(found) == 1 else 'changes'}, {broken} of them breaking.")
    if broken:
        sys.exit(1)


def _document_of(app: str | None) -> dict[str, Any]:
    from rooftree.cli.find import find_app, load_app

    return load_app(find_app(app)).openapi()


def _read(named: str, path: str) -> dict[str, Any]:
    """Return the document of a file or a git revision.

    Raises:
        UsageError: U231 where there is neither, U232 where what is there is no document.
    """
    from rooftree.openapi import faults_in, is_table

    file = Path(named)
    where = named
    if file.is_file():
        content = file.read_bytes()
    else:
        where = f"{named}:{path}"
        content = _at_revision(named, path)
    try:
        document: Any = msgspec.json.decode(content.removeprefix(codecs.BOM_UTF8))
    except msgspec.DecodeError as error:
        raise UsageError("U232", f"{where} is not JSON: {error}.", "Write it with 'rooftree openapi export'.") from None
    if not is_table(document) or not is_table(document.get("paths")):
        raise UsageError("U232", f"{where} is no OpenAPI document: it has no paths.", "Name another file.")
    if not str(version := document.get("openapi", "2")).startswith("3."):
        raise UsageError("U232", f"{where} is no document of OpenAPI 3, but of {version}.", "Name another file.")
    if faults := faults_in(document):
        said = "; ".join(map(str, faults))
        raise UsageError("U232", f"{where} is no OpenAPI document: {said}.", "Write it with 'rooftree openapi export'.")
    return dict(document)


def _at_revision(revision: str, path: str) -> bytes:
    # what looks like an option is none: nobody names a revision so
    target = "" if revision.startswith("-") else f"{revision}:./{path}"
    try:
        done = subprocess.run(["git", "show", target], capture_output=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603, S607
    except FileNotFoundError:
        raise UsageError(
            "U231",
            f"There is no file {revision}, and git, which would know a revision of that name, is not installed.",
            "Name a file, or install git.",
        ) from None
    if done.returncode != 0 or not target:
        raise UsageError(
            "U231",
            f"There is no file {revision}, and no {path} at a git revision of that name.",
            f"Write the document with 'rooftree openapi export -o {path}', and keep it with the code.",
        )
    return done.stdout
