"""Signing in and out in a real browser, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rooftree import Accounts, App, Html, Languages, Model, PasswordOptions, Secret, Settings, UserMixin
from rooftree.db import create_tables
from tests.e2e.browser.conftest import Visitor, Visitors

Serve = Callable[[App], str]
PASSWORD = "correct horse battery"
HOME = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Home</title>
<link rel="icon" href="data:,"></head><body><main><h1>Hello, {email}</h1><a href="/sign-out">Sign out</a></main></body>
</html>"""


class Person(UserMixin, Model, table="browser_people"): ...


def make_app() -> App:
    cheap = PasswordOptions(memory=8, passes=1)
    app = App(
        Settings(mode="test", secret_key=Secret("k" * 40), database="sqlite://", passwords=cheap, hosts=("127.0.0.1",))
    )
    accounts = Accounts(Person, by_account="4/hour")
    app.use(accounts)
    app.use(Languages("en", "de", "ar"))

    @app.on_startup
    async def first() -> None:
        await create_tables(*accounts.models)
        await accounts.create(email="ann@example.org", password=PASSWORD)

    @app.get("/")
    async def front() -> Html:
        return Html(HOME.format(email="stranger"))

    @app.get("/home")
    async def home(user: Person) -> Html:
        return Html(HOME.format(email=user.email))

    del first, front, home
    return app


def sign_in(page: Any, password: str) -> None:
    page.get_by_label("E-mail").fill("Ann@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_signing_in_and_out(visitors: Visitors, serve: Serve) -> None:
    url = serve(make_app())
    for javascript in (True, False):
        visitor = visitors(javascript=javascript)
        page = visitor.page
        page.goto(f"{url}/home")
        assert page.url == f"{url}/sign-in?next=/home"
        if javascript:
            visitor.audit()
        sign_in(page, "wrong")
        assert "The e-mail address and the password do not fit." in page.inner_text("[role=alert]")
        assert page.get_by_label("E-mail").input_value() == "Ann@example.org"
        assert page.get_by_label("Password").input_value() == ""
        if javascript:
            visitor.audit()
        visitor.problems.clear()  # Chromium complains about the 422 itself
        sign_in(page, PASSWORD)
        assert page.url == f"{url}/home"
        assert page.inner_text("h1") == "Hello, ann@example.org"
        page.get_by_role("link", name="Sign out").click()
        if javascript:
            visitor.audit()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.goto(f"{url}/home")
        assert page.url == f"{url}/sign-in?next=/home"


def test_in_arabic_on_a_phone_in_the_dark(visitors: Visitors, serve: Serve) -> None:
    visitor: Visitor = visitors(phone=True, dark=True, locale="ar")
    visitor.page.goto(f"{serve(make_app())}/sign-in")
    assert visitor.page.inner_text("h1") == "تسجيل الدخول"
    assert visitor.page.evaluate("document.documentElement.dir") == "rtl"
    visitor.audit()
