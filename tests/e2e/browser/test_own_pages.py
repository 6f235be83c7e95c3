"""The framework's own pages obey their own policy, hold nothing that should not be seen, and are fit for everyone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rooftree import App, Html, Request, Session, Settings
from rooftree.security import nonce
from tests.e2e.browser.conftest import Visitor, Visitors

Serve = Callable[[App], str]


SLIPPED_IN = """<script>document.title = "slipped in"</script>
<img src="data:,x" onerror="document.title = 'slipped in'" alt="">"""
SECRETS = ["hunter" + "2", "private" + "-note"]  # so that the source, which the page shows, does not hold them


def app_of(mode: str) -> App:
    app = App(Settings(mode="development" if mode == "development" else "test", access_log=False))

    @app.get("/")
    async def index(request: Request) -> Html:
        good = f'<script nonce="{nonce(request)}">document.title = "ran"</script>'
        bad = SLIPPED_IN
        return Html(f'<!DOCTYPE html><html lang="en"><title>before</title><link rel="icon" href="data:,">{good}{bad}')

    @app.get("/fails")
    async def fails(session: Session, card: str = "4111-1111-1111-1111") -> None:
        password, state = SECRETS[0], session
        state["note"] = SECRETS[1]
        raise RuntimeError("It failed." + password[:0])

    return app


def only_status(problems: list[str]) -> list[str]:
    """What the console says beyond that an answer was an error."""
    return [problem for problem in problems if "Failed to load resource" not in problem]


@pytest.mark.parametrize("mode", ["development", "test"])
@pytest.mark.parametrize("path", ["/nowhere", "/fails"])
def test_error_pages_obey_their_policy(mode: str, path: str, visitors: Visitors, serve: Serve) -> None:
    url = serve(app_of(mode))
    for visitor in (visitors(), visitors(phone=True, dark=True)):
        visitor.page.goto(url + path)
        assert only_status(visitor.problems) == []
        assert visitor.page.evaluate("getComputedStyle(document.body).fontFamily") != ""
        visitor.audit()
        visitor.problems.clear()


def test_the_development_page_shows_no_secrets(visitor: Visitor, serve: Serve) -> None:
    url = serve(app_of("development"))
    visitor.page.goto(f"{url}/fails?token=in-the-address")
    text = visitor.page.content()
    assert "It failed." in text
    for secret in (*SECRETS, "in-the-address"):
        assert secret not in text, secret
    cookies = visitor.context.cookies()
    assert all(cookie.get("value", "-") not in text for cookie in cookies)
    visitor.problems.clear()


def test_only_what_has_the_nonce_runs_and_the_rest_is_reported(
    visitor: Visitor, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    url = serve(app_of("test"))
    visitor.page.goto(url)
    visitor.page.wait_for_function("document.readyState === 'complete'")
    assert visitor.page.title() == "ran"
    assert len([problem for problem in visitor.problems if "Content Security Policy" in problem]) >= 2
    for _ in range(50):
        if "violated its Content-Security-Policy" in caplog.text:
            break
        visitor.page.wait_for_timeout(100)
    assert "effective-directive='script-src" in caplog.text
    visitor.problems.clear()


def test_a_session_outlives_the_page_and_scripts_cannot_read_it(visitor: Visitor, serve: Serve) -> None:
    app = App(Settings(mode="development", access_log=False))

    @app.get("/")
    async def index(session: Session) -> Html:
        session["n"] = session.get("n", int, 0) + 1
        return Html(f'<!DOCTYPE html><html lang="en"><title>{session["n"]}</title><link rel="icon" href="data:,">')

    url = serve(app)
    for number in ("1", "2"):
        visitor.page.goto(url)
        assert visitor.page.title() == number
    assert visitor.page.evaluate("document.cookie") == ""
    (cookie,) = visitor.context.cookies()
    assert (cookie.get("name"), cookie.get("httpOnly"), cookie.get("sameSite")) == ("session", True, "Lax")
