"""Piccolo. It has no reverse relations: children are a second query."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from piccolo.columns import BigInt, Boolean, DoublePrecision, ForeignKey, Serial, Varchar
from piccolo.engine.postgres import PostgresEngine
from piccolo.engine.sqlite import SQLiteEngine
from piccolo.query.functions.aggregate import Count, Max
from piccolo.table import Table

from benchmarks.orm.work import country

SQLITE = os.environ.get("BENCH_DB") == "sqlite"
URL = os.environ.get("BENCH_ORM_URL", "")


def engine() -> Any:
    if SQLITE:
        return SQLiteEngine(path=URL)
    parts = urlsplit(URL)
    config = {
        "host": parts.hostname, "port": parts.port, "user": parts.username, "password": parts.password,
        "database": parts.path[1:],
    }  # fmt: skip
    return PostgresEngine(config=config, log_queries=False)


ENGINE = engine()


class Author(Table, tablename="orm_author", db=ENGINE):
    id: Any = Serial(primary_key=True)
    name: Any = Varchar(length=80)
    email: Any = Varchar(length=120)
    country: Any = Varchar(length=40)


class Book(Table, tablename="orm_book", db=ENGINE):
    id: Any = Serial(primary_key=True)
    title: Any = Varchar(length=200)
    pages: Any = BigInt()
    price: Any = BigInt()
    in_print: Any = Boolean()
    rating: Any = DoublePrecision()
    author: Any = ForeignKey(references=Author, db_column_name="author_id")


class Note(Table, tablename="orm_note", db=ENGINE):
    id: Any = Serial(primary_key=True)
    text: Any = Varchar(length=200)
    amount: Any = BigInt()
    done: Any = Boolean()


class PiccoloEntry:
    async def open(self, db: str, url: str) -> None:
        if db == "pg":
            await ENGINE.start_connection_pool(min_size=1, max_size=2)

    async def close(self) -> None:
        if not SQLITE:
            await ENGINE.close_connection_pool()

    async def get(self, n: int) -> Any:
        return await Book.objects().get(Book.id == n)

    async def get1000(self, n: int) -> Any:
        return await Book.objects().where(Book.id <= 1000).order_by(Book.id)

    async def insert(self, n: int) -> Any:
        made = Note(text=f"Note {n}", amount=n, done=False)
        await made.save()
        return made

    async def insert1000(self, n: int) -> Any:
        await Note.insert(*[Note(text=f"Note {i}", amount=i, done=False) for i in range(n, n + 1000)])

    async def update(self, n: int) -> Any:
        book: Any = await Book.objects().get(Book.id == n)
        book.pages = book.pages % 900 + 1  # always another
        await book.save([Book.pages])

    async def update1000(self, n: int) -> Any:
        async with ENGINE.transaction():  # it has no update of many
            for book in await Book.objects().where(Book.id <= 1000):
                book.pages = book.id + n
                await book.save([Book.pages])

    async def join(self, n: int) -> Any:
        books = Book.objects(Book.author).where(Book.author.country == country(n))
        return await books.order_by(Book.id).limit(20)

    async def children(self, n: int) -> Any:
        authors = await Author.objects().where(Author.id <= 10).order_by(Author.id)
        found: dict[int, list[Any]] = {author.id: [] for author in authors}
        for book in await Book.objects().where(Book.author.is_in(list(found))):
            found[book.author].append(book)
        return [(author, found[author.id]) for author in authors]

    async def aggregate(self, n: int) -> Any:
        rows = await Book.select(Book.author.country, Count(), Max(Book.price)).group_by(Book.author.country)
        return [tuple(row.values()) for row in rows]


def make(db: str) -> PiccoloEntry:
    return PiccoloEntry()
