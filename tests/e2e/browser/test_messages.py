"""What visitors write comes back to them through messages, cookies and addresses, and never as markup."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from rooftree import App, Form, Page, Redirect, Request, Session, Settings, render
from rooftree.security import safe_next
from tests.e2e.browser.conftest import Visitor

Serve = Callable[[App], str]

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Notes</title><link rel="icon" href="data:,"></head><body><main><h1>Notes</h1>
{% for message in flashes %}<p class="{{ message.level }}" title="{{ message.text }}">{{ message.text }}</p>{% endfor %}
<p id="kept" data-kept='{{ session.get("kept", default="") }}'>{{ session.get("kept", default="") }}</p>
<form method="post" action="/say">{{ csrf }}
<textarea name="text" aria-label="Text">{{ session.get("kept", default="") }}</textarea>
<button>Keep</button></form>
<script nonce="{{ nonce }}">document.title = "own script ran"</script></main></body></html>"""
PAYLOADS = [
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    '"><svg onload=hit()>',
    "'><body onpageshow=hit()>",
    "</title></textarea></script><script>hit()</script>",
    '" autofocus onfocus="hit()',
    "' onmouseover='hit()' x='",
    "{{ 7 * 7 }}{% print(config) %}",
    "javascript:hit()//",
    "<a href='jav\tascript:hit()'>x</a>",
    "<iframe srcdoc='<script>parent.hit()</script>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=hit()&gt;'>",
    "\u2028<script>hit()</script>\u2029\r\nset-cookie: planted=1\r\n\r\n<script>hit()</script>",
    "\x00<scr\x00ipt>hit()</scr\x00ipt>",
    "<!--><script>hit()</script>-->",
]  # fmt: skip
AWAY = [
    "//evil.example", "/\\evil.example", "https:evil.example", "https:///evil.example", "////evil.example",
    "/%2f/evil.example", "//evil%E3%80%82example", "javascript:hit()", "http://127.0.0.1:1@evil.example/",
    "/..//evil.example", "/.//evil.example", "https://evil.example/?http://127.0.0.1/", "\\\\evil.example",
]  # fmt: skip


def notes(folder: Path) -> App:
    (folder / "templates").mkdir()
    (folder / "templates" / "notes.html").write_text(PAGE)
    app = App(Settings(mode="test", access_log=False), root=folder)

    @app.get("/")
    async def index() -> Page:
        return render("notes.html")

    @app.post("/say")
    async def say(text: Form[str], session: Session) -> Redirect:
        session["kept"] = text
        session.flash(text, "warning")
        answer = Redirect("/")
        answer.set_cookie("said", text)
        return answer

    @app.get("/go")
    async def go(request: Request) -> Redirect:
        return Redirect(safe_next(request, "/"))

    return app


def test_nothing_that_was_said_runs(visitor: Visitor, serve: Serve, tmp_path: Path) -> None:
    url = serve(notes(tmp_path))
    visitor.context.add_init_script("window.hit = () => console.error('a payload ran')")
    visitor.page.goto(url)
    for payload in PAYLOADS:
        visitor.page.evaluate("text => { document.forms[0].text.value = text }", payload)
        visitor.page.click("button")
        assert visitor.page.title() == "own script ran"
        shown = visitor.page.inner_text("p.warning").split()
        assert shown == visitor.page.inner_text("#kept").split() != []
        visitor.page.hover("p.warning")
        visitor.page.focus("textarea")
    assert visitor.problems == []
    assert {cookie.get("name") for cookie in visitor.context.cookies()} <= {"session", "said", "csrf"}
    visitor.audit()


def test_nobody_is_led_away(visitor: Visitor, serve: Serve, tmp_path: Path) -> None:
    url = serve(notes(tmp_path))
    for target in AWAY:
        visitor.page.goto(f"{url}/go?next={quote(target)}")
        assert visitor.page.url.startswith(f"{url}/"), target
        assert "evil.example" not in visitor.page.evaluate("location.host")
        visitor.problems.clear()  # some lead to a page that there is not
