"""The accounts of an application: who is asking, signing in and out, and what users may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar, cast

from rooftree.auth.events import Reason, SignedIn, SignedOut, SignInFailed, SignInRefused, audit
from rooftree.auth.keyring import KEY, Keyring
from rooftree.auth.keys import presented
from rooftree.auth.models import ApiKey, UserMixin, key_of
from rooftree.auth.names import normal_email
from rooftree.auth.requirements import holds_all
from rooftree.auth.throttle import TooManyAttempts
from rooftree.base import HTTPError, Said, UsageError
from rooftree.binding import Requirement
from rooftree.db import now
from rooftree.http import Answered, Redirect, Request, Response, wants_html
from rooftree.security import address_of

__all__ = ["AccountsCore"]

U = TypeVar("U", bound=UserMixin)

USER: Final = "rooftree.user"
"""Where a request keeps who is asking."""
SIGNED_IN: Final = "rooftree:user"
"""Where a session keeps who signed in: the key, and the generation of their sessions."""
ABSENT: Final[Any] = object()


class AccountsCore(Keyring[U], Generic[U]):
    """What `Accounts` does, but for its pages."""

    # ---- who is asking

    async def user(self, request: Request) -> U | None:
        """Return who is asking, `None` where nobody has signed in; read, or refused, once for a request.

        Raises:
            HTTPError: 401 for an API key that is not, or no longer, good.
        """
        known = request.state.get(USER, ABSENT)
        if known is ABSENT:
            key = presented(request) if self.takes_keys else None
            found = self._by_session(request) if key is None else self._by_api_key(request, key)
            try:
                known = await found
            except HTTPError as refused:
                known = refused  # who asks again hears it again; a guess is counted once
            else:
                if known is not None:
                    self.watch.add(request, known)
            request.state[USER] = known
        if isinstance(known, HTTPError):
            raise known
        return cast("U | None", known)

    async def key(self, request: Request) -> ApiKey | None:
        """Return the API key that a request acts by; ``None`` for a browser, and for a visitor."""
        await self.user(request)
        found: ApiKey | None = request.state.get(KEY)
        return found

    async def needed(self, request: Request) -> U:
        """Return who is asking.

        Raises:
            Answered: With the way to the page to sign in, for a browser that asks for a page.
            HTTPError: 401 for anyone else who has not signed in.
        """
        user = await self.user(request)
        if user is None:
            raise self._refusal(request)
        return user

    async def require(self, request: Request, requirements: Sequence[Requirement]) -> None:
        """Refuse a request whose sender has not all that is asked for; what routes do by `requires=`.

        Raises:
            Answered: As `needed`.
            HTTPError: 401 as `needed`; 403 for a user who has not all of it.
        """
        user = await self.needed(request)
        if not await holds_all(requirements, user):
            raise HTTPError(403)
        self.watch.require(request, requirements)

    def _refusal(self, request: Request) -> Exception:
        browses = request.method in {"GET", "HEAD"} and request.websocket is None and wants_html(request)
        if browses and self.sign_in_path is not None:
            from urllib.parse import quote

            wanted = request.raw_path.decode("latin-1")
            if request.query_string:
                wanted += "?" + request.query_string.decode("latin-1")
            page = request.app.url_for("accounts.sign_in")  # in the language of the address
            return Answered(Redirect(f"{request.root_path}{page}?next={quote(wanted, safe='/')}"))
        challenge = "Bearer" if self.takes_keys else f'Cookie form-action="{self.sign_in_path or "/"}"'
        return HTTPError(401, Said("Sign in first."), headers={"www-authenticate": challenge})

    async def _by_session(self, request: Request) -> U | None:
        state = await request.app.sessions.open(request)
        user = await self._user_of(state)
        if user is None and request.websocket is None and state.get(SIGNED_IN, self._kept, None) is not None:
            state.clear()
        return user

    async def _user_of(self, state: Any) -> U | None:
        """Return who has signed in to a session, and is not signed out again in any way."""
        kept = state.get(SIGNED_IN, self._kept, None)
        if kept is None:
            return None
        key, generation = kept
        user = await self._by_key_of_row(key)
        gone = user is None or not user.active or user.session_generation != generation
        return None if gone else user

    async def again(self, request: Request) -> U | None:
        """Return who would be asking if a request came now; what it was answered by then is not looked at."""
        key = presented(request) if self.takes_keys else None
        if key is None:
            return await self._user_of(await request.app.sessions.again(request))
        row, good = await self._key_row(request, key)
        return cast("U", row.user) if good else None

    @property
    def schemes(self) -> dict[str, dict[str, str]]:
        """How somebody says who they are, as OpenAPI's security schemes; the usual one first."""
        found: dict[str, dict[str, str]] = {}
        if self.app is not None:
            name = self.app.sessions.cookie_name("https" if self.app.settings.mode == "production" else "http")
            found["session"] = {"type": "apiKey", "in": "cookie", "name": name}
        if self.takes_keys:
            found["key"] = {"type": "http", "scheme": "bearer", "description": "An API key: `rt_...`."}
        return found

    # ---- signing in and out

    async def authenticate(self, request: Request, email: str, password: str) -> U:
        """Return the user of an e-mail address and a password; a page of your own signs them in then.

        Raises:
            SignInRefused: Nobody has both, or the account is not active: all alike, after the same time.
            TooManyAttempts: 429, from this address or for this account.
            HTTPError: 503 where too many passwords wait to be looked at.
        """
        account = normal_email(email[:320])
        try:
            attempt = await self.throttle.begin(request, account)
        except TooManyAttempts:
            audit.warning("Sign-in throttled, from %s", address_of(request))
            await self.sign_in_failed.send(SignInFailed(account, "throttled", None, request))
            raise
        user = await self.find(account)
        fits = await self.hasher.verify("" if user is None else user.password_hash, password)
        if user is None or not fits or not user.active:
            reason: Reason = "unknown" if user is None else "inactive" if fits else "password"
            audit.info("Sign-in failed (%s): user %s, from %s", reason, user and key_of(user), address_of(request))
            await self.sign_in_failed.send(SignInFailed(account, reason, user, request))
            raise SignInRefused
        await attempt.succeeded()
        await self._renew_hash(user, password)
        return user

    async def _renew_hash(self, user: U, password: str) -> None:
        """Hash a password anew that was hashed by other numbers than those of today's settings."""
        before = user.password_hash
        if self.hasher.is_outdated(before):
            hashed = await self.hasher.hash(password)
            # unless the password was changed meanwhile
            await self._row(user).where(self.model.password_hash == before).update(password_hash=hashed)

    async def sign_in(self, request: Request, user: U, *, how: str = "application") -> None:
        """Sign a user in: the session gets another token, and what a visitor has put into it stays.

        What another user has put into it does not.

        Args:
            request: The request.
            user: Who has proved to be that.
            how: For whoever listens to `signed_in`.

        Raises:
            UsageError: U707 for a user who is not active.
        """
        if not user.active:
            raise UsageError(
                "U707", f"{type(user).__name__} {key_of(user)!r} is not active, and was signed in.", "Ask user.active."
            )
        state = await request.app.sessions.open(request)
        kept = state.get(SIGNED_IN, self._kept, None)
        if kept is not None and kept[0] != key_of(user):
            state.clear()
        state.rotate = True
        state.set(SIGNED_IN, (key_of(user), user.session_generation))
        request.state[USER] = user
        await self._row(user).update(last_sign_in=now())

        async def know(response: Response) -> None:
            self.throttle.know(request, response, user.email)

        request.on_answer(know)
        audit.info("Signed in (%s): user %s, from %s", how, key_of(user), address_of(request))
        await self.signed_in.send(SignedIn(user, request, how))

    def session_values(self, user: U) -> dict[str, Any]:
        """Return what a session of a user keeps, by name: for tests, which sign in without a password."""
        return {SIGNED_IN: (key_of(user), user.session_generation)}

    async def sign_out(self, request: Request, *, everywhere: bool = False) -> None:
        """Sign out whoever is asking: the session ends, with everything in it.

        Args:
            request: The request.
            everywhere: In every browser.
        """
        user = await self.user(request)
        state = await request.app.sessions.open(request)
        state.clear()
        request.state[USER] = None
        if user is None:
            return
        if everywhere:
            await self._next_generation(user)
        audit.info("Signed out%s: user %s", " everywhere" if everywhere else "", key_of(user))
        await self.signed_out.send(SignedOut(user, request, everywhere=everywhere))

    async def end_sessions(self, user: U) -> None:
        """Sign a user out everywhere; API keys stay."""
        await self._next_generation(user)
        audit.info("Signed out everywhere: user %s", key_of(user))
        await self.signed_out.send(SignedOut(user, None, everywhere=True))
