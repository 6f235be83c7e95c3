"""Rooftree's models, as its documentation shows them."""

from __future__ import annotations

from typing import Any

from benchmarks.orm.work import country
from rooftree.db import Col, Databases, Many, Model, Ref, col, count, many, max_, ref


class Author(Model, table="orm_author"):
    name: Col[str] = col(max_length=80)
    email: Col[str] = col(max_length=120)
    country: Col[str] = col(max_length=40)
    books: Many[Book] = many(by="author")


class Book(Model, table="orm_book"):
    title: Col[str] = col(max_length=200)
    pages: Col[int]
    price: Col[int]
    in_print: Col[bool]
    rating: Col[float]
    author: Ref[Author] = ref()


class Note(Model, table="orm_note"):
    text: Col[str] = col(max_length=200)
    amount: Col[int]
    done: Col[bool]


class RooftreeEntry:
    async def open(self, db: str, url: str) -> None:
        self.databases = Databases({"default": url if db == "pg" else f"sqlite:///{url}"})
        await self.databases.open()
        self.current = self.databases.current()  # as inside of a handler
        self.current.__enter__()

    async def close(self) -> None:
        self.current.__exit__(None, None, None)
        await self.databases.close()

    async def get(self, n: int) -> Any:
        return await Book.get(n)

    async def get1000(self, n: int) -> Any:
        return await Book.where(Book.id <= 1000).order_by(Book.id)

    async def insert(self, n: int) -> Any:
        return await Note.create(text=f"Note {n}", amount=n, done=False)

    async def insert1000(self, n: int) -> Any:
        return await Note.create_many([Note(text=f"Note {i}", amount=i, done=False) for i in range(n, n + 1000)])

    async def update(self, n: int) -> Any:
        book = await Book.get(n)
        book.pages = book.pages % 900 + 1  # always another
        await book.save()

    async def update1000(self, n: int) -> Any:
        books = await Book.where(Book.id <= 1000)
        for book in books:
            book.pages = book.id + n
        await Book.update_many(books, Book.pages)

    async def join(self, n: int) -> Any:
        return await Book.where(Book.author.country == country(n)).include(Book.author).order_by(Book.id).limit(20)

    async def children(self, n: int) -> Any:
        authors = await Author.where(Author.id <= 10).order_by(Author.id).include(Author.books)
        return [(author, author.books) for author in authors]

    async def aggregate(self, n: int) -> Any:
        return await Book.select(Book.author.country, count(), max_(Book.price)).group_by(Book.author.country)


def make(db: str) -> RooftreeEntry:
    return RooftreeEntry()
