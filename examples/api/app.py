"""A library's books: a typed service in one file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from rooftree import (
    App,
    Col,
    Event,
    EventStream,
    Found,
    Ge,
    HTTPError,
    Input,
    Le,
    Len,
    Model,
    NotFound,
    Output,
    Resource,
    Response,
    Schema,
    Settings,
    Upload,
    WebSocket,
    col,
)

app = App(Settings.load(database="sqlite:///library.db"), name="Library")


class Book(Model, table="books"):
    title: Col[str] = col(min_length=1, max_length=200, index=True)
    author: Col[str] = col(min_length=1, max_length=120)
    year: Col[int] = col(ge=1450, le=2100)
    cover: Col[bytes | None] = col(default=None, private=True)
    cover_type: Col[str | None] = col(max_length=40, default=None, private=True)
    version: Col[int] = col(role="version", default=1)


class NewBook(Input[Book], fields=(Book.title, Book.author, Book.year)): ...


class BookOut(Output[Book], fields=(Book.id, Book.title, Book.author, Book.year)): ...


class Change(Schema):
    """What has happened to a book."""

    book: int
    title: str


class Question(Schema, tag="question"):
    """Words to look for in titles."""

    words: Annotated[str, Len(1, 100)]
    most: Annotated[int, Ge(1), Le(50)] = 5


class Titles(Schema, tag="titles"):
    """The titles that fit."""

    titles: list[str]


class NoPicture(HTTPError):
    """The upload is no PNG or JPEG picture."""

    status = 415


listeners: set[asyncio.Queue[Change]] = set()


class Books(
    Resource[Book, NewBook, BookOut],
    path="/books",
    filters=(Book.author, Book.year),
    ordering=(Book.title, Book.year),
    search=(Book.title, Book.author),
    tags=["books"],
):
    async def create(self, data: NewBook) -> Book:
        book = await Book.create(**data.values())
        for listener in listeners:
            if listener.full():
                continue  # it does not read; nobody waits for it
            listener.put_nowait(Change(book=book.id, title=book.title))
        return book


app.include(Books)


@app.get("/export", tags=["books"], returns=AsyncIterator[BookOut])
async def export() -> AsyncIterator[Book]:
    """Every book, a line of JSON for each, read from the database as they are sent."""
    async for book in Book.where().order_by(Book.id).stream():
        yield book


@app.get("/changes", tags=["books"])
async def changes(seconds: Annotated[float, Ge(0), Le(30)] = 30) -> EventStream[Change]:
    """New books as they come, for so long; browsers connect again by themselves."""
    queue: asyncio.Queue[Change] = asyncio.Queue(maxsize=100)

    async def events() -> AsyncIterator[Event[Change]]:
        listeners.add(queue)
        try:
            async with asyncio.timeout(seconds):
                yield Event(comment="listening")
                while True:
                    change = await queue.get()
                    yield Event(data=change, id=str(change.book), event="book")
        except TimeoutError:
            return
        finally:
            listeners.discard(queue)

    return EventStream(events())


@app.put("/books/{book}/cover", status=204, tags=["covers"], raises=[NoPicture])
async def set_cover(book: Found[Book], picture: Upload) -> None:
    """Take a picture of at most 200 kB as the cover."""
    if picture.size > 200_000:
        raise HTTPError(413, "A cover has 200,000 bytes at most.")
    content = await picture.read()
    kinds = {b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
    kind = next((kind for head, kind in kinds.items() if content.startswith(head)), None)
    if kind is None:
        raise NoPicture(detail="A cover is a PNG or a JPEG picture.")
    book.cover, book.cover_type = content, kind
    await book.save()


@app.get("/books/{book}/cover", tags=["covers"])
async def cover(book: Found[Book]) -> Response:
    """The picture, as it came."""
    if book.cover is None:
        raise NotFound("This book has no cover.")
    return Response(book.cover, media_type=book.cover_type)


@app.websocket("/search")
async def search(ws: WebSocket[Question | Titles]) -> None:
    """Answer each question with the titles that fit, while somebody types."""
    async for question in ws:
        if isinstance(question, Titles):
            continue  # that is what we say
        found = Book.where(Book.title.contains(question.words, ignore_case=True)).order_by(Book.title)
        await ws.send(Titles(titles=[book.title for book in await found.limit(question.most)]))
