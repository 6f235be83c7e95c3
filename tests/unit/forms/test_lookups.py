"""Choosing among very many: they are searched on the server, by the query that says what may be chosen at all."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from rooftree import App, Col, Html, Many, Model, ModelForm, Page, Ref, Settings, col, field, many, ref, render
from rooftree.db import Query, QueryCounter, create_tables, current_database, drop_tables
from rooftree.forms import FormUsageError, Lookup, MultiLookup
from rooftree.testing import Client
from tests.unit.forms.pages import HERE, errors, tag, value


class Customer(Model, table="look_customers"):
    name: Col[str] = col(max_length=60)
    email: Col[str] = col(max_length=60, default="")
    open: Col[bool] = col(default=True)


class Sheet(Model, table="look_sheets"):
    title: Col[str] = col(max_length=40)
    customer: Ref[Customer | None] = ref()
    others: Many[Customer] = many()
    lines: Many[Entry] = many(by="sheet")


class Entry(Model, table="look_entries"):
    sheet: Ref[Sheet] = ref(on_delete="cascade")
    customer: Ref[Customer] = ref()


MODELS = (Customer, Sheet, Entry)


def open_ones() -> Query[Customer]:
    return Customer.where(Customer.open)


class SheetForm(ModelForm[Sheet], fields=(Sheet.title, Sheet.customer)):
    customer = field(choices=open_ones)


class ManyForm(ModelForm[Sheet], fields=(Sheet.title, Sheet.others, Sheet.lines)):
    others = field(widget=MultiLookup(Customer.name, Customer.email))
    lines = field(fields=(Entry.customer,))


class FewForm(ModelForm[Sheet], fields=(Sheet.title, Sheet.customer)):
    customer = field(choices=open_ones, widget=Lookup())


class LimitForm(ModelForm[Sheet], fields=(Sheet.title, Sheet.customer)):
    customer = field(choices=lambda: open_ones().limit(2000))


class FixedForm(ModelForm[Sheet], fields=(Sheet.title, Sheet.customer)):
    customer = field(choices=lambda: [(number, f"No {number}") for number in range(100)], widget=Lookup())


@asynccontextmanager
async def shop(url: str, form_class: type[ModelForm[Sheet]], count: int = 1100) -> AsyncGenerator[Client]:
    """Give a client of a page with a form, and customers, the last of whom is closed."""
    app = App(Settings(mode="test", database=url), root=HERE)

    async def edit(form: Any) -> Page | Html:
        sheet = await Sheet.first() if "edit" in form.request.path else None
        if saved := await form.bind(sheet).save():
            return Html(saved.title)
        return render("form.html", form=form)

    edit.__annotations__["form"] = form_class
    app.form("/")(app.form("/edit")(edit))

    @app.on_startup
    async def fill() -> None:
        await drop_tables(*MODELS)
        await create_tables(*MODELS)
        people = [Customer(name=f"Person {number:04}", email=f"p{number}@example.org") for number in range(count)]
        await Customer.create_many([*people, Customer(name="Zoë Oak", open=False), Customer(name="Zoe Ash 100%")])

    async with Client(app) as client:
        yield client


def offered(page: str, name: str) -> list[str]:
    found = re.search(rf'<select[^>]* name="{re.escape(name)}"[^>]*>(.*?)</select>', page, re.DOTALL)
    assert found is not None
    return re.findall(r'<option value="[^"]+"[^>]*>([^<]*)', found[1])


async def test_a_list_that_is_too_long_is_searched(url: str) -> None:
    async with shop(url, SheetForm) as client:
        page = (await client.get("/")).text
        assert offered(page, "customer") == [f"Person {number:04}" for number in range(50)]
        assert "There is more: type a part of the name to find others." in page
        asked = {"title": "Mine", "_action": "customer:find", "customer._find": "ZOE"}
        page = (await client.post("/", data=asked)).text
        assert offered(page, "customer") == ["Zoe Ash 100%"], "who is closed cannot be found"
        assert value(page, "title") == "Mine"
        assert errors(page) == {}
        assert 'role="status"></p>' in page
        for text, found in (("son 0042", ["Person 0042"]), ("0042 person", ["Person 0042"]), ("00%", ["Zoe Ash 100%"])):
            page = (await client.post("/", data=asked | {"customer._find": text})).text
            assert offered(page, "customer") == found
            assert value(page, "customer._find") == text
        page = (await client.post("/", data=asked | {"customer._find": "p42@example.org"})).text
        assert offered(page, "customer") == []
        assert "Nothing was found." in page, "nor can be found out what no list shows"


async def test_what_was_chosen_stays_while_others_are_looked_for(url: str) -> None:
    async with shop(url, SheetForm) as client:
        asked = {"title": "", "customer": "900", "_action": "customer:find", "customer._find": "zoe"}
        page = (await client.post("/", data=asked)).text
        assert offered(page, "customer") == ["Person 0899", "Zoe Ash 100%"]
        assert '<option value="900" selected>Person 0899</option>' in page
        answer = await client.post("/", data={"title": "", "customer": "900"})
        assert errors(answer.text) == {"title": "This is required."}
        assert '<option value="900" selected>Person 0899</option>' in answer.text
        assert (await client.post("/", data={"title": "Mine", "customer": "900"})).text == "Mine"
        assert '<option value="900" selected>Person 0899</option>' in (await client.get("/edit")).text


async def test_who_is_left_out_can_neither_be_named_nor_chosen(url: str) -> None:
    async with shop(url, SheetForm) as client:
        closed = str((await Customer.where(Customer.name == "Zoë Oak").one()).id)
        for find in (closed, "oak", "Zoë"):
            asked = {"title": "x", "customer": closed, "_action": "customer:find", "customer._find": find}
            assert "Oak" not in (await client.post("/", data=asked)).text
        answer = await client.post("/", data={"title": "x", "customer": closed})
        assert errors(answer.text) == {"customer": "What you chose is no longer there. Choose another."}
        assert "Oak" not in answer.text


async def test_enter_in_the_search_looks_and_does_not_save(url: str) -> None:
    async with shop(url, SheetForm) as client:
        page = (await client.get("/")).text
        assert page.index('<button type="submit" class="visually-hidden"') < page.index('value="customer:find"')
        pressed = {"title": "Mine", "customer": "", "customer._find": "zoe", "customer._searched": ""}
        page = (await client.post("/", data=pressed)).text
        assert offered(page, "customer") == ["Zoe Ash 100%"]
        assert await Sheet.count() == 0
        again = pressed | {"customer._searched": value(page, "customer._searched")}
        assert (await client.post("/", data=again)).text == "Mine"


async def test_the_script_asks_for_what_fits(url: str) -> None:
    async with shop(url, SheetForm) as client:
        asked = {"title": "", "_action": "customer:find", "customer._find": "zoe"}
        answer = await client.post("/", data=asked, headers={"form-check": "1"})
        key = (await Customer.where(Customer.name == "Zoe Ash 100%").one()).id
        assert answer.json() == {"options": [{"value": str(key), "label": "Zoe Ash 100%"}], "more": False}
        answer = await client.post("/", data=asked | {"customer._find": ""}, headers={"form-check": "1"})
        assert (len(answer.json()["options"]), answer.json()["more"]) == (50, True)
        for name in ("title", "gone", "customer[0]"):
            answer = await client.post("/", data=asked | {"_action": f"{name}:find"}, headers={"form-check": "1"})
            assert answer.json() == {"options": [], "more": False}


async def test_several_and_rows(url: str) -> None:
    async with shop(url, ManyForm) as client:
        given = {"title": "Mine", "others": ["7", "900"], "lines[0]._row": "", "lines[0].customer": "1000"}
        look = {"_action": "lines[0].customer:find", "lines[0].customer._find": "zoe"}
        counter = QueryCounter()
        with current_database().observe(counter):
            page = (await client.post("/", data=given | look)).text
        assert offered(page, "lines[0].customer") == ["Person 0999", "Zoe Ash 100%"]
        assert len(counter) <= 6, counter.report()
        assert re.findall(r'value="(\d+)" name="others"[^>]* checked', page) == ["7", "900"]
        page = (await client.post("/", data=given | {"_action": "others:find", "others._find": "p42@"})).text
        assert re.findall(r'value="(\d+)" name="others"', page) == ["7", "900", "43"], "a column that was named"
        assert (await client.post("/", data=given)).text == "Mine"
        sheet = await Sheet.all().include(Sheet.others, Sheet.lines).one()
        assert sorted(one.name for one in sheet.others) == ["Person 0006", "Person 0899"]
        page = (await client.get("/edit")).text
        assert '<option value="1000" selected>Person 0999</option>' in page


async def test_a_short_list_is_searched_where_that_was_asked_for(url: str) -> None:
    async with shop(url, FewForm, count=2) as client:
        page = (await client.get("/")).text
        assert offered(page, "customer") == ["Person 0000", "Person 0001", "Zoe Ash 100%"]
        assert tag(page, "customer._find")
    async with shop(url, FixedForm, count=2) as client:
        asked = {"title": "", "_action": "customer:find", "customer._find": "no 4", "customer": "3"}
        found = offered((await client.post("/", data=asked)).text, "customer")
        assert found == ["No 3", *(f"No {number}" for number in range(100) if "4" in str(number))]


async def test_a_long_list_by_a_query_with_a_limit_cannot_be_searched(url: str) -> None:
    async with shop(url, LimitForm) as client:
        with pytest.raises(FormUsageError) as caught:
            await client.get("/")
    assert str(caught.value) == (
        "[F206] Customer has more than 1000 rows to choose from, by a query with a limit. Narrow it by a condition, "
        "which people can search in: field(choices=lambda form: Model.where(...))."
    )


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", "x" * 100_000, "a " * 5000, "\0", "99999999999999999999"])
async def test_hostile_texts(url: str, text: str) -> None:
    async with shop(url, SheetForm) as client:
        asked = {"title": "", "_action": "customer:find", "customer._find": text}
        answer = await client.post("/", data=asked)
        assert answer.status_code == 200, answer.text
        assert set(offered(answer.text, "customer")) <= {"Zoe Ash 100%", *(f"Person {n:04}" for n in range(1100))}
