"""The fixtures themselves: a page is seen by a browser, and what is wrong with one is noticed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rooftree import App, Html, Settings
from tests.e2e.browser.conftest import Visitor, Visitors

Serve = Callable[[App], str]

HELLO = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Hello</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><main><h1>Hello, browser!</h1><noscript>no script</noscript></main></body></html>"""


def hello_app() -> App:
    app = App(Settings(mode="test"))

    @app.get("/")
    async def index() -> Html:
        return Html(HELLO)

    @app.get("/poor")
    async def poor() -> Html:
        return Html("<!DOCTYPE html><title></title><img src='data:,'><p style='color: #ccc'>pale</p>")

    return app


def test_a_page_is_shown(visitor: Visitor, serve: Serve) -> None:
    visitor.page.goto(serve(hello_app()))
    assert visitor.page.inner_text("h1") == "Hello, browser!"
    visitor.audit()


def test_without_javascript_on_a_phone_in_the_dark(visitors: Visitors, serve: Serve) -> None:
    url = serve(hello_app())
    plain = visitors(javascript=False, phone=True, dark=True)
    plain.page.goto(url)
    assert plain.page.inner_text("main").split() == ["Hello,", "browser!", "no", "script"]
    other = visitors(phone=True, dark=True)
    other.page.goto(url)
    assert other.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches && innerWidth == 390") is True


def test_a_poor_page_is_noticed(visitor: Visitor, serve: Serve) -> None:
    visitor.page.goto(serve(hello_app()) + "/poor")
    with pytest.raises(pytest.fail.Exception, match=r"(?s)image-alt .*document-title|document-title .*image-alt"):
        visitor.audit()
    visitor.problems.clear()


def test_what_the_console_says_is_noticed(visitor: Visitor, serve: Serve) -> None:
    visitor.page.goto(serve(hello_app()))
    visitor.page.evaluate("console.error('broken'); setTimeout(() => { throw new Error('thrown') })")
    visitor.page.wait_for_timeout(50)
    texts = "\n".join(visitor.problems)
    assert "error: broken" in texts
    assert "exception: thrown" in texts
    visitor.problems.clear()
