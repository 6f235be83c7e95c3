"""Long lists of what attackers send, through every way in and into every place of a page; the browser is the judge.

The lists are those of payloads/, under the licence beside them. They name hosts of others: nothing here asks one, and
what is not this machine's is cut off before the browser could.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, unquote, urlsplit

import httpx
import pytest

from rooftree import (
    App,
    HTTPError,
    Languages,
    Len,
    Page,
    Redirect,
    Request,
    Response,
    Schema,
    SchemaForm,
    Secret,
    Settings,
    render,
)
from rooftree.base import SecurityOptions, TemplateOptions
from rooftree.forms import EmailInput, HiddenInput, SearchInput, TelephoneInput, Textarea, UrlInput
from rooftree.security import safe_next
from rooftree.templates import Templates
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.test_templates import CARD, PAGE

Serve = Callable[[App], str]

LISTS: Final = Path(__file__).parent / "payloads"
BATCH: Final = 50
SECRET: Final = "the key of the house"


def lines(name: str) -> list[str]:
    return [line for line in (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines() if line.strip()]


def batches(size: int = BATCH, *, every: int = 1) -> Iterator[list[str]]:
    markup = [*lines("xss"), *lines("ssti")][::every]
    for start in range(0, len(markup), size):
        yield markup[start : start + size]


@pytest.fixture(scope="module")
def every(request: pytest.FixtureRequest) -> int:
    """Which of the payloads are tried: all of them with ``--long``, else every tenth."""
    return 1 if request.config.getoption("--long") else 10


TRAPS: Final = """top.ran = [];
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = said => top.ran.push(said);"""
JUDGE: Final = """async (own) => {
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const found = (top.ran || []).map(said => `it ran: ${said}`);
  for (const element of document.querySelectorAll('*')) {
    for (const {name, value} of element.attributes)
      if (name.startsWith('on')) found.push(`${element.localName} has ${name}=${value}`);
    for (const name of ['href', 'src', 'action', 'formAction', 'data']) {
      let url = element[name];
      url = url && url.baseVal !== undefined ? url.baseVal : url;
      if (typeof url !== 'string' || !URL.canParse(url, 'http://here/')) continue;
      const scheme = new URL(url, 'http://here/').protocol;
      if (!['http:', 'https:', 'about:', 'mailto:', 'ftp:'].includes(scheme) && !url.startsWith('data:,'))
        found.push(`${element.localName}.${name} is ${url}`);
    }
  }
  for (const script of document.scripts) if (!own.some(part => script.outerHTML.startsWith(part)))
    found.push(`a script: ${script.outerHTML.slice(0, 200)}`);
  if (document.querySelector('base, meta[http-equiv], link[rel=import]')) found.push('an element of the head');
  return found;
}"""


def closed(visitor: Visitor) -> Visitor:
    """Return a visitor whose browser reaches this machine alone, and notes every dialog that a script could open."""
    visitor.context.route(
        lambda url: urlsplit(url).hostname != "127.0.0.1", lambda route: route.abort("blockedbyclient")
    )
    visitor.context.add_init_script(TRAPS)
    return visitor


def judged(visitor: Visitor, *own: str) -> list[str]:
    found: list[str] = visitor.page.evaluate(JUDGE, list(own))
    visitor.problems.clear()  # pictures that were cut off
    return found


# ---- every place of a template

BODY: Final = "\n".join(
    line for line in PAGE.split("<body>")[1].split("</body>")[0].splitlines() if "<iframe" not in line
)
ALL: Final = f"""<!DOCTYPE html><html><head><meta charset="utf-8">{{% for v in values %}}<title>{{{{ v }}}}</title>
<style>p {{ color: {{{{ v }}}} }}</style>{{% endfor %}}</head>
<body>{{% for v in values %}}{BODY}{{% endfor %}}</body></html>"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, every: int) -> list[str]:
    """Pages with every payload in every place, made before playwright's loop stands in this thread."""
    root = tmp_path_factory.mktemp("all")
    (root / "templates/components").mkdir(parents=True)
    (root / "templates/all.html").write_text(ALL)
    (root / "templates/components/card.html").write_text(CARD)
    templates = Templates(root, TemplateOptions(cache=""), development=True)

    async def made() -> list[str]:
        return [str(await templates.render("all.html", values=values)) for values in batches(every=every)]

    return asyncio.run(made())


