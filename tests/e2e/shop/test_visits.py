"""A real Chromium before the real shop: what customers and staff do, with and without JavaScript."""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Visitor, Visitors
from tests.e2e.shop.serving import SHOP, Served
from tests.services import sql

PASSWORD = "quiet-home-2026"
PATIENCE = 60_000
BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True, scope="module")
BOTH_WHEN_LONG = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True, scope="module"
)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FORGED = """<!DOCTYPE html><html lang="de"><title>Elsewhere</title>
<form method="post" action="{}/de/cart/1/add"><button>Win</button></form></html>"""


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


class Customer:
    """Somebody with a browser, and what they do in the shop."""

    def __init__(self, shop: Served, visitor: Visitor, language: str = "en") -> None:
        self.visitor = visitor
        self.page: Page = visitor.page
        self.site = f"{shop.url}/{language}"
        visitor.context.set_default_timeout(PATIENCE)

    def look(self) -> None:
        """Have axe look at the page, in light and in dark."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.visitor.audit()

    def open(self, path: str) -> None:
        self.page.goto(f"{self.site}{path}")

    def sign_in(self, name: str) -> None:
        self.open("/sign-in")
        self.page.fill("#sign-in-email", f"{name}@example.org")
        self.page.fill("#sign-in-password", PASSWORD)
        self.page.click("main button[type=submit]")

    def put_into_cart(self, number: int, count: int = 1) -> None:
        """Choose the product of this key."""
        self.open(f"/products?in_stock=true&order=cheap&page={number}")
        self.page.click(".goods a >> nth=0")
        self.page.fill("#count", str(count))
        self.page.click(".buy button")
        expect(self.page.locator(".lines")).to_be_visible()

    def order(self) -> str:
        """Order what is in the cart and go to the provider's page; return where the order's page is."""
        self.open("/checkout")
        self.page.click("aside button")
        expect(self.page.locator("h1")).to_have_text(re.compile("Payment|Zahlung"))
        found = re.search(r"A-[2-9A-Z]{8}", self.page.inner_text("main"))
        assert found is not None
        return f"/orders/{found[0]}"

    def decide(self, choice: str) -> None:
        self.page.click(f"button[value={choice}]")
        self.page.click("a.button")

    def expect_status(self, text: str) -> None:
        """Look at the order's page until it says so: the provider's word may be on its way."""
        for _ in range(100):
            if text in self.page.inner_text("main"):
                return
            self.page.wait_for_timeout(100)
            self.page.reload()
        raise AssertionError(f"{text!r} is not on {self.page.url}: {self.page.inner_text('main')}")


def change(database: str, statement: str) -> None:
    """Change something behind the shop's back."""
    if database.startswith("postgresql:"):
        sql(database, statement)
        return
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)) as connection, connection:
        connection.execute(statement)


@BOTH
def test_somebody_buys(shop: Served, visitor: Visitor) -> None:
    customer = Customer(shop, visitor)
    page = customer.page
    page.goto(shop.url)
    assert page.url == f"{shop.url}/en/"
    customer.look()
    page.fill("#find", "teapots")
    page.press("#find", "Enter")
    expect(page.locator("h1")).to_have_text("Found for “teapots”")
    assert all("teapot" in name for name in page.locator(".product h2").all_inner_texts())
    page.fill("#most", "60")
    page.check("[name=in_stock]")
    page.select_option("#order", "dear")
    page.click(".filters button")
    prices = [float(text.split()[0].strip("€")) for text in page.locator(".product .price").all_inner_texts()]
    assert prices == sorted(prices, reverse=True)
    assert prices[0] <= 60
    customer.look()
    page.click(".goods a >> nth=0")
    customer.look()
    page.click(".buy button")
    expect(page.locator(".message.success")).to_contain_text("is in your cart.")
    customer.look()
    page.click("text=To the checkout")
    customer.look()  # the page to sign in
    page.fill("#sign-in-email", "anna@example.org")
    page.fill("#sign-in-password", PASSWORD)
    page.click("main button[type=submit]")
    expect(page).to_have_url(f"{customer.site}/checkout")
    page.check("[name=elsewhere]")
    expect(page.locator("#checkout-invoice-street")).to_be_visible()
    customer.look()
    page.uncheck("[name=elsewhere]")
    expect(page.locator("#checkout-invoice-street")).to_be_hidden()
    page.click("aside button")
    expect(page.locator("h1")).to_have_text("Payment")
    customer.look()
    customer.decide("paid")
    customer.expect_status("Thank you!")
    customer.look()
    customer.open("/orders")
    customer.look()


