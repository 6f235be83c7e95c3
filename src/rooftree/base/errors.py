"""Every error that Rooftree raises on purpose.

Read it as a tree; the letters are the codes of the error index:

    RooftreeError                  a code, the fact, the place, one remedy
    ├── StartupError               found before the first request is served
    │   ├── SettingsError          [S...]  a setting is missing, unknown or of the wrong type
    │   ├── RouteError             [R...]  a pattern, a conflict, a name, a reverse URL
    │   ├── HandlerError           [H...]  a parameter or an answer that no rule covers
    │   └── DependencyError        [D...]  a cycle, a missing provider, a scope that outlives another
    ├── TemplateError              [P...]  a template that is missing, wrong, or was given what it cannot show
    ├── UsageError                 [U...]  an API used in a way that can only be a mistake
    └── DatabaseError              [T...]  a database refused, or could not be asked
        ├── ConnectionFailed       no connection can be made: wrong address, name, password
        ├── ConnectionLost         a connection ended while it was needed
        ├── PoolExhausted          every connection stayed in use for too long
        ├── IntegrityError         a constraint; names the table, the constraint and the columns
        │   ├── UniqueError, ForeignKeyError, NotNullError, CheckError, ExclusionError
        ├── SerializationError     running the transaction again may succeed
        │   └── DeadlockError      two transactions waited for each other
        ├── LockTimeout            another transaction held a lock for too long
        ├── StatementTimeout       a statement took longer than its time limit
        ├── TransactionLost        the database ended a transaction on its own
        ├── StorageFull            no space is left where the database writes
        ├── ReadOnlyError          a write where only reads may be
        ├── ValueRefused           a value does not fit its column or operator
        ├── PermissionRefused      the database's user may not do this
        └── StatementError         the SQL cannot run: syntax, an unknown table or column
    HTTPError                      an answer other than success: status, detail, headers
    ├── NotFound                   404
    ├── PayloadTooLarge            413
    ├── SignatureRefused           403, for a signed value or URL that is not ours, was changed or has expired
    └── RequestInvalid             422, with every FieldError found (400 where the body cannot be read at all)
    ClientDisconnected             the other side went away; not an error of the application
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

import msgspec

from rooftree.base.said import Said

__all__ = [
    "CheckError",
    "ClientDisconnected",
    "ConnectionFailed",
    "ConnectionLost",
    "DatabaseError",
    "DeadlockError",
    "DependencyError",
    "ExclusionError",
    "FieldError",
    "ForeignKeyError",
    "HTTPError",
    "HandlerError",
    "IntegrityError",
    "LockTimeout",
    "NotFound",
    "NotNullError",
    "PayloadTooLarge",
    "PermissionRefused",
    "PoolExhausted",
    "ReadOnlyError",
    "RequestInvalid",
    "RooftreeError",
    "RouteError",
    "SerializationError",
    "SettingsError",
    "SignatureRefused",
    "StartupError",
    "StatementError",
    "StatementTimeout",
    "StorageFull",
    "TemplateError",
    "TransactionLost",
    "UniqueError",
    "UsageError",
    "ValueRefused",
    "place_of",
    "place_of_caller",
]

Where = Literal["path", "query", "header", "cookie", "body", "form"]


class RooftreeError(Exception):
    """Base of the errors that Rooftree raises on purpose.

    Args:
        code: A letter and three digits, listed in the documentation's error index: ``R204``.
        fact: What is wrong, with both sides named, as a full sentence.
        remedy: What to do about it, as a full sentence.
        at: Where the user's own code is: ``app/users.py:14``.
    """

    def __init__(self, code: str, fact: str, remedy: str = "", *, at: str | None = None) -> None:
        super().__init__(code, fact, remedy, at)
        self.code: Final = code
        self.fact: Final = fact
        self.remedy: Final = remedy
        self.at: Final = at

    def __str__(self) -> str:
        place = f" At {self.at}." if self.at else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"[{self.code}] {self.fact}{place}{remedy}"

    def to_http(self) -> HTTPError | None:
        """Return what a visitor is answered where nobody handles this error; ``None`` for a plain 500."""
        return None


class StartupError(RooftreeError):
    """A mistake found before the first request is served."""


class SettingsError(StartupError):
    """A setting is missing, unknown or of the wrong type."""


class RouteError(StartupError):
    """A pattern, a conflict, a name or a reverse URL that cannot work."""


class HandlerError(StartupError):
    """A handler has a parameter or an answer that no rule covers."""


class DependencyError(StartupError):
    """The graph of dependencies has a cycle, a hole or a scope that outlives another."""


class TemplateError(RooftreeError):
    """A template is missing or wrong, or was given what it cannot show; names the template and its line."""


class UsageError(RooftreeError):
    """An API was used in a way that can only be a mistake."""


class DatabaseError(RooftreeError):
    """A database refused something, or could not be asked.

    Attributes:
        sqlstate: The five characters that PostgreSQL names the error by (its documentation, appendix A), or SQLite's
            own name of its result code (``"SQLITE_FULL"``); ``None`` where the error is not the database's.
    """

    def __init__(
        self, code: str, fact: str, remedy: str = "", *, at: str | None = None, sqlstate: str | None = None
    ) -> None:
        super().__init__(code, fact, remedy, at=at)
        self.sqlstate: Final = sqlstate


class ConnectionFailed(DatabaseError):
    """No connection can be made: the address, the name of the database, the user or the password is wrong."""

    def to_http(self) -> HTTPError:
        """503: it may be there again soon."""
        return _later(Said("The database cannot be reached."), 5)


class ConnectionLost(DatabaseError):
    """A connection ended while it was needed. What a write did is unknown, unless it was inside a transaction."""

    def to_http(self) -> HTTPError:
        """503: it may be there again soon."""
        return _later(Said("The connection to the database was lost."), 5)


class PoolExhausted(DatabaseError):
    """Every connection of the pool stayed in use for longer than a caller may wait."""

    def to_http(self) -> HTTPError:
        """503: the load may pass."""
        return _later(Said("Too much is asked of the database right now."), 1)


class IntegrityError(DatabaseError):
    """A constraint of the database does not hold.

    Attributes:
        table: The table's name, where the database tells it.
        constraint: The constraint's or the index's name, where it has one and the database tells it.
        columns: The names of the columns, where they can be told; the values never.
    """

    def __init__(
        self,
        code: str,
        fact: str,
        remedy: str = "",
        *,
        at: str | None = None,
        sqlstate: str | None = None,
        table: str | None = None,
        constraint: str | None = None,
        columns: Sequence[str] = (),
    ) -> None:
        super().__init__(code, fact, remedy, at=at, sqlstate=sqlstate)
        self.table: Final = table
        self.constraint: Final = constraint
        self.columns: Final = tuple(columns)

    def to_http(self, fields: Sequence[str] = ()) -> HTTPError | None:
        """Return what a visitor is answered; ``fields`` are the names that the columns have in what came in."""
        del fields
        return super().to_http()


class UniqueError(IntegrityError):
    """Another row has these values already."""

    def to_http(self, fields: Sequence[str] = ()) -> HTTPError:
        """409, with an entry for each field: those given, else the columns."""
        names = tuple(fields) or self.columns
        if not names:
            return HTTPError(409, Said("Another one has these values already."))
        said = "Expected a value that no other one has"
        params = {"together": names} if len(names) > 1 else {}
        return RequestInvalid([FieldError("body", (name,), "unique", said, params) for name in names], 409)


class ForeignKeyError(IntegrityError):
    """The row referred to is not there, or rows still refer to the one that would go."""

    def to_http(self, fields: Sequence[str] = ()) -> HTTPError:
        """409."""
        del fields
        return HTTPError(409, Said("What this refers to is not there, or something else still refers to this."))


class NotNullError(IntegrityError):
    """A column that must have a value would have none."""


class CheckError(IntegrityError):
    """A check constraint is false for the row."""

    def to_http(self, fields: Sequence[str] = ()) -> HTTPError:
        """422, with an entry for each field: those given, else the columns."""
        params = {"constraint": self.constraint} if self.constraint else {}
        said = "Expected a value that keeps the rules"
        paths: list[tuple[str, ...]] = [(name,) for name in fields or self.columns] or [()]
        return RequestInvalid([FieldError("body", path, "check", said, params) for path in paths])


class ExclusionError(IntegrityError):
    """The row overlaps another one where an exclusion constraint forbids it (PostgreSQL)."""

    def to_http(self, fields: Sequence[str] = ()) -> HTTPError:
        """409."""
        del fields
        return HTTPError(409, Said("This overlaps another one."))


class SerializationError(DatabaseError):
    """Two transactions cannot both have happened; running this one again from its beginning may succeed."""

    def to_http(self) -> HTTPError:
        """503: asked again, it may succeed."""
        return _later(Said("Something else was changed at the same time."), 1)


class DeadlockError(SerializationError):
    """Two transactions waited for each other, and the database ended this one."""


class LockTimeout(DatabaseError):
    """Another transaction held a lock for longer than this one may wait."""

    def to_http(self) -> HTTPError:
        """503: asked again, it may succeed."""
        return _later(Said("Something else was being changed for too long."), 1)


class StatementTimeout(DatabaseError):
    """A statement took longer than its time limit and was stopped."""

    def to_http(self) -> HTTPError:
        """503."""
        return _later(Said("This took too long."), 5)


class TransactionLost(DatabaseError):
    """A transaction is over although its block is not: nothing of it was saved."""


class StorageFull(DatabaseError):
    """No space is left where the database writes; nothing of the statement was saved."""

    def to_http(self) -> HTTPError:
        """503: someone has to make room."""
        return _later(Said("Nothing can be saved at the moment."), 60)


class ReadOnlyError(DatabaseError):
    """Something would be written where only reads may be: a read-only transaction, file or server."""


class ValueRefused(DatabaseError):
    """A value does not fit its column, operator or function."""

    def to_http(self) -> HTTPError:
        """422: such values come from the request."""
        return HTTPError(422, Said("A value cannot be used: it does not fit where it would be stored or compared."))


class PermissionRefused(DatabaseError):
    """The database's user may not do this."""


