"""Passwords to hashes and back, on threads: few at once, and no more waiting than can be served."""

from __future__ import annotations

import asyncio
import os
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rooftree.base import HTTPError, PasswordOptions, Said, UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["Hasher"]

T = TypeVar("T")
RETRY_AFTER: Final = 2
"""Seconds after which a client that found the queue full may ask again."""


class Hasher:
    """Hashes and verifies passwords by Argon2id (RFC 9106).

    A hash takes memory and tens of milliseconds of a processor, by intention: it is made on one of a few threads, so
    that the event loop goes on and a flood of sign-ins takes neither all memory nor all processors.

    Args:
        options: The application's setting `passwords`.
    """

    def __init__(self, options: PasswordOptions) -> None:
        self.options: Final = options
        self._pool: ThreadPoolExecutor | None = None
        self._made: PasswordHasher | None = None
        self._lock = threading.Lock()
        self._under_way = 0

    async def hash(self, password: str) -> str:
        """Return the hash of a password as a PHC string.

        Raises:
            HTTPError: 503 where too many wait already.
        """
        return await self.run(self._hasher.hash, _bytes_of(password))

    async def verify(self, hashed: str, password: str) -> bool:
        """Tell whether a password is the one of a hash. It takes as long where there is no hash to compare with.

        Raises:
            HTTPError: 503 where too many wait already.
        """
        possible = hashed.startswith("$argon2") and len(password) <= self.options.most
        given = _bytes_of(password[: self.options.most])
        return await self.run(self._verified, hashed if possible else self._nobody, given) and possible

    def is_outdated(self, hashed: str) -> bool:
        """Tell whether a hash was made by other numbers than those of the settings."""
        return self._hasher.check_needs_rehash(hashed)

    def close(self) -> None:
        """End the threads."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do work on one of the threads.

        Raises:
            HTTPError: 503 where too many wait already.
        """
        options = self.options
        with self._lock:
            if self._under_way >= options.at_once + options.waiting:
                raise HTTPError(
                    503,
                    Said("Many people are signing in right now. Please try again in a moment."),
                    headers={"retry-after": str(RETRY_AFTER)},
                )
            self._under_way += 1
        if self._pool is None:
            self._pool = ThreadPoolExecutor(options.at_once, "rooftree-passwords")
        future = self._pool.submit(work, *arguments)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _future: Future[Any]) -> None:
        with self._lock:
            self._under_way -= 1

    def _verified(self, hashed: str, password: bytes) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    @property
    def _hasher(self) -> PasswordHasher:
        if self._made is None:
            try:
                from argon2 import PasswordHasher
            except ImportError as error:
                raise UsageError(
                    "U706",
                    "Passwords are hashed by the package argon2-cffi, which is not installed.",
                    "Run: pip install 'rooftree[accounts]'.",
                ) from error
            options = self.options
            self._made = PasswordHasher(options.passes, options.memory, options.lanes)
        return self._made

    @property
    def _nobody(self) -> str:
        """A hash that no password fits, of the numbers in the settings: what is compared for accounts that are none."""
        options = self.options
        salt, digest = (b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (16, 32))
        return f"$argon2id$v=19$m={options.memory},t={options.passes},p={options.lanes}${salt}${digest}"


def _bytes_of(password: str) -> bytes:
    # NIST SP 800-63B section 3.1.1.2: the same password typed on another keyboard is to fit
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
