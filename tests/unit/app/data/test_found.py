"""``Found[Product]``: a row by its key from the path."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest

from rooftree import (
    App,
    Col,
    Depends,
    Find,
    Found,
    HandlerError,
    Model,
    NotFound,
    Output,
    Ref,
    Settings,
    col,
    ref,
)
from rooftree.db import BareModel, QueryCounter, create_tables, drop_tables, uuid7
from rooftree.testing import Client


class Shelf(Model, table="found_shelves"):
    name: Col[str] = col(max_length=80)


class Book(BareModel, table="found_books"):
    id: Col[UUID] = col(primary=True, default=uuid7)
    title: Col[str] = col(max_length=80)
    shelf: Ref[Shelf] = ref(on_delete="cascade")


class Page(BareModel, table="found_pages"):
    book: Ref[Book] = ref(primary=True, on_delete="cascade")
    number: Col[int] = col(primary=True)
    text: Col[str] = col()


class Label(BareModel, table="found_labels"):
    name: Col[str] = col(primary=True, max_length=80)


class ShelfOut(Output[Shelf], fields=(Shelf.id, Shelf.name)): ...


def library(url: str) -> App:
    app = App(Settings(database=url, access_log=False))

    @app.lifespan
    async def tables() -> AsyncIterator[None]:
        await drop_tables(Page, Book, Shelf, Label)
        await create_tables(Page, Book, Shelf, Label)
        yield
        await drop_tables(Page, Book, Shelf, Label)

    return app


async def test_by_the_parameters_name_or_the_keys(url: str) -> None:
    app = library(url)

    @app.get("/shelves/{shelf}", returns=ShelfOut)
    async def by_name(shelf: Found[Shelf]) -> Shelf:
        return shelf

    @app.get("/by-id/{id}", returns=ShelfOut)
    def by_key(shelf: Found[Shelf]) -> Shelf:
        return shelf

    @app.get("/int/{id:int}")
    async def by_converter(shelf: Found[Shelf]) -> str:
        return shelf.name

    @app.get("/books/{book}")
    async def by_uuid(book: Found[Book]) -> str:
        return book.title

    async with Client(app) as client:
        shelf = await Shelf.create(name="Wood")
        book = await Book.create(title="Oak", shelf=shelf)
        assert (await client.get(f"/shelves/{shelf.id}")).json() == {"id": shelf.id, "name": "Wood"}
        assert (await client.get(f"/by-id/{shelf.id}")).json() == {"id": shelf.id, "name": "Wood"}
        assert (await client.get(f"/int/{shelf.id}")).text == "Wood"
        assert (await client.get(f"/books/{book.id}")).text == "Oak"
        missing = await client.get("/shelves/99")
        assert (missing.status_code, missing.json()["detail"]) == (404, "There is no such shelf.")
        assert (await client.get(f"/books/{uuid4()}")).status_code == 404
        wrong = await client.get("/shelves/oak")
        (error,) = wrong.json()["errors"]
        assert (wrong.status_code, error["in"], error["parameter"], error["code"]) == (422, "path", "shelf", "type")
        assert (await client.get("/books/7")).status_code == 422


@pytest.mark.parametrize(
    "key", ["99999999999999999999999999", "-1", "9223372036854775807", "0", "1e3", "%00", "1%27--", "\u0661"]
)
async def test_keys_that_nobody_made(url: str, key: str) -> None:
    app = library(url)

    @app.get("/shelves/{shelf}")
    async def show(shelf: Found[Shelf]) -> str:
        return shelf.name

    async with Client(app) as client:
        await Shelf.create(name="Wood")
        assert (await client.get(f"/shelves/{key}")).status_code in {400, 404, 422}


async def test_a_text_that_the_database_cannot_hold_is_nobodys_key(url: str) -> None:
    app = library(url)

    @app.get("/labels/{label}")
    async def show(label: Found[Label]) -> str:
        return label.name

    async with Client(app) as client:
        await Label.create(name="new")
        assert (await client.get("/labels/new")).text == "new"
        assert (await client.get("/labels/%00")).status_code == 404


async def test_of_several_columns(url: str) -> None:
    app = library(url)

    @app.get("/books/{book_id}/pages/{number}")
    async def show(page: Found[Page]) -> str:
        return page.text

    async with Client(app) as client:
        book = await Book.create(title="Oak", shelf=await Shelf.create(name="Wood"))
        await Page.create(book=book, number=3, text="three")
        assert (await client.get(f"/books/{book.id}/pages/3")).text == "three"
        assert (await client.get(f"/books/{book.id}/pages/4")).status_code == 404
        assert (await client.get(f"/books/{uuid4()}/pages/3")).status_code == 404


async def test_none_where_the_path_has_no_key(url: str) -> None:
    app = library(url)

    @app.get("/shelves/new")
    @app.get("/shelves/{shelf}/edit")
    async def edit(shelf: Found[Shelf] | None = None) -> str:
        return "new" if shelf is None else shelf.name

    for endpoint in app.built.endpoints:
        assert endpoint.info.pattern.text
    async with Client(app) as client:
        shelf = await Shelf.create(name="Wood")
        assert (await client.get("/shelves/new")).text == "new"
        assert (await client.get(f"/shelves/{shelf.id}/edit")).text == "Wood"
        assert (await client.get("/shelves/99/edit")).status_code == 404  # a key that leads nowhere is not no key


async def test_with_relations(url: str) -> None:
    app = library(url)

    @app.get("/books/{book}")
    async def show(book: Annotated[Book, Find(include=[Book.shelf])]) -> str:
        return book.shelf.name

    async with Client(app) as client:
        book = await Book.create(title="Oak", shelf=await Shelf.create(name="Wood"))
        assert (await client.get(f"/books/{book.id}")).text == "Wood"


async def test_loaded_once_for_all_that_ask(url: str) -> None:
    app = library(url)

    async def allowed(shelf: Found[Shelf]) -> str:
        return f"allowed {shelf.id}"

    @app.get("/shelves/{shelf}")
    async def show(shelf: Found[Shelf], may: str = Depends(allowed)) -> str:
        return f"{shelf.name} {may}"

    async with Client(app) as client:
        shelf = await Shelf.create(name="Wood")
        counter = QueryCounter()
        with app.databases["default"].observe(counter):
            assert (await client.get(f"/shelves/{shelf.id}")).text == f"Wood allowed {shelf.id}"
        assert len(counter) == 1


def test_what_is_known_of_it() -> None:
    app = App(Settings(database="sqlite://"))

    @app.get("/shelves/{shelf}", raises=[ZeroDivisionError])
    async def show(shelf: Found[Shelf]) -> str:
        return shelf.name

    handler = app.built.endpoints[0].handler
    assert handler is not None
    assert handler.raises == (ZeroDivisionError, NotFound)
    (key,) = [each for each in handler.all_parameters() if each.source == "path"]
    assert (key.wire, key.shown_type) == ("shelf", "int")


def refused(app: App) -> str:
    with pytest.raises(HandlerError) as error:
        app.built  # noqa: B018
    assert error.value.at is not None
    assert error.value.at.startswith("tests/unit/app/data/test_found.py:")
    return str(error.value).replace(error.value.at, "PLACE").replace("test_found.", "")


def test_a_path_without_the_key() -> None:
    app = App(Settings(database="sqlite://"))

    @app.get("/shelves")
    async def show(shelf: Found[Shelf]) -> None: ...

    @app.get("/pages/{number}")
    async def page(number: int, page: Found[Page]) -> None: ...

    text = refused(app)
    assert text == (
        "[H121] test_a_path_without_the_key.show() has a parameter 'shelf: Shelf' that is found by its key in the "
        "path, but the pattern has neither {shelf} nor {id}. At PLACE. Add it to the pattern, or write "
        "'shelf: Found[Shelf] | None = None'."
    )


def test_of_no_model() -> None:
    app = App(Settings(database="sqlite://"))

    @app.get("/{shelf}")
    async def show(shelf: Found[int]) -> None: ...

    assert refused(app) == (
        "[H120] test_of_no_model.show() has a parameter 'shelf: int' that is to be found by its key, and is no Model. "
        "At PLACE. Write Found[...] of a Model, or Depends(...) of a function that loads it."
    )


def test_a_model_is_never_a_body() -> None:
    app = App(Settings(database="sqlite://"))

    @app.post("/")
    async def add(shelf: Shelf) -> Any: ...

    assert refused(app).startswith("[H118]")
