"""Which statements are too slow for the event loop; one is tried there again now and then."""

from __future__ import annotations

from typing import Final

from rooftree.db.statement import Statement

__all__ = ["SlowStatements"]

_KEPT: Final = 1_000
_PROBE: Final = 16  # a statement is tried inline again every so many times: its parameters may have been to blame


class SlowStatements(dict[Statement, int]):
    """The statements that go to a thread, each with how often it went there since it was last tried in the loop."""

    def remember(self, statement: Statement) -> None:
        """Run a statement on a thread from now on, where its text will come again."""
        if statement.prepare:
            if len(self) >= _KEPT:
                del self[next(iter(self))]
            self[statement] = 0

    def try_inline(self, statement: Statement) -> bool:
        """Whether a statement may run in the loop: it never was slow, or it is time to see whether it still is."""
        count = self.get(statement)
        if count is None:
            return True
        if count + 1 < _PROBE:
            self[statement] = count + 1
            return False
        del self[statement]
        return True
