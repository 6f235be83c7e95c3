"""What ``rooftree dev`` serves while the application cannot be started: the page that says why."""

from __future__ import annotations

import logging
from contextvars import Context, copy_context
from typing import Literal

from rooftree.app import debug_answer, mistakes_in
from rooftree.base import Limits, StartupError
from rooftree.http import Request, Response, TrustedProxies

__all__ = ["Broken"]

_log = logging.getLogger("rooftree.error")


class Broken:
    """Answers every request with the error that kept the application from starting.

    Args:
        error: That error. A mistake that Rooftree found says where it is by itself; others are logged with traceback.
    """

    def __init__(self, error: BaseException) -> None:
        self.context: Context = copy_context()
        self.limits = Limits()
        self.proxies: TrustedProxies | None = None
        self._error = error
        if isinstance(error, StartupError):
            for mistake in mistakes_in(error):
                _log.error("The application cannot be started: %s", mistake)
        else:
            _log.error("The application cannot be started", exc_info=error)

    async def respond(self, request: Request, /) -> Response:
        """Return the page, or its text."""
        return debug_answer(request, self._error, "starting the application")

    async def report(self, request: Request, error: Exception, during: Literal["stream", "after"]) -> None:
        """Log the error: of the page itself, which nothing follows."""
        _log.error("%s %s failed (%s)", request.method, request.path, during, exc_info=error)

    async def startup(self) -> None:
        """Do nothing: what failed was this."""

    async def shutdown(self) -> None:
        """Do nothing."""
