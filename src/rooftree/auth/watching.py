"""WebSockets and event streams that are open for a user: each ends soon after that user may have it no longer."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextvars import Context
from functools import partial
from typing import Any, Final, Protocol, TypeGuard

from rooftree.auth.models import key_of
from rooftree.auth.requirements import holds_all
from rooftree.binding import Requirement
from rooftree.http import EventStream, Request, Response, WebSocketTransport

__all__ = ["Watch"]

POLICY, TRY_LATER = 1008, 1013  # RFC 6455 section 7.4.1, and what IANA has registered since
ATTEMPTS: Final = 3
"""Looks in a row that may fail, as without a database, before something is ended for it."""

REQUIRED: Final = "rooftree.required"
"""Where a request keeps what was asked of its user."""

_log = logging.getLogger("rooftree.auth")


class Asked(Protocol):
    """The accounts, as a watch asks them."""

    app: Any

    async def again(self, request: Request) -> Any:
        """Return who would be asking if a request came now."""
        ...


class _Open(ABC):
    """Something that is open for a user."""

    what: str

    def __init__(self, request: Request, key: Any) -> None:
        self.request: Final = request
        self.key: Final = key
        self.failed = 0

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether it has ended by itself."""

    @property
    @abstractmethod
    def begun(self) -> bool:
        """Whether there is something to end yet."""

    @abstractmethod
    async def end(self, code: int, reason: str, /) -> None:
        """End it, and say why where there are words for it."""


class _OpenSocket(_Open):
    what = "WebSocket"

    def __init__(self, request: Request, key: Any, transport: WebSocketTransport) -> None:
        super().__init__(request, key)
        self._transport: Final = transport

    @property
    def over(self) -> bool:
        return self._transport.closed

    @property
    def begun(self) -> bool:
        return self._transport.accepted

    async def end(self, code: int, reason: str, /) -> None:
        await self._transport.close(code, reason)  # a client may take its time


class _OpenStream(_Open):
    what = "Event stream"

    def __init__(self, request: Request, key: Any, stream: EventStream[Any]) -> None:
        super().__init__(request, key)
        self._stream: Final = stream

    @property
    def over(self) -> bool:
        return self._stream.ended

    @property
    def begun(self) -> bool:
        return True

    async def end(self, _code: int, _reason: str, /) -> None:
        self._stream.end()  # browsers ask again, and are answered what is true by then


class Watch:
    """Asks again from time to time whether the WebSockets and event streams of this process may stay open.

    Args:
        accounts: Those of the application.
        seconds: How long it waits between two looks.
    """

    def __init__(self, accounts: Asked, seconds: float) -> None:
        self._accounts: Final = accounts
        self._seconds: Final = seconds
        self._open: Final[dict[int, _Open]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._ending: Final[set[asyncio.Task[None]]] = set()

    @property
    def is_looking(self) -> bool:
        """Whether there is something to look at."""
        return bool(self._open)

    def add(self, request: Request, user: Any) -> None:
        """Watch what a request opens, which was found to be a user's: a WebSocket, or an answer that is a stream."""
        if request.websocket is not None:
            self._hold(_OpenSocket(request, key_of(user), request.websocket))

        async def answered(response: Response) -> None:
            if _is_stream(response):
                self._hold(_OpenStream(request, key_of(user), response))
                response.run_after(partial(self._ended, request))
            elif request.websocket is not None:
                await self._ended(request)

        request.on_answer(answered)

    def require(self, request: Request, requirements: Sequence[Requirement]) -> None:
        """Ask for this too of the user of what a request opens."""
        request.state.setdefault(REQUIRED, []).extend(requirements)

    def close(self) -> None:
        """Look no longer; the server ends what is open itself."""
        if self._looking is not None and not self._looking.get_loop().is_closed():
            self._looking.cancel()
        self._open.clear()

    async def _ended(self, request: Request) -> None:
        self._open.pop(id(request), None)

    def _hold(self, opened: _Open) -> None:
        self._open[id(opened.request)] = opened
        if self._looking is None or self._looking.done():
            # outside of what surrounds the request, as its transaction
            self._looking = Context().run(asyncio.get_running_loop().create_task, self._look())

    async def _look(self) -> None:
        with self._accounts.app.current():
            while self._open:
                await asyncio.sleep(self._seconds)
                for each in list(self._open.values()):
                    await self._look_at(each)

    async def _look_at(self, opened: _Open) -> None:
        request = opened.request
        if opened.over:
            self._open.pop(id(request), None)
            return
        try:
            user = await self._accounts.again(request)
            may_stay = user is not None and key_of(user) == opened.key
            may_stay = may_stay and await holds_all(request.state.get(REQUIRED, ()), user)
        except Exception:  # noqa: BLE001 - a look that fails is repeated, and what has failed is logged
            opened.failed += 1
            _log.exception("%s could not be looked at [%s]", opened.what, request.id)
            if opened.failed == ATTEMPTS:
                self._end(opened, TRY_LATER, "Try again later.")
            return
        opened.failed = 0
        if not may_stay and opened.begun:  # where it is not yet, the next look will do
            _log.info("%s ended: user %s may not have it any more [%s]", opened.what, opened.key, request.id)
            self._end(opened, POLICY, "Sign in again.")

    def _end(self, opened: _Open, code: int, reason: str) -> None:
        self._open.pop(id(opened.request), None)
        task = asyncio.get_running_loop().create_task(opened.end(code, reason))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _is_stream(response: Response) -> TypeGuard[EventStream[Any]]:
    return isinstance(response, EventStream)
