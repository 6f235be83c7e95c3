"""The key-value store in a database: where sessions and limits live that several processes share."""

from __future__ import annotations

import asyncio
import copy
import time
from typing import Any, Final

from rooftree.base import DatabaseError, Stored
from rooftree.db.database import Database
from rooftree.db.drivers.base import Driver
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.scope import Scope
from rooftree.db.statement import Kind, Statement

__all__ = ["DatabaseStore"]

TABLE: Final = "rooftree_store"
SWEEP_EVERY: Final = 500  # writes after which some of what has expired is taken out
SWEPT: Final = 2 * SWEEP_EVERY  # rows that are taken out then: more than were written, so the table does not grow

_GET: Final = f"select value, version, key from {TABLE} where key = $1 and expires > $2"  # noqa: S608 - a constant
_KEY: Final = (2,)  # where the key stands in such a row
_SET: Final = f"""
insert into {TABLE} (key, value, version, expires) values ($1, $2, 1, $3)
on conflict (key) do update set value = excluded.value, version = {TABLE}.version + 1, expires = excluded.expires
"""  # noqa: S608 - as above
_SET_NEW: Final = f"{_SET} where {TABLE}.expires <= $4"
_SET_READ: Final = f"""
update {TABLE} set value = $1, version = version + 1, expires = $2 where key = $3 and version = $4 and expires > $5
"""  # noqa: S608 - as above
_DELETE: Final = f"delete from {TABLE} where key = $1"  # noqa: S608 - as above
_ADD: Final = f"""
insert into {TABLE} (key, value, version, expires) values ($1, $2, $3, $4)
on conflict (key) do update set
    version = case when {TABLE}.expires <= $5 then excluded.version else {TABLE}.version + excluded.version end,
    expires = case when {TABLE}.expires <= $6 then excluded.expires else {TABLE}.expires end
returning version
"""  # noqa: S608 - as above
_CLEAN: Final = f"delete from {TABLE} where expires <= $1 and substr(key, 1, $2) = $3"  # noqa: S608 - as above
_SWEEP: Final[dict[Dialect, str]] = {
    "sqlite": f"delete from {TABLE} where key in (select key from {TABLE} where expires <= $1 limit $2)",  # noqa: S608
    "postgresql": f"""delete from {TABLE} where key in (
        select key from {TABLE} where expires <= $1 limit $2 for update skip locked)""",  # noqa: S608 - as above
}
_CREATE: Final[dict[Dialect, tuple[str, ...]]] = {
    "sqlite": (
        f"""create table if not exists {TABLE} (key text primary key, value blob not null, version integer not null,
        expires real not null) without rowid""",
        f"create index if not exists {TABLE}_expires on {TABLE} (expires)",
    ),
    "postgresql": (
        f"""create table if not exists {TABLE} (key text primary key, value bytea not null, version bigint not null,
        expires double precision not null)""",
        f"create index if not exists {TABLE}_expires on {TABLE} (expires)",
    ),
}


class DatabaseStore:
    """A ``Store`` in one table, ``rooftree_store``, which is made when it is missing.

    Its statements belong to no transaction of the application: what a request writes here stays, whatever becomes of
    its transaction. What has expired goes, a part at a time, as others are written: nobody has to clean up after
    visitors who never come back.

    Args:
        database: The database, open by the time that the store is used.
    """

    def __init__(self, database: Database) -> None:
        self.database: Final = database
        self._inside = False
        self._made_in: object = None  # a table that a test made goes with the test's transaction
        self._writes = 0
        self._making = asyncio.Lock()
        self._get = self._statement(_GET, "read", returns_rows=True)
        self._set = self._statement(_SET, "write")
        self._set_new = self._statement(_SET_NEW, "write")
        self._set_read = self._statement(_SET_READ, "write")
        self._delete = self._statement(_DELETE, "write")
        self._add = self._statement(_ADD, "write", returns_rows=True)
        self._clean = self._statement(_CLEAN, "write")
        self._sweep = self._statement(_SWEEP[database.dialect], "write")

    async def within(self) -> DatabaseStore:
        """Return this store for use in transactions: what is written belongs to the one around it, and goes with it."""
        if self._made_in is not self.database.apart:
            await self.make()
        other = copy.copy(self)
        other._inside = True
        return other

    @property
    def _runner(self) -> Database | Driver | Scope:
        return self.database if self._inside else self.database.apart

    async def get(self, key: str) -> Stored | None:
        """Return the value of a key; ``None`` where there is none, or it has expired."""
        if self._made_in is not self.database.apart:
            await self.make()
        row = await self._runner.fetch_by_key(self._get, (key, time.time()), _KEY)
        return None if row is None else Stored(row[0], row[1])

    async def set(self, key: str, value: bytes, *, lasts: float, version: int | None = None) -> bool:
        """Set the value of a key; see ``set``."""
        await self._before_write()
        now = time.time()
        end = now + lasts
        if version is None:
            return await self._runner.execute(self._set, (key, value, end)) == 1
        if version == 0:
            return await self._runner.execute(self._set_new, (key, value, end, now)) == 1
        return await self._runner.execute(self._set_read, (value, end, key, version, now)) == 1

    async def delete(self, key: str) -> None:
        """Take a key out, where it is there."""
        if self._made_in is not self.database.apart:
            await self.make()
        await self._runner.execute(self._delete, (key,))

    async def add(self, key: str, amount: int, *, lasts: float) -> int:
        """Add to the number at a key and return the sum; see ``add``."""
        await self._before_write()
        now = time.time()
        row = await self._runner.fetch_row(self._add, (key, b"", amount, now + lasts, now, now))
        return int(row[0]) if row is not None else amount

    async def clean(self, prefix: str = "") -> int:
        """Take out what has expired below a prefix, and return how much that was."""
        await self.make()
        return await self._runner.execute(self._clean, (time.time(), len(prefix), prefix))

    async def _before_write(self) -> None:
        if self._made_in is not self.database.apart:
            await self.make()
        self._writes += 1
        if self._writes % SWEEP_EVERY == 0:
            await self._runner.execute(self._sweep, (time.time(), SWEPT))

    async def make(self) -> None:
        """Make the table where it is missing.

        Raises:
            DatabaseError: It is missing, and the database's user may not make it.
        """
        async with self._making:
            if self._made_in is self.database.apart:
                return
            if not await self._exists():
                try:
                    for text in _CREATE[self.database.dialect]:
                        await self.database.apart.execute(_prepared_once(text), ())
                except DatabaseError:  # another process may have made it at the same moment
                    if not await self._exists():
                        raise
            self._made_in = self.database.apart

    async def _exists(self) -> bool:
        text = (
            "select count(*) from sqlite_master where type = 'table' and name = 'rooftree_store'"
            if self.database.dialect == "sqlite"
            else "select count(to_regclass('rooftree_store'))"
        )
        row = await self.database.apart.fetch_row(Statement(text, "read", returns_rows=True, prepare=False), ())
        return row is not None and row[0] == 1

    def _statement(self, text: str, kind: Kind, **options: Any) -> Statement:
        """Return a statement in the database's own style; placeholders stand in the order of their numbers."""
        if self.database.dialect == "sqlite":
            for number in range(9, 0, -1):
                text = text.replace(f"${number}", "?")
        return Statement(text.strip(), kind, **{"returns_rows": False, **options})


def _prepared_once(text: str) -> Statement:
    return Statement(text, "ddl", returns_rows=False, prepare=False)
