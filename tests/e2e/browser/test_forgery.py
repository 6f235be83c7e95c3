"""Another site tries to act for a visitor who has a session here, by every means that a browser gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from rooftree import App, Html, Request, Response, Settings, WebSocket
from rooftree.base import SecurityOptions
from rooftree.sessions import Session
from tests.e2e.browser.conftest import Visitor, Visitors

Serve = Callable[[App], str]

PAGE = """<!DOCTYPE html><html lang="en"><head><title>{}</title><link rel="icon" href="data:,"></head>
<body>{}</body></html>"""
SHOP = '<main><h1>Shop</h1><form method="post" action="/buy"><button>Buy</button></form></main>'
FORM = """<form method="post" enctype="{}" action="{}">{}<button>Win!</button></form>"""
FIELD = '<input name="amount" value="1">'
JSON_FIELD = """<input name='{"amount":1,"x":"' value='"}'>"""


class Shop:
    """The site under attack: whatever changes something is counted."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.seen: list[tuple[str, str]] = []
        app = self.app = App(Settings(mode="test", access_log=False))

        @app.get("/")
        async def index(session: Session) -> Html:
            session["user"] = 7
            return Html(PAGE.format("Shop", SHOP))

        @app.route("/buy", methods=["POST", "PUT", "PATCH", "DELETE"])
        async def buy(request: Request, session: Session) -> Html:
            self.changes.append(f"{request.method} by {session.get('user')}")
            return Html(PAGE.format("Bought", "<main><h1>Bought</h1></main>"))

        @app.post("/sign-in", csrf="always")
        async def sign_in(session: Session) -> None:
            self.changes.append("sign-in")

        @app.websocket("/ws")
        async def talk(ws: WebSocket[str], session: Session) -> None:
            self.changes.append(f"socket by {session.get('user')}")
            await ws.send("hello")

        async def note(request: Request, call_next: Any) -> Response:
            response: Response = await call_next(request)
            self.seen.append((request.method, request.path))
            return response

        app.middleware.append(note)


def other_site(shop: str) -> App:
    """A page of someone else, with the tools to attack."""
    app = App(Settings(mode="test", access_log=False, security=SecurityOptions(csp_mode="off", opener=None)))

    @app.get("/")
    async def index() -> Html:
        return Html(PAGE.format("Evil", "<main><h1>Evil</h1></main>"))

    @app.get("/form")
    async def form(enctype: str = "application/x-www-form-urlencoded", to: str = "/buy") -> Html:
        field = JSON_FIELD if enctype == "text/plain" else FIELD
        return Html(PAGE.format("Evil form", FORM.format(enctype, shop + to, field)))

    return app


def attacked(shop: Shop, visitor: Visitor) -> None:
    """Forget what the console said of requests that were refused: that they were is the point."""
    visitor.problems.clear()
    assert shop.changes == []


@pytest.fixture(params=["another port", "another name"])
def sites(request: pytest.FixtureRequest, serve: Serve) -> tuple[Shop, str, str]:
    """The shop, its URL, and that of the other site: on another port it is same-site, under another name cross-site."""
    shop = Shop()
    url = serve(shop.app)
    evil = serve(other_site(url))
    return shop, url, evil if request.param == "another port" else evil.replace("127.0.0.1", "localhost")


def test_the_shops_own_page_works(visitor: Visitor, serve: Serve) -> None:
    shop = Shop()
    url = serve(shop.app)
    visitor.page.goto(url)
    visitor.page.click("button")
    assert visitor.page.inner_text("h1") == "Bought"
    status = visitor.page.evaluate("async () => (await fetch('/buy', {method: 'DELETE'})).status")
    assert status == 200
    assert (
        visitor.page.evaluate(
            "() => new Promise(done => { const s = new WebSocket(location.origin.replace('http', 'ws') + '/ws');"
            " s.onmessage = m => { s.close(); done(m.data) } })"
        )
        == "hello"
    )
    assert shop.changes == ["POST by 7", "DELETE by 7", "socket by 7"]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_form_of_another_site_changes_nothing(
    sites: tuple[Shop, str, str], visitors: Visitors, javascript: bool
) -> None:
    shop, url, evil = sites
    visitor = visitors(javascript=javascript)
    visitor.page.goto(url)
    for enctype in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        visitor.page.goto(f"{evil}/form?enctype={enctype}")
        visitor.page.click("button")
        visitor.page.wait_for_url(f"{url}/buy")
        assert "came from another site" in visitor.page.inner_text("body")
    attacked(shop, visitor)


