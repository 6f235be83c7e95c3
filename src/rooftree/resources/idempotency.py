"""`Idempotency-Key`: a request that is sent again is done once (draft-ietf-httpapi-idempotency-key-header).

The key is taken first, so that others see it; the answer is kept in the same transaction as what it tells of. A worker
that ends in between leaves nothing done, and the key free again after a minute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from rooftree.base import FieldError, HTTPError, RequestInvalid, Store
from rooftree.db import Database, DatabaseStore, current_database, transaction
from rooftree.http import Request, Response

__all__ = ["KEY", "Keeper", "KeyTaken"]

KEY: Final = r'^(?:"[ !#-~]{1,255}"|[ !#-~]{0,255})$'
"""A key, in quotation marks (RFC 9651 section 3.3.3) or without them; an empty one is none."""
WORKING: Final = 60.0
"""Seconds for which a key is taken while its request is worked on."""
LARGEST: Final = 256 * 1024
"""Bytes of an answer that are kept."""


class KeyTaken(HTTPError):
    """409: the first request with this key is still worked on."""

    status = 409

    def __init__(self, **more: Any) -> None:
        super().__init__(409, "The first request with this Idempotency-Key is still worked on.", **more)


class Kept(msgspec.Struct, array_like=True):
    """What is kept of a request: its fingerprint, and its answer once there is one."""

    fingerprint: bytes
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
        mark = msgspec.msgpack.encode(Kept(fingerprint))
        if not await store.set(place, mark, lasts=WORKING, version=0):
            return self._known(fingerprint, await store.get(place))
        try:
            if isinstance(store, DatabaseStore):
                inside = await store.within()
                async with transaction(store.database):
                    response = await work()
                    await self._keep(inside, place, fingerprint, response)
            else:
                response = await work()
                await self._keep(store, place, fingerprint, response)
        except BaseException:
            await store.set(place, mark, lasts=0, version=1)  # nothing was done: the key is free
            raise
        return response

    def _of_database(self) -> DatabaseStore:
        database = current_database()
        found = self._stores.get(database)
        if found is None:
            found = self._stores[database] = DatabaseStore(database)
        return found

    async def _keep(self, store: Store, place: str, fingerprint: bytes, response: Response) -> None:
        body = response.body.encode() if isinstance(response.body, str) else response.body
        if not isinstance(body, bytes) or len(body) > LARGEST:
            body = b""  # the status and the headers say that it was done, and where to look
        kept = Kept(fingerprint, response.status, response.media_type, list(response.own_headers or ()), body)
        await store.set(place, msgspec.msgpack.encode(kept), lasts=self._lasts)

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
