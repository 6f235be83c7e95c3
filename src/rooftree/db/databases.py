"""The databases of an application: by their names, and as those that queries find while it runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from rooftree.base import Call, UsageError, current_call
from rooftree.db.database import Database
from rooftree.db.place import user_line

__all__ = ["Databases", "current_database"]


class Databases(Mapping[str, Database]):
    """The databases of an application, by name; the one named ``"default"`` is meant where no name is given.

    Args:
        databases: Databases, or their URLs, by name; a single one is the default.
        folder: Where relative paths in URLs start from; the working directory without it.

    Attributes:
        first: The one named ``"default"``.
    """

    def __init__(
        self, databases: Mapping[str, Database | str] | Database | str, *, folder: str | os.PathLike[str] = ""
    ) -> None:
        if isinstance(databases, (Database, str)):
            databases = {"default": databases}
        self._databases: Final = {
            name: Database(given, name=name, folder=folder) if isinstance(given, str) else given
            for name, given in databases.items()
        }
        self.first: Final = self._databases.get("default")

    def __getitem__(self, name: str) -> Database:
        """Return the database of this name.

        Raises:
            UsageError: there is none.
        """
        try:
            return self._databases[name]
        except KeyError:
            raise UsageError(
                "T105",
                f"No database is named '{name}'; there {'are' if len(self) > 1 else 'is'} {', '.join(self) or 'none'}.",
                "Name it where the databases are configured.",
                at=user_line(),
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._databases)

    def __len__(self) -> int:
        return len(self._databases)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that they were opened in; ``None`` while they are closed."""
        return next((each.loop for each in self._databases.values() if each.loop is not None), None)

    async def open(self) -> None:
        """Open all of them, or none: those that opened are closed again where one cannot be."""
        try:
            for database in self._databases.values():
                await database.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close all of them."""
        for database in self._databases.values():
            await database.close()

    @contextmanager
    def current(self) -> Generator[None]:
        """Make them what queries, ``transaction()`` and ``sql()`` use inside of the block."""
        before = current_call.get(None)
        token = current_call.set(Call(None, databases=self) if before is None else before.replace(databases=self))
        try:
            yield
        finally:
            current_call.reset(token)


def current_database(name: str = "default") -> Database:
    """Return a database of the running application.

    Raises:
        UsageError: no application runs here, or none of its databases has this name.
    """
    call = current_call.get(None)
    databases: Databases | None = None if call is None else call.databases
    if databases is None and call is not None and call.app is not None:
        raise UsageError(
            "T107",
            "A query was run, and the application has no database.",
            "Set ROOFTREE_DATABASE=sqlite:///app.db, or write App(Settings(database=...)).",
            at=user_line(),
        )
    if databases is None:
        raise UsageError(
            "T106",
            "There is no database here: this code runs in no request, task or command of an application.",
            "Give the App a database, or write `with connected(url):` around a script.",
            at=user_line(),
        )
    return databases[name]
