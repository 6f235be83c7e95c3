"""Sessions: what is remembered of a visitor between requests."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rooftree.sessions.session import Flash, Level, Session, flashes, open_session
    from rooftree.sessions.sessions import Sessions

__all__ = ["Flash", "Level", "Session", "Sessions", "flashes", "open_session"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = "sessions" if name == "Sessions" else "session"
    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return value
