"""What the commands that look at an application print."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator

import click
import msgspec

from rooftree.app import Endpoint, Finding, mistakes_in
from rooftree.base import StartupError
from rooftree.binding import ParameterInfo
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
    methods, paths, names = (max(len(cell) for cell in column) for column in zip(*map(_cells, rows), strict=True))
    for row in rows:
        method, path, name = _cells(row)
        at = click.style(row.at, dim=True)
        click.echo(f"{method:<{methods}}  {path:<{paths}}  {name:<{names}}  {at}".rstrip())
        if verbose:
            _print_parameters(row.parameters, methods + 2)


class _Parameter(msgspec.Struct):
    name: str
    source: str
    type: str
    required: bool
    of: str


class _Row(msgspec.Struct):
    methods: list[str]
    host: str | None
    path: str
    name: str
    kind: str
    at: str
    parameters: list[_Parameter]


def _row(endpoint: Endpoint) -> _Row:
    info, handler = endpoint.info, endpoint.handler
    parameters = [
        _Parameter(each.name, _source(each), each.shown_type, each.required, "" if owner is handler else owner.name)
        for owner, each in (handler.owned() if handler is not None else ())
    ]
    return _Row(
        methods=list(info.methods),
        host=info.host.text if info.host else None,
        path=info.pattern.text,
        name=info.name,
        kind=info.kind,
        at=info.place,
        parameters=parameters,
    )


def _source(parameter: ParameterInfo) -> str:
    """Return where a value comes from, and under which name where it has another one there."""
    source = {"provided": "the application", "dependency": "a dependency"}.get(parameter.source, parameter.source)
    if parameter.dependency is not None:
        return parameter.dependency.name
    other = parameter.typed and parameter.wire and parameter.wire != parameter.name
    return f"{source} {parameter.wire!r}" if other else source


def _cells(row: _Row) -> tuple[str, str, str]:
    return ",".join(row.methods) or row.kind.upper(), (row.host or "") + row.path, row.name


def _print_parameters(parameters: list[_Parameter], indent: int) -> None:
    widths = [
        max((len(cell) for cell in column), default=0) for column in zip(*map(_described, parameters), strict=True)
    ]
    for parameter in parameters:
        cells = zip(_described(parameter), widths, strict=True)
        of = f"of {parameter.of}" if parameter.of else ""
        click.echo(f"{'':{indent}}{'  '.join([*(f'{cell:<{width}}' for cell, width in cells), of])}".rstrip())


def _described(parameter: _Parameter) -> tuple[str, str, str]:
    return parameter.name, parameter.type, f"{parameter.source}{'' if parameter.required else ', optional'}"


def check_app(target: str | None, *, deploy: bool) -> bool:
    """Print what is wrong with the application; return whether nothing has to be mended."""
    if not deploy:
        os.environ.setdefault("ROOFTREE_MODE", "development")
    app = load_app(find_app(target))
    try:
        count = len(app.built.endpoints)
    except StartupError as error:
        mistakes = mistakes_in(error)
        for mistake in mistakes:
            click.echo(f"{click.style('error', fg='red'):<8} {mistake}")
        click.echo(f"{_many(len(mistakes), 'mistake')} to mend before it can be served.")
        return False
    found = app.findings(deploy=deploy)
    for finding in found:
        _print(finding)
    errors, warnings = (sum(finding.level == level for finding in found) for level in ("error", "warning"))
    if not errors and not warnings:
        click.echo(f"{_many(count, 'route')} checked, nothing to mend.")
    else:
        totals = f"{_many(errors, 'error')}, {_many(warnings, 'warning')}"
        click.echo(f"{_many(count, 'route')} checked: {totals}.")
    return errors == 0


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _print(finding: Finding) -> None:
    color = {"error": "red", "warning": "yellow", "hint": "cyan"}[finding.level]
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
