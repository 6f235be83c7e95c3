"""WebSockets that are open for a user: each ends soon after its user has signed out, or may do it no longer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextvars import Context
from typing import Any, Final, Protocol

from rooftree.auth.models import key_of
from rooftree.auth.requirements import holds_all
from rooftree.binding import Requirement
from rooftree.http import Request, Response, WebSocketTransport

__all__ = ["Watch"]

POLICY, TRY_LATER = 1008, 1013  # RFC 6455 section 7.4.1, and what IANA has registered since
ATTEMPTS: Final = 3
"""Looks in a row that may fail, as without a database, before a WebSocket is ended for it."""

_log = logging.getLogger("rooftree.auth")


class Asked(Protocol):
    """The accounts, as a watch asks them."""

    app: Any

    async def again(self, request: Request) -> Any:
        """Return who would be asking if a request came now."""
        ...


class _Open:
    """A WebSocket that is open for a user."""

    __slots__ = ("failed", "key", "request", "required", "transport")

    def __init__(self, request: Request, transport: WebSocketTransport, key: Any) -> None:
        self.request: Final = request
        self.transport: Final = transport
        self.key: Final = key
        self.required: list[Requirement] = []
        self.failed = 0


class Watch:
    """Asks again from time to time whether the WebSockets of this process may stay open.

    Args:
        accounts: Those of the application.
        seconds: How long it waits between two looks.
    """

    def __init__(self, accounts: Asked, seconds: float) -> None:
        self._accounts: Final = accounts
        self._seconds: Final = seconds
        self._open: Final[dict[int, _Open]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._closing: Final[set[asyncio.Task[None]]] = set()

    @property
    def is_looking(self) -> bool:
        """Whether there is a WebSocket to look at."""
        return bool(self._open)

    def add(self, request: Request, user: Any) -> None:
        """Watch the WebSocket of a handshake, which was found to be a user's."""
        transport = request.websocket
        if transport is None or id(request) in self._open:
            return
        self._open[id(request)] = _Open(request, transport, key_of(user))

        async def ended(_: Response) -> None:
            self._open.pop(id(request), None)

        request.on_answer(ended)
        if self._looking is None or self._looking.done():
            # outside of what surrounds the request, as its transaction
            self._looking = Context().run(asyncio.get_running_loop().create_task, self._look())

    def require(self, request: Request, requirements: Sequence[Requirement]) -> None:
        """Ask for this too of the user of a WebSocket that is watched."""
        if (found := self._open.get(id(request))) is not None:
            found.required.extend(requirements)

    def close(self) -> None:
        """Look no longer; the server ends the WebSockets themselves."""
        if self._looking is not None and not self._looking.get_loop().is_closed():
            self._looking.cancel()
        self._open.clear()

    async def _look(self) -> None:
        with self._accounts.app.current():
            while self._open:
                await asyncio.sleep(self._seconds)
                for each in list(self._open.values()):
                    await self._look_at(each)

    async def _look_at(self, socket: _Open) -> None:
        if socket.transport.closed:
            self._open.pop(id(socket.request), None)
            return
        try:
            user = await self._accounts.again(socket.request)
            may_stay = user is not None and key_of(user) == socket.key and await holds_all(socket.required, user)
        except Exception:  # noqa: BLE001 - a look that fails is repeated, and what has failed is logged
            socket.failed += 1
            _log.exception("A WebSocket could not be looked at [%s]", socket.request.id)
            if socket.failed == ATTEMPTS:
                self._end(socket, TRY_LATER, "Try again later.")
            return
        socket.failed = 0
        if not may_stay and socket.transport.accepted:  # where it is not yet, the next look will do
            _log.info("WebSocket ended: user %s may not use it any more [%s]", socket.key, socket.request.id)
            self._end(socket, POLICY, "Sign in again.")

    def _end(self, socket: _Open, code: int, reason: str) -> None:
        del self._open[id(socket.request)]
        task = asyncio.get_running_loop().create_task(
            socket.transport.close(code, reason)
        )  # a client may take its time
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
