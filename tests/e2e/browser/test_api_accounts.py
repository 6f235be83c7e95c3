"""The page of an API with accounts, in a real browser: who may see it, by session and by API key."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from rooftree import Accounts, App, Model, OpenAPIOptions, PasswordOptions, Schema, Secret, Settings, UserMixin, staff
from rooftree.db import create_tables
from tests.e2e.browser.conftest import Visitors

Serve = Callable[[App], str]
PASSWORD = "correct horse battery"


class Member(UserMixin, Model, table="browser_members"): ...


class Whoami(Schema):
    email: str


def make_app(keys: list[str]) -> App:
    app = App(
        Settings(
            mode="test",
            secret_key=Secret("k" * 40),
            database="sqlite://",
            passwords=PasswordOptions(memory=8, passes=1),
            hosts=("127.0.0.1",),
            openapi=OpenAPIOptions(title="Members", requires=staff),
        )
    )
    accounts = Accounts(Member)
    app.use(accounts)

    @app.on_startup
    async def first() -> None:
        await create_tables(*accounts.models)
        await accounts.create(email="ann@example.org", password=PASSWORD, staff=True)
        await accounts.create(email="tim@example.org", password=PASSWORD)
        bob = await accounts.create(email="bob@example.org")
        keys.append((await accounts.issue_key(bob))[1])

    @app.post("/whoami")
    async def whoami(user: Member) -> Whoami:
        return Whoami(email=user.email)

    del first, whoami
    return app


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def ask(page: Page) -> str:
    """Press "Execute" and return the body that comes."""
    with page.expect_response("**/whoami"):
        page.locator("button.execute").click()
    answer = page.locator(".live-responses-table tbody .response .highlight-code").first
    answer.wait_for()
    return answer.inner_text()


def test_who_is_asked_for_by_session_and_by_key(visitors: Visitors, serve: Serve) -> None:
    keys: list[str] = []
    url = serve(make_app(keys))
    visitor = visitors()
    page = visitor.page
    page.goto(f"{url}/docs")
    assert page.url == f"{url}/sign-in?next=/docs"
    sign_in(page, "ann@example.org")
    page.locator(".opblock-summary").click()
    page.locator("text=Try it out").click()
    assert "ann@example.org" in ask(page)

    page.locator("button.authorize").first.click()
    dialog = page.locator(".dialog-ux")
    assert "An API key: rt_..." in dialog.inner_text()
    dialog.locator("input#auth-bearer-value").fill(keys[0])
    dialog.locator("form", has=page.locator("#auth-bearer-value")).locator("button.authorize").click()
    dialog.locator("button.btn-done").last.click()
    with page.expect_response("**/whoami") as answered:
        page.locator("button.execute").click()
    assert answered.value.request.headers["authorization"] == f"Bearer {keys[0]}"
    assert answered.value.json() == {"email": "bob@example.org"}


def test_who_may_not_see_it(visitors: Visitors, serve: Serve) -> None:
    url = serve(make_app([]))
    visitor = visitors()
    page = visitor.page
    page.goto(f"{url}/docs")
    sign_in(page, "tim@example.org")
    assert page.locator("h1").inner_text() == "This is not open to you"
    answer = page.request.get(f"{url}/openapi.json")
    assert answer.status == 403
    assert "whoami" not in answer.text()
    visitor.problems[:] = [each for each in visitor.problems if "Failed to load resource" not in each]
