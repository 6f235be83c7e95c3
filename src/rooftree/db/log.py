"""What ran, for whoever wants to know: a log, development's warnings, tests that count queries."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence, Sized
from contextvars import ContextVar
from typing import Final

import msgspec

__all__ = [
    "Observer",
    "QueryCounter",
    "QueryEvent",
    "RepeatedQueries",
    "SlowQueries",
    "log_queries",
    "occasion",
    "shown",
]

occasion: ContextVar[object] = ContextVar("rooftree.occasion")
"""What statements are counted together by: a request, where there is one; a task of a server serves many."""

_WINDOW: Final = 2.0  # seconds after which the same statement from the same line is a new occasion
_KEPT: Final = 2_000


class QueryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One statement that ran.

    Attributes:
        database: The database's name.
        text: The SQL.
        parameters: What was given for the placeholders: each by its type and size, never by its value, unless the
            database was asked with ``observe(..., values=True)``.
        seconds: How long it took, waiting for a connection included.
        rows: Rows returned, or changed; ``None`` where it failed or streams.
        place: The line of the application's code, ``app/orders.py:14``.
        in_transaction: Whether it ran inside of ``transaction()``.
        error: The error it ended with.
    """

    database: str
    text: str
    parameters: tuple[object, ...]
    seconds: float
    rows: int | None
    place: str | None
    in_transaction: bool
    error: BaseException | None


Observer = Callable[[QueryEvent], None]


def shown(parameters: Sequence[object]) -> tuple[object, ...]:
    """Return what may be shown of parameters to anybody: ``("<str of 12>", "<int>")``."""
    return tuple(_shape(value) for value in parameters)


def _shape(value: object) -> str:
    if value is None:
        return "<null>"
    if isinstance(value, Sized):
        return f"<{type(value).__name__} of {len(value)}>"
    return f"<{type(value).__name__}>"


def one_line(text: str) -> str:
    """Return SQL without its line breaks, which logs would have to escape."""
    return re.sub(r"\s*\n\s*", " ", text).strip()


class QueryCounter:
    """Remembers every statement, for tests that say how many there may be."""

    def __init__(self) -> None:
        self.events: list[QueryEvent] = []

    def __call__(self, event: QueryEvent) -> None:
        """Remember one."""
        self.events.append(event)

    def __len__(self) -> int:
        return len(self.events)

    def report(self) -> str:
        """Return the statements, one a line, with the lines of code that ran them."""
        return "\n".join(
            f"{number}. {one_line(event.text)} ({event.place or 'no line of yours'})"
            for number, event in enumerate(self.events, 1)
        )


class SlowQueries:
    """Warns of each statement that took longer than ``limit`` seconds.

    Args:
        warn: Called with the sentence.
        limit: Seconds.
    """

    def __init__(self, warn: Callable[[str], None], limit: float = 0.1) -> None:
        self._warn = warn
        self._limit = limit

    def __call__(self, event: QueryEvent) -> None:
        """Look at one statement."""
        if event.seconds > self._limit:
            self._warn(
                f"Slow query: {event.seconds * 1000:.0f} ms at {event.place or 'unknown'}: {one_line(event.text)}"
            )


class RepeatedQueries:
    """Warns where one line of code runs the same statement again and again in one request or task: the N+1 problem.

    Args:
        warn: Called with the sentence, once for each occasion.
        limit: How many times are too many.
    """

    def __init__(self, warn: Callable[[str], None], limit: int = 5) -> None:
        self._warn = warn
        self._limit = limit
        self._seen: dict[tuple[object, str, str | None], tuple[int, float]] = {}

    def __call__(self, event: QueryEvent) -> None:
        """Count one statement."""
        key = (occasion.get(None) or _task(), event.text, event.place)
        now = time.monotonic()
        count, last = self._seen.pop(key, (0, now))
        count = count + 1 if now - last < _WINDOW else 1
        if len(self._seen) >= _KEPT:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = (count, now)
        if count == self._limit:
            self._warn(
                f"N+1: {event.place or 'one line'} ran the same statement {count} times. Load the rows together, with "
                f".include(...) or one query with .in_(...): {one_line(event.text)}"
            )


def _task() -> int:
    try:
        return id(asyncio.current_task())
    except RuntimeError:
        return 0


def log_queries(logger: logging.Logger) -> Observer:
    """Return an observer that writes each statement to a log at level INFO."""

    def observe(event: QueryEvent) -> None:
        logger.info(
            "%s %.2f ms, %s rows, %s: %s %s",
            event.database,
            event.seconds * 1000,
            "no" if event.rows is None else event.rows,
            event.place or "unknown line",
            one_line(event.text),
            event.parameters,
        )

    return observe
