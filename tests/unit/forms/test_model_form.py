# pyright: reportUnusedClass=false
"""A form over a model: its columns' rules, its relations, and what the database itself refuses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Literal

import pytest

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
from rooftree.db import (
    BareModel,
    Check,
    Constraint,
    Query,
    QueryCounter,
    Unique,
    create_tables,
    current_database,
    drop_tables,
)
from rooftree.forms import EmailInput, FormError, FormUsageError, Textarea
from rooftree.testing import Client
from tests.unit.forms.pages import HERE, errors, tag, value


class Maker(Model, table="form_makers"):
    name: Col[str] = col(max_length=40)
    active: Col[bool] = col(default=True)


class Tag(Model, table="form_tags"):
    label: Col[str] = col(max_length=40)

    def __str__(self) -> str:
        return f"#{self.label}"


class Product(Model, table="form_products"):
    name: Col[str] = col(max_length=20, unique=True, doc="As on the label.")
    price: Col[Decimal] = col(max_digits=6, decimal_places=2, ge=0)
    email: Col[str | None] = col(format="email", default=None)
    about: Col[str] = col(default="")
    shown: Col[bool] = col(default=True)
    row: Col[int] = col(default=1)
    place: Col[int] = col(default=1)
    cost: Col[int] = col(default=5, private=True)
    maker: Ref[Maker] = ref()
    second: Ref[Maker | None] = ref()
    tags: Many[Tag] = many()
    parts: Many[Part] = many(by="product")

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Unique(cls.row, cls.place), Check(cls.row < 100, name="form_row")]


class Part(Model, table="form_parts"):
    product: Ref[Product] = ref(on_delete="cascade")
    what: Col[str] = col(max_length=9)
    order: Col[int] = col(default=0)
    made: Col[dt.date | None] = col(default=None)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Unique(cls.product, cls.what), Check(cls.what != "bad", name="form_what", message="No bad parts.")]


class Repair(Model, table="form_repairs"):
    part: Ref[Part] = ref(on_delete="restrict")


MODELS = (Maker, Tag, Product, Part, Repair)


class ProductForm(
    ModelForm[Product],
    fields=(
        Product.name,
        Product.price,
        Product.email,
        Product.about,
        Product.shown,
        Product.row,
        Product.place,
        Product.maker,
        Product.second,
        Product.tags,
        Product.parts,
    ),
):
    parts = field(fields=(Part.what, Part.made), order=Part.order, row="Part")


@asynccontextmanager
async def shop(url: str) -> AsyncGenerator[Client]:
    """Give a client of a shop with two makers and three tags."""
    app = App(Settings(mode="test", database=url), root=HERE)

    @app.form("/new")
    @app.form("/{product}/edit")
    async def edit(form: ProductForm, product: Found[Product] | None = None) -> Page | Redirect:
        if saved := await form.bind(product).save():
            return Redirect(f"/{saved.id}/edit")
        return render("form.html", form=form)

    @app.on_startup
    async def fill() -> None:
        await drop_tables(*MODELS)
        await create_tables(*MODELS)
        await Maker.create_many([Maker(name="Wood & Sons"), Maker(name="Ash", active=False)])
        await Tag.create_many([Tag(label=label) for label in ("big", "old", "red")])

    async with Client(app) as client:
        yield client


GIVEN: dict[str, Any] = {"name": "Oak", "price": "9.90", "maker": "1", "shown": "true", "row": "1", "place": "1"}


async def test_a_row_is_made_with_its_relations(url: str) -> None:
    async with shop(url) as client:
        given = {"tags": ["1", "3"], "parts[0].what": "top", "parts[1].what": "leg", "parts[1].made": "2026-11-27"}
        answer = await client.post("/new", data=GIVEN | given)
        assert (answer.status_code, answer.headers["location"]) == (303, "/1/edit")
        oak = await Product.where(Product.name == "Oak").include(Product.maker, Product.tags, Product.parts).one()
        assert (oak.price, oak.email, oak.about, oak.cost) == (Decimal("9.90"), None, "", 5)
        assert oak.maker.name == "Wood & Sons"
        assert oak.second is None
        assert [each.label for each in oak.tags] == ["big", "red"]
        assert [(part.what, part.order, part.made) for part in oak.parts] == [
            ("top", 0, None),
            ("leg", 1, dt.date(2026, 11, 27)),
        ]


async def test_a_row_is_changed_with_its_relations(url: str) -> None:
    async with shop(url) as client:
        await client.post("/new", data=GIVEN | {"tags": ["1"], "parts[0].what": "top", "parts[1].what": "leg"})
        page = (await client.get("/1/edit")).text
        assert value(page, "name") == "Oak"
        assert value(page, "price") == "9.90"
        assert value(page, "parts[1].what") == "leg"
        assert '<option value="1" selected>Wood &amp; Sons</option>' in page
        assert '<option value="1" selected>#big</option>' in page
        keys = [value(page, f"parts[{at}]._row") for at in (0, 1)]
        change = {"price": "1", "tags": ["2", "3"], "parts[0]._row": "", "parts[0].what": "new"}
        answer = await client.post("/1/edit", data=GIVEN | change | {"parts[1]._row": keys[1], "parts[1].what": "foot"})
        assert answer.status_code == 303, errors(answer.text)
        oak = await Product.where(Product.name == "Oak").include(Product.tags).one()
        assert oak.price == 1
        assert [each.label for each in oak.tags] == ["old", "red"]
        parts = await Part.all().order_by(Part.order)
        assert [part.what for part in parts] == ["new", "foot"]
        assert str(parts[1].id) == keys[1], "changed, not made anew"


async def test_rows_of_somebody_else_are_out_of_reach(url: str) -> None:
    async with shop(url) as client:
        await client.post("/new", data=GIVEN | {"parts[0].what": "mine"})
        await client.post("/new", data=GIVEN | {"name": "Elm", "place": "2", "parts[0].what": "theirs"})
        theirs = await Part.where(Part.what == "theirs").one()
        stolen = {"parts[0]._row": str(theirs.id), "parts[0].what": "stolen"}
        assert (await client.post("/1/edit", data=GIVEN | stolen)).status_code == 303
        assert (await Part.get(theirs.id)).what == "theirs"
        assert {part.what for part in await Part.all()} == {"theirs", "stolen"}


async def test_the_columns_rules_hold_all_at_once(url: str) -> None:
    async with shop(url) as client:
        given = {"name": "x" * 21, "price": "1.234", "email": "nobody", "parts[0].what": "x" * 10, "maker": ""}
        answer = await client.post("/new", data=GIVEN | given)
        assert answer.status_code == 422
        assert errors(answer.text) == {
            "name": "Enter at most 20 characters.",
            "price": "Enter at most 2 digits after the decimal separator.",
            "email": "Enter an e-mail address, like name@example.org.",
            "parts[0].what": "Enter at most 9 characters.",
            "maker": "This is required.",
        }
        answer = await client.post("/new", data=GIVEN | {"price": "99999"})
        assert errors(answer.text) == {"price": "Enter at most 4 digits in all."}
        assert await Product.count() == 0


async def test_what_the_database_refuses_stands_at_its_field(url: str) -> None:
    async with shop(url) as client:
        await client.post("/new", data=GIVEN)
        taken = await client.post("/new", data=GIVEN | {"place": "2"})
        assert (taken.status_code, errors(taken.text)) == (422, {"name": "This is taken already."})
        assert value(taken.text, "place") == "2"
        together = await client.post("/new", data=GIVEN | {"name": "Elm"})
        assert errors(together.text) == {"": "These values are taken already, together."}
        checked = await client.post("/new", data=GIVEN | {"name": "Elm", "row": "100"})
        assert checked.status_code == 422
        assert errors(checked.text) == {"row": "This value is not allowed here."}
        assert await Product.count() == 1


async def test_what_is_refused_of_rows_stands_at_the_rows(url: str) -> None:
    async with shop(url) as client:
        twice = await client.post("/new", data=GIVEN | {"parts[0].what": "top", "parts[1].what": "top"})
        assert errors(twice.text) == {"parts": "These values are taken already, together."}
        bad = await client.post("/new", data=GIVEN | {"parts[0].what": "bad"})
        assert errors(bad.text) == {"parts": "No bad parts."}
        assert await Product.count() == 0
        await client.post("/new", data=GIVEN | {"parts[0].what": "top"})
        part = await Part.all().one()
        await Repair.create(part=part)
        oak = await Product.all().one()  # PostgreSQL counts the two that failed
        gone = await client.post(f"/{oak.id}/edit", data=GIVEN)
        assert errors(gone.text) == {"parts": "Something else still needs this."}
        assert await Part.count() == 1


async def test_what_could_not_be_saved_leaves_the_row_as_it_was(url: str) -> None:
    async with shop(url) as client:
        await client.post("/new", data=GIVEN)
        await client.post("/new", data=GIVEN | {"name": "Elm", "place": "2", "tags": ["1"]})
        answer = await client.post("/2/edit", data=GIVEN | {"place": "2", "tags": ["2"], "parts[0].what": "new"})
        assert errors(answer.text) == {"name": "This is taken already."}
        elm = await Product.where(Product.id == 2).include(Product.tags).one()
        assert (elm.name, [each.label for each in elm.tags]) == ("Elm", ["big"])
        assert await Part.count() == 0


async def test_only_rows_that_there_are_can_be_chosen(url: str) -> None:
    async with shop(url) as client:
        gone = "What you chose is no longer there. Choose another."
        answer = await client.post("/new", data=GIVEN | {"maker": "77", "tags": ["1", "78"]})
        assert errors(answer.text) == {"maker": gone, "tags": gone}
        answer = await client.post("/new", data=GIVEN | {"maker": "1 OR 1=1"})
        assert errors(answer.text) == {"maker": gone}
        assert (await client.post("/new", data=GIVEN | {"second": "2"})).status_code == 303
        assert (await Product.all().include(Product.second).one()).second == await Maker.get(2)


async def test_nothing_but_its_fields_is_written(url: str) -> None:
    async with shop(url) as client:
        await client.post("/new", data=GIVEN | {"cost": "0", "id": "77"})
        assert [(product.id, product.cost) for product in await Product.all()] == [(1, 5)]


async def test_a_row_that_is_not_there(url: str) -> None:
    async with shop(url) as client:
        assert (await client.get("/7/edit")).status_code == 404


async def test_controls_of_columns() -> None:
    controls = {info.name: type(info.widget) for info in ProductForm.info.fields}
    assert controls["about"] is Textarea
    assert controls["email"] is EmailInput
    name = ProductForm.info.find("name")
    assert name is not None
    assert name.help == "As on the label."
    assert [info.name for info in ProductForm.info.fields if info.required] == ["name", "price", "maker"]


# ---- more than the columns


class SmallForm(ModelForm[Product], fields=(Product.name, Product.price)):
    sure = field(Literal[True], label="Are you sure?")


class ActiveForm(ModelForm[Product], fields=(Product.name, Product.price, Product.maker)):
    def offered(self) -> Query[Maker]:
        return Maker.where(Maker.active)

    maker = field(choices=offered)


class NewestForm(ModelForm[Product], fields=(Product.name, Product.price, Product.maker)):
    maker = field(choices=lambda: Maker.all().order_by(Maker.id.desc()).limit(2))


class LaterForm(ModelForm[Product], fields=(Product.name, Product.price, Product.maker)):
    maker = field(choices=lambda: Maker.all().order_by(Maker.id).offset(1))


class EitherForm(ModelForm[Product], fields=(Product.name, Product.price, Product.maker)):
    maker = field(choices=lambda: Maker.where(Maker.name == "Ash").union(Maker.where(Maker.name == "Elm")))


class OrderedForm(ModelForm[Product], fields=(Product.name, Product.price, Product.maker)):
    maker = field(choices=lambda: Maker.all().order_by(Maker.id.desc()))


class KeptForm(ModelForm[Product], fields=(Product.name, Product.price)):
    name = field(readonly=True)


@asynccontextmanager
async def page(url: str, form_class: type[ModelForm[Product]], **values: Any) -> AsyncGenerator[Client]:
    """Give a client of an application with one form, for a new row at ``/`` and for the first at ``/1``."""
    app = App(Settings(mode="test", database=url), root=HERE)

    async def new(form: Any, product: Found[Product] | None = None) -> Page | str:
        if saved := await form.bind(product).save(**values):
            return str(saved.name)
        return render("form.html", form=form)

    new.__annotations__["form"] = form_class
    app.form("/")(new)
    app.form("/{product}")(new)

    @app.on_startup
    async def fill() -> None:
        await drop_tables(*MODELS)
        await create_tables(*MODELS)
        await Maker.create_many([Maker(name="Wood"), Maker(name="Ash", active=False)])

    async with Client(app) as client:
        yield client


@pytest.mark.parametrize(
    ("form_class", "offered", "refused"),
    [
        (NewestForm, ["3", "2"], ["1"]),
        (LaterForm, ["2", "3"], ["1"]),
        (EitherForm, ["2", "3"], ["1"]),
        (OrderedForm, ["3", "2", "1"], ["4"]),
    ],
)
async def test_what_a_query_leaves_out_cannot_be_chosen(
    url: str, form_class: type[ModelForm[Product]], offered: list[str], refused: list[str]
) -> None:
    async with page(url, form_class) as client:
        await Maker.create(name="Elm")
        assert re.findall(r'<option value="(\d+)"', (await client.get("/")).text) == offered
        for key in [*refused, "4", "0", "-1"]:
            answer = await client.post("/", data={"name": "Oak", "price": "1", "maker": key})
            assert errors(answer.text) == {"maker": "What you chose is no longer there. Choose another."}
        answer = await client.post("/", data={"name": "Oak", "price": "1", "maker": f" {offered[0]} "})
        assert answer.text == "Oak"


async def test_fields_that_the_model_has_not_and_values_that_no_field_has(url: str) -> None:
    async with page(url, SmallForm, maker=1, cost=3) as client:
        answer = await client.post("/", data={"name": "Oak", "price": "1"})
        assert errors(answer.text) == {"sure": "This is required."}
        answer = await client.post("/", data={"name": "Oak", "price": "1", "sure": "true"})
        assert answer.text == "Oak"
        assert [(oak.maker.id, oak.cost) for oak in await Product.all().include(Product.maker)] == [(1, 3)]


async def test_choices_are_narrowed_by_a_query(url: str) -> None:
    async with page(url, ActiveForm) as client:
        html = (await client.get("/")).text
        assert "Wood" in html
        assert "Ash" not in html
        answer = await client.post("/", data={"name": "Oak", "price": "1", "maker": "2"})
        assert errors(answer.text) == {"maker": "What you chose is no longer there. Choose another."}


async def test_a_read_only_field_of_a_row(url: str) -> None:
    async with page(url, KeptForm) as client:
        await Product.create(name="Oak", price=Decimal(1), maker=1)
        assert "readonly" in tag((await client.get("/1")).text, "name")
        assert (await client.post("/1", data={"name": "Elm", "price": "2"})).text == "Oak"
        assert [(oak.name, oak.price) for oak in await Product.all()] == [("Oak", Decimal(2))]


async def test_the_script_is_told_of_the_columns_rules_and_nothing_is_saved(url: str) -> None:
    async with shop(url) as client:
        answer = await client.post("/new", data=GIVEN | {"price": "1.234"}, headers={"form-check": "1"})
        assert answer.json() == {"errors": {"price": ["Enter at most 2 digits after the decimal separator."]}}
        answer = await client.post("/new", data=GIVEN, headers={"form-check": "1"})
        assert answer.json() == {"errors": {}}
        assert await Product.count() == 0
        await client.post("/new", data=GIVEN)
        answer = await client.post("/new", data=GIVEN, headers={"form-check": "1"})
        assert answer.json() == {"errors": {"name": ["This is taken already."]}}
        answer = await client.post("/1/edit", data=GIVEN, headers={"form-check": "1"})
        assert answer.json() == {"errors": {}}, "its own name is not taken"


async def test_one_query_for_each_list_however_many_rows(url: str) -> None:
    async with shop(url) as client:
        given = {f"parts[{number}].what": "x" * 20 for number in range(30)}
        given |= {"second": "2"}
        counter = QueryCounter()
        with current_database().observe(counter):
            answer = await client.post("/new", data=GIVEN | given)
        assert len(counter) == 3, counter.report()  # whether both makers are some; the makers, for both lists; the tags
        assert len(re.findall(r"Enter at most 9", answer.text)) >= 30


# ---- mistakes


class Pair(BareModel, table="form_pairs"):
    a: Col[int] = col(primary=True)
    b: Col[int] = col(primary=True)
    name: Col[str] = col(default="")


class ToPair(Model, table="form_to_pairs"):
    pair: Ref[Pair] = ref()


def test_errors_of_declaration() -> None:
    def no_fields() -> None:
        class Empty(ModelForm[Product]): ...

    def no_model() -> None:
        class Odd(ModelForm[int], fields=(1,)): ...  # type: ignore[type-var]  # pyright: ignore[reportInvalidTypeArguments]

    def wide_key() -> None:
        class Wide(ModelForm[ToPair], fields=(ToPair.pair,)): ...

    def rows_of_what() -> None:
        class Rowless(ModelForm[Product], fields=(Product.parts,)): ...

    def order_of_words() -> None:
        class Wordy(ModelForm[Product], fields=(Product.parts,)):
            parts = field(fields=(Part.what,), order=Part.what)

    messages: list[str] = []
    for make in (no_fields, no_model, wide_key, rows_of_what, order_of_words):
        with pytest.raises(FormError) as caught:
            make()
        messages.append(str(caught.value))
    assert messages == [
        "[F108] Empty names no fields of Product. Name them: fields=(Product.name, ...).",
        "[F102] Odd is a form of <class 'int'>, which is no model. Write ModelForm[Product].",
        (
            "[F108] Wide names 'pair', whose key has 2 columns, and a control holds one value. Leave it out, and set "
            "it in the handler: 'await form.save(order=order)'."
        ),
        (
            "[F108] Rowless names Product.parts and does not say which columns its rows show. Write parts = "
            "field(fields=(Part.what, ...)) in its body."
        ),
        (
            "[F108] Wordy.parts keeps the order of its rows in 'what', which is no whole number. Name one, as "
            "place: Col[int], or leave order= out: rows then come in the order of their keys."
        ),
    ]


async def test_rows_with_a_wide_key_cannot_be_chosen(url: str) -> None:
    class Wide(ModelForm[Product], fields=(Product.row,)):
        row = field(choices=Pair.all)

    with pytest.raises(FormUsageError) as caught:
        await Wide().load()
    assert str(caught.value) == (
        "[F205] Rows of Pair cannot be chosen in a form: the key has 2 columns. Offer them by a function that returns "
        "pairs, or take the reference out of the form."
    )
