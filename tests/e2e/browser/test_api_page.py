"""The page of the API in a real browser: Swagger UI from an installed wheel, under the policy of every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import pytest
from playwright.sync_api import Request

from rooftree import App, Header, HTTPError, OpenAPIOptions, Schema, Settings
from tests.e2e.browser.conftest import Visitors

MARKUP = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"

SWAGGERS = frozenset({"nested-interactive", "region", "heading-order"})
"""What is so in the markup of Swagger UI, of which what an operation opens is not looked at here."""


class NewItem(Schema):
    name: str


def shop(text: str = "*Sells* things.") -> App:
    """An API with a text wherever one may stand, and a header that has to be right."""
    options = OpenAPIOptions(title="Shop", summary=text, description=text)
    app = App(Settings(mode="test", openapi=options))

    @app.post("/items", tags=["Items"], summary=text, description=text, examples={"oak": {"name": "Oak"}})
    async def create(data: NewItem, x_key: Annotated[str, Header()]) -> NewItem:
        if x_key != "secret":
            raise HTTPError(403)
        return data

    return app


def note(asked: list[str], request: Request) -> None:
    """Keep the URL of a request."""
    asked.append(request.url)


def test_operations_are_tried_out(serve: Callable[[App], str], visitors: Visitors) -> None:
    url = serve(shop())
    for dark in (False, True):
        visitor = visitors(dark=dark)
        page = visitor.page
        asked: list[str] = []
        page.on("request", partial(note, asked))
        page.goto(f"{url}/docs")
        page.locator(".opblock-summary").click()
        assert page.locator("html.dark-mode").count() == int(dark)
        if not dark:
            page.locator("text=Try it out").click()
            page.get_by_placeholder("X-Key").fill("secret")
            page.locator("button.execute").click()
            answer = page.locator(".live-responses-table tbody .response-col_status")
            answer.first.wait_for()
            assert "200" in answer.first.inner_text()
            assert '"Oak"' in page.locator(".live-responses-table .highlight-code").first.inner_text()
        assert page.title() == "Shop"
        assert all(each.startswith((url, "data:", "blob:")) for each in asked)


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_as_it_opens_is_for_everyone(dark: bool, serve: Callable[[App], str], visitors: Visitors) -> None:
    app = shop()
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        app.route("/one", methods=[method], name=f"one.{method.lower()}")(one)
    visitor = visitors(dark=dark)
    visitor.page.goto(f"{serve(app)}/docs")
    visitor.page.locator(".opblock-summary").first.wait_for()
    visitor.audit(passing=SWAGGERS)


async def one() -> str:
    return ""


def test_markup_in_texts_runs_nothing(serve: Callable[[App], str], visitors: Visitors) -> None:
    visitor = visitors()
    visitor.page.goto(f"{serve(shop(MARKUP))}/docs")
    visitor.page.locator(".opblock-summary").click()
    visitor.page.locator("text=Try it out").wait_for()
    assert visitor.page.title() == "Shop"
    shown = visitor.page.locator(".opblock-description .renderedMarkdown")
    assert shown.inner_text().strip() == MARKUP
    assert visitor.page.locator(".swagger-ui img").count() == 0


def test_texts_are_markdown(serve: Callable[[App], str], visitors: Visitors) -> None:
    visitor = visitors()
    text = "*Sells* `a<b>` where x <y, <https://example.org/> and\n\n    <i>\n\n```\n<p>\n```\n"
    visitor.page.goto(f"{serve(shop(text))}/docs")
    visitor.page.locator(".opblock-summary").click()
    shown = visitor.page.locator(".opblock-description .renderedMarkdown")
    assert shown.locator("em").inner_text() == "Sells"
    assert shown.locator("p code").inner_text() == "a<b>"
    assert "where x <y, https://example.org/ and" in shown.inner_text()
    assert [each.strip() for each in shown.locator("pre").all_inner_texts()] == ["<i>", "<p>"]


def test_the_list_without_scripts(serve: Callable[[App], str], visitors: Visitors) -> None:
    visitor = visitors(javascript=False, phone=True)
    visitor.page.goto(f"{serve(shop(MARKUP))}/docs")
    assert visitor.page.locator("dt", has_text="POST /items").is_visible()
    assert MARKUP in visitor.page.locator("main").inner_text()


def test_the_list_is_for_everyone(serve: Callable[[App], str], visitors: Visitors) -> None:
    app = shop()
    app.configure(openapi=OpenAPIOptions(title="Shop", ui="/nowhere"))
    visitor = visitors()
    visitor.page.goto(f"{serve(app)}/docs")
    visitor.audit()