class StatementError(DatabaseError):
    """The SQL cannot run: its syntax, an unknown table or column, operands that do not fit."""


def _later(detail: str, seconds: int) -> HTTPError:
    return HTTPError(503, detail, headers={"retry-after": str(seconds)})


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong with one value of a request.

    Attributes:
        where: The part of the request: ``"query"``, ``"body"``, ...
        path: The way to the value: ``("owner", "emails", 0)``; empty for the whole part.
        code: A stable name of the rule: ``"missing"``, ``"greater_than"``, ``"type"``; a key for translations.
        params: What the rule's text needs: ``{"limit": 0}``.
        message: The text in English, in msgspec's grammar: ``"Expected `int`, got `str`"``.
    """

    where: Where
    path: tuple[str | int, ...]
    code: str
    message: str
    params: Mapping[str, Any] = {}


class Translatable(Protocol):
    """A text that becomes a string in the language of whoever reads it: ``rooftree.Text``."""

    def translated(self, locale: Any, /) -> str:
        """Return it in a language."""
        ...


class HTTPError(Exception):
    """Raise it to answer with something other than success.

    Args:
        status: An HTTP status from 400 to 599 (RFC 9110 section 15); the class's own where it is not given.
        detail: One sentence for the person who made the request, or a marked text of one; it is shown to them.
        headers: Further response headers.
        title: A short name of the kind of problem; the status's own phrase where it is not given.
        type: A URI that names the kind of problem (RFC 9457 section 3.1.1).
        extra: Further members of the problem document.

    A class of its own sets what all of its errors share: ``status``, ``detail``, ``title``, ``type``.

    Raises:
        UsageError: U104 for a status that is no error.
    """

    status: int = 500
    detail: str | Translatable = ""
    title: str = ""
    type: str = "about:blank"

    def __init__(
        self,
        status: int | None = None,
        detail: str | Translatable = "",
        *,
        headers: Mapping[str, str] | None = None,
        title: str = "",
        type: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail)
        if status is not None:
            self.status = status
        _check_status(self.status)
        if detail:
            self.detail = detail
        if title:
            self.title = title
        if type:
            self.type = type
        self.headers = headers
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.status} {self.detail}".rstrip()


def _check_status(status: object) -> None:
    if not isinstance(status, int) or not 400 <= status <= 599:
        raise UsageError(
            "U104",
            f"An HTTPError was given the status {status!r}; those of errors are 400 to 599.",
            "Write HTTPError(404, 'What was not found.'); return an answer where nothing failed.",
        )


class NotFound(HTTPError):
    """404: nothing is here, or nothing that this person may know of."""

    status = 404

    def __init__(self, detail: str | Translatable = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(404, detail, headers=headers)


class PayloadTooLarge(HTTPError):
    """413: the body is larger than this route takes (RFC 9110 section 15.5.14)."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            413, Said("The request body is larger than the %(limit)s bytes that are taken here.", limit=limit)
        )
        self.limit = limit


