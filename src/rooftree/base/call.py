"""The Call: what the framework alone reads from the running context; application code is handed what it names."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

__all__ = ["Call", "current_call"]


class Call:
    """The surroundings of the work being done: a request, a task, a command.

    One Call stands for a whole application and is shared by every request; whoever needs to change a part for one
    request (a transaction, a locale) makes a copy with ``replace`` and sets it.
    """

    __slots__ = ("app", "databases", "locale", "policies", "trace", "transaction")

    def __init__(  # noqa: PLR0917 - the parts, as replace() gives them
        self,
        app: object,
        databases: Any = None,
        transaction: Any = None,
        locale: Any = None,
        trace: Any = None,
        policies: Any = None,
    ) -> None:
        self.app = app
        self.databases = databases
        self.transaction = transaction
        self.locale = locale
        self.trace = trace
        self.policies = policies

    def replace(self, **changes: Any) -> Call:
        """Return a copy with some parts changed."""
        parts = {name: getattr(self, name) for name in Call.__slots__}
        return Call(**{**parts, **changes})


current_call: ContextVar[Call] = ContextVar("rooftree.call")
