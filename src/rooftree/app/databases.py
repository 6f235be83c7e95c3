"""The databases of an application, made of its settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rooftree.base import Settings, SettingsError

if TYPE_CHECKING:
    from rooftree.db import Databases

__all__ = ["make_databases"]


def make_databases(settings: Settings, root: Path) -> Databases:
    """Return the databases that settings name, not yet open.

    Args:
        settings: The application's.
        root: Where relative paths of files start from.

    Raises:
        SettingsError: S106 for two that are named ``default``, S107 where an extra is missing, T110 to T112 for a URL
            or an option that does not fit.
    """
    urls = dict(settings.databases)
    if settings.database is not None:
        if "default" in urls:
            raise SettingsError(
                "S106",
                "The settings name two databases 'default': one in 'database', another in 'databases'.",
                "Leave out one of them, or give the other a name of its own.",
            )
        urls = {"default": settings.database, **urls}
    try:
        from rooftree.db import Databases
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise SettingsError(
            "S107",
            "The settings name a database, and SQLAlchemy is not installed.",
            "Run: pip install 'rooftree[sql]', or 'rooftree[postgres]' for PostgreSQL.",
        ) from error
    return Databases(urls, folder=root)
