"""The users of an application, and the tables beside theirs: groups, permissions, API keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, cast

from rooftree.auth.names import MOST_NAME, normal_email, permission_name
from rooftree.base import UsageError
from rooftree.binding import Requirement
from rooftree.db import BareModel, Col, Constraint, Many, Model, Ref, Unique, col, many, now, ref, sql
from rooftree.http import Request

__all__ = [
    "ApiKey",
    "GroupPermission",
    "Tables",
    "UserGroup",
    "UserMixin",
    "UserPermission",
    "key_of",
    "signed_in",
    "tables_of",
]

signed_in = Requirement("signed in")
"""Whoever asks has signed in: `requires=signed_in`."""


class UserGroup(Model, table="auth_groups"):
    """Users who may do the same.

    >>> editors = await UserGroup.create(name="Editors")
    >>> await accounts.grant(editors, Product, "add", "change")
    """

    name: Col[str] = col(max_length=80, unique=True)
    permissions: Many[GroupPermission] = many(by="group")


class GroupPermission(Model, table="auth_group_permissions"):
    """One thing that the users of a group may do."""

    group: Ref[UserGroup] = ref(on_delete="cascade")
    name: Col[str] = col(max_length=MOST_NAME, doc="products.change")

    @classmethod
    def constraints(cls) -> list[Constraint]:
        """Each once."""
        return [Unique(cls.group, cls.name)]


class UserPermission(Model, abstract=True):
    """One thing that a user may do, beside what their groups may; each `UserMixin` has a table of its own of these."""

    name: Col[str] = col(max_length=MOST_NAME, doc="products.change")

    @classmethod
    def constraints(cls) -> list[Constraint]:
        """Each once."""
        own: Any = cls
        return [Unique(own.user, cls.name)]


class ApiKey(Model, abstract=True):
    """A key by which programs act as a user; each `UserMixin` has a table of its own of these.

    Of the key itself only a keyed hash is kept: whoever reads the table has no key.
    """

    prefix: Col[str] = col(max_length=16, unique=True, doc="What tells the key to people, and finds it.")
    secret_hash: Col[bytes] = col(private=True, max_length=32)
    name: Col[str] = col(max_length=80, default="")
    created_at: Col[datetime] = col(default=now)
    expires_at: Col[datetime | None] = col(default=None)
    last_used: Col[datetime | None] = col(default=None, doc="To about five minutes.")
    revoked: Col[bool] = col(default=False)


class UserMixin(BareModel, abstract=True):
    """What a model of users has: `class User(UserMixin, Model, table="users")`, with columns of your own.

    Users sign in by their e-mail address, which is kept in one spelling (`normal_email`). Create them by
    `accounts.create(email=..., password=...)`: nothing here takes a password.

    Attributes:
        email: The address, unique whatever its case.
        password_hash: In the form of PHC strings (`$argon2id$...`); empty where no password fits.
        active: Whether they may sign in, and their sessions and keys count.
        staff: Whether they work on the site: what `staff` asks for.
        superuser: Whether they may do everything that a permission is asked for.
        created_at: When they were created.
        last_sign_in: When they last signed in.
        session_generation: Counts up when all their sessions end: at a change of the password, or when asked for.
        groups: What they belong to.
    """

    email: Col[str] = col(max_length=254, unique=True, format="email")
    password_hash: Col[str] = col(default="", max_length=255, private=True)
    active: Col[bool] = col(default=True)
    staff: Col[bool] = col(default=False)
    superuser: Col[bool] = col(default=False)
    created_at: Col[datetime] = col(default=now)
    last_sign_in: Col[datetime | None] = col(default=None)
    session_generation: Col[int] = col(default=0, private=True)
    groups: Many[UserGroup] = many()

    __tables__: ClassVar[Any] = None

    @classmethod
    def __dependency__(cls, name: str, type: Any, optional: bool) -> Callable[..., Any]:
        """Give handlers that name this class the user who is signed in."""
        del name, type
        return _giver(cls, optional)

    async def before_save(self, *, new: bool) -> None:
        """Keep the address in its one spelling; a class that has this hook itself calls `super()`."""
        del new
        given = self.email
        normal = normal_email(given)
        if normal != given:
            self.email = normal

    @property
    def has_password(self) -> bool:
        """Whether there is a password that fits; not of users who sign in another way, or not at all."""
        return self.password_hash.startswith("$")

    async def can(self, action: str, subject: Any) -> bool:
        """Tell whether they may do something: by a group, by themselves, or as a superuser.

        `await user.can("change", Product)`, `await user.can("export", "reports")`. What they may is read by one
        query when it is first asked for, and kept with this instance: in a handler, for the request.

        Raises:
            UsageError: U702, U703 for what names no permission.
        """
        name = permission_name(subject, action)
        return self.active and (self.superuser or name in await self.permissions())

    async def permissions(self) -> frozenset[str]:
        """Return the names of all permissions that they have by themselves or by a group: `products.change`."""
        held: Any = getattr(self, "_kept", None)
        if held is None:
            held = await permissions_of(self)
            self._kept = held
        return cast("frozenset[str]", held)

    def forget_permissions(self) -> None:
        """Read what they may anew when it is next asked for; granting and revoking does it by itself."""
        self._kept = None


class Tables(NamedTuple):
    """The tables beside a model of users."""

    permission: type[UserPermission]
    key: type[ApiKey]
    permissions_of: str
    """The SQL that reads the names of all permissions of the user `:key`."""


def tables_of(user: type[UserMixin]) -> Tables:
    """Return the tables beside a model of users; made when they are first asked for.

    Raises:
        UsageError: U704 for a class that is no model of users, U705 where its key has several columns.
    """
    made: Tables | None = user.__dict__.get("__tables__")
    if made is not None:
        return made
    info = getattr(user, "__table_info__", None)
    if info is None or not hasattr(user, "session_generation"):
        raise UsageError(
            "U704",
            f"{user.__name__} is no model of users.",
            "Write class User(UserMixin, Model, table='users'), and Accounts(User).",
        )
    if len(info.key) != 1:
        raise UsageError(
            "U705",
            f"The key of {user.__name__} has {len(info.key)} columns, and sessions keep one value.",
            "Give it a key of one column.",
        )
    made = Tables(
        _made(user, "UserPermission", UserPermission, f"{info.name}_permissions"),
        _made(user, "ApiKey", ApiKey, f"{info.name}_api_keys"),
        _permissions_statement(user),
    )
    type.__setattr__(user, "__tables__", made)
    return made


def _made(user: type[UserMixin], name: str, base: type[Any], table: str) -> Any:
    """Make the model of a table that refers to the users of one class."""
    column: Any = Ref
    namespace: dict[str, Any] = {
        "__module__": user.__module__,
        "__qualname__": f"{user.__qualname__}.{name}",
        "__doc__": base.__doc__,
        "__annotations__": {"user": column[user]},
        "user": ref(on_delete="cascade"),
    }
    meta: Any = type(Model)
    return meta(name, (base,), namespace, table=table)


def _permissions_statement(user: type[UserMixin]) -> str:
    """Write the one query for what a user may do; the names in it are those of tables and columns."""
    info: Any = cast("Any", user).__table_info__
    links = info.find("groups").links
    to_user, to_group = (str(reference.columns[0].column) for reference in (links.source, links.via))
    return (
        f'SELECT p.name FROM auth_group_permissions p JOIN "{links.through.name}" l ON l."{to_group}" = p.group_id '  # noqa: S608
        f'WHERE l."{to_user}" = :key UNION SELECT name FROM "{info.name}_permissions" '
        f'WHERE "user_{info.key[0].name}" = :key'
    )


async def permissions_of(user: UserMixin) -> frozenset[str]:
    """Return the names of all permissions that a user has."""
    text: Any = tables_of(type(user)).permissions_of
    return frozenset(await sql(str, text, key=key_of(user)))


def key_of(user: UserMixin) -> Any:
    """Return the key of a user."""
    kind: Any = type(user)
    return getattr(user, kind.__table_info__.key[0].name)


_givers: dict[tuple[type[Any], bool], Callable[..., Any]] = {}


def _giver(kind: type[UserMixin], optional: bool) -> Callable[..., Any]:
    """Return the dependency that gives the user who is signed in; the same for the same class."""
    found = _givers.get((kind, optional))
    if found is None:
        found = _givers[kind, optional] = _made_giver(kind, optional)
    return found


def _made_giver(kind: type[UserMixin], optional: bool) -> Callable[..., Any]:
    if optional:

        async def given(request: Request) -> Any:
            return await request.app.accounts.user(request)

        vars(given)["__rooftree_optional__"] = True
    else:

        async def given(request: Request) -> Any:
            return await request.app.accounts.needed(request)

        vars(given)["__requires__"] = (signed_in,)
    given.__qualname__ = kind.__qualname__
    vars(given)["__rooftree_user__"] = kind
    return given
