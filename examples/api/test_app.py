from __future__ import annotations

import json

import pytest
from app import Book, app

from rooftree.testing import Client, SyncClient

DUNE = {"title": "Dune", "author": "Frank Herbert", "year": 1965}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_a_book_is_made_read_changed_and_deleted() -> None:
    with SyncClient(app, rollback=True) as client:
        made = client.post("/books", json=DUNE)
        assert made.status_code == 201
        assert made.json() == {"id": made.json()["id"], **DUNE}
        place = made.headers["location"]
        read = client.get(place)
        changed = client.patch(place, json={"year": 1966}, headers={"if-match": read.headers["etag"]})
        assert changed.json()["year"] == 1966
        late = client.patch(place, json={"year": 1967}, headers={"if-match": read.headers["etag"]})
        assert late.status_code == 412
        assert client.get("/books?author=Frank+Herbert").json() == [changed.json()]
        assert client.delete(place, headers={"if-match": changed.headers["etag"]}).status_code == 204
        assert client.get(place).status_code == 404


def test_every_mistake_comes_at_once() -> None:
    with SyncClient(app, rollback=True) as client:
        refused = client.post("/books", json={"title": "", "author": "A", "year": 1})
        assert [error["pointer"] for error in refused.json()["errors"]] == ["#/title", "#/year"]


def test_the_export_is_lines_of_json() -> None:
    with SyncClient(app, rollback=True) as client:
        for number in range(3):
            Book.create(title=f"Book {number}", author="A", year=2000).sync()
        lines = client.get("/export").text.splitlines()
        assert [json.loads(line)["title"] for line in lines] == ["Book 0", "Book 1", "Book 2"]
        assert set(json.loads(lines[0])) == {"id", "title", "author", "year"}


def test_a_cover() -> None:
    with SyncClient(app, rollback=True) as client:
        book = Book.create(title="Dune", author="A", year=1965).sync()
        place = f"/books/{book.id}/cover"
        assert client.get(place).status_code == 404
        assert client.put(place, files={"picture": ("dune.png", b"GIF89a", "image/png")}).status_code == 415
        assert client.put(place, files={"picture": ("dune.png", PNG + bytes(200_000))}).status_code == 413
        assert client.put(place, files={"picture": ("dune.png", PNG)}).status_code == 204
        shown = client.get(place)
        assert (shown.headers["content-type"], shown.content) == ("image/png", PNG)


@pytest.mark.anyio
async def test_changes_come_as_events() -> None:
    async with Client(app, rollback=True) as client, client.stream("GET", "/changes?seconds=5") as answer:
        lines = answer.aiter_lines()
        while await anext(lines) != ": listening":
            pass
        await client.post("/books", json=DUNE)
        while not (line := await anext(lines)).startswith("data: "):
            pass
        assert json.loads(line.removeprefix("data: "))["title"] == "Dune"


@pytest.mark.anyio
async def test_a_search_while_typing() -> None:
    async with Client(app, rollback=True) as client:
        await Book.create(title="Dune", author="A", year=1965)
        async with client.websocket("/search") as socket:
            await socket.send_json({"type": "question", "words": "dun"})
            assert await socket.receive_json() == {"type": "titles", "titles": ["Dune"]}
            await socket.send_json({"type": "question", "words": "elm"})
            assert await socket.receive_json() == {"type": "titles", "titles": []}
