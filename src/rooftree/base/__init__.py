"""What every room stands on: errors, the Call, protocols, settings."""

from typing import TYPE_CHECKING

from rooftree.base.application import ForwardedHeader, PasswordOptions, SecurityOptions, SessionOptions, Settings
from rooftree.base.call import Call, current_call
from rooftree.base.documenting import OpenAPIOptions
from rooftree.base.errors import (
    CheckError,
    ClientDisconnected,
    ConnectionFailed,
    ConnectionLost,
    DatabaseError,
    DeadlockError,
    DependencyError,
    ExclusionError,
    FieldError,
    ForeignKeyError,
    HandlerError,
    HTTPError,
    IntegrityError,
    LockTimeout,
    NotFound,
    NotNullError,
    PayloadTooLarge,
    PermissionRefused,
    PoolExhausted,
    ReadOnlyError,
    RequestInvalid,
    RooftreeError,
    RouteError,
    SerializationError,
    SettingsError,
    SignatureRefused,
    StartupError,
    StatementError,
    StatementTimeout,
    StorageFull,
    TemplateError,
    TransactionLost,
    UniqueError,
    UsageError,
    ValueRefused,
    place_of,
    shown_line,
)
from rooftree.base.habits import Habit, HabitError, no_option
from rooftree.base.html import Html
from rooftree.base.later import absent, later, missing
from rooftree.base.limits import Limits
from rooftree.base.redact import REDACTED, is_secret_name, redact_url
from rooftree.base.regex import regex
from rooftree.base.said import Said
from rooftree.base.settings import BaseSettings, Secret
from rooftree.base.signals import Signal
from rooftree.base.templating import TemplateOptions

if TYPE_CHECKING:
    from rooftree.base.elsewhere import import_habit, slip_of, template_habit
    from rooftree.base.keys import Keys
    from rooftree.base.signing import Signer
    from rooftree.base.store import MemoryStore, Store, Stored

__all__ = [
    "REDACTED",
    "BaseSettings",
    "Call",
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
    "ForwardedHeader",
    "HTTPError",
    "Habit",
    "HabitError",
    "HandlerError",
    "Html",
    "IntegrityError",
    "Keys",
    "Limits",
    "LockTimeout",
    "MemoryStore",
    "NotFound",
    "NotNullError",
    "OpenAPIOptions",
    "PasswordOptions",
    "PayloadTooLarge",
    "PermissionRefused",
    "PoolExhausted",
    "ReadOnlyError",
    "RequestInvalid",
    "RooftreeError",
    "RouteError",
    "Said",
    "Secret",
    "SecurityOptions",
    "SerializationError",
    "SessionOptions",
    "Settings",
    "SettingsError",
    "Signal",
    "SignatureRefused",
    "Signer",
    "StartupError",
    "StatementError",
    "StatementTimeout",
    "StorageFull",
    "Store",
    "Stored",
    "TemplateError",
    "TemplateOptions",
    "TransactionLost",
    "UniqueError",
    "UsageError",
    "ValueRefused",
    "absent",
    "current_call",
    "import_habit",
    "is_secret_name",
    "later",
    "missing",
    "no_option",
    "place_of",
    "redact_url",
    "regex",
    "shown_line",
    "slip_of",
    "template_habit",
]

# what a small application never asks for is loaded when it is asked for
if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(
        __name__,
        {
            "Keys": "keys",
            "MemoryStore": "store",
            "Signer": "signing",
            "Store": "store",
            "Stored": "store",
            "import_habit": "elsewhere",
            "slip_of": "elsewhere",
            "template_habit": "elsewhere",
        },
    )
