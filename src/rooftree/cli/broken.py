"""What ``rooftree dev`` serves while the application cannot be started: the page that says why."""

from __future__ import annotations

import logging
from contextvars import Context, copy_context

from rooftree.app import debug_page
from rooftree.http import Request, Response

__all__ = ["Broken"]


class Broken:
    """Answers every request with the error that kept the application from starting."""

    def __init__(self, error: Exception) -> None:
        self.context: Context = copy_context()
        self._error = error
        logging.getLogger("rooftree.error").error("The application cannot be started", exc_info=error)

    async def __call__(self, request: Request) -> Response:
        """Return the page."""
        return Response(debug_page(request, self._error), 500, "text/html; charset=utf-8")

    async def startup(self) -> None:
        """Do nothing: what failed was this."""

    async def shutdown(self) -> None:
        """Do nothing."""