def test_nothing_runs_in_any_place_of_a_template(pages: list[str], visitor: Visitor, every: int) -> None:
    closed(visitor)
    for page, values in zip(pages, batches(every=every), strict=True):
        visitor.page.goto("about:blank")
        visitor.page.set_content(page, wait_until="domcontentloaded")
        assert judged(visitor, '<script id="own">') == []
        assert visitor.page.locator("script").count() == len(values)


def test_the_judge_sees_what_does_run(visitor: Visitor) -> None:
    closed(visitor)
    found: list[str] = []
    for payload in lines("xss")[50:100]:
        visitor.page.goto("about:blank")
        visitor.page.set_content(payload, wait_until="domcontentloaded")
        found += judged(visitor)
    for what in ("it ran: 1", "svg has onload=alert(1)", "a script: <script>alert(1)"):
        assert any(one.startswith(what) for one in found), found


# ---- every way in


class Line(Schema):
    text: Annotated[str, Len(1, 2)]
    note: Annotated[str, Len(1, 2), Textarea()]
    email: Annotated[str, EmailInput()]
    home: Annotated[str, UrlInput()]
    phone: Annotated[str, Len(1, 2), TelephoneInput()]
    find: Annotated[str, Len(1, 2), SearchInput()]
    token: Annotated[str, Len(1, 2), HiddenInput()]
    number: int
    wood: str


class Sent(Schema):
    lines: list[Line]


class SentForm(SchemaForm[Sent], id="sent"): ...


FORM: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{{ q }}</title>
<link rel="icon" href="data:,">
<main><h1>{{ q }}</h1><p title="{{ q }}">{{ request.path }}</p>{{ form }}</main>"""
SEND: Final = """([values, names]) => {
  const form = document.createElement('form');
  form.method = 'post'; form.enctype = 'multipart/form-data'; form.action = '?q=' + encodeURIComponent(values[0]);
  values.forEach((value, at) => names.forEach(name => {
    const field = document.createElement('textarea');
    field.name = `lines[${at}].${name}`; field.value = value; form.append(field);
  }));
  document.body.append(form); form.submit();
}"""


def open_app(root: Path, **options: Any) -> App:
    """Return an application whose pages have no policy: what escaping leaves would run."""
    security = SecurityOptions(csp_mode="off")
    return App(Settings(access_log=False, security=security, secret_key=Secret("k" * 40), **options), root=root)


def test_nothing_that_is_typed_into_a_form_runs(tmp_path: Path, serve: Serve, visitor: Visitor, every: int) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/form.html").write_text(FORM)
    app = open_app(tmp_path, mode="test")

    @app.form("/")
    async def shown(form: SentForm, q: str = "") -> Page:
        await form.validate()
        return render("form.html", form=form, q=q)

    url = serve(app)
    page = closed(visitor).page
    for values in batches(every=every):
        page.goto(url)
        with page.expect_navigation(wait_until="domcontentloaded"):
            page.evaluate(SEND, [values, list(Line.__struct_fields__)])
        assert page.locator("[data-row]").count() == len(values)
        assert judged(visitor, '<script src="/_rooftree/', '<script type="module" src="/_rooftree/') == []
        first = page.locator("[name='lines[0].text']")
        assert first.input_value() == values[0]


@pytest.mark.parametrize("mode", ["development", "production"])
def test_nothing_runs_on_the_pages_of_errors(
    tmp_path: Path, serve: Serve, visitor: Visitor, mode: Any, every: int
) -> None:
    app = open_app(tmp_path, mode=mode, hosts=["127.0.0.1"])

    @app.get("/here/{value}")
    async def fails(request: Request, value: str, q: str = "") -> None:
        local = {"value": value, q: [q]}
        raise ValueError(q, local)

    @app.get("/told")
    async def told(q: str) -> None:
        raise HTTPError(409, q)

    url = serve(app)
    page = closed(visitor).page
    statuses: list[int] = []
    page.on("response", lambda response: statuses.append(response.status))
    for values in batches(5, every=3 * every if every > 1 else 1):
        joined = quote("\n".join(values)[:1500])
        page.set_extra_http_headers({"x-value": joined, "referer": url + "/" + joined})
        here = f"here/{quote(values[0], safe='')}?q={joined}&{joined}"
        for path in (here, f"told?q={joined}", quote(values[-1])):
            page.goto(f"{url}/{path}", wait_until="domcontentloaded")
            assert page.locator("h1").count() == 1 or statuses[-1] == 400, path  # control characters
            assert judged(visitor, "<script nonce") == []
    page.goto("about:blank")
    visitor.problems.clear()
    assert {500, 409, 404} <= set(statuses)


# ---- ways out


def raw(url: str, target: str, *headers: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send one request with its target as it is written; return the status, the header fields and the body."""
    host = urlsplit(url).netloc
    with socket.create_connection((urlsplit(url).hostname or "", urlsplit(url).port or 0), 10) as connection:
        head = [f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers, "", ""]
        connection.sendall("\r\n".join(head).encode("latin-1", "replace"))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head_, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head_.decode("latin-1").split("\r\n")
    pairs = [(name.lower(), value.strip()) for name, _, value in (field.partition(":") for field in fields)]
    return int(status.split()[1]), pairs, body


