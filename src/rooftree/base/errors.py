"""Every error that Rooftree raises on purpose.

RooftreeError                  a code, the fact, the place, one remedy
├── StartupError               found before the first request is served
│   ├── SettingsError          [S...]  a setting is missing, unknown or of the wrong type
│   ├── RouteError             [R...]  a pattern, a conflict, a name, a reverse URL
│   ├── HandlerError           [H...]  a parameter or an answer that no rule covers
│   └── DependencyError        [D...]  a cycle, a missing provider, a scope that outlives another
├── UsageError                 [U...]  an API used in a way that can only be a mistake
└── HTTPError                  an answer other than success: status, detail, headers
├── NotFound               404
├── PayloadTooLarge        413
└── RequestInvalid         422, with every FieldError found (400 where the body cannot be read at all)
ClientDisconnected             the other side went away; not an error of the application
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

__all__ = [
    "ClientDisconnected",
    "DependencyError",
    "FieldError",
    "HTTPError",
    "HandlerError",
    "NotFound",
    "PayloadTooLarge",
    "RequestInvalid",
    "RooftreeError",
    "RouteError",
    "SettingsError",
    "StartupError",
    "UsageError",
    "place_of",
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


class UsageError(RooftreeError):
    """An API was used in a way that can only be a mistake."""


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


class HTTPError(Exception):
    """Raise it to answer with something other than success.

    Args:
        status: An HTTP status from 400 to 599 (RFC 9110 section 15).
        detail: One sentence for the person who made the request; it is shown to them.
        headers: Further response headers.
        title: A short name of the kind of problem; the status's own phrase where it is not given.
        type: A URI that names the kind of problem (RFC 9457 section 3.1.1).
        extra: Further members of the problem document.
    """

    status: int = 500

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        title: str = "",
        type: str = "about:blank",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        self.title = title
        self.type = type
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.status} {self.detail}".rstrip()


class NotFound(HTTPError):
    """404: nothing is here, or nothing that this person may know of."""

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(404, detail, headers=headers)


class PayloadTooLarge(HTTPError):
    """413: the body is larger than this route takes (RFC 9110 section 15.5.14)."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The request body is larger than the {limit} bytes that are taken here.")
        self.limit = limit


class RequestInvalid(HTTPError):
    """422 (or 400): the request does not fit the handler's parameters; every error found is in ``errors``."""

    def __init__(self, errors: Sequence[FieldError], status: int = 422) -> None:
        count = len(errors)
        super().__init__(status, f"{count} value{'s' if count != 1 else ''} of the request cannot be used.")
        self.errors = errors


class ClientDisconnected(Exception):
    """The client went away before the exchange was complete."""


def place_of(obj: object) -> str | None:
    """Return ``file:line`` of a function or class, relative to the working directory; ``None`` where it has none."""
    import inspect
    import os

    try:
        target = inspect.unwrap(obj) if callable(obj) else obj
        file = inspect.getsourcefile(target)  # type: ignore[arg-type]
        code = getattr(target, "__code__", None)
        line = code.co_firstlineno if code is not None else inspect.getsourcelines(target)[1]  # type: ignore[arg-type]
    except (OSError, TypeError):
        return None
    if file is None:
        return None
    try:
        relative = os.path.relpath(file)
    except ValueError:
        relative = file
    return f"{file if relative.startswith('..') else relative}:{line}"
