"""What the commands that look at an application print."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from rooftree.app import Endpoint, Finding
from rooftree.base import StartupError
from rooftree.cli.find import find_app, load_app

__all__ = ["check_app", "list_routes", "versions"]


def list_routes(target: str | None, *, verbose: bool, as_json: bool) -> None:
    """Print every route of the application."""
    app = load_app(find_app(target))
    rows = [_row(endpoint) for endpoint in app.built.endpoints]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows)))
        return
    if not rows:
        click.echo("The application has no routes. Declare one: @app.get('/')")
        return
    widths = [max(len(row[key]) for row in rows) for key in ("methods", "path", "name")]
    for row in rows:
        head = "  ".join(f"{row[key]:<{width}}" for key, width in zip(("methods", "path", "name"), widths, strict=True))
        click.echo(f"{head}  {click.style(row['at'], dim=True)}".rstrip())
        if verbose:
            for parameter in row["parameters"]:
                click.echo(f"{'':>{widths[0]}}    {_line(parameter)}")


def _row(endpoint: Endpoint) -> dict[str, Any]:
    info, handler = endpoint.info, endpoint.handler
    parameters = [
        {"name": each.name, "source": str(each.source), "type": each.shown_type, "required": each.required}
        for each in (handler.parameters if handler is not None else ())
    ]
    return {
        "methods": ",".join(info.methods),
        "path": (info.host.text if info.host else "") + info.pattern.text,
        "name": info.name,
        "at": str(info.at or ""),
        "parameters": parameters,
    }


def _line(parameter: dict[str, Any]) -> str:
    optional = "" if parameter["required"] else " (optional)"
    return f"{parameter['name']}: {parameter['type']} from {parameter['source']}{optional}"


def check_app(target: str | None, *, deploy: bool) -> bool:
    """Print what is wrong with the application; return whether nothing has to be mended."""
    app = load_app(find_app(target))
    try:
        count = len(app.built.endpoints)
    except StartupError as error:
        click.echo(f"{click.style('error', fg='red')}  {type(error).__name__}: {error}")
        return False
    found = app.findings(deploy=deploy)
    for finding in found:
        _print(finding)
    errors = sum(finding.level == "error" for finding in found)
    if not found:
        click.echo(f"{count} routes checked, nothing to mend.")
    else:
        click.echo(f"{count} routes checked, {errors} errors, {len(found) - errors} warnings.")
    return errors == 0


def _print(finding: Finding) -> None:
    color = "red" if finding.level == "error" else "yellow"
    click.echo(f"{click.style(f'{finding.level:<8}', fg=color)} {finding.id}  {finding.fact}")
    click.echo(f"{'':14} {click.style(finding.hint, dim=True)}")


def versions() -> Iterator[tuple[str, str]]:
    """Give the names and versions of Rooftree, Python and what the server stands on."""
    from importlib.metadata import PackageNotFoundError, version

    for name in ("rooftree", "python", "uvloop", "httptools", "msgspec", "websockets"):
        if name == "python":
            yield name, f"{platform.python_version()} ({platform.python_implementation()})"
            continue
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"
