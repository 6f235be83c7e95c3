"""What ``rooftree static`` does."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rooftree.cli.find import find_app, load_app
from rooftree.static import collect

__all__ = ["collect_files"]


def collect_files(target: str | None, to: str | None) -> None:
    """Collect the static files of the application and print what was done.

    Raises:
        UsageError: A105 where the application has none, A103 where the folder holds something else.
    """
    assets = load_app(find_app(target)).assets
    report = collect(assets, Path(to) if to is not None else assets.collected_folder)
    click.echo(
        f"{report.files} file{'' if report.files == 1 else 's'} in {os.path.relpath(report.folder)}: "
        f"{report.written} written, {report.removed} removed; {_size(report.size)}, packed {_size(report.packed)}."
    )


def _size(count: int) -> str:
    return f"{count:,} bytes" if count < 10_000 else f"{count / 1000:,.0f} kB"