@BOTH_WHEN_LONG
def test_somebody_buys_in_german_on_a_phone_without_javascript(shop: Served, visitors: Visitors) -> None:
    customer = Customer(shop, visitors(javascript=False, phone=True, dark=True), "de")
    page = customer.page
    page.goto(f"{shop.url}/en/products?category=mugs&in_stock=true")
    page.click("footer button[lang=de]")
    assert page.url == f"{shop.url}/de/products?category=mugs&in_stock=true"
    expect(page.locator("h1")).to_have_text("Becher & Tassen")
    expect(page.locator(".product .price").first).to_have_text(re.compile(r"\d+,\d\d\s€"))
    page.click(".goods a >> nth=1")
    page.click(".buy button")
    customer.sign_in("ben")
    assert page.url == f"{shop.url}/de/"
    customer.open("/checkout")
    page.fill("#checkout-delivery-city", "")
    page.fill("#checkout-delivery-city", "Amsterdam")
    page.check("[name=elsewhere]")
    page.click("aside button")
    expect(page.locator(".errors")).to_be_visible()
    customer.visitor.problems.clear()  # the browser tells of the 422
    page.uncheck("[name=elsewhere]")
    page.click("aside button")
    expect(page.locator("h1")).to_have_text(re.compile("Payment|Zahlung"))
    customer.decide("declined")
    customer.expect_status("Die Zahlung wurde abgelehnt.")
    page.click(".next button")
    customer.decide("paid")
    customer.expect_status("Vielen Dank!")


@BOTH_WHEN_LONG
def test_who_pays_twice_gets_it_back(shop: Served, visitor: Visitor) -> None:
    customer = Customer(shop, visitor)
    customer.sign_in("anna")
    customer.put_into_cart(1)
    place = customer.order()
    other = visitor.context.new_page()
    other.goto(f"{customer.site}{place}")
    other.click(".next button")
    other.click("button[value=paid]")
    expect(other.locator(".message")).to_have_text("It is paid.")
    customer.decide("paid")
    customer.expect_status("You paid twice.")
    customer.expect_status("This is done.")
    customer.look()


@BOTH_WHEN_LONG
def test_a_lost_connection_loses_nothing(shop: Served, visitor: Visitor) -> None:
    customer = Customer(shop, visitor)
    page = customer.page
    customer.sign_in("anna")
    customer.put_into_cart(2)
    customer.open("/checkout")
    key = page.input_value("[name=key]")
    # the order arrives, its answer does not
    page.route("**/checkout", lambda route: (route.fetch(max_redirects=0), route.abort("connectionreset")))
    page.click("aside button", no_wait_after=True)
    page.wait_for_event("requestfailed")
    page.unroute("**/checkout")
    visitor.problems.clear()
    customer.open("/orders")
    expect(page.locator(".orders li").first).to_contain_text("Waiting for payment")
    before = page.locator(".orders li").count()
    again = page.request.post(
        f"{customer.site}/checkout", form=form_of(key), headers={"origin": shop.url}, max_redirects=0
    )
    assert again.status == 303
    customer.open("/orders")
    assert page.locator(".orders li").count() == before


def form_of(key: str) -> dict[str, str | float | bool]:
    return {
        "key": key,
        "delivery.name": "Anna",
        "delivery.street": "Weg 1",
        "delivery.postcode": "10115",
        "delivery.city": "Berlin",
        "delivery.country": "DE",
    }


@BOTH_WHEN_LONG
def test_what_is_sold_out_while_somebody_pays(shop: Served, visitor: Visitor, database: str) -> None:
    customer = Customer(shop, visitor)
    customer.sign_in("anna")
    customer.put_into_cart(3)
    place = customer.order()
    number = place[8:]
    long_ago = "2001-01-01 00:00:00.000000+00:00"
    change(database, f"update orders set pay_until = '{long_ago}' where number = '{number}'")  # noqa: S608 - its own
    other = visitor.context.new_page()
    other.goto(f"{customer.site}{place}")
    for _ in range(100):
        if "It was not paid in time" in other.inner_text("main"):
            break
        other.wait_for_timeout(100)
        other.reload()
    visitor.audit(other)
    of_order = f"(select id from orders where number = '{number}')"  # noqa: S608 - the test's own
    lines = f"(select product_id from order_lines where order_id = {of_order})"  # noqa: S608 - as above
    change(database, f"update products set stock = 0 where id in {lines}")  # noqa: S608 - as above
    customer.decide("paid")
    customer.expect_status("the goods are gone")
    customer.expect_status("This is done.")
    customer.look()


