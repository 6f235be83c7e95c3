"""A form over a class of data, from the page to the data and back to the page."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from rooftree import (
    App,
    Ge,
    Len,
    Page,
    Redirect,
    Schema,
    SchemaForm,
    Secret,
    Settings,
    field,
    render,
    rule,
)
from rooftree.forms import (
    FieldInfo,
    Surroundings,
    Widget,
)
from rooftree.testing import Client
from tests.unit.forms.contact import Contact, ContactForm
from tests.unit.forms.pages import HERE, errors, sent, tag, value, visiting


async def test_it_is_shown_with_what_browsers_and_people_need() -> None:
    async with visiting(ContactForm) as client:
        html = (await client.get("/")).text
    assert tag(html, "name") == (
        '<input type="text" value="" id="contact-name" name="name" required autocomplete="name" placeholder="Anna" '
        'aria-describedby="contact-name-help" minlength="1" maxlength="20">'
    )
    assert '<label for="contact-name" id="contact-name-label">Name' in html
    assert '<p class="help" id="contact-name-help">As on your door.</p>' in html
    assert value(html, "count") == "1"
    assert ">\nnone</textarea>" in html
    assert "required" not in tag(html, "note")
    assert '<button type="submit">Send</button>' in html
    assert 'method="post"' in html
    assert "multipart" not in html


async def test_what_is_right_becomes_typed_data() -> None:
    data = await sent(ContactForm, {"name": " Oak ", "price": "9.90", "news": "true"})
    assert data == Contact(name="Oak", price=Decimal("9.90"), count=1, note="", news=True)


async def test_what_a_browser_leaves_out_is_its_default_and_an_empty_text_is_empty() -> None:
    data = await sent(ContactForm, {"name": "Oak", "price": "1", "count": "", "note": ""})
    assert (data.count, data.note, data.news) == (1, "", False)


async def test_an_error_that_the_handler_finds_answers_like_any_other() -> None:
    app = App(Settings(mode="test", secret_key=Secret("k" * 32)), root=HERE)

    @app.form("/")
    async def sign_in(form: ContactForm) -> Page | Redirect:
        if await form.validate():
            form.error("name", "Nobody has that name.")
            if form.request and "leave" in form.request.query:
                return Redirect("/elsewhere")
        return render("form.html", form=form)

    async with Client(app) as client:
        answer = await client.post("/", data={"name": "Ann", "price": "1"})
        assert answer.status_code == 422
        assert errors(answer.text) == {"name": "Nobody has that name."}
        assert (await client.post("/?leave", data={"name": "Ann", "price": "1"})).status_code == 303
        assert (await client.get("/")).status_code == 200


async def test_errors_come_back_with_what_was_typed() -> None:
    async with visiting(ContactForm) as client:
        answer = await client.post("/", data={"name": "", "price": "free", "count": "7", "secret": "hush"})
    assert answer.status_code == 422
    assert errors(answer.text) == {"name": "This is required.", "price": "Enter a number."}
    assert value(answer.text, "price") == "free"
    assert value(answer.text, "count") == "7"
    assert "hush" not in answer.text
    name = tag(answer.text, "name")
    assert 'aria-invalid="true"' in name
    assert 'aria-describedby="contact-name-help contact-name-error"' in name
    assert '<a href="#contact-name">Name: This is required.</a>' in answer.text
    assert "There are 2 problems" in answer.text


async def test_it_has_the_rules_of_the_type() -> None:
    assert await sent(ContactForm, {"name": "x" * 21, "price": "0"}) == {
        "name": "Enter at most 20 characters.",
        "price": "Enter a value greater than 0.",
    }


async def test_it_begins_with_given_values() -> None:
    for initial in (Contact(name="Oak", price=Decimal("9.90"), news=True), {"name": "Oak", "price": Decimal("9.90")}):
        async with visiting(ContactForm, initial) as client:
            html = (await client.get("/")).text
        assert (value(html, "name"), value(html, "price")) == ("Oak", "9.90")
        assert ("checked" in tag(html, "news")) is isinstance(initial, Contact)


async def test_unticked_stays_unticked() -> None:
    async with visiting(ContactForm, {"news": True}) as client:
        assert "checked" in tag((await client.get("/")).text, "news")
        assert "checked" not in tag((await client.post("/", data={"name": ""})).text, "news")


# ---- rules


class Booking(Schema):
    start: int
    end: int
    guest: str = ""


class BookingForm(SchemaForm[Booking]):
    @rule("guest")
    async def is_known(self, guest: str) -> str | None:
        await asyncio.sleep(0)
        return "Nobody knows them." if guest == "nobody" else None

    @rule("start", "end")
    def are_near(self, start: int, end: int) -> str | None:
        return "Too long." if end - start > 9 else None

    async def check(self, data: Booking) -> None:
        if data.end < data.start:
            self.error("end", "Ends before it starts.")
        if data.start == 0:
            self.error(None, "Not today.")


async def test_rules_of_fields_run_once_each_is_right() -> None:
    assert await sent(BookingForm, {"start": "x", "end": "2", "guest": "nobody"}) == {
        "start": "Enter a whole number.",
        "guest": "Nobody knows them.",
    }
    assert await sent(BookingForm, {"start": "1", "end": "20"}) == {"start": "Too long."}


async def test_rules_of_the_whole_run_once_everything_is_right() -> None:
    assert await sent(BookingForm, {"start": "2", "end": "1"}) == {"end": "Ends before it starts."}
    assert await sent(BookingForm, {"start": "0", "end": "1"}) == {"": "Not today."}
    assert await sent(BookingForm, {"start": "1", "end": "2"}) == Booking(start=1, end=2)


async def test_a_type_may_refuse_its_own_values() -> None:
    class Odd(Schema):
        number: int

        def __post_init__(self) -> None:
            if self.number % 2 == 0:
                raise ValueError("Even.")

    class OddForm(SchemaForm[Odd]): ...

    assert await sent(OddForm, {"number": "2"}) == {"": "Even."}


# ---- groups, rows, conditions


class Line(Schema):
    what: Annotated[str, Len(1, 9)]
    count: Annotated[int, Ge(1)] = 1
    done: bool = False


class Address(Schema):
    street: str
    city: str = ""


class Order(Schema):
    kind: Literal["person", "company"] = "person"
    company: str | None = None
    address: Address | None = None
    lines: list[Line] = []


class OrderForm(SchemaForm[Order]):
    company = field(when={"kind": "company"}, required=True)
    lines = field(least=1, most=3, row="Line")


ONE = {"lines[0]._row": "", "lines[0].what": "oak"}


async def test_groups_and_rows() -> None:
    data = await sent(
        OrderForm,
        {
            "address.street": "Elm",
            "lines[4].what": "b",
            "lines[2]._row": "",
            "lines[2].what": "a",
            "lines[2].done": "on",
        },
    )
    assert data.address == Address(street="Elm")
    assert data.lines == [Line(what="a", done=True), Line(what="b")]


async def test_an_optional_group_left_empty_is_none_and_half_filled_is_wrong() -> None:
    assert (await sent(OrderForm, ONE | {"address.street": "", "address.city": ""})).address is None
    assert await sent(OrderForm, ONE | {"address.city": "Rome"}) == {"address.street": "This is required."}
    async with visiting(OrderForm) as client:
        assert "required" not in tag((await client.get("/")).text, "address.street")


async def test_errors_of_rows_stand_at_their_fields() -> None:
    assert await sent(OrderForm, ONE | {"lines[1].what": "x" * 10, "lines[1].count": "0"}) == {
        "lines[1].what": "Enter at most 9 characters.",
        "lines[1].count": "Enter a value of at least 1.",
    }


async def test_the_list_of_errors_says_which_of_several_fields_of_one_name_it_means() -> None:
    class Parcel(Schema):
        sender: Address
        receiver: Address
        lines: list[Line] = []

    class ParcelForm(SchemaForm[Parcel]):
        lines = field(row="Line")

    async with visiting(ParcelForm) as client:
        wrong = {"receiver.city": "Rome", "lines[0].what": "", "lines[1].what": ""}
        both = (await client.post("/", data=wrong)).text
        one = (await client.post("/", data={"sender.street": "Elm", "receiver.city": "Rome"})).text
    listed = re.findall(r'<a href="#[^"]+">([^<]+)</a>', both)
    assert listed == [
        "Sender, Street: This is required.",
        "Receiver, Street: This is required.",
        "Line 1, What: This is required.",
        "Line 2, What: This is required.",
    ]
    assert ">Street: This is required.</a>" in one


async def test_so_many_rows_and_no_more() -> None:
    many = {f"lines[{number}].what": "x" for number in range(200)}
    found = await sent(OrderForm, many)
    assert found["lines"] == "At most 3 rows are taken."
    assert await sent(OrderForm, {"kind": "person"}) == {"lines": "Add at least 1 row."}


async def test_a_field_counts_only_where_another_has_its_value() -> None:
    assert (await sent(OrderForm, ONE | {"kind": "person", "company": "ACME"})).company is None
    assert (await sent(OrderForm, ONE | {"kind": "company", "company": "ACME"})).company == "ACME"
    assert await sent(OrderForm, ONE | {"kind": "company"}) == {"company": "This is required."}
    async with visiting(OrderForm) as client:
        html = (await client.get("/")).text
    assert 'data-when="{&#34;kind&#34;: [&#34;company&#34;]}"' in html
    assert " required" not in tag(html, "company").replace("data-required", "")


class Delivery(Schema):
    elsewhere: bool = False
    invoice: Address | None = None
    spare: Address | None = None
    parcels: list[Line] = []


class DeliveryForm(SchemaForm[Delivery]):
    invoice = field(when={"elsewhere": True}, required=True)
    parcels = field(when={"elsewhere": True}, least=1)


async def test_fields_of_a_group_that_counts_only_at_times() -> None:
    """A star says that they have to be filled in; the browser is told by the script, where they count."""
    async with visiting(DeliveryForm) as client:
        html = (await client.get("/")).text
    for name, starred in (("invoice.street", True), ("invoice.city", False), ("spare.street", False)):
        assert (f'{name.replace(".", "-")}-label">Street <span class="required"' in html) is starred
        assert ("data-required" in tag(html, name)) is starred
        assert " required" not in tag(html, name).replace("data-required", "")
    row = tag(html, "parcels[0].what")
    assert "data-required" in row
    assert " required" not in row.replace("data-required", "")
    assert await sent(DeliveryForm, {}) == Delivery()
    assert (await sent(DeliveryForm, {"elsewhere": "true", "parcels[0].what": "a"})) == {
        "invoice.street": "This is required."
    }


def texts_of(html: str) -> list[str]:
    shown = re.sub(r"<template>.*?</template>", "", html, flags=re.DOTALL)
    return re.findall(r'value="([^"]*)"[^>]*name="lines\[\d\]\.what"', shown)


async def test_rows_without_a_script() -> None:
    given = {"lines[0].what": "a", "lines[1].what": "b", "kind": "company", "company": ""}
    async with visiting(OrderForm) as client:
        assert texts_of((await client.get("/")).text) == [""]

        async def after(action: str, data: dict[str, str] = given) -> list[str]:
            answer = await client.post("/", data=data | {"_action": action})
            assert answer.status_code == 200
            assert errors(answer.text) == {}, "nobody asked to send it"
            return texts_of(answer.text)

        assert await after("lines:add") == ["a", "b", ""]
        assert await after("lines[0]:remove") == ["b"]
        assert await after("lines[0]:down") == ["b", "a"]
        assert await after("lines[1]:up") == ["b", "a"]
        assert await after("lines[0]:up") == ["a", "b"]
        assert await after("lines[0]:remove", {"lines[0].what": "a"}) == ["a"], "one has to stay"
        assert await after("lines:add", given | {"lines[2].what": "c"}) == ["a", "b", "c"], "three are the most"


@pytest.mark.parametrize(
    "action",
    ["lines", "lines:burn", "nobody:add", "kind:add", "lines[9]:up", "lines[0].what:add", "lines[0]:add", "[0]:up",
     "address:add", "x" * 5000 + ":add", "lines[0][0]:up", "lines[0].lines[0]:up", ":add", ".:up"],
)  # fmt: skip
async def test_a_button_that_nobody_made_does_nothing(action: str) -> None:
    async with visiting(OrderForm) as client:
        answer = await client.post("/", data={"lines[0].what": "a", "_action": action})
    assert answer.status_code == 200
    assert texts_of(answer.text) == ["a"]


# ---- checks while typing


async def test_the_script_asks_what_is_wrong_so_far() -> None:
    async with visiting(BookingForm) as client:
        answer = await client.post("/", data={"start": "x", "guest": "nobody"}, headers={"form-check": "1"})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == {
            "errors": {
                "start": ["Enter a whole number."],
                "end": ["This is required."],
                "guest": ["Nobody knows them."],
            }
        }
        answer = await client.post("/", data={"start": "1", "end": "2"}, headers={"form-check": "1"})
        assert answer.json() == {"errors": {}}, "and nothing was done with the data"


# ---- programs that fill in every form


async def test_a_field_that_only_programs_fill_in() -> None:
    class TrapForm(SchemaForm[Contact], honeypot=True): ...

    async with visiting(TrapForm) as client:
        html = (await client.get("/")).text
    assert 'tabindex="-1"' in tag(html, "website")
    given = {"name": "Oak", "price": "1"}
    assert isinstance(await sent(TrapForm, given | {"website": ""}), Contact)
    assert await sent(TrapForm, given | {"website": "spam"}) == {"": "This could not be sent. Please try again."}


async def test_how_long_a_person_takes() -> None:
    class SlowForm(SchemaForm[Contact], wait=0.2): ...

    given = {"name": "Oak", "price": "1"}
    async with visiting(SlowForm) as client:
        token = value((await client.get("/")).text, "_opened")
        answer = await client.post("/", data=given | {"_opened": token})
        assert errors(answer.text) == {"": "This was sent faster than a person can fill it in. Please try again."}
        answer = await client.post("/", data=given | {"_opened": token[:-2] + "xx"})
        assert errors(answer.text) == {"": "This form was open for too long. Please send it again."}
        await asyncio.sleep(0.25)
        again = await client.post("/", data={"name": "", "price": "1", "_opened": token})
        assert errors(again.text) == {"name": "This is required."}
        assert value(again.text, "_opened") == token, "who mends a mistake need not wait again"
        assert (await client.post("/", data=given | {"_opened": token})).text.startswith("Contact(")


# ---- other sites, other templates


async def test_another_site_cannot_send_it() -> None:
    given = {"name": "Oak", "price": "1"}
    async with visiting(ContactForm) as client:
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example", "cookie": "session=x"}):
            assert (await client.post("/", data=given, headers=headers)).status_code == 403
        assert (await client.post("/", data=given, headers={"sec-fetch-site": "same-origin"})).status_code == 200


async def test_a_template_of_the_application_goes_first(tmp_path: Path) -> None:
    (tmp_path / "templates/forms/widgets").mkdir(parents=True)
    (tmp_path / "templates/page.html").write_text("{{ form.name }}|{{ form.news.label }}|{{ form.count.control }}")
    (tmp_path / "templates/forms/field.html").write_text("<p>{{ field.label }}: {{ field.control }}</p>")
    (tmp_path / "templates/forms/widgets/input.html").write_text("<x-input{{ field.attributes }}></x-input>")
    app = App(Settings(mode="test"), root=tmp_path)

    @app.get("/")
    async def page(form: ContactForm) -> Page:
        return render("page.html", form=form)

    async with Client(app) as client:
        name, label, count = (await client.get("/")).text.split("|")
    assert name.startswith('<p>Name: <x-input id="contact-name" name="name"')
    assert (label, count.startswith("<x-input")) == ("News", True)


async def test_a_control_of_ones_own() -> None:
    class Stars(Widget):
        type = "number"

        def parse(self, given: list[Any] | None, info: FieldInfo, around: Surroundings) -> Any:
            return str(len(str(given[-1]))) if given else self.blank(info)

        def format(self, value: Any, around: Surroundings) -> list[str]:
            return ["*" * (value or 0)]

    class Rated(Schema):
        stars: Annotated[int, Stars()]

    class RatedForm(SchemaForm[Rated]): ...

    assert (await sent(RatedForm, {"stars": "***"})).stars == 3
    async with visiting(RatedForm, {"stars": 2}) as client:
        assert value((await client.get("/")).text, "stars") == "**"


def test_the_helpers_of_these_tests_find_errors() -> None:
    html = '<div data-field="a"><p class="error-text">x</p></div>'
    assert errors(html) == {"a": "x"}
    found: Any = errors("<div></div>")
    assert found == {}
