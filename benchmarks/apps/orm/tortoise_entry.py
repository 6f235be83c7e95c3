"""Tortoise ORM."""

from __future__ import annotations

from typing import Any

from tortoise import Tortoise, fields
from tortoise.functions import Count, Max
from tortoise.models import Model

from benchmarks.orm.work import country


class Author(Model):
    id: Any = fields.BigIntField(primary_key=True)
    name: Any = fields.CharField(80)
    email: Any = fields.CharField(120)
    country: Any = fields.CharField(40)
    books: Any

    class Meta:
        table = "orm_author"


class Book(Model):
    id: Any = fields.BigIntField(primary_key=True)
    title: Any = fields.CharField(200)
    pages: Any = fields.BigIntField()
    price: Any = fields.BigIntField()
    in_print: Any = fields.BooleanField()
    rating: Any = fields.FloatField()
    author: Any = fields.ForeignKeyField("models.Author", related_name="books")

    class Meta:
        table = "orm_book"


class Note(Model):
    id: Any = fields.BigIntField(primary_key=True)
    text: Any = fields.CharField(200)
    amount: Any = fields.BigIntField()
    done: Any = fields.BooleanField()

    class Meta:
        table = "orm_note"


class TortoiseEntry:
    async def open(self, db: str, url: str) -> None:
        address = url.replace("postgresql:", "asyncpg:") if db == "pg" else f"sqlite://{url}?synchronous=NORMAL"
        await Tortoise.init(db_url=address, modules={"models": [__name__]}, use_tz=True)

    async def close(self) -> None:
        await Tortoise.close_connections()

    async def get(self, n: int) -> Any:
        return await Book.get(id=n)

    async def get1000(self, n: int) -> Any:
        return await Book.filter(id__lte=1000).order_by("id")

    async def insert(self, n: int) -> Any:
        return await Note.create(text=f"Note {n}", amount=n, done=False)

    async def insert1000(self, n: int) -> Any:
        await Note.bulk_create([Note(text=f"Note {i}", amount=i, done=False) for i in range(n, n + 1000)])

    async def update(self, n: int) -> Any:
        book = await Book.get(id=n)
        book.pages = book.pages % 900 + 1  # always another
        await book.save(update_fields=["pages"])

    async def update1000(self, n: int) -> Any:
        books = await Book.filter(id__lte=1000)
        for book in books:
            book.pages = book.id + n
        await Book.bulk_update(books, ["pages"], batch_size=400)

    async def join(self, n: int) -> Any:
        return await Book.filter(author__country=country(n)).select_related("author").order_by("id").limit(20)

    async def children(self, n: int) -> Any:
        authors = await Author.filter(id__lte=10).order_by("id").prefetch_related("books")
        return [(author, list(author.books)) for author in authors]

    async def aggregate(self, n: int) -> Any:
        rows = Book.annotate(books=Count("id"), top=Max("price")).group_by("author__country")
        return await rows.values_list("author__country", "books", "top")


def make(db: str) -> TortoiseEntry:
    return TortoiseEntry()