@BOTH_WHEN_LONG
def test_an_order_is_its_customers_alone(shop: Served, visitors: Visitors) -> None:
    one = Customer(shop, visitors())
    one.sign_in("anna")
    one.open("/orders")
    address = one.page.locator(".orders a").first.get_attribute("href")
    assert address is not None
    other = Customer(shop, visitors())
    other.sign_in("ben")
    answer = other.page.goto(f"{shop.url}{address}")
    assert answer is not None
    assert answer.status == 404
    assert "A-" not in other.page.inner_text("body")
    assert any("404" in problem for problem in other.visitor.problems)
    other.visitor.problems.clear()
    other.open("/staff/orders")
    assert other.page.inner_text("h1") != "Orders"
    other.visitor.problems.clear()


@BOTH
def test_staff_edits_a_product_and_sends_an_order(shop: Served, visitor: Visitor, tmp_path: Path) -> None:
    staff = Customer(shop, visitor)
    page = staff.page
    staff.sign_in("staff")
    page.click("text=Staff")
    staff.look()
    page.fill("#q", "teapot")
    page.press("#q", "Enter")
    expect(page.locator("tbody tr")).to_have_count(20)
    page.click("tbody a >> nth=0")
    staff.look()
    picture = tmp_path / "me.png"
    picture.write_bytes(PIXEL)
    page.set_input_files("[name=picture]", picture)
    page.fill("[name=name_en]", "A teapot with a photo")
    page.fill("[name=delivered]", "7")
    page.click("text=Save")
    expect(page.locator(".message.success")).to_have_text("A teapot with a photo is saved.")
    photo = page.locator("tbody img").first.get_attribute("src") or ""
    assert photo.startswith("/photos/")
    assert page.request.get(f"{shop.url}{photo}").headers["content-type"] == "image/png"
    (SHOP / "shop" / photo[1:]).unlink()
    staff.open("/staff/orders?status=paid")
    staff.look()
    page.click("tbody a >> nth=0")
    staff.look()
    page.click("text=It is packed")
    page.click("text=It is on its way")
    expect(page.locator(".between .badge")).to_have_text("On its way")


@BOTH_WHEN_LONG
def test_whoever_signs_up_sees_every_page_around_it(shop: Served, visitor: Visitor) -> None:
    customer = Customer(shop, visitor)
    page = visitor.page
    customer.open("/cart")
    expect(page.locator("main")).to_contain_text("There is nothing in it yet.")
    customer.look()
    customer.open("/orders")
    page.click("text=Create an account")
    customer.look()
    page.fill("[name=name]", "Nora")
    page.fill("[name=email]", f"nora-{shop.port}@example.org")
    page.fill("[name=password]", "password1234")
    page.click("main button[type=submit]")
    expect(page.locator("[name=password][aria-invalid=true]")).to_be_visible()
    customer.look()
    visitor.problems.clear()  # the browser tells of the 422
    page.fill("[name=password]", "a lamp, two chairs and rain")
    page.click("main button[type=submit]")
    expect(page).to_have_url(f"{customer.site}/orders")
    expect(page.locator("main")).to_contain_text("You have not ordered anything yet.")
    customer.look()
    page.click("text=Sign out")
    expect(page.locator("h1")).to_have_text("Sign out")
    customer.look()
    page.click("main button >> nth=0")
    expect(page.locator("header")).to_contain_text("Sign in")


@BOTH_WHEN_LONG
def test_pages_of_errors_are_pages_of_the_shop(shop: Served, visitors: Visitors, database: str) -> None:
    customer = Customer(shop, visitors(phone=True), "de")
    page, visitor = customer.page, customer.visitor
    customer.sign_in("ben")
    for path, status, heading in (
        ("/nothing-here", 404, "Hier ist nichts"),
        ("/products?page=x", 422, "Etwas passt nicht"),
        ("/staff", 403, "Hier haben Sie keinen Zugang"),
    ):
        answer = page.goto(f"{customer.site}{path}")
        assert answer is not None
        assert answer.status == status
        expect(page.locator("h1")).to_have_text(heading)
        expect(page.locator("header .brand")).to_have_text("Alderway")
        customer.look()
    # another site's form, sent with the visitor's cookies
    page.route(
        "http://elsewhere.test/", lambda route: route.fulfill(body=FORGED.format(shop.url), content_type="text/html")
    )
    page.goto("http://elsewhere.test/")
    page.click("button")
    expect(page.locator("h1")).to_have_text("Hier haben Sie keinen Zugang")
    expect(page.locator("header .brand")).to_have_text("Alderway")
    customer.look()
    change(database, "alter table categories rename to categories_away")
    try:
        page.goto(f"{customer.site}/")
        expect(page.locator("h1")).to_have_text("Bei uns ist etwas schiefgegangen")
        assert "categories" not in page.content()
        customer.look()
    finally:
        change(database, "alter table categories_away rename to categories")
    assert len(visitor.problems) == 5  # the browser tells of each status, and of nothing else
    assert all("the server responded with a status of" in problem for problem in visitor.problems)
    visitor.problems.clear()
