"""`Idempotency-Key`: a request that is sent again is done once (draft-ietf-httpapi-idempotency-key-header).

The key is taken first, so that others see it, and stays taken while the request is worked on; the answer is kept in the
same transaction as what it tells of. A worker that ends in between leaves nothing done, and the key free again after a
minute. One that was held up for so long that somebody else took the key does nothing: it finds that out before it ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from rooftree.base import FieldError, HTTPError, RequestInvalid, RooftreeError, Store
from rooftree.db import Database, DatabaseStore, current_database, transaction
from rooftree.http import Request, Response

__all__ = ["KEY", "Keeper", "KeyTaken"]

KEY: Final = r'^(?:"[ !#-~]{1,255}"|[ !#-~]{0,255})$'
"""A key, in quotation marks (RFC 9651 section 3.3.3) or without them; an empty one is none."""
WORKING: Final = 60.0
"""Seconds for which a key is taken while its request is worked on."""
ANEW: Final = WORKING / 3
"""Seconds after which it is taken anew."""
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of an answer that are kept; of a larger one all but its body."""


class KeyTaken(HTTPError):
    """409: the first request with this key is still worked on."""

    status = 409

    def __init__(self, **more: Any) -> None:
        super().__init__(409, "The first request with this Idempotency-Key is still worked on.", **more)


class Kept(msgspec.Struct, array_like=True):
    """What is kept of a request: its fingerprint, whose work it is, and its answer once there is one."""

    fingerprint: bytes
    worker: bytes
    status: int = 0
    media_type: str | None = None
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""


class Keeper:
    """Keeps the answers to requests with a key.

    Args:
        name: What tells the keys of this resource from those of others.
        lasts: For how long a key is known.
        store: Where the answers are kept; the application's database without it.
    """

    def __init__(self, name: str, lasts: timedelta, store: Store | None = None) -> None:
        self._name = name
        self._lasts = lasts.total_seconds()
        self._store = store
        self._stores: WeakKeyDictionary[Database, DatabaseStore] = WeakKeyDictionary()
        self._read = msgspec.msgpack.Decoder(Kept).decode

    async def once(self, request: Request, given: str, user: str, work: Callable[[], Awaitable[Response]]) -> Response:
        """Return the answer of `work`, or the one that was kept for the key.

        Args:
            request: The request, its body read.
            given: The header's value.
            user: Whose keys they are.
            work: Does what the request asks.

        Raises:
            RequestInvalid: The key was used for another request (422).
            HTTPError: The first request with it is still worked on (409).
        """
        key = given[1:-1] if given.startswith('"') else given  # it is sent in quotation marks, or without them
        place = f"idempotency:{_digest(self._name, user, key).hex()}"
        fingerprint = _digest(request.method, request.raw_path, request.query_string, request.content or b"")
        store: Store = self._store or self._of_database()
        mark = Kept(fingerprint, os.urandom(12))
        if not await store.set(place, msgspec.msgpack.encode(mark), lasts=WORKING, version=0):
            return self._known(fingerprint, await store.get(place))
        try:
            if isinstance(store, DatabaseStore):
                inside = await store.within()
                async with transaction(store.database):
                    response = await self._working(store, place, mark, work)
                    await self._keep(inside, place, mark, response)
            else:
                response = await self._working(store, place, mark, work)
                await self._keep(store, place, mark, response)
        except BaseException:
            if (mine := await self._mine(store, place, mark)) is not None:  # nothing was done: the key is free
                await store.set(place, msgspec.msgpack.encode(mark), lasts=0, version=mine)
            raise
        return response

    async def _working(self, store: Store, place: str, mark: Kept, work: Callable[[], Awaitable[Response]]) -> Response:
        """Do what the request asks; the key stays taken meanwhile."""
        holding = asyncio.create_task(self._hold(store, place, mark))
        try:
            return await work()
        finally:
            holding.cancel()
            await asyncio.wait({holding})

    async def _hold(self, store: Store, place: str, mark: Kept) -> None:
        while True:
            await asyncio.sleep(ANEW)
            # where it cannot be written now, as beside a transaction on SQLite that keeps everybody else waiting too
            with suppress(RooftreeError):
                if (mine := await self._mine(store, place, mark)) is not None:
                    await store.set(place, msgspec.msgpack.encode(mark), lasts=WORKING, version=mine)

    async def _mine(self, store: Store, place: str, mark: Kept) -> int | None:
        """Return the version of a key that is taken by this request; `None` where it is not."""
        found = await store.get(place)
        kept = None if found is None else self._read(found.value)
        return None if found is None or kept is None or kept.worker != mark.worker else found.version

    def _of_database(self) -> DatabaseStore:
        database = current_database()
        found = self._stores.get(database)
        if found is None:
            found = self._stores[database] = DatabaseStore(database)
        return found

    async def _keep(self, store: Store, place: str, mark: Kept, response: Response) -> None:
        """Keep an answer.

        Raises:
            KeyTaken: Somebody else has the key by now: what was done is to be taken back.
        """
        body = response.body.encode() if isinstance(response.body, str) else response.body
        kept = msgspec.structs.replace(mark, status=response.status, headers=list(response.own_headers or ()))
        if isinstance(body, bytes) and len(body) <= LARGEST:
            kept = msgspec.structs.replace(kept, media_type=response.media_type, body=body)
        version = await self._mine(store, place, mark) or 0  # 0: it ran out, and nobody has taken it
        while not await store.set(place, msgspec.msgpack.encode(kept), lasts=self._lasts, version=version):
            # a write of `_hold` that was under way when it was cancelled may arrive after the look
            newer = await self._mine(store, place, mark)
            if newer is None or newer == version:
                raise KeyTaken(headers={"retry-after": "1"})
            version = newer

    def _known(self, fingerprint: bytes, stored: object) -> Response:
        value: bytes | None = getattr(stored, "value", None)
        kept = None if value is None else self._read(value)
        if kept is None or (kept.status == 0 and kept.fingerprint == fingerprint):
            raise KeyTaken(headers={"retry-after": "1"})
        if kept.fingerprint != fingerprint:
            error = "Expected a new key: this one was used for another request"
            raise RequestInvalid([FieldError("header", ("idempotency-key",), "used", error)])
        response = Response(kept.body, kept.status, kept.media_type, {"idempotency-replayed": "true"})
        response.headers.pairs.extend(kept.headers)
        return response


def _digest(*parts: str | bytes) -> bytes:
    digest = hashlib.blake2b(digest_size=24)
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.digest()
