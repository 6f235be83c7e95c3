"""The users that an application has: found, made, changed, and what each of them may."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar, cast

from rooftree.auth.events import SignedIn, SignedOut, SignInFailed, audit
from rooftree.auth.hashing import Hasher
from rooftree.auth.models import GroupPermission, Tables, UserGroup, UserMixin, key_of, tables_of
from rooftree.auth.names import normal_email, permission_name
from rooftree.auth.passwords import problem_of
from rooftree.auth.throttle import Throttle
from rooftree.auth.watching import Watch
from rooftree.base import PasswordOptions, Signal
from rooftree.db import DoesNotExist, is_policed
from rooftree.http import Request
from rooftree.security import RateLimit

__all__ = ["OWN", "Directory"]

U = TypeVar("U", bound=UserMixin)

OWN: Final = "accounts read and change users for the application"


class Directory(Generic[U]):
    """What `Accounts` knows of users, without any request."""

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
        watch: float = 30.0,
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
        self.watch: Final = Watch(self, watch)
        self._hasher: Hasher | None = None
        self.app: Any = None
        """The application, once it was told to use these accounts."""
        key = self._info.key[0]
        self._key: Final = self._info.own[key.name]
        self._kept: Final[Any] = tuple[key.annotation, int]  # type: ignore[name-defined]

    @property
    def hasher(self) -> Hasher:
        """What hashes passwords, by the application's setting `passwords`."""
        if self._hasher is None:
            self._hasher = Hasher(PasswordOptions() if self.app is None else self.app.settings.passwords)
        return self._hasher

    def close(self) -> None:
        """End the threads on which passwords are hashed, and the watch; they begin again where they are needed."""
        self.watch.close()
        hasher, self._hasher = self._hasher, None
        if hasher is not None:
            hasher.close()

    @property
    def _info(self) -> Any:
        return cast("Any", self.model).__table_info__

    @property
    def models(self) -> tuple[type[Any], ...]:
        """The model of users and those beside it: for `create_tables()` in tests and scripts."""
        return (self.model, UserGroup, GroupPermission, self.tables.permission, self.tables.key)

    # ---- users

    def _row(self, user: U) -> Any:
        return self.model.unscoped(OWN).where(self._key == key_of(user))

    async def find(self, email: str) -> U | None:
        """Return the user of an e-mail address, however it is spelled."""
        if not email.strip().isprintable():  # a text that no column holds, as one with a NUL
            return None
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

    async def again(self, request: Request) -> U | None:
        """Return who would be asking if a request came now; see `Accounts.again`."""
        raise NotImplementedError

    async def sign_in(self, request: Request, user: U, *, how: str = "application") -> None:
        """Sign a user in; see `Accounts.sign_in`."""
        raise NotImplementedError

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

    async def _next_generation(self, user: U, **changes: Any) -> None:
        await self._row(user).update(session_generation=self.model.session_generation + 1, **changes)
        user.session_generation += 1

    async def _by_key_of_row(self, key: Any) -> U | None:
        try:
            if is_policed(self._info):
                return await self.model.unscoped(OWN).get(key)
            return await self.model.get(key)  # the shortest way, as each request of a user goes it
        except DoesNotExist:
            return None
