"""A database's URL: which driver, which place, which options."""

from __future__ import annotations

import os
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

from rooftree.base import SettingsError, redact_url
from rooftree.db.drivers.base import ConnectionHook, Driver
from rooftree.db.drivers.options import PostgresOptions, SQLiteOptions

__all__ = ["make_driver", "masked"]

O = TypeVar("O", PostgresOptions, SQLiteOptions)  # noqa: E741 - the usual one letter of a type variable

_FORMS = "sqlite:///file.db, sqlite:// (in memory) and postgresql://user:password@host:5432/name"


def masked(url: str) -> str:
    """Return the URL without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return redact_url(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username}:***@{place}").geturl()


def make_driver(
    name: str, url: str, options: dict[str, Any], hooks: list[ConnectionHook], folder: str | os.PathLike[str] = ""
) -> Driver:
    """Return the driver for a URL, not yet open.

    Args:
        name: The database's name, for errors.
        url: As in the class's documentation.
        folder: Where the path of a file starts from that is relative.
        options: Options by keyword; they win over those in the URL.
        hooks: Called with each new connection; the list may still grow.

    Raises:
        SettingsError: the scheme or an option is unknown, a value does not fit, or an extra is missing.
    """
    parts = urlsplit(url)
    given = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **options}
    match parts.scheme:
        case "sqlite":
            return _sqlite(name, url, parts, given, hooks, folder=folder)
        case "postgresql" | "postgres":
            return _postgres(name, parts, given, hooks)
        case scheme:
            kind = scheme.partition("+")[0]
            own = kind in {"sqlite", "postgresql", "postgres"}
            raise SettingsError(
                "T110",
                f"The URL of the database '{name}' begins with '{parts.scheme}://', which no driver is for."
                if parts.scheme
                else f"The URL of the database '{name}' does not begin with a kind of database.",
                f"The driver is Rooftree's own choice: write {kind}://." if own else f"Write one of {_FORMS}.",
            )


def _sqlite(
    name: str,
    url: str,
    parts: SplitResult,
    given: dict[str, Any],
    hooks: list[ConnectionHook],
    *,
    folder: str | os.PathLike[str],
) -> Driver:
    from rooftree.db.drivers.sqlite.driver import SQLiteDriver

    if parts.netloc:
        server, path = parts.netloc.rpartition("@")[2], url[9:].rpartition("@")[2]
        raise SettingsError(
            "T110",
            f"The URL of the database '{name}' has '{server}' where SQLite has no server.",
            f"Write three slashes before a relative path, four before an absolute one: sqlite:///{path}.",
        )
    if not url.partition(":")[2].startswith("//"):
        raise SettingsError(
            "T110",
            f"The URL of the database '{name}' has no slashes before its path: '{url.partition('?')[0]}'.",
            f"Write three before a relative path, four before an absolute one: sqlite:///{parts.path}.",
        )
    path = unquote(parts.path.removeprefix("/"))
    if path == ":memory:":
        raise SettingsError(
            "T110", f"The URL of the database '{name}' would make a file named ':memory:'.", "Write sqlite:// alone."
        )
    path = os.path.join(folder, path) if path else ":memory:"  # noqa: PTH118 - a PathLike joined to a text
    return SQLiteDriver(name, path, _options(name, SQLiteOptions, given), hooks)


def _postgres(name: str, parts: SplitResult, given: dict[str, Any], hooks: list[ConnectionHook]) -> Driver:
    try:
        from rooftree.db.drivers.postgres.connection import Address
        from rooftree.db.drivers.postgres.driver import PostgresDriver
    except ImportError as error:
        raise SettingsError(
            "T111",
            f"The database '{name}' is a PostgreSQL, and asyncpg is not installed.",
            "Run: pip install 'rooftree[postgres]'.",
        ) from error
    try:
        port = parts.port or 5432
    except ValueError:
        raise SettingsError(
            "T110",
            f"The port in the URL of the database '{name}' is no number up to 65535.",
            f"Write one of {_FORMS}.",
        ) from None
    address = Address(
        host=str(given.pop("host", "")) or parts.hostname or "127.0.0.1",
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        database=unquote(parts.path.removeprefix("/")) or None,
    )
    return PostgresDriver(name, address, _options(name, PostgresOptions, given), hooks)


def _options(name: str, kind: type[O], given: dict[str, Any]) -> O:
    unknown = sorted(set(given) - set(kind.__struct_fields__))
    if unknown:
        raise SettingsError(
            "T112",
            f"The database '{name}' has the option '{unknown[0]}', which its driver does not know.",
            f"It knows {', '.join(sorted(kind.__struct_fields__))}.",
        )
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(
            "T112",
            f"An option of the database '{name}' does not fit: {str(error).rstrip('.')}.",
            "Look the options up in the documentation of databases.",
        ) from None
