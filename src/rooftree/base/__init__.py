"""What every room stands on: errors, the Call, protocols, settings."""

from rooftree.base.call import Call, current_call
from rooftree.base.errors import (
    ClientDisconnected,
    DependencyError,
    FieldError,
    HandlerError,
    HTTPError,
    NotFound,
    PayloadTooLarge,
    RequestInvalid,
    RooftreeError,
    RouteError,
    SettingsError,
    StartupError,
    UsageError,
    place_of,
)
from rooftree.base.redact import REDACTED, is_secret_name, redact_url
from rooftree.base.settings import BaseSettings, Secret, Settings
from rooftree.base.signals import Signal

__all__ = [
    "REDACTED",
    "BaseSettings",
    "Call",
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
    "Secret",
    "Settings",
    "SettingsError",
    "Signal",
    "StartupError",
    "UsageError",
    "current_call",
    "is_secret_name",
    "place_of",
    "redact_url",
]
