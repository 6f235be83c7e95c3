"""The accounts of an application: who is asking, signing in and out, and what users may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar, cast

from rooftree.auth.events import Reason, SignedIn, SignedOut, SignInFailed, SignInRefused, audit
from rooftree.auth.hashing import Hasher
from rooftree.auth.models import GroupPermission, Tables, UserGroup, UserMixin, key_of, tables_of
from rooftree.auth.names import normal_email, permission_name
from rooftree.auth.passwords import problem_of
from rooftree.auth.requirements import holds_all
from rooftree.auth.throttle import Throttle, TooManyAttempts
from rooftree.base import HTTPError, PasswordOptions, Signal, UsageError
from rooftree.binding import Requirement
from rooftree.db import DoesNotExist, is_policed, now
from rooftree.http import Answered, Redirect, Request, Response, wants_html
from rooftree.security import RateLimit, address_of

__all__ = ["AccountsCore"]

U = TypeVar("U", bound=UserMixin)

USER: Final = "rooftree.user"
"""Where a request keeps who is asking."""
SIGNED_IN: Final = "rooftree:user"
"""Where a session keeps who signed in: the key, and the generation of their sessions."""
OWN: Final = "accounts read and change users for the application"
ABSENT: Final[Any] = object()


class AccountsCore(Generic[U]):
    """What `Accounts` does, but for its pages."""

    def __init__(
        self,
        model: type[U],
        *,
        sign_in: str | None = "/sign-in",
        sign_out: str | None = "/sign-out",
        after: str = "/",
        api_keys: bool = True,
        by_address: str | RateLimit = "50 per 15 minutes",
        by_account: str | RateLimit = "15 per 15 minutes",
    ) -> None:
        self.model: Final = model
        self.tables: Final[Tables] = tables_of(model)
        self.sign_in_path: Final = sign_in
        self.sign_out_path: Final = sign_out
        self.after: Final = after
        self.takes_keys: Final = api_keys
        self.throttle: Final = Throttle(RateLimit.of(by_address), RateLimit.of(by_account))
        self.signed_in: Final[Signal[SignedIn[U]]] = Signal("signed_in")
        self.signed_out: Final[Signal[SignedOut[U]]] = Signal("signed_out")
        self.sign_in_failed: Final[Signal[SignInFailed]] = Signal("sign_in_failed")
        self.hasher: Hasher = Hasher(PasswordOptions())
        key = self._info.key[0]
        self._key: Final = self._info.own[key.name]
        self._kept: Final[Any] = tuple[key.annotation, int]  # type: ignore[name-defined]

    @property
    def _info(self) -> Any:
        return cast("Any", self.model).__table_info__

    @property
    def models(self) -> tuple[type[Any], ...]:
        """The model of users and those beside it: for `create_tables()` in tests and scripts."""
        return (self.model, UserGroup, GroupPermission, self.tables.permission, self.tables.key)

    # ---- who is asking

    async def user(self, request: Request) -> U | None:
        """Return who is asking, `None` where nobody has signed in; read once for a request.

        Raises:
            HTTPError: 401 for an API key that is not, or no longer, good.
        """
        known = request.state.get(USER, ABSENT)
        if known is ABSENT:
            known = request.state[USER] = await self._by_session(request)
        return cast("U | None", known)

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
        return HTTPError(401, "Sign in first.", headers={"www-authenticate": challenge})

    async def _by_session(self, request: Request) -> U | None:
        state = await request.app.sessions.open(request)
        kept = state.get(SIGNED_IN, self._kept, None)
        if kept is None:
            return None
        key, generation = kept
        user = await self._by_key_of_row(key)
        if user is None or not user.active or user.session_generation != generation:
            if request.websocket is None:
                state.clear()
            return None
        return user

    async def _by_key_of_row(self, key: Any) -> U | None:
        try:
            if is_policed(self._info):
                return await self.model.unscoped(OWN).get(key)
            return await self.model.get(key)  # the shortest way, as each request of a user goes it
        except DoesNotExist:
            return None

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

    async def _next_generation(self, user: U, **changes: Any) -> None:
        await self._row(user).update(session_generation=self.model.session_generation + 1, **changes)
        user.session_generation += 1

    # ---- users

    def _row(self, user: U) -> Any:
        return self.model.unscoped(OWN).where(self._key == key_of(user))

    async def find(self, email: str) -> U | None:
        """Return the user of an e-mail address, however it is spelled."""
        return await self.model.unscoped(OWN).where(self.model.email == normal_email(email)).first()

    async def create(self, *, email: str, password: str | None = None, **columns: Any) -> U:
        """Create a user; without a password they cannot sign in by one.

        Args:
            email: The address.
            password: The password; only its hash is kept.
            columns: Further columns of the class.

        Raises:
            PasswordRefused: 422, the password is too short, too long or too easily guessed.
            RowInvalid: A column breaks its rules, as an address that is none.
            UniqueError: A user has this address already.
            HTTPError: 503 where too many passwords wait to be hashed.
        """
        hashed = ""
        if password is not None:
            await self._check(password, [email, *(text for text in columns.values() if isinstance(text, str))])
            hashed = await self.hasher.hash(password)
        kind: Any = self.model
        return cast("U", await kind.create(email=normal_email(email), password_hash=hashed, **columns))

    async def set_password(self, user: U, password: str | None, *, request: Request | None = None) -> None:
        """Change a user's password, and end all of their sessions.

        Args:
            user: Whose.
            password: The new one; `None` for none, so that no password fits.
            request: The request whose own session goes on, with another token.

        Raises:
            PasswordRefused: 422, the password is too short, too long or too easily guessed.
            HTTPError: 503 where too many passwords wait to be hashed.
        """
        hashed = ""
        if password is not None:
            info = self._info
            texts = [getattr(user, column.name) for column in info.columns if not column.private]
            await self._check(password, [text for text in texts if isinstance(text, str)])
            hashed = await self.hasher.hash(password)
        await self._next_generation(user, password_hash=hashed)
        user.password_hash = hashed
        audit.info("Password changed: user %s", key_of(user))
        if request is not None:
            await self.sign_in(request, user, how="password changed")

    async def _check(self, password: str, known: list[str]) -> None:
        problem = await self.hasher.run(problem_of, password, self.hasher.options, known)
        if problem is not None:
            raise problem

    # ---- permissions

    async def grant(self, whom: U | UserGroup, subject: Any, *actions: str) -> None:
        """Let a user or the users of a group do something: `accounts.grant(editors, Product, "add", "change")`.

        Raises:
            UsageError: U702, U703 for what names no permission.
        """
        for name in [permission_name(subject, action) for action in actions]:
            if isinstance(whom, UserGroup):
                await GroupPermission.get_or_create(group=whom, name=name)
            else:
                table: Any = self.tables.permission
                await table.get_or_create(user=whom, name=name)
                whom.forget_permissions()

    async def revoke(self, whom: U | UserGroup, subject: Any, *actions: str) -> None:
        """Let a user or the users of a group do something no longer; what a user may by a group stays.

        Raises:
            UsageError: U702, U703 for what names no permission.
        """
        names = [permission_name(subject, action) for action in actions]
        if isinstance(whom, UserGroup):
            await GroupPermission.where(GroupPermission.group.is_(whom), GroupPermission.name.in_(names)).delete()
        else:
            table: Any = self.tables.permission
            await table.where(table.user.is_(whom), table.name.in_(names)).delete()
            whom.forget_permissions()
