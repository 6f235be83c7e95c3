"""What a server is handed: it knows no application beyond this."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from rooftree.base import Limits

if TYPE_CHECKING:  # the supervisor of workers reads no request
    from rooftree.http import Request, Response, TrustedProxies

__all__ = ["START_FAILED", "Application", "Load"]


class Application(Protocol):
    """Something that answers requests."""

    context: Context
    """Every request runs in a copy of it."""

    @property
    def limits(self) -> Limits:
        """The bounds of each connection."""
        ...

    @property
    def proxies(self) -> TrustedProxies | None:
        """The proxies whose ``Forwarded`` headers are believed."""
        ...

    def respond(self, request: Request, /) -> Coroutine[Any, Any, Response]:
        """Return the coroutine that answers; it is run in place and becomes a task only where it waits.

        It never raises but ``CancelledError``; a server answers anything else with a bare 500 and logs it. The
        answer to an accepted WebSocket handshake is ``SWITCHED``.
        """
        ...

    async def report(self, request: Request, error: Exception, during: Literal["stream", "after"]) -> None:
        """Log an error that no answer can tell of any more: of a stream half-way, or of work after the answer.

        It never raises.
        """
        ...

    async def startup(self) -> None:
        """Prepare to serve; an exception keeps the worker from serving."""
        ...

    async def shutdown(self) -> None:
        """Let go of everything; called once after the last request."""
        ...


Load = Callable[[], Application]
"""Imports and builds the application; called once in each worker."""

START_FAILED: Final = 3
"""Exit status of a worker whose application did not start."""
