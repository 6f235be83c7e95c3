"""Where sessions are kept: in a store on the server, or encrypted in the visitor's own cookie."""

from __future__ import annotations

import asyncio
import binascii
import logging
import os
import random
import time
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

from rooftree.base import Keys, SerializationError, SessionOptions, SettingsError, Store, Stored, UsageError
from rooftree.sessions.state import FLASH, Record, State, decode, encode

__all__ = ["MAX_COOKIE", "CookieKeeper", "Keeper", "StoreKeeper"]

TOKEN_BYTES: Final = 24
TOKEN_LENGTH: Final = 32
MAX_COOKIE: Final = 3_900  # characters of value: browsers keep 4,096 with the name
MOVED: Final = b""
MOVED_TIME: Final = 60.0  # seconds for which an old token is known to have been replaced
BRIEFLY: Final = 3600.0  # seconds for which a session is kept that holds nothing but messages for the next page
ATTEMPTS: Final = 25
LONGEST_PAUSE: Final = 0.2  # seconds between two attempts

_log = logging.getLogger("rooftree.sessions")


class Keeper(Protocol):
    """Loads a session by what the cookie holds, and keeps it again."""

    async def load(self, token: str) -> State:
        """Return the session of a token; a new one where it stands for none."""
        ...

    async def keep(self, state: State) -> str:
        """Write what was changed, and return what the cookie is to hold from now on."""
        ...

    async def forget(self, state: State) -> None:
        """Make the token of a session worth nothing."""
        ...

    async def clean(self) -> int:
        """Take out sessions that have ended, and return how many."""
        ...


class StoreKeeper:
    """Keeps sessions in a store, under the hash of their tokens: who reads the store can take over none of them."""

    def __init__(self, store: Store, options: SessionOptions) -> None:
        self.store: Final = store
        self._options: Final = options
        self._turns: Final[WeakValueDictionary[str, asyncio.Lock]] = WeakValueDictionary()  # by key

    async def load(self, token: str) -> State:
        """Return the session of a token; a new one where it stands for none."""
        if len(token) != TOKEN_LENGTH or not token.isascii():
            return State()
        stored = await self.store.get(_key(token))
        if stored is None:
            return State()
        record = _living(stored.value, self._options)
        if record is None:
            return State(moved=stored.value == MOVED)
        return State(record, token, stored.version)

    async def keep(self, state: State) -> str:
        """Write what was changed, by key: what other requests changed meanwhile stays.

        Raises:
            UsageError: U601 where it is too large.
        """
        now = int(time.time())
        if state.cleared or not state.token:
            data = self._encoded(now, now, state.values | state.changes()[0])
            if state.token:
                await self.forget(state)
            await self._begin(state, data, now)
        elif state.rotate:
            await self._rotate(state, now)
        else:
            created = state.created
            if await self._change(state, lambda values: self._encoded(created, now, values)):
                state.seen = now
        return state.token

    async def _begin(self, state: State, data: bytes, now: int) -> None:
        """Keep a session under a token of its own."""
        token = binascii.b2a_base64(os.urandom(TOKEN_BYTES), newline=False).translate(_URL).decode()
        values = state.values | state.changes()[0]
        await self.store.set(_key(token), data, lasts=self._lasts(values, now, now))
        state.token, state.version, state.created = token, 1, now
        state.saved(values)

    def _lasts(self, values: Iterable[str], created: int, now: int) -> float:
        """Return for how many seconds a session is kept: briefly where it holds only messages."""
        lasts = max(1.0, min(self._options.idle, created + self._options.absolute - now))
        return min(lasts, BRIEFLY) if all(name.startswith(FLASH) for name in values) else lasts

    async def _rotate(self, state: State, now: int) -> None:
        """Give a session another token, unless it has ended: who held up a request over a sign-out gets no new one."""
        data = b""

        def moved(values: dict[str, bytes]) -> bytes:
            nonlocal data
            data = self._encoded(now, now, values)
            return MOVED

        if await self._change(state, moved, MOVED_TIME):
            await self._begin(state, data, now)

    async def _change(
        self, state: State, encoded: Callable[[dict[str, bytes]], bytes], lasts: float | None = None
    ) -> bool:
        """Put something in a session's place, made of what the request and others changed; ``False`` where it ended.

        Requests of this process take turns, so that attempts are lost to those of other processes only.

        Raises:
            SerializationError: U604 where others changed it at each attempt.
        """
        changed, removed = state.changes()
        key, values = _key(state.token), state.values | changed
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = asyncio.Lock()
        async with turn:
            for attempt in range(ATTEMPTS):
                time_left = self._lasts(values, state.created, int(time.time())) if lasts is None else lasts
                if await self.store.set(key, encoded(values), lasts=time_left, version=state.version):
                    state.version += 1
                    state.saved(values)
                    return True
                current: Stored | None = await self.store.get(key)
                record = None if current is None else _living(current.value, self._options)
                if current is None or record is None:  # signed out, or given another token: nothing brings it back
                    _log.info("A session ended while a request was changing it; the change was dropped")
                    state.saved(values)
                    return False
                values = {name: value for name, value in record.values.items() if name not in removed} | changed
                state.version = current.version
                if attempt:  # after the first what was read is new; later it is left to chance that two meet no more
                    pause = min(LONGEST_PAUSE, 0.001 * 2**attempt)
                    await asyncio.sleep(random.random() * pause)  # noqa: S311 - no secret
        raise SerializationError(
            "U604",
            f"A session could not be written in {ATTEMPTS} attempts: other processes changed it each time.",
            "Change a session once in a request, and not in a loop of a script.",
        )

    def _encoded(self, created: int, now: int, values: dict[str, bytes]) -> bytes:
        data = encode(created, now, values)
        if len(data) > self._options.max_size:
            raise UsageError(
                "U601",
                f"The session has {len(data)} bytes, and at most {self._options.max_size} are kept; the largest value "
                f"is {max(values, key=lambda name: len(values[name]))!r}.",
                "Keep large data in a table and its key in the session, or raise the setting session.max_size.",
            )
        return data

    async def forget(self, state: State) -> None:
        """Make the token of a session worth nothing: a mark stays for requests that are under way with it."""
        await self.store.set(_key(state.token), MOVED, lasts=MOVED_TIME)

    async def clean(self) -> int:
        """Take out sessions that have ended, and return how many."""
        return await self.store.clean("session:")


