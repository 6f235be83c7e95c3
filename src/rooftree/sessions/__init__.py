"""Sessions: what is remembered of a visitor between requests."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rooftree.sessions.keepers import CookieKeeper, StoreKeeper
    from rooftree.sessions.session import Flash, Level, Session, flashes, open_session
    from rooftree.sessions.sessions import Sessions

__all__ = ["CookieKeeper", "Flash", "Level", "Session", "Sessions", "StoreKeeper", "flashes", "open_session"]

_MODULES = {"Sessions": "sessions", "CookieKeeper": "keepers", "StoreKeeper": "keepers"}


if not TYPE_CHECKING:  # for checkers a name that is not there is an error

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        module = _MODULES.get(name, "session")
        value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
        return value
