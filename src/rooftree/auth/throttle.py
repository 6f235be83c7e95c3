"""How often someone may try to sign in: by address, by account, and apart from both by a browser that is known.

After OWASP, "Slow down online guessing attacks with device cookies": who has signed in from a browser has a signed
cookie there, and is counted by it. So whoever tries another one's account from elsewhere never locks its owner out.
"""

from __future__ import annotations

import os
import time
from hashlib import blake2b
from typing import Final

from rooftree.base import HTTPError, SignatureRefused, Store
from rooftree.http import Request, Response
from rooftree.security import RateLimit, address_of

__all__ = ["Throttle", "TooManyAttempts"]

YEAR: Final = 365 * 24 * 3600


class TooManyAttempts(HTTPError):
    """429: too many attempts to sign in, and when to come back.

    Attributes:
        seconds: Until the next is taken.
    """

    def __init__(self, seconds: int) -> None:
        minutes = max(1, round(seconds / 60))
        said = f"{minutes} minutes" if minutes > 1 else "a minute"
        super().__init__(
            429, f"Too many attempts to sign in. Try again in {said}.", headers={"retry-after": str(seconds)}
        )
        self.seconds: Final = seconds


class Throttle:
    """Counts attempts to sign in, in the application's `attempt_store`; those that succeed do not count.

    Args:
        by_address: Failures from one address (IPv6: one network of 64 bits).
        by_account: Failures for one e-mail address, whether or not it is anyone's, from browsers that are not known;
            and for each browser that is.
    """

    def __init__(self, by_address: RateLimit, by_account: RateLimit) -> None:
        self.by_address: Final = by_address
        self.by_account: Final = by_account

    async def begin(self, request: Request, account: str) -> Attempt:
        """Count an attempt.

        Args:
            request: The request.
            account: The e-mail address that was typed, in its one spelling.

        Raises:
            TooManyAttempts: It is one too many.
        """
        device = self._device(request, account)
        whom = f"device:{device}" if device else f"account:{_short(account)}"
        attempt = Attempt(request.app.attempt_store)
        await attempt.count(self.by_address, f"address:{address_of(request)}")
        await attempt.count(self.by_account, whom)
        return attempt

    def know(self, request: Request, response: Response, account: str) -> None:
        """Set the cookie by which the browser is known from now on."""
        if not self._device(request, account):
            token = request.app.signer("device").sign([_short(account), os.urandom(12).hex()], lasts=YEAR)
            response.set_cookie(_cookie(request), token, max_age=YEAR)

    def _device(self, request: Request, account: str) -> str:
        """Return what a browser is known by that has signed in to this account; `""` for any other."""
        token = request.cookies.get(_cookie(request))
        if not token:
            return ""
        try:
            whose, device = request.app.signer("device").read(token, tuple[str, str])
        except SignatureRefused:
            return ""
        return str(device) if whose == _short(account) else ""


class Attempt:
    """One attempt that was counted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: list[tuple[str, int]] = []

    async def count(self, limit: RateLimit, whom: str) -> None:
        """Count it with others.

        Raises:
            TooManyAttempts: It is one too many.
        """
        window, elapsed = divmod(time.time(), limit.seconds)
        key = f"sign-in:{limit.count}-{limit.seconds}:{int(window)}:{whom}"
        used = await self._store.add(key, 1, lasts=limit.seconds + 1)
        if used > limit.count:
            raise TooManyAttempts(max(1, int(limit.seconds - elapsed + 0.999)))
        self._counted.append((key, limit.seconds))

    async def succeeded(self) -> None:
        """Take it back: only failures count."""
        for key, seconds in self._counted:
            await self._store.add(key, -1, lasts=seconds + 1)


def _short(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _cookie(request: Request) -> str:
    secure = request.app.settings.mode == "production" or request.scheme == "https"
    return "__Host-device" if secure else "device"
