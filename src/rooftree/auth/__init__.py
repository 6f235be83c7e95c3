"""The core of accounts: users, signing in and out, what routes require, groups and permissions, API keys."""

from rooftree.auth.accounts import Accounts
from rooftree.auth.events import SignedIn, SignedOut, SignInFailed, SignInRefused
from rooftree.auth.models import ApiKey, UserGroup, UserMixin, signed_in
from rooftree.auth.names import normal_email
from rooftree.auth.passwords import PasswordRefused
from rooftree.auth.requirements import permission, staff, superuser
from rooftree.auth.throttle import TooManyAttempts

__all__ = [
    "Accounts",
    "ApiKey",
    "PasswordRefused",
    "SignInFailed",
    "SignInRefused",
    "SignedIn",
    "SignedOut",
    "TooManyAttempts",
    "UserGroup",
    "UserMixin",
    "normal_email",
    "permission",
    "signed_in",
    "staff",
    "superuser",
]
