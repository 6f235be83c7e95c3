"""Two people change one row: who comes second is told, and overwrites only what he has seen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from rooftree import (
    App,
    Col,
    Found,
    Many,
    Model,
    ModelForm,
    Page,
    Redirect,
    Ref,
    Settings,
    col,
    field,
    many,
    ref,
    render,
)
from rooftree.db import create_tables, drop_tables
from rooftree.forms import PasswordInput
from rooftree.testing import Client
from tests.unit.forms.pages import HERE, errors, value


class Shelf(Model, table="lock_shelves"):
    name: Col[str] = col(max_length=40)


class Label(Model, table="lock_labels"):
    name: Col[str] = col(max_length=40)


class Item(Model, table="lock_items"):
    name: Col[str] = col(max_length=40)
    secret: Col[str] = col(max_length=40, default="")
    sold: Col[bool] = col(default=False)
    shelf: Ref[Shelf] = ref()
    labels: Many[Label] = many()
    parts: Many[Piece] = many(by="item")
    version: Col[int] = col(role="version", default=1)


class Piece(Model, table="lock_pieces"):
    item: Ref[Item] = ref(on_delete="cascade")
    what: Col[str] = col(max_length=9)
    version: Col[int] = col(role="version", default=1)


class Plain(Model, table="lock_plain"):
    name: Col[str] = col(max_length=40)
    pieces: Many[PlainPiece] = many(by="plain")


class PlainPiece(Model, table="lock_plain_pieces"):
    plain: Ref[Plain] = ref(on_delete="cascade")
    what: Col[str] = col(max_length=9)
    version: Col[int] = col(role="version", default=1)


MODELS = (Shelf, Label, Item, Piece, Plain, PlainPiece)


class ItemForm(ModelForm[Item], fields=(Item.name, Item.secret, Item.sold, Item.shelf, Item.labels, Item.parts)):
    secret = field(widget=PasswordInput())
    parts = field(fields=(Piece.what,))


class PlainForm(ModelForm[Plain], fields=(Plain.name, Plain.pieces)):
    pieces = field(fields=(PlainPiece.what,))


@asynccontextmanager
async def shop(url: str) -> AsyncGenerator[Client]:
    """Give a client of a shop with one thing, and with one that has no version."""
    app = App(Settings(mode="test", database=url), root=HERE)

    @app.form("/{item}")
    async def edit(form: ItemForm, item: Found[Item]) -> Page | Redirect:
        if saved := await form.bind(item).save():
            return Redirect(f"/{saved.id}")
        return render("form.html", form=form)

    @app.form("/plain/{plain}")
    async def edit_plain(form: PlainForm, plain: Found[Plain]) -> Page | Redirect:
        if await form.bind(plain).save():
            return Redirect("/")
        return render("form.html", form=form)

    @app.on_startup
    async def fill() -> None:
        await drop_tables(*MODELS)
        await create_tables(*MODELS)
        await Shelf.create_many([Shelf(name="Left"), Shelf(name="Right")])
        await Label.create(name="red")
        await Item.create(name="Oak", shelf=1)
        await PlainPiece.create(plain=await Plain.create(name="Elm"), what="leg")

    async with Client(app) as client:
        yield client


MINE: dict[str, Any] = {"name": "Mine", "secret": "mine", "shelf": "1"}
THEIRS: dict[str, Any] = {"name": "Theirs", "secret": "s3cr3t", "shelf": "2", "sold": "true", "labels": "1"}
CHANGED = (
    "Someone else has changed this since you opened it. Where it differs from yours, what is saved now is shown. "
    "Send it again to save yours in its place, or load the page again to go on with theirs."
)


async def test_who_comes_second_is_told_what_is_saved_now_and_may_overwrite_it(url: str) -> None:
    async with shop(url) as client:
        opened = {"_version": value((await client.get("/1")).text, "_version")}
        assert (await client.post("/1", data=THEIRS | opened)).status_code == 303
        answer = await client.post("/1", data=MINE | opened)
        assert answer.status_code == 422
        assert errors(answer.text) == {
            "": CHANGED,
            "name": "What is saved now: Theirs",
            "secret": "What is saved now is different.",
            "sold": "What is saved now is different.",
            "shelf": "What is saved now: Right",
            "labels": "What is saved now: red",
        }
        assert value(answer.text, "name") == "Mine", "what was typed stays"
        assert "s3cr3t" not in answer.text
        assert '<a href="">Load the page again</a>' in answer.text
        assert (await Item.get(1)).name == "Theirs", "nothing was overwritten"
        seen = {"_version": value(answer.text, "_version")}
        assert (await client.post("/1", data=MINE | seen)).status_code == 303
        assert (await Item.get(1)).name == "Mine"


async def test_a_change_of_rows_alone_is_a_change_of_the_whole(url: str) -> None:
    async with shop(url) as client:
        opened = {"_version": value((await client.get("/1")).text, "_version")}
        same = {"name": "Oak", "shelf": "1"}
        assert (await client.post("/1", data=same | opened | {"parts[0].what": "leg"})).status_code == 303
        answer = await client.post("/1", data=same | opened)
        assert errors(answer.text) == {"": CHANGED, "parts": "What is saved now is different."}
        assert [piece.what for piece in await Piece.all()] == ["leg"], "a row that he has not seen is not deleted"


async def test_buttons_that_only_change_rows_keep_the_version_that_was_seen(url: str) -> None:
    async with shop(url) as client:
        opened = {"_version": value((await client.get("/1")).text, "_version")}
        await client.post("/1", data=THEIRS | opened)
        answer = await client.post("/1", data=MINE | opened | {"_action": "parts:add"})
        assert value(answer.text, "_version") == opened["_version"]
        answer = await client.post("/1", data=MINE | opened | {"name": ""})
        assert errors(answer.text)["name"] == "This is required.", "other errors are told at once"
        assert errors(answer.text)[""] == CHANGED


async def test_rows_have_versions_of_their_own(url: str) -> None:
    async with shop(url) as client:
        page = (await client.get("/plain/1")).text
        assert 'name="_version"' not in page, "the model has none"
        mark = {"name": "Elm", "pieces[0]._row": value(page, "pieces[0]._row")}
        assert (await client.post("/plain/1", data=mark | {"pieces[0].what": "theirs"})).status_code == 303
        answer = await client.post("/plain/1", data=mark | {"pieces[0].what": "mine"})
        assert errors(answer.text) == {
            "pieces": "Someone else has changed this. Send it again to save yours in its place.",
            "pieces[0].what": "What is saved now: theirs",
        }
        mark["pieces[0]._row"] = value(answer.text, "pieces[0]._row")
        assert (await client.post("/plain/1", data=mark | {"pieces[0].what": "mine"})).status_code == 303
        assert [(piece.id, piece.what) for piece in await PlainPiece.all()] == [(1, "mine")]


async def test_versions_that_no_page_has_shown(url: str) -> None:
    async with shop(url) as client:
        for odd in ("0", "-1", "1.0", "x" * 5000, "1\x00", "٣"):
            answer = await client.post("/1", data=MINE | {"_version": odd})
            assert errors(answer.text)[""] == CHANGED
            assert value(answer.text, "_version") == "1"
        assert (await client.post("/1", data=MINE)).status_code == 303, "a program that sends none overwrites"
