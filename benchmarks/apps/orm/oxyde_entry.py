"""Oxyde: Pydantic models over a core written in Rust. Its queries cannot group by a column of a parent."""

from typing import Any

from oxyde import Field, Model, db
from oxyde.db import PoolSettings

from benchmarks.orm.work import country


class Author(Model):
    id: int | None = Field(default=None, db_pk=True)
    name: str
    email: str
    country: str
    books: "list[Book]" = Field(default_factory=list, db_reverse_fk="author")

    class Meta:
        is_table = True
        table_name = "orm_author"


class Book(Model):
    id: int | None = Field(default=None, db_pk=True)
    title: str
    pages: int
    price: int
    in_print: bool
    rating: float
    author: Author | None = Field(default=None, db_on_delete="CASCADE")

    class Meta:
        is_table = True
        table_name = "orm_book"


class Note(Model):
    id: int | None = Field(default=None, db_pk=True)
    text: str
    amount: int
    done: bool

    class Meta:
        is_table = True
        table_name = "orm_note"


class OxydeEntry:
    async def open(self, db_name: str, url: str) -> None:
        settings = PoolSettings(max_connections=2)
        await db.init(default=url if db_name == "pg" else f"sqlite://{url}", settings=settings)

    async def close(self) -> None:
        await db.close()

    async def get(self, n: int) -> Any:
        return await Book.objects.get(id=n)

    async def get1000(self, n: int) -> Any:
        return await Book.objects.filter(id__lte=1000).order_by("id").all()

    async def insert(self, n: int) -> Any:
        return await Note.objects.create(text=f"Note {n}", amount=n, done=False)

    async def insert1000(self, n: int) -> Any:
        return await Note.objects.bulk_create(
            [Note(text=f"Note {i}", amount=i, done=False) for i in range(n, n + 1000)]
        )

    async def update(self, n: int) -> Any:
        book = await Book.objects.get(id=n)
        book.pages = book.pages % 900 + 1  # always another
        await book.save(update_fields=["pages"])

    async def update1000(self, n: int) -> Any:
        books = await Book.objects.filter(id__lte=1000).all()
        for book in books:
            assert book.id is not None
            book.pages = book.id + n
        for first in range(0, len(books), 400):  # SQLite refuses more
            await Book.objects.bulk_update(books[first : first + 400], ["pages"])

    async def join(self, n: int) -> Any:
        return await Book.objects.filter(author__country=country(n)).join("author").order_by("id").limit(20).all()

    async def children(self, n: int) -> Any:
        authors = await Author.objects.filter(id__lte=10).order_by("id").prefetch("books").all()
        return [(author, author.books) for author in authors]


def make(db_name: str) -> OxydeEntry:
    return OxydeEntry()
