"""The sessions of an application, kept where its settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rooftree.base import Settings, SettingsError
from rooftree.sessions import Sessions

if TYPE_CHECKING:
    from rooftree.base import Keys
    from rooftree.db import Database

__all__ = ["make_sessions"]


def make_sessions(
    settings: Settings, keys: Callable[[], Keys], databases: Callable[[], Mapping[str, Database]]
) -> Sessions:
    """Return the sessions of an application.

    Args:
        settings: Its settings.
        keys: Gives its keys; asked for where cookies are encrypted.
        databases: Gives its databases; asked for where sessions are kept in one.

    Raises:
        SettingsError: S501 and S502 for the secret key that cookies are encrypted with, S503 where the package for
            that is not installed, S504 for a database that there is not.
    """
    from rooftree.sessions import CookieKeeper, StoreKeeper

    options = settings.session
    kind = options.store
    if kind == "auto":
        kind = "database" if settings.database is not None or settings.databases else "cookie"
    production = settings.mode == "production"
    if kind == "cookie":
        return Sessions(options, CookieKeeper(keys(), options), production=production)
    if kind == "memory":
        from rooftree.base import MemoryStore

        return Sessions(options, StoreKeeper(MemoryStore(), options), production=production)
    known = databases()
    if options.database not in known:
        raise SettingsError(
            "S504",
            f"Sessions are to be kept in the database {options.database!r}, and the settings name "
            f"{', '.join(map(repr, known)) or 'none'}.",
            "Set 'database', or name another in session.database.",
        )
    from rooftree.db import DatabaseStore

    return Sessions(options, StoreKeeper(DatabaseStore(known[options.database]), options), production=production)
