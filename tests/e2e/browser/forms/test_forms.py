"""A form of every control before a real browser: with a script and without, in the light and in the dark, both ways."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Callable
from decimal import Decimal
from struct import pack

import pytest
from playwright.sync_api import Dialog, Page, expect

from rooftree import App, Html, Schema, SchemaForm, Settings, field
from tests.e2e.browser.conftest import Visitor, Visitors
from tests.e2e.browser.forms.shop import THANKS, Address, Line, Order, Size, shop
from tests.unit.forms.test_hostile import PAYLOADS

Serve = Callable[[App], str]


def refused(visitor: Visitor) -> None:
    """Take out what the console says of answers with the status 422, which are meant."""
    visitor.problems[:] = [problem for problem in visitor.problems if "status of 422" not in problem]


def fill(page: Page) -> None:
    """Fill in what has to be."""
    page.get_by_label("Name").fill("Anna")
    page.get_by_label("Code").fill("AB123")
    page.get_by_label("E-mail").fill("anna@example.org")
    page.locator("[name=password]").fill("correct horse")
    page.get_by_label("Price").fill("9.90")
    page.locator("[name=day]").fill("2026-11-27")
    page.locator("select[name=wood]").select_option("Oak")
    page.get_by_label("Large").check()
    page.get_by_label("I agree").check()


def send(page: Page) -> None:
    page.locator("form .actions button").click()


def png() -> bytes:
    """A small red image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8))
    head = pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("javascript", [True, False])