def test_nor_does_a_forged_sign_in(sites: tuple[Shop, str, str], visitor: Visitor) -> None:
    shop, url, evil = sites
    visitor.page.goto(f"{evil}/form?to=/sign-in")
    visitor.page.click("button")
    visitor.page.wait_for_url(f"{url}/sign-in")
    attacked(shop, visitor)


FETCHES = """async ([url, path]) => {
    const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/json"];
    const attempts = [];
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
        for (const credentials of ["include", "omit"])
            for (const mode of ["cors", "no-cors"])
                for (const type of types)
                    attempts.push({method, credentials, mode, headers: {"content-type": type}, body: "amount=1"});
    const simple = {method: "POST", credentials: "include", mode: "no-cors"};
    attempts.push({...simple, keepalive: true, body: new Blob(["{}"])});
    attempts.push({...simple, referrerPolicy: "no-referrer", body: "a=1"});
    const readable = [];
    for (const options of attempts)
        try {
            const answer = await fetch(url + path, options);
            if (answer.type !== "opaque") readable.push(`${options.method} ${options.mode} ${answer.status}`);
        } catch (error) {}
    navigator.sendBeacon(url + path, "amount=1");
    const image = new Image(); image.src = url + path + "?amount=1";
    await new Promise(done => { image.onerror = image.onload = done; });
    await new Promise(done => { const request = new XMLHttpRequest(); request.open("POST", url + path);
        request.withCredentials = true; request.onloadend = done; request.send("amount=1"); });
    return [attempts.length, readable];
}"""


@pytest.mark.parametrize("path", ["/buy", "/sign-in"])
def test_a_script_of_another_site_changes_nothing(sites: tuple[Shop, str, str], visitor: Visitor, path: str) -> None:
    shop, url, evil = sites
    visitor.page.goto(url)
    visitor.page.goto(evil)
    tried, readable = visitor.page.evaluate(FETCHES, [url, path])
    assert tried > 60
    assert readable == []
    assert sum(seen == path for _, seen in shop.seen) > 20  # they did arrive
    attacked(shop, visitor)


def test_nor_does_its_websocket(sites: tuple[Shop, str, str], visitor: Visitor) -> None:
    shop, url, evil = sites
    visitor.page.goto(url)
    visitor.page.goto(evil)
    outcome = visitor.page.evaluate(
        "(url) => new Promise(done => { const s = new WebSocket(url.replace('http', 'ws') + '/ws');"
        " s.onopen = () => done('open'); s.onerror = () => done('refused') })",
        url,
    )
    assert outcome == "refused"
    attacked(shop, visitor)


def test_nor_a_sandboxed_frame_nor_a_data_page(sites: tuple[Shop, str, str], visitor: Visitor) -> None:
    shop, url, evil = sites
    visitor.page.goto(url)
    visitor.page.goto(evil)
    visitor.page.evaluate(
        """(url) => new Promise(done => {
            const frame = document.createElement("iframe");
            frame.sandbox = "allow-scripts allow-forms";
            frame.srcdoc = `<form method="post" action="${url}/buy"><input name="a"></form>
                <script>document.forms[0].submit()<\\/script>`;
            let loads = 0;
            frame.onload = () => { if (++loads === 2) done(); };
            document.body.append(frame);
            setTimeout(done, 1500);
        })""",
        url,
    )
    assert ("POST", "/buy") in shop.seen
    attacked(shop, visitor)


def test_it_cannot_show_the_shop_in_a_frame(sites: tuple[Shop, str, str], visitor: Visitor) -> None:
    _, url, evil = sites
    visitor.page.goto(evil)
    visitor.page.evaluate(
        """(url) => new Promise(done => {
            const frame = document.createElement("iframe");
            frame.src = url; frame.onload = done; document.body.append(frame);
        })""",
        url,
    )
    assert "Shop" not in [frame.title() for frame in visitor.page.frames if frame != visitor.page.main_frame]
    assert any("frame-ancestors" in problem or "X-Frame-Options" in problem for problem in visitor.problems)
    visitor.problems.clear()


def test_a_program_without_credentials_may_use_the_api(serve: Serve) -> None:
    shop = Shop()
    url = serve(shop.app)
    assert httpx.post(f"{url}/buy", json={}).status_code == 200
    assert httpx.delete(f"{url}/buy", headers={"authorization": "Bearer abc"}).status_code == 200
    assert httpx.post(f"{url}/buy", cookies={"session": "stolen"}).status_code == 403
    assert httpx.post(f"{url}/sign-in", data={"amount": "1"}).status_code == 403
    assert httpx.post(f"{url}/sign-in", json={}, cookies={"session": "stolen"}).status_code == 403
    assert httpx.post(f"{url}/sign-in", json={}).status_code == 204
    assert shop.changes == ["POST by None", "DELETE by None", "sign-in"]
