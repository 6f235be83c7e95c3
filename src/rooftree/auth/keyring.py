"""API keys of users: issued, looked at, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar, cast

from rooftree.auth.directory import OWN, Directory
from rooftree.auth.events import audit
from rooftree.auth.keys import Presented, fits, hash_of, make_key
from rooftree.auth.models import ApiKey, UserMixin, key_of
from rooftree.auth.throttle import Attempt
from rooftree.base import HTTPError, Said, UsageError
from rooftree.db import now
from rooftree.http import Request
from rooftree.security import address_of

__all__ = ["KEY", "Keyring"]

U = TypeVar("U", bound=UserMixin)

KEY: Final = "rooftree.key"
"""Where a request keeps the API key that it acts by."""
USED_ANEW: Final = timedelta(minutes=5)
"""How old what is kept of the last use of a key may be: not every request writes."""
REFUSED: Final = {"www-authenticate": 'Bearer error="invalid_token"'}
"""RFC 6750 section 3.1."""


class Keyring(Directory[U], Generic[U]):
    """What `Accounts` does with API keys."""

    async def _by_api_key(self, request: Request, key: Presented) -> U:
        row, good = await self._key_row(request, key)
        if row is None or not good:
            audit.info("API key refused: %s, from %s", row.prefix if row else "unknown", address_of(request))
            await Attempt(request.app.limit_store).count(self.throttle.by_address, f"key:{address_of(request)}")
            raise HTTPError(401, Said("The API key is not, or no longer, good."), headers=REFUSED)
        if row.last_used is None or now() - row.last_used > USED_ANEW:
            table: Any = self.tables.key
            await table.unscoped(OWN).where(table.id == row.id).update(last_used=now())
        request.state[KEY] = row
        return cast("U", row.user)

    async def _key_row(self, request: Request, key: Presented) -> tuple[Any, bool]:
        """Return the row that a key is found by, and whether the key is good."""
        table: Any = self.tables.key
        row: Any = None
        if key.prefix:
            row = await table.unscoped(OWN).where(table.prefix == key.prefix).include(table.user).first()
        good = fits(key, b"" if row is None else row.secret_hash, request.app.keys.derive("api-key"))
        return row, row is not None and good and not row.revoked and not _is_past(row.expires_at) and row.user.active

    async def issue_key(
        self, user: U, *, name: str = "", expires: datetime | timedelta | None = None
    ) -> tuple[ApiKey, str]:
        """Make an API key of a user, and return it with its text: show that once, it is nowhere kept.

        >>> key, text = await accounts.issue_key(user, name="nightly export", expires=timedelta(days=90))

        Args:
            user: As whom it acts, with all that they may.
            name: What it is for.
            expires: When it ends, or after how long; for ever without.

        Raises:
            UsageError: U709 where no application uses these accounts: its `secret_key` goes into what is kept.
        """
        if self.app is None:
            raise UsageError("U709", "No application uses these accounts yet.", "Call app.use(accounts) before.")
        ends = now() + expires if isinstance(expires, timedelta) else expires
        made = make_key()
        table: Any = self.tables.key
        row = await table.create(
            prefix=made.prefix,
            secret_hash=hash_of(made, self.app.keys.derive("api-key")[0]),
            name=name,
            expires_at=ends,
            user=user,
        )
        audit.info("API key issued: %s, user %s", made.prefix, key_of(user))
        return row, f"rt_{made.prefix}_{made.secret}"

    async def keys_of(self, user: U) -> list[ApiKey]:
        """Return a user's API keys, those that have ended too, the newest first."""
        table: Any = self.tables.key
        found = table.unscoped(OWN).where(table.user.is_(user)).order_by(table.id.desc())
        return cast("list[ApiKey]", await found)

    async def revoke_key(self, key: ApiKey) -> None:
        """Let an API key be worth nothing from now on."""
        table: Any = self.tables.key
        await table.unscoped(OWN).where(table.id == key.id).update(revoked=True)
        audit.info("API key revoked: %s", key.prefix)


def _is_past(moment: datetime | None) -> bool:
    return moment is not None and moment <= now()