class SignatureRefused(HTTPError):
    """403: a signed value or URL that was not made here for this purpose, was changed, or has expired.

    Attributes:
        reason: ``"altered"`` or ``"expired"``.
    """

    status = 403

    def __init__(self, reason: Literal["altered", "expired"]) -> None:
        texts = {"altered": "This link or value is not one that this site gave out.", "expired": "This has expired."}
        super().__init__(403, texts[reason])
        self.reason: Final[Literal["altered", "expired"]] = reason


class RequestInvalid(HTTPError):
    """422 (or 400): the request does not fit the handler's parameters; every error found is in ``errors``."""

    status = 422

    def __init__(self, errors: Sequence[FieldError], status: int = 422) -> None:
        count = len(errors)
        super().__init__(status, f"{count} value{'s' if count != 1 else ''} of the request cannot be used.")
        self.errors = errors


class ClientDisconnected(Exception):
    """The client went away before the exchange was complete."""


def place_of(obj: object) -> str | None:
    """Return ``file:line`` of a function or class, relative to the working directory; ``None`` where it has none.

    A function that was made for something of the user's says in ``__rooftree_place__`` where that is.
    """
    import functools
    import inspect

    target: Any = inspect.unwrap(obj) if callable(obj) else obj
    if isinstance(target, functools.partial):
        target = target.func
    if (said := getattr(target, "__rooftree_place__", None)) is not None:
        return str(said)
    try:
        code = getattr(target, "__code__", None)
        if code is not None and code.co_filename.endswith(".py"):
            file = code.co_filename
        else:
            file = str(inspect.getsourcefile(target))
        line = code.co_firstlineno if code is not None else inspect.getsourcelines(target)[1]
    except (OSError, TypeError):
        return None
    return shown_line(file, line)


def place_of_caller() -> str:
    """Return ``file:line`` of the innermost frame that is not the framework's own."""
    import sys

    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]  # inspect would be slow to import
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OWN):
        frame = frame.f_back
    return shown_line(frame.f_code.co_filename, frame.f_lineno)


_OWN: Final = __file__.removesuffix("base/errors.py").removesuffix("base\\errors.py")


def shown_line(file: str, line: int) -> str:
    """Return ``file:line``, relative to the working directory where the file is below it."""
    import os

    return f"{_shown(file, os.getcwd())}:{line}"  # noqa: PTH109 - a Path costs more than the rest


@lru_cache(1024)
def _shown(file: str, here: str) -> str:
    import os

    try:
        relative = os.path.relpath(file, here)
    except ValueError:  # another drive
        return file
    return file if relative.startswith("..") else relative
