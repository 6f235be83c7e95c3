"""Statements that start or end transactions belong to ``transaction()``, not to raw SQL."""

from __future__ import annotations

import re
from typing import Final

from rooftree.base import UsageError
from rooftree.db.place import user_line
from rooftree.db.statement import Statement

__all__ = ["refuse_control"]

_CONTROL: Final = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/|;)*"
    r"(begin|start\s+transaction|commit|end|rollback|savepoint|release|abort|prepare\s+transaction)\b",
    re.IGNORECASE | re.DOTALL,
)


def refuse_control(statement: Statement) -> None:
    """Raise where the statement's first word starts or ends a transaction.

    Raises:
        UsageError: it does: a connection would leave its transaction, or enter one, without the framework's knowing.
    """
    if found := _CONTROL.match(statement.text):
        raise UsageError(
            "T008",
            f"The raw SQL begins with {found[1].upper()}, which would start or end a transaction behind transaction().",
            "Write `async with transaction():` around the statements; it nests as savepoints.",
            at=user_line(),
        )