def test_everything_is_filled_in_and_sent(visitors: Visitors, serve: Serve, javascript: bool) -> None:
    sent: list[Order] = []
    page = visitors(javascript=javascript).page
    page.goto(serve(shop(sent)))
    fill(page)
    page.get_by_label("Home").fill("https://example.org")
    page.get_by_label("Phone").fill("+49 30 123")
    page.get_by_label("Count").fill("3")
    page.get_by_label("Time", exact=True).fill("09:30")
    page.get_by_label("Date and time").fill("2026-11-27T09:30")
    page.get_by_label("Note").fill("Two\nlines")
    page.get_by_label("News").check()
    page.get_by_label("Mon").check()
    page.get_by_label("Wed").check()
    page.locator("select[name=others]").select_option(["Elm", "Fir"])
    page.locator("select[name=kind]").select_option("company")
    page.get_by_label("Company").fill("ACME")
    page.get_by_label("Street").fill("Elm Street")
    page.get_by_label("Level").press("ArrowRight")
    page.locator("input[name=photo]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png()})
    for what in ("top", "leg"):
        page.get_by_role("button", name="Add").click()
        page.get_by_label("What").last.fill(what)
    page.get_by_label("Rent").last.check()
    if javascript:
        expect(page.locator("canvas.preview")).to_be_visible()
    else:  # the page came back for each row, and a browser gives no password and no file twice
        page.get_by_label("Password").fill("correct horse")
        page.locator("input[name=photo]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png()})
    send(page)
    expect(page.locator("body")).to_contain_text("Thanks, Anna.")
    (order,) = sent
    photo = order.photo
    assert photo is not None
    assert photo.filename == "a.png"
    assert (order.price, order.day, order.wood, order.size) == (
        Decimal("9.90"),
        dt.date(2026, 11, 27),
        "Oak",
        Size.LARGE,
    )
    assert (order.home, order.phone, order.count, order.level) == ("https://example.org", "+49 30 123", 3, 5)
    assert (order.clock, order.moment) == (dt.time(9, 30), dt.datetime(2026, 11, 27, 9, 30, tzinfo=dt.UTC))
    assert (order.note, order.news, order.days, order.others) == ("Two\nlines", True, ["mon", "wed"], ["Elm", "Fir"])
    assert (order.kind, order.company, order.token) == ("company", "ACME", "abc")
    assert order.address == Address(street="Elm Street")
    assert order.lines == [Line(what="top"), Line(what="leg", how="rent")]


def test_errors_are_in_sight_said_and_led_to(visitor: Visitor, serve: Serve) -> None:
    page = visitor.page
    page.goto(serve(shop()))
    visitor.audit()
    send(page)
    summary = page.locator(".errors")
    expect(summary).to_be_focused()
    expect(summary).to_have_attribute("role", "alert")
    visitor.audit()
    refused(visitor)
    links = summary.locator("a")
    assert links.count() == 9
    for number in range(links.count()):
        target = page.locator(links.nth(number).get_attribute("href") or "")
        assert target.count() == 1
    summary.get_by_text("Name:").click()
    name = page.get_by_label("Name")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description("As on your door. This is required.")


def test_without_a_script_the_browser_itself_asks_for_what_is_missing(visitors: Visitors, serve: Serve) -> None:
    page = visitors(javascript=False).page
    page.goto(serve(shop()))
    send(page)
    assert page.locator(".errors").count() == 0, "nothing was sent"
    expect(page.get_by_label("Name")).to_be_focused()


@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.parametrize("javascript", [True, False])
def test_nothing_is_wrong_for_anybody(visitors: Visitors, serve: Serve, locale: str, javascript: bool) -> None:
    url = serve(shop())
    for phone, dark in ((False, True), (True, False)):
        other = visitors(phone=phone, dark=dark, javascript=javascript, locale=locale)
        other.page.goto(url)
        other.page.locator("[data-act=add]").click()
        if javascript:
            other.audit()
            send(other.page)
            other.page.wait_for_selector(".errors")
            other.audit()
            refused(other)
            wide = other.page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, "it scrolls sideways"
        else:
            assert other.page.get_by_label("What").count() == 1


def test_what_was_typed_is_checked_before_it_is_sent(visitor: Visitor, serve: Serve) -> None:
    page = visitor.page
    page.goto(serve(shop()))
    name = page.get_by_label("Name")
    name.fill("nobody")
    name.press("Tab")
    error = page.locator("#order-name-error")
    expect(error).to_have_text("Somebody, please.")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description("As on your door. Somebody, please.")
    assert page.locator(".error-text").count() == 1, "what nobody has touched is not wrong yet"
    visitor.audit()
    name.fill("Anna")
    expect(error).to_have_count(0)
    expect(name).not_to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description("As on your door.")
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Count").last.fill("100")
    page.get_by_label("Count").last.press("Tab")
    expect(page.locator("#order-lines-0-count-error")).to_have_text("Enter a value of at most 99.")


def whats(page: Page) -> list[str]:
    return [page.get_by_label("What").nth(at).input_value() for at in range(page.get_by_label("What").count())]


def test_rows_are_added_moved_and_taken_away_with_a_script(visitor: Visitor, serve: Serve) -> None:
    page = visitor.page
    page.goto(serve(shop()))
    add = page.get_by_role("button", name="Add")
    for what, how in (("a", "Rent"), ("b", "Buy"), ("c", "Rent"), ("d", "Buy")):
        add.click()
        expect(page.get_by_label("What").last).to_be_focused()
        page.get_by_label("What").last.fill(what)
        page.get_by_label(how).last.check()
    expect(add).to_be_disabled()
    rows = page.locator("[data-row]")
    rows.nth(2).get_by_role("button", name="Move up").click()
    assert whats(page) == ["a", "c", "b", "d"]
    rows.nth(0).get_by_role("button", name="Remove").click()
    assert whats(page) == ["c", "b", "d"]
    rows.nth(1).get_by_role("button", name="Move down").click()
    assert whats(page) == ["c", "d", "b"]
    expect(rows.nth(0).get_by_role("button", name="Move up")).to_be_disabled()
    expect(rows.nth(2).get_by_role("button", name="Move down")).to_be_disabled()
    names = page.eval_on_selector_all("[name$='.what']", "all => all.map(one => one.name + ' ' + one.id)")
    assert names == [f"lines[{at}].what order-lines-{at}-what" for at in range(3)]
    rents = page.eval_on_selector_all("[value=rent]", "all => all.map(one => one.checked)")
    assert rents == [True, False, False], "each row keeps its own choice"
    assert page.url.count("?") == 0
    visitor.audit()


def test_rows_are_added_moved_and_taken_away_without_a_script(visitors: Visitors, serve: Serve) -> None:
    page = visitors(javascript=False).page
    page.goto(serve(shop()))
    page.get_by_label("Name").fill("Anna")
    for what in ("a", "b"):
        page.get_by_role("button", name="Add").click()
        page.get_by_label("What").last.fill(what)
    page.get_by_role("button", name="Move up").last.click()
    assert whats(page) == ["b", "a"]
    page.get_by_role("button", name="Remove").first.click()
    assert whats(page) == ["a"]
    expect(page.get_by_label("Name")).to_have_value("Anna")
    assert page.locator(".error-text").count() == 0


def test_enter_sends_the_form_and_presses_no_button_of_a_row(visitor: Visitor, serve: Serve) -> None:
    sent: list[Order] = []
    page = visitor.page
    page.goto(serve(shop(sent)))
    fill(page)
    page.get_by_role("button", name="Add").click()
    page.get_by_label("What").fill("top")
    page.get_by_label("What").press("Enter")
    expect(page.locator("body")).to_contain_text("Thanks, Anna.")
    assert len(sent) == 1


def test_a_field_appears_where_it_counts(visitor: Visitor, serve: Serve) -> None:
    page = visitor.page
    page.goto(serve(shop()))
    company = page.locator("input[name=company]")
    expect(company).to_be_hidden()
    page.locator("select[name=kind]").select_option("company")
    expect(company).to_be_visible()
    expect(company).to_have_attribute("required", "")
    page.locator("select[name=kind]").select_option("person")
    expect(company).to_be_hidden()


class Delivery(Schema):
    elsewhere: bool = False
    invoice: Address | None = None


class DeliveryForm(SchemaForm[Delivery], submit="Order"):
    invoice = field(when={"elsewhere": True}, required=True)


def test_the_fields_of_a_group_have_to_be_filled_in_where_it_counts(visitor: Visitor, serve: Serve) -> None:
    app = App(Settings(mode="test"))
    sent: list[Delivery] = []

    @app.form("/")
    async def deliver(form: DeliveryForm) -> Html:
        if data := await form.validate():
            sent.append(data)
            return THANKS.format("you")
        return Html('<!doctype html><html lang="en"><title>Order</title><link rel="icon" href="data:,">{}').format(form)

    page = visitor.page
    page.goto(serve(app))
    street = page.locator("input[name='invoice.street']")
    expect(street).to_be_hidden()
    expect(street).not_to_have_attribute("required", "")
    page.get_by_label("Elsewhere").check()
    expect(street).to_have_attribute("required", "")
    expect(page.locator("[data-field='invoice.street'] .required")).to_have_text("*")
    page.get_by_label("Elsewhere").uncheck()
    page.get_by_role("button", name="Order").click()
    expect(page.locator("body")).to_contain_text("Thanks, you.")
    assert sent == [Delivery()]


def test_a_long_list_is_searched(visitor: Visitor, serve: Serve) -> None:
    page = visitor.page
    page.goto(serve(shop()))
    field = page.locator("[data-field=wood]")
    field.get_by_role("searchbox").fill("Be")
    assert field.locator("option").all_inner_texts() == ["", "Beech"]
    field.locator("select").select_option("Beech")
    field.get_by_role("searchbox").fill("")
    expect(field.locator("select")).to_have_value("Beech")
    assert field.locator("option").count() == 14


def test_what_was_typed_never_runs(visitor: Visitor, serve: Serve) -> None:
    page = visitor.page
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.goto(serve(shop()))
    for payload in PAYLOADS:
        for name in ("name", "code", "email", "home", "find", "company", "note"):
            page.locator(f"[name={name}]").evaluate("(control, text) => { control.value = text }", payload)
        page.locator("[name=name]").dispatch_event("change")
        if "(" in payload:
            expect(page.locator("#order-name-error")).to_contain_text("Not")
        send(page)
        page.wait_for_selector(".errors")
        assert page.locator("main :is(script:not([src]), svg, img, iframe)").count() == 0
    refused(visitor)
    assert (dialogs, visitor.problems) == ([], []), "nothing ran, and nothing had to be stopped"


def test_a_password_and_a_file_never_come_back(visitor: Visitor, serve: Serve) -> None:
    page = visitor.page
    page.goto(serve(shop()))
    page.get_by_label("Password").fill("correct horse")
    page.locator("input[name=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"secret"})
    send(page)
    page.wait_for_selector(".errors")
    refused(visitor)
    expect(page.get_by_label("Password")).to_have_value("")
    assert re.search("correct horse|a.txt|secret", page.content()) is None


def test_what_was_said_of_a_file_goes_when_another_is_chosen(visitor: Visitor, serve: Serve) -> None:
    page = visitor.page
    page.goto(serve(shop()))
    page.locator("input[name=photo]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"no image"})
    send(page)
    page.wait_for_selector(".errors")
    refused(visitor)
    photo = page.locator("input[name=photo]")
    expect(page.locator("#order-photo-error")).to_contain_text("Files of this type")
    photo.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png()})
    expect(page.locator("#order-photo-error")).to_have_count(0)
    expect(photo).not_to_have_attribute("aria-invalid", "true")


def test_in_german_numbers_are_german(visitors: Visitors, serve: Serve) -> None:
    sent: list[Order] = []
    visitor = visitors(locale="de")
    page = visitor.page
    page.goto(serve(shop(sent)))
    fill(page)
    page.get_by_label("Weight").fill("1.234,5")
    page.get_by_label("Price").fill("1.5")
    send(page)
    expect(page.locator("#order-price-error")).to_have_text("Geben Sie eine Zahl ein.")
    refused(visitor)
    expect(page.get_by_label("Weight")).to_have_value("1.234,5")
    expect(page.locator(".affixed")).to_contain_text("€")
    page.get_by_label("Price").fill("1.500,05")
    page.get_by_label("Passwort").fill("correct horse")
    send(page)
    expect(page.locator("body")).to_contain_text("Thanks, Anna.")
    assert (sent[0].price, sent[0].weight) == (Decimal("1500.05"), 1234.5)


def test_in_arabic_everything_stands_the_other_way_round(visitors: Visitors, serve: Serve) -> None:
    visitor = visitors(locale="ar")
    page = visitor.page
    page.goto(serve(shop()))
    assert page.locator("html").get_attribute("dir") == "rtl"
    send(page)
    expect(page.locator("#order-name-error")).to_have_text("هذا الحقل مطلوب.")
    refused(visitor)
