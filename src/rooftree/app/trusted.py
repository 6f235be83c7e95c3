"""Whom an application knows and what it trusts: accounts, sessions, what it signs, limits, uploads, proxies."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from rooftree.app.kept import Kept
from rooftree.base import UsageError
from rooftree.http import Request, TrustedProxies, Upload

if TYPE_CHECKING:
    from rooftree.auth import Accounts
    from rooftree.base import Keys, Signer, Store
    from rooftree.sessions import Sessions

__all__ = ["Trusted"]

_MOST_SIGNERS: Final = 100


class Trusted(Kept):
    """The part of an application that tells people and values apart; each thing is made when it is first asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._sessions: Sessions | None = None
        self._keys: Keys | None = None
        self._signers: dict[str, Signer] = {}
        self._limit_store: Store | None = None
        self._attempt_store: Store | None = None

    @property
    def accounts(self) -> Accounts[Any]:
        """The accounts of its users, which ``app.use(Accounts(User))`` has brought.

        Raises:
            UsageError: U701 where there are none.
        """
        if self.accounts_in_use is None:
            raise UsageError("U701", "The application has no accounts.", "Add them: app.use(Accounts(User)).")
        return self.accounts_in_use

    async def viewer(self, request: Request) -> Any:
        """Return for whom a request asks, as policies take it: the user, or `None` for a visitor."""
        return None if self.accounts_in_use is None else await self.accounts_in_use.user(request)

    @property
    def sessions(self) -> Sessions:
        """The sessions of visitors, kept where the setting ``session`` says; made on first use.

        Raises:
            SettingsError: S501 to S504 for a secret key, an extra or a database that is missing.
        """
        if self._sessions is None:
            from rooftree.app.sessions import make_sessions

            self._sessions = make_sessions(self.settings, lambda: self.keys, lambda: self.databases)
        return self._sessions

    @property
    def keys(self) -> Keys:
        """The keys that are derived from the setting ``secret_key``.

        Raises:
            SettingsError: S501 in production without it; S502 where it is too short.
        """
        if self._keys is None:
            from rooftree.base import Keys

            self._keys = Keys.of(self.settings, self.folder)
        return self._keys

    def signer(self, purpose: str) -> Signer:
        """Return what signs values for one purpose, ``"unsubscribe"``, and reads them back.

        Raises:
            SettingsError: As ``keys``.
        """
        found = self._signers.get(purpose)
        if found is None:
            from rooftree.base import Signer

            found = Signer(self.keys, purpose)
            if len(self._signers) < _MOST_SIGNERS:  # an application that makes purposes of what it is sent
                self._signers[purpose] = found
        return found

    def sign_url(self, url: str, *, lasts: timedelta | float | None = None) -> str:
        """Return a URL of this site that a route with ``signed=True`` takes, until it expires.

        >>> app.sign_url(app.url_for(invoice, id=7), lasts=timedelta(hours=1))
        '/invoices/7?signature=...'

        Args:
            url: The path and query string, or the whole URL.
            lasts: How long it is taken, as a timedelta or in seconds; for ever without it.

        Raises:
            SettingsError: As ``keys``.
        """
        return self.signer("url").sign_url(url, lasts=lasts)

    async def inspect_upload(self, upload: Upload, types: Collection[str], *, image: bool = False) -> None:
        """Look at what an uploaded file is, by its content; forms do so for theirs.

        Args:
            upload: The file.
            types: Media types that are taken.
            image: It has to be an image, of a size that can be worked with.

        Raises:
            RequestInvalid: It is something else; the code says what is wrong with it.
            UsageError: U621 where the packages for it are not installed.
        """
        from rooftree.security import check_image, check_upload

        if image:
            await check_image(upload, types)
        else:
            await check_upload(upload, types)

    @property
    def limit_store(self) -> Store:
        """Where the requests of routes with a ``limit`` are counted; may be set to a store of your own."""
        if self._limit_store is None:
            self._limit_store = self._counting(shared=self.settings.limit_store == "database")
        return self._limit_store

    @limit_store.setter
    def limit_store(self, store: Store) -> None:
        self._limit_store = self._attempt_store = store

    @property
    def attempt_store(self) -> Store:
        """Where attempts to sign in are counted: for all workers together, unless the setting ``limit_store`` says no.

        A password takes so long to look at that one more row makes no difference. A store of your own that
        ``limit_store`` was set to counts them too.
        """
        if self._attempt_store is None:
            shared = self.settings.limit_store != "memory" and "default" in self.databases
            self._attempt_store = self._counting(shared=shared)
        return self._attempt_store

    def _counting(self, *, shared: bool) -> Store:
        if shared:
            from rooftree.db import DatabaseStore

            return DatabaseStore(self.databases["default"])
        from rooftree.base import MemoryStore

        return MemoryStore()

    @property
    def proxies(self) -> TrustedProxies | None:
        """The proxies whose ``Forwarded`` headers are believed."""
        settings = self.settings
        if not settings.trusted_proxies:
            return None
        return TrustedProxies(settings.trusted_proxies, settings.forwarded_headers)
