"""What happens with accounts, told to whoever listens and written to the log `rooftree.auth`; never a secret."""

from __future__ import annotations

import logging
from typing import Any, Final, Generic, Literal, TypeVar

from rooftree.base import HTTPError
from rooftree.http import Request

__all__ = ["Reason", "SignInFailed", "SignInRefused", "SignedIn", "SignedOut", "audit"]

U = TypeVar("U")

audit: Final = logging.getLogger("rooftree.auth")
"""Who signed in, out, or failed to; users by their key, nobody by what was typed."""

Reason = Literal["unknown", "password", "inactive", "throttled"]


class SignInRefused(HTTPError):
    """401: no account has this e-mail address and password, or it is not active. All look alike, and take as long."""

    def __init__(self) -> None:
        super().__init__(401, "The e-mail address and the password do not fit.")


class SignedIn(Generic[U]):
    """Somebody has signed in.

    Attributes:
        user: Who.
        request: The request that did it.
        how: `"password"` by the page for it; else what the application said.
    """

    __slots__ = ("how", "request", "user")

    def __init__(self, user: U, request: Request, how: str) -> None:
        self.user = user
        self.request = request
        self.how = how


class SignedOut(Generic[U]):
    """Somebody has signed out.

    Attributes:
        user: Who.
        request: The request that did it; `None` where all sessions of a user were ended without one.
        everywhere: All sessions of the user ended.
    """

    __slots__ = ("everywhere", "request", "user")

    def __init__(self, user: U, request: Request | None, *, everywhere: bool) -> None:
        self.user = user
        self.request = request
        self.everywhere = everywhere


class SignInFailed:
    """Somebody could not sign in.

    Attributes:
        email: What was typed, in its one spelling. People type passwords there too: keep it out of logs.
        reason: `unknown`, `password`, `inactive` or `throttled`. For the application, never for the visitor.
        user: Whose address it is; `None` where it is nobody's, and where nobody looked.
        request: The request.
    """

    __slots__ = ("email", "reason", "request", "user")

    def __init__(self, email: str, reason: Reason, user: Any, request: Request) -> None:
        self.email = email
        self.reason: Final = reason
        self.user = user
        self.request = request
