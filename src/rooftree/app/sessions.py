"""The sessions of an application, kept where its settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rooftree.base import SettingsError
from rooftree.sessions import Sessions

if TYPE_CHECKING:
    from rooftree.app.app import App

__all__ = ["make_sessions"]


def make_sessions(app: App) -> Sessions:
    """Return the sessions of an application.

    Raises:
        SettingsError: S501 and S502 for the secret key that cookies are encrypted with, S503 where the package for
            that is not installed, S504 for a database that there is not.
    """
    from rooftree.sessions.keepers import CookieKeeper, StoreKeeper

    settings = app.settings
    options = settings.session
    kind = options.store
    if kind == "auto":
        kind = "database" if settings.database is not None or settings.databases else "cookie"
    production = settings.mode == "production"
    if kind == "cookie":
        return Sessions(options, CookieKeeper(app.keys, options), production=production)
    if kind == "memory":
        from rooftree.base import MemoryStore

        return Sessions(options, StoreKeeper(MemoryStore(), options), production=production)
    if options.database not in app.databases:
        raise SettingsError(
            "S504",
            f"Sessions are to be kept in the database {options.database!r}, and the settings name "
            f"{', '.join(map(repr, app.databases)) or 'none'}.",
            "Set 'database', or name another in session.database.",
        )
    from rooftree.db import DatabaseStore

    return Sessions(
        options, StoreKeeper(DatabaseStore(app.databases[options.database]), options), production=production
    )