def redirecting(root: Path) -> App:
    app = App(Settings(mode="test", access_log=False, secret_key=Secret("k" * 40)), root=root)
    app.use(Languages("en", "de", prefix="all"))

    @app.get("/next", localized=False)
    async def go_on(request: Request) -> Redirect:
        return Redirect(safe_next(request, "/home"))

    @app.get("/there", localized=False)
    async def go_there(to: str) -> Redirect:
        return Redirect(to)

    @app.get("/{page:path}")
    async def page(page: str) -> str:
        return page

    return app


def test_no_redirect_leaves_the_site(tmp_path: Path, serve: Serve, visitor: Visitor) -> None:
    url = serve(redirecting(tmp_path))
    places: list[tuple[str, str]] = []
    with httpx.Client(base_url=url, headers={"origin": url}) as client:
        for payload in [*lines("open_redirect"), *lines("crlf")]:
            for target in {payload, unquote(payload)}:
                for path in (f"/next?next={quote(target)}", f"/there?to={quote(target)}"):
                    places += [(path, place) for place in client.get(path).headers.get_list("location")]
                answer = client.post("/language", data={"next": target, "language": "de"})
                places.append((f"next={target}", answer.headers["location"]))
            bare = payload if payload.startswith("/") else f"/{payload}"
            for path in (bare, bare + "/"):
                _, fields, _ = raw(url, quote(path, safe="/%:?#[]@!$&'()*+,;=\\\\"), "Accept: text/html")
                places += [(path, value) for name, value in fields if name == "location"]
    assert len(places) > 500
    visitor.page.goto(url + "/en/page")
    left: list[str] = visitor.page.evaluate(
        "(places) => places.filter(([asked, place]) => new URL(place, location.href).origin !== location.origin)"
        ".map(([asked, place]) => `${asked} leads to ${place}`)",
        places,
    )
    assert left == []


def test_no_header_is_written_by_who_asks(tmp_path: Path, serve: Serve) -> None:
    app = redirecting(tmp_path)

    @app.get("/echo", localized=False)
    async def echo(value: str) -> Response:
        response = Response(b"", 200, "text/plain")
        response.set_cookie("seen", quote(value))
        response.headers["x-value"] = quote(value)
        return response

    @app.get("/bare", localized=False)
    async def bare(value: str) -> Response:
        return Response(b"", 200, "text/plain", {"x-value": value})

    url = serve(app)
    for payload in lines("crlf"):
        for path in (
            payload,
            f"/next?next={payload}",
            f"/there?to={payload}",
            f"/echo?value={payload}",
            f"/bare?value={payload}",
        ):
            _, fields, _ = raw(url, path, "Accept: text/html")
            cookies = [value for name, value in fields if name == "set-cookie" and not value.startswith("seen=")]
            assert cookies == [], path


def test_no_path_leaves_its_folder(tmp_path: Path, serve: Serve, every: int) -> None:
    site = tmp_path / "a/b/site"
    for name in ("static/site.css", "photos/a.txt", "dist/index.html", "dist/assets/a.js"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("public")
    for folder in (tmp_path, *list(site.parents)[:3], site):
        (folder / "secret.txt").write_text(SECRET)
    app = App(Settings(mode="test", access_log=False), root=site)
    app.static()
    app.uploads("/photos", "photos")
    app.frontend("dist", prefix="/shop")
    url = serve(app)
    asked = 0
    for payload in lines("traversal")[:: (every + 1) // 2]:
        for file in ("secret.txt", "etc/passwd"):
            path = quote(payload.replace("{FILE}", file), safe="/%:?#[]@!$&'()*+,;=\\\\~")
            for prefix in ("/static/", "/photos/", "/shop/", "/shop/assets/", "/"):
                status, _, body = raw(url, prefix + path)
                asked += 1
                assert SECRET.encode() not in body, prefix + path
                assert b"root:" not in body, prefix + path
                assert status < 500, prefix + path
    assert asked > 900
