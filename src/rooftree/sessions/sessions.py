"""The sessions of an application: opened where a request asks for its own, saved when its answer is decided."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from rooftree.base import SessionOptions, Store
from rooftree.http import Request, Response
from rooftree.sessions.keepers import Keeper, StoreKeeper
from rooftree.sessions.state import State

__all__ = ["STATE", "Sessions"]

STATE: Final = "rooftree.session"
"""Where a request keeps its session."""

FRESHNESS: Final = 20  # one part in so many of the idle time passes before "seen" is written again


class Sessions:
    """The sessions of one application.

    Args:
        options: The setting ``session``.
        keeper: Where they are kept.
        production: Send the cookie over HTTPS alone.
    """

    def __init__(self, options: SessionOptions, keeper: Keeper, *, production: bool) -> None:
        self.options: Final = options
        self._keeper = keeper
        self._production: Final = production
        self._secure_cookie: Final = f"__Host-{options.cookie}"

    def keep_in(self, store: Store) -> None:
        """Keep sessions in a store of your own."""
        self._keeper = StoreKeeper(store, self.options)

    async def clean(self) -> int:
        """Take out sessions that have ended, and return how many; a cookie's end by themselves."""
        return await self._keeper.clean()

    async def change(self, token: str, values: Mapping[str, Any]) -> str:
        """Put values into a session without a request, give it another token, and return that: for tests.

        Args:
            token: What the visitor's cookie holds; ``""`` begins a session.
            values: The values by name.
        """
        state = await self._keeper.load(token) if token else State()
        for name, value in values.items():
            state.set(name, value)
        state.rotate = True
        return await self._keeper.keep(state)

    def cookie_name(self, scheme: str) -> str:
        """Return the cookie's name: with the prefix that ties it to this host wherever HTTPS makes that possible."""
        secure = self._production or scheme == "https"
        return self._secure_cookie if secure else self.options.cookie

    async def open(self, request: Request) -> State:
        """Return the session of a request; it is saved when the answer is decided."""
        kept = request.state
        found: State | None = kept.get(STATE)
        if found is not None:
            return found
        token = request.cookies.get(self.cookie_name(request.scheme), "")
        state = kept[STATE] = await self._keeper.load(token) if token else State()
        if request.websocket is None:

            async def save(response: Response) -> None:
                await self._answer(request, response, state, stale=bool(token) and not state.token)

            request.on_answer(save)
        return state

    async def again(self, request: Request) -> State:
        """Return the session of a request as it is kept by now; what is done with it changes nothing."""
        token = request.cookies.get(self.cookie_name(request.scheme), "")
        return await self._keeper.load(token) if token else State()

    async def save(self, state: State) -> None:
        """Write what was changed; the visitor has a session already."""
        if state.token and not state.moved:
            await self._keeper.keep(state)

    async def _answer(self, request: Request, response: Response, state: State, *, stale: bool) -> None:
        state.sealed = True
        if response.status < 500 and not state.moved:
            await self._save(request, response, state, stale=stale)
        if state.token or stale or state.moved:
            _keep_private(response)

    async def _save(self, request: Request, response: Response, state: State, *, stale: bool) -> None:
        changed, removed = state.changes()
        if state.cleared and not changed:
            if state.token:
                await self._keeper.forget(state)
                state.token = ""
                self._delete_cookie(request, response)
            return
        if not state.token:
            if changed:
                self._set_cookie(request, response, await self._keeper.keep(state))
            elif stale:
                self._delete_cookie(request, response)
            return
        due = time.time() - state.seen > self.options.idle / FRESHNESS
        if changed or removed or state.rotate or state.cleared or due:
            before = str(state.token)
            token = await self._keeper.keep(state)
            if token != before or (due and self.options.persistent):
                self._set_cookie(request, response, token)

    def _set_cookie(self, request: Request, response: Response, token: str) -> None:
        options = self.options
        response.set_cookie(
            self.cookie_name(request.scheme),
            token,
            max_age=min(options.idle, options.absolute) if options.persistent else None,
            same_site=options.same_site,
        )
        _keep_to_one(response)

    def _delete_cookie(self, request: Request, response: Response) -> None:
        response.delete_cookie(self.cookie_name(request.scheme), same_site=self.options.same_site)
        _keep_to_one(response)


def _keep_to_one(response: Response) -> None:
    """Keep an answer out of shared caches, whatever it says: they would hand its cookie to others, or sign them out."""
    _keep_private(response)
    given = response.headers["cache-control"].lower()
    if "private" not in given and "no-store" not in given:
        response.headers["cache-control"] = "private"


def _keep_private(response: Response) -> None:
    """Keep an answer that depends on a session out of shared caches, unless it says otherwise itself."""
    if response.own_headers is None:
        response.own_headers = [*_PRIVATE]
        return
    pairs = response.own_headers
    names = [pair[0].lower() for pair in pairs]
    if b"cache-control" not in names:
        pairs.append(_PRIVATE[0])
    if b"vary" in names:
        response.headers.vary("cookie")
    else:
        pairs.append(_PRIVATE[1])


_PRIVATE: Final = ((b"cache-control", b"private"), (b"vary", b"cookie"))
