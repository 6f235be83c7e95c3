"""What authors do with forms: several on a page, mistakes, options that are loaded, fieldsets."""

from __future__ import annotations

import pytest

from rooftree import (
    App,
    Page,
    SchemaForm,
    Settings,
    field,
    render,
)
from rooftree.forms import (
    FormUsageError,
)
from rooftree.testing import Client
from tests.unit.forms.contact import Contact, ContactForm, Single
from tests.unit.forms.pages import HERE


class First(SchemaForm[Contact], id="first"): ...


class Second(SchemaForm[Contact], id="second"): ...


class SingleForm(SchemaForm[Single]):
    one = field(choices={1: "One"})


async def test_two_forms_on_one_page() -> None:
    app = App(Settings(mode="test"), root=HERE)

    @app.form("/")
    async def page(first: First, second: Second) -> str | None:
        return f"{(await first.validate()) is not None} {(await second.validate()) is not None}"

    async with Client(app) as client:
        answer = await client.post("/", data={"_form": "second", "name": "Oak", "price": "1"})
    assert answer.text == "False True"


async def test_mistakes_in_using_it() -> None:
    form = ContactForm()
    with pytest.raises(FormUsageError) as caught:
        _ = form.data
    assert str(caught.value) == (
        "[F201] The data of ContactForm was read, but the form was not validated yet. Ask first: "
        "'if data := await form.validate():'."
    )
    with pytest.raises(FormUsageError) as caught:
        form.error("nmae", "x")
    assert str(caught.value) == (
        "[F202] ContactForm has no field 'nmae'. It has name, price, count, note, secret, news; None is the whole form."
    )
    with pytest.raises(FormUsageError) as caught:
        str(form["name"])
    assert str(caught.value) == (
        "[F208] ContactForm was made without a request and cannot be shown. Name it as a parameter of the handler, or "
        "make it of one: ContactForm(request)."
    )
    with pytest.raises(KeyError):
        form["nobody"]


async def test_bind_comes_first_and_options_before_showing() -> None:
    app = App(Settings(mode="test"), root=HERE)
    said: list[str] = []

    @app.form("/")
    async def page(form: SingleForm) -> Page:
        try:
            str(form["one"])
        except FormUsageError as error:
            said.append(str(error))
        await form.validate()
        try:
            form.bind(None)
        except FormUsageError as error:
            said.append(str(error))
        return render("form.html", form=form)

    async with Client(app) as client:
        await client.post("/", data={"one": "2"})
    assert said == [
        (
            "[F207] The options of SingleForm.one were not loaded before the form was shown. Ask the form first, "
            "'await form.validate()', or load them: 'await form.load()'."
        ),
        "[F209] SingleForm was bound after it was validated. Bind it first: 'await form.bind(product).save()'.",
    ]


async def test_a_page_loads_the_options_of_forms_that_nobody_asked() -> None:
    app = App(Settings(mode="test"), root=HERE)

    @app.get("/")
    async def page(form: SingleForm) -> Page:
        return render("form.html", form=form)

    async with Client(app) as client:
        assert '<option value="1">One</option>' in (await client.get("/")).text


async def test_fieldsets() -> None:
    class GroupedForm(SchemaForm[Contact]):
        name = field(group="You")
        price = field(group="It")
        note = field(group="You")

    form = GroupedForm()
    assert [(each.legend, [f.name for f in each]) for each in form.fieldsets] == [
        ("You", ["name", "note"]),
        ("It", ["price"]),
        ("", ["count", "secret", "news"]),
    ]
    assert [f.name for f in form.fieldset("It")] == ["price"]
