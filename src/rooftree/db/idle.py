"""Transactions that wait for something else than their database: development's warning."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from rooftree.db.database import Database
from rooftree.db.log import QueryEvent
from rooftree.db.scope import Scope

__all__ = ["IdleTransactions"]

_PART: Final = "Do such work (HTTP, sleep, long computing) before it or after it."


class IdleTransactions:
    """Warns of a transaction that ran no statement for longer than ``limit`` seconds while it was open.

    Meanwhile it holds a connection, and locks that others wait for; on SQLite every writer waits.

    Args:
        database: Whose transactions.
        warn: Called with the sentence.
        limit: Seconds.
    """

    def __init__(self, database: Database, warn: Callable[[str], None], limit: float = 0.05) -> None:
        self._database = database
        self._warn = warn
        self._limit = limit
        self._last: dict[int, float] = {}  # when the last statement of each open transaction ended

    def __call__(self, event: QueryEvent) -> None:
        """Look at one statement."""
        scope = self._database.current_scope()
        if scope is None:
            return
        root = scope.root
        key, now = id(root), time.monotonic()
        before = self._last.get(key)
        self._last[key] = now
        if before is None:
            if event.error is None:
                root.on_commit(lambda: self._ended(key, root, committed=True))
                root.on_rollback(lambda: self._ended(key, root, committed=False))
            return
        waited = now - event.seconds - before
        if waited > self._limit:
            self._warn(
                f"Idle transaction: the one opened at {root.place or 'unknown'} waited {waited * 1000:.0f} ms for "
                f"something else before the statement at {event.place or 'unknown'}. {_PART}"
            )

    def _ended(self, key: int, root: Scope, *, committed: bool) -> None:
        waited = time.monotonic() - self._last.pop(key, time.monotonic())
        if committed and waited > self._limit:
            self._warn(
                f"Idle transaction: the one opened at {root.place or 'unknown'} ended {waited * 1000:.0f} ms after its "
                f"last statement. {_PART}"
            )
