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

__all__ = [
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
    "SettingsError",
    "StartupError",
    "UsageError",
    "current_call",
    "place_of",
]
