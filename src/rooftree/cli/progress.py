"""What a command says of work that takes a while: its name, and then how long it took, on one line."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import click

__all__ = ["Progress"]


class Progress:
    """Says what runs while it runs, and how long it took. As a block it ends the line of what failed, for the error."""

    def __init__(self) -> None:
        self._started: float | None = None

    def __call__(self, name: str, finished: bool) -> None:
        """Say that something begins, or that it is done."""
        if finished:
            click.echo(f" {time.monotonic() - (self._started or 0.0):.1f} s")
            self._started = None
        else:
            click.echo(f"  {name} ...", nl=False)
            self._started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._started is not None:
            click.echo(" failed")
            self._started = None
