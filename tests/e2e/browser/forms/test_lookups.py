"""One of very many: found by typing where scripts run, by a button where they do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rooftree import (
    App,
    Col,
    Html,
    Languages,
    Many,
    Model,
    ModelForm,
    Page,
    Ref,
    Settings,
    col,
    field,
    many,
    ref,
    render,
)
from rooftree.db import create_tables
from tests.e2e.browser.conftest import Visitor, Visitors

Serve = Callable[[App], str]
SAVED = Html('<!doctype html><html lang="en"><title>Saved</title><link rel="icon" href="data:,"><h1>%s</h1>')
HERE = Path(__file__).parent


class Customer(Model, table="e2e_customers"):
    name: Col[str] = col(max_length=60)


class Note(Model, table="e2e_notes"):
    title: Col[str] = col(max_length=40)
    customer: Ref[Customer | None] = ref()
    readers: Many[Customer] = many()
    lines: Many[NoteLine] = many(by="note")


class NoteLine(Model, table="e2e_note_lines"):
    note: Ref[Note] = ref(on_delete="cascade")
    customer: Ref[Customer] = ref()


class NoteForm(ModelForm[Note], fields=(Note.title, Note.customer, Note.readers, Note.lines), id="note"):
    customer = field(help="Who it is about.")
    lines = field(fields=(NoteLine.customer,))


def notes(folder: Path) -> App:
    """Return a site with 1,500 customers to choose from."""
    app = App(Settings(mode="test", database=f"sqlite:///{folder}/notes.db"), root=HERE)
    app.use(Languages("en", "ar"))

    @app.form("/")
    async def note(form: NoteForm) -> Page | Html:
        if saved := await form.save():
            found = await Note.where(Note.id == saved.id).include(Note.customer, Note.readers).one()
            lines = [line.customer.name for line in await NoteLine.all().include(NoteLine.customer)]
            return SAVED % f"{found.customer and found.customer.name} {[one.name for one in found.readers]} {lines}"
        return render("page.html", form=form)

    @app.on_startup
    async def fill() -> None:
        await create_tables(Customer, Note, NoteLine)
        await Customer.create_many([Customer(name=f"Person {number:04}") for number in range(1500)])

    return app


def test_by_typing(visitor: Visitor, serve: Serve, tmp_path: Path) -> None:
    page = visitor.page
    page.goto(serve(notes(tmp_path)))
    visitor.audit()
    page.get_by_label("Title").fill("x")
    combo = page.get_by_role("combobox", name="Customer", exact=True)
    expect(combo).to_have_accessible_description("Who it is about.")
    combo.press_sequentially("124")
    listbox = page.get_by_role("listbox", name="Customer", exact=True)
    expect(listbox.get_by_role("option")).to_have_text(
        ["Person 0124", "Person 1124", *(f"Person 124{n}" for n in range(10))]
    )
    expect(combo).to_have_attribute("aria-expanded", "true")
    visitor.audit()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        combo.press(key)
    active = combo.get_attribute("aria-activedescendant") or ""
    expect(page.locator(f"#{active}")).to_have_text("Person 1124")
    combo.press("ArrowDown")
    combo.press("Enter")
    expect(combo).to_have_value("Person 1240")
    expect(listbox).to_be_hidden()
    combo.fill("no such")
    expect(page.locator(".lookup").first).to_contain_text("Nothing was found.")
    combo.press("Escape")
    expect(combo).to_have_value("Person 1240")
    readers = page.get_by_role("combobox", name="Search: Readers")
    for typed, name in (("0007", "Person 0007"), ("1499", "Person 1499")):
        readers.press_sequentially(typed)
        page.get_by_role("option", name=name).click()
    expect(page.get_by_role("checkbox", name="Person 1499")).to_be_checked()
    page.get_by_role("button", name="Add").click()
    row = page.locator("[data-row]").get_by_role("combobox", name="Customer")
    row.press_sequentially("0900")
    page.get_by_role("option", name="Person 0900").click()
    visitor.audit()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("body")).to_have_text("Person 1240 ['Person 0007', 'Person 1499'] ['Person 0900']")


def test_what_was_chosen_is_taken_back(visitor: Visitor, serve: Serve, tmp_path: Path) -> None:
    page = visitor.page
    page.goto(serve(notes(tmp_path)))
    page.get_by_label("Title").fill("x")
    combo = page.get_by_role("combobox", name="Customer", exact=True)
    combo.press_sequentially("0003")
    page.get_by_role("option", name="Person 0003").click()
    combo.fill("")
    combo.press("Tab")
    expect(combo).to_have_value("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("body")).to_have_text("None [] []")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_without_a_script(visitors: Visitors, serve: Serve, tmp_path: Path, locale: str) -> None:
    visitor = visitors(javascript=False, phone=True, locale=locale)
    page = visitor.page
    page.goto(serve(notes(tmp_path)))
    page.locator("#note-title").fill("x")
    find = page.locator("#note-customer-find")
    find.fill("1240")
    find.press("Enter")
    expect(page.locator("#note-title")).to_have_value("x")
    page.locator("#note-customer").select_option(label="Person 1240")
    readers = page.locator("#note-readers-find")
    for text in ("0007", "1499"):
        readers.fill(text)
        page.locator('[value="readers:find"]').click()
        page.locator("label", has_text=f"Person {text}").locator("input").check()
    page.locator("button[type=submit]:not([name])").last.click()
    expect(page.locator("body")).to_have_text("Person 1240 ['Person 0007', 'Person 1499'] []")