class CookieKeeper:
    """Keeps sessions in the cookie itself, encrypted (AES-256-GCM): nothing is stored here.

    What follows from that: a session ends early only in the browser that has it, one that was copied lives until it
    expires, and of two requests at the same time the later answer wins.
    """

    def __init__(self, keys: Keys, options: SessionOptions) -> None:
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        except ImportError as error:
            raise SettingsError(
                "S503",
                "Sessions are kept in encrypted cookies, as the application has no database, and the package "
                "cryptography is not installed.",
                "Run: pip install 'rooftree[sessions]', or set a database.",
            ) from error
        self._options: Final = options
        self._ciphers: Final[list[Any]] = [AESGCM(key) for key in keys.derive("session")]

    async def load(self, token: str) -> State:
        """Return the session of a cookie; a new one where it holds none."""
        if not token or len(token) > MAX_COOKIE or not token.isascii():
            return State()
        from cryptography.exceptions import InvalidTag

        try:
            data = binascii.a2b_base64(token.encode().translate(_FROM_URL) + b"=" * (-len(token) % 4))
        except binascii.Error:
            return State()
        for cipher in self._ciphers:
            try:
                record = _living(cipher.decrypt(data[:12], data[12:], b"session"), self._options)
            except (InvalidTag, ValueError):
                continue
            return State() if record is None else State(record, token)
        return State()

    async def keep(self, state: State) -> str:
        """Return what the cookie is to hold.

        Raises:
            UsageError: U601 where it is too large for a cookie.
        """
        changed, _ = state.changes()
        now = int(time.time())
        values = state.values | changed
        anew = state.rotate or state.cleared or not state.token
        created = now if anew else state.created
        if anew or not state.name:
            state.name = os.urandom(9).hex()
        nonce = os.urandom(12)
        sealed = nonce + self._ciphers[0].encrypt(nonce, encode(created, now, values, state.name), b"session")
        token = binascii.b2a_base64(sealed, newline=False).rstrip(b"=").translate(_URL).decode()
        if len(token) > MAX_COOKIE:
            raise UsageError(
                "U601",
                f"The session has {len(token)} characters as a cookie, and browsers keep at most {MAX_COOKIE}; the "
                f"largest value is {max(values, key=lambda name: len(values[name]))!r}.",
                "Keep less in it, or keep sessions on the server: set a database, or session.store.",
            )
        state.token, state.created, state.seen = token, created, now
        state.saved(values)
        return token

    async def forget(self, state: State) -> None:
        """Do nothing: the answer takes the cookie away."""

    async def clean(self) -> int:
        """Return 0: nothing is stored here."""
        return 0


def _key(token: str) -> str:
    return "session:" + blake2b(token.encode(), digest_size=24).hexdigest()


def _living(data: bytes, options: SessionOptions) -> Record | None:
    """Return what was kept, unless it has ended."""
    record = decode(data) if data else None
    now = time.time()
    if record is None or record.seen + options.idle < now or record.created + options.absolute < now:
        return None
    return record


_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
