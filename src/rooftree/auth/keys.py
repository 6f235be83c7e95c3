"""API keys: long random texts by which programs act as a user. Only a keyed hash of each is kept."""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from rooftree.http import Request

__all__ = ["Presented", "fits", "hash_of", "make_key", "presented"]

START: Final = "rt_"
"""What every key begins with, so that programs which look for leaked secrets know one."""
LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
PREFIX: Final = 10
SECRET_BYTES: Final = 32
MOST: Final = 128  # characters of a text that is looked at as a key


class Presented(NamedTuple):
    """A key as a request has it; the prefix is empty where it cannot be one."""

    prefix: str
    secret: str


def make_key() -> Presented:
    """Return a new key: 50 bits to find it by, 256 bits that nobody guesses."""
    prefix = "".join(secrets.choice(LETTERS) for _ in range(PREFIX))
    return Presented(prefix, urlsafe_b64encode(os.urandom(SECRET_BYTES)).rstrip(b"=").decode())


def hash_of(key: Presented, by: bytes) -> bytes:
    """Return what is kept of a key: a keyed hash, as fast as any, because what is hashed cannot be guessed."""
    return blake2b(f"{key.prefix}_{key.secret}".encode(), key=by, digest_size=32).digest()


def fits(key: Presented, kept: bytes, keys: Sequence[bytes]) -> bool:
    """Tell whether a key is the one that was kept, by any of the application's secrets; always as fast."""
    found = False
    for by in keys:
        found |= hmac.compare_digest(hash_of(key, by), kept)
    return found


def presented(request: Request) -> Presented | None:
    """Return the key that a request has in `Authorization: Bearer rt_...` (RFC 6750 section 2.1); `None` without one.

    A request with two such headers has none that could be good: what stands before this application may have read the
    other one.
    """
    given = [value for name, value in request.raw_headers if name == b"authorization"]
    if not given:
        return None
    found: Presented | None = None
    for value in given:
        scheme, _, text = value.partition(b" ")
        token = text.strip(b" ")
        if scheme.lower() != b"bearer" or not token.startswith(START.encode()):
            continue
        prefix, _, secret = token[: MOST + 1].decode("latin-1").removeprefix(START).partition("_")
        good = len(given) == 1 and len(token) <= MOST and token.isascii() and len(prefix) == PREFIX and secret
        found = Presented(prefix, secret) if good else Presented("", "")
    return found
