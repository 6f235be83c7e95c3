"""The raw driver: prepared statements on one held asyncpg connection; sqlite3 called inline. Rows, no instances."""

from __future__ import annotations

import sqlite3
from typing import Any

from benchmarks.orm.work import country

BOOK = "select id, title, pages, price, in_print, rating, author_id from orm_book "
JOIN = (
    "select b.id, b.title, b.pages, b.price, b.in_print, b.rating, a.id, a.name, a.email, a.country"
    " from orm_book b join orm_author a on a.id = b.author_id where a.country = $1 order by b.id limit 20"
)
TOTALS = (
    "select a.country, count(*), max(b.price) from orm_book b join orm_author a on a.id = b.author_id"
    " group by a.country"
)
INSERT = "insert into orm_note(text, amount, done) values ($1, $2, $3)"
COLUMNS = ("id", "title", "pages", "price", "in_print", "rating")


def note(n: int) -> tuple[str, int, bool]:
    return f"Note {n}", n, False


class PostgresEntry:
    async def open(self, db: str, url: str) -> None:
        import asyncpg

        self.connection = await asyncpg.connect(url)
        prepare = self.connection.prepare
        self._get = await prepare(BOOK + "where id = $1")
        self._get1000 = await prepare(BOOK + "where id <= 1000 order by id")
        self._insert = await prepare(INSERT + " returning id")
        self._unnest = await prepare(
            "insert into orm_note(text, amount, done) select * from unnest($1::text[], $2::bigint[], $3::bool[])"
            " returning id"
        )
        self._update = await prepare("update orm_book set pages = $1 where id = $2")
        self._join = await prepare(JOIN)
        self._authors = await prepare("select id, name, email, country from orm_author where id <= 10 order by id")
        self._books = await prepare(BOOK + "where author_id = any($1::bigint[])")
        self._totals = await prepare(TOTALS)

    async def close(self) -> None:
        await self.connection.close()

    async def get(self, n: int) -> Any:
        return await self._get.fetchrow(n)

    async def get1000(self, n: int) -> Any:
        return await self._get1000.fetch()

    async def insert(self, n: int) -> Any:
        return await self._insert.fetchrow(*note(n))

    async def insert1000(self, n: int) -> Any:
        return await self._unnest.fetch(*map(list, zip(*(note(i) for i in range(n, n + 1000)), strict=True)))

    async def update(self, n: int) -> Any:
        row = await self._get.fetchrow(n)
        await self._update.fetch(row["pages"] % 900 + 1, n)

    async def update1000(self, n: int) -> Any:
        rows = await self._get1000.fetch()
        await self._update.executemany([(row["id"] + n, row["id"]) for row in rows])

    async def join(self, n: int) -> Any:
        rows = await self._join.fetch(country(n))
        return [{**dict(zip(COLUMNS, row, strict=False)), "author": {"id": row[6], "country": row[9]}} for row in rows]

    async def children(self, n: int) -> Any:
        authors = await self._authors.fetch()
        found: dict[int, list[Any]] = {author["id"]: [] for author in authors}
        for book in await self._books.fetch(list(found)):
            found[book["author_id"]].append(book)
        return [(author, found[author["id"]]) for author in authors]

    async def aggregate(self, n: int) -> Any:
        return await self._totals.fetch()


class SQLiteEntry:
    async def open(self, db: str, url: str) -> None:
        self.connection = sqlite3.connect(url, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=wal", "synchronous=normal", "foreign_keys=on"):
            self.connection.execute(f"pragma {pragma}")
        self.fetch = self.connection.execute

    async def close(self) -> None:
        self.connection.close()

    def get(self, n: int) -> Any:
        return self.fetch(BOOK + "where id = ?", (n,)).fetchone()

    def get1000(self, n: int) -> Any:
        return self.fetch(BOOK + "where id <= 1000 order by id").fetchall()

    def insert(self, n: int) -> Any:
        return self.fetch(INSERT.replace("$", "?") + " returning id", note(n)).fetchone()

    def insert1000(self, n: int) -> Any:
        self.fetch("begin immediate")
        self.connection.executemany(INSERT.replace("$", "?"), [note(i) for i in range(n, n + 1000)])
        self.fetch("commit")

    def update(self, n: int) -> Any:
        row = self.get(n)
        self.fetch("update orm_book set pages = ? where id = ?", (row["pages"] % 900 + 1, n))

    def update1000(self, n: int) -> Any:
        rows = self.get1000(n)
        self.fetch("begin immediate")
        self.connection.executemany(
            "update orm_book set pages = ? where id = ?", [(row["id"] + n, row["id"]) for row in rows]
        )
        self.fetch("commit")

    def join(self, n: int) -> Any:
        rows = self.fetch(JOIN.replace("$1", "?"), (country(n),)).fetchall()
        return [{**dict(zip(COLUMNS, row, strict=False)), "author": {"id": row[6], "country": row[9]}} for row in rows]

    def children(self, n: int) -> Any:
        authors = self.fetch("select id, name, email, country from orm_author where id <= 10 order by id").fetchall()
        found: dict[int, list[Any]] = {author["id"]: [] for author in authors}
        marks = ", ".join("?" * len(found))
        for book in self.fetch(f"{BOOK} where author_id in ({marks})", list(found)):
            found[book["author_id"]].append(book)
        return [(author, found[author["id"]]) for author in authors]

    def aggregate(self, n: int) -> Any:
        return self.fetch(TOTALS).fetchall()


def make(db: str) -> PostgresEntry | SQLiteEntry:
    return PostgresEntry() if db == "pg" else SQLiteEntry()
