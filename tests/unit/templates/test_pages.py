"""Pages of an application: names, fragments, parts of a page, streams, folders."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from rooftree import Answer, App, Html, Page, Request, Settings, TemplateError, TemplateOptions, render
from rooftree.testing import Client, SyncClient
from tests.unit.templates.kit import NASTY, make, write

OPTIONS = TemplateOptions(cache="")
ROWS = (
    "{% set heading = 'Rows' %}{% import 'm.html' as m %}<h1>{{ heading }}</h1>{{ must_not_run() if not part }}"
    "{% block content %}{% set word = 'w' %}<main>{% block rows %}{% for r in rows %}{{ m.cell(r) }}{% endfor %}"
    "{{ heading }}{% endblock %}</main>{% endblock %}{% block foot %}{{ must_not_run() }}{% endblock %}"
)
FILES = {
    "m.html": "{% macro cell(v) %}<td>{{ v }}</td>{% endmacro %}",
    "rows.html": ROWS,
    "base.html": "{% block head required %}{% endblock %}<p>{% block main %}{{ word }}{% endblock %}</p>",
    "child.html": "{% extends 'base.html' %}{% set word = 'W' %}{% block head %}H{% endblock %}"
    "{% block main %}[{{ super() }}{% block inner %}{{ word }}{{ x }}{% endblock %}]{% endblock %}",
    "loop.html": "{% for r in rows %}{% block row scoped %}<i>{{ r }}</i>{% endblock %}{% endfor %}",
    "never.html": "{% if rows %}{% block row %}{% endblock %}{% endif %}",
}


def fail() -> None:
    raise AssertionError("this part of the page was not asked for")


def application(root: Path, files: dict[str, str], mode: Any = "development") -> App:
    write(root / "templates", files)
    return App(Settings(mode=mode, templates=OPTIONS, hosts=("*",)), root=root)


# ---- fragments


async def test_a_fragment_has_the_context_of_its_page(tmp_path: Path) -> None:
    templates = make(tmp_path, FILES)
    text = await templates.render("rows.html#rows", rows=[NASTY], must_not_run=fail, part=True)
    assert text == "<td>&lt;script&gt;&#34;&#39;&amp;</td>Rows"
    assert type(text) is Html


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("child.html", "H<p>[WWx]</p>"),
        ("child.html#head", "H"),
        ("child.html#main", "[WWx]"),
        ("child.html#inner", "Wx"),
        ("loop.html#row", "<i>1</i>"),
    ],
)
async def test_a_fragment_is_what_the_whole_page_has_there(tmp_path: Path, name: str, expected: str) -> None:
    assert await make(tmp_path, FILES).render(name, x="x", rows=[1, 2]) == expected


async def test_a_fragment_that_there_is_not(tmp_path: Path) -> None:
    templates = make(tmp_path, FILES)
    with pytest.raises(TemplateError) as caught:
        await templates.render("child.html#rows", x="x")
    assert str(caught.value) == (
        "[P106] child.html has no block 'rows'. Its blocks: 'head', 'inner', 'main'. "
        f"At {tmp_path}/templates/child.html:1. Write '{{% block rows %}}' around what is meant."
    )
    with pytest.raises(
        TemplateError, match=r"\[P106\] never.html was run to its end without coming to its block 'row'"
    ):
        await templates.render("never.html#row", rows=[])


def test_a_request_asks_for_a_part_of_a_page(tmp_path: Path) -> None:
    app = application(tmp_path, FILES)

    @app.get("/")
    async def index() -> Page:
        return render("child.html", x="x").partial("inner", "head")

    @app.get("/whole")
    async def whole() -> Page:
        return render("child.html", x="x")

    with SyncClient(app) as client:
        asked: list[tuple[dict[str, str], str]] = [
            ({}, "H<p>[WWx]</p>"),
            ({"fragment": "inner"}, "Wx"),
            ({"turbo-frame": "head"}, "H"),
            ({"hx-request": "true", "hx-target": "inner"}, "Wx"),
            ({"hx-request": "true", "hx-target": "inner", "hx-boosted": "true"}, "H<p>[WWx]</p>"),
            ({"fragment": "main"}, "H<p>[WWx]</p>"),  # there is one, but the handler does not offer it
            ({"fragment": "../../etc/passwd"}, "H<p>[WWx]</p>"),
        ]
        for headers, expected in asked:
            answer = client.get("/", headers=headers)
            assert (answer.text, answer.headers["vary"]) == (expected, "Fragment, HX-Target, Turbo-Frame"), headers
        assert "vary" not in client.get("/whole", headers={"fragment": "inner"}).headers


# ---- names


def test_names_are_made_where_a_template_reads_them(tmp_path: Path) -> None:
    files = {
        "none.html": "x",
        "plain.html": "{{ shown }} {{ shown }}",
        "base.html": "{% block a %}{% endblock %}{% include 'part.html' %}",
        "part.html": "{{ later }}",
        "child.html": "{% extends 'base.html' %}",
        "macro.html": "{% macro m() %}{{ shown }}{% endmacro %}",
        "import.html": "{% from 'macro.html' import m %}{{ m() }}",
        "computed.html": "{% include name %}",
    }
    app = application(tmp_path, files)
    made: list[str] = []

    @app.templates.name
    def shown(request: Request) -> str:
        made.append("shown")
        return request.path

    @app.templates.name
    async def later(request: Request) -> str:
        await asyncio.sleep(0)
        made.append("later")
        return NASTY

    @app.get("/{name}")
    async def page(name: str) -> Page:
        return render(f"{name}.html", name="part.html")

    with SyncClient(app) as client:
        for name, expected, calls in (
            ("none", "x", []),
            ("plain", "/plain /plain", ["shown"]),
            ("child", "&lt;script&gt;&#34;&#39;&amp;", ["later"]),
            ("import", "/import", ["shown"]),
            ("computed", "&lt;script&gt;&#34;&#39;&amp;", ["later"]),
        ):
            made.clear()
            assert client.get(f"/{name}").text == expected
            assert made == calls


def test_what_is_given_wins_over_what_is_made(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "{{ request }}{{ url('index', q='a&b') }}"})

    @app.get("/")
    async def index() -> Page:
        return render("a.html", request="mine")

    with SyncClient(app) as client:
        assert client.get("/").text == "mine/?q=a%26b"


def test_the_status_of_a_page(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "x"})

    @app.get("/")
    async def index() -> Answer[Page]:
        return Answer(render("a.html"), status=422, headers={"x-more": "1"})

    with SyncClient(app) as client:
        answer = client.get("/")
        assert (answer.status_code, answer.text, answer.headers["x-more"]) == (422, "x", "1")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.filterwarnings("error")
def test_a_value_that_was_not_awaited_is_named(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "{{ rows }}"})

    async def load() -> list[int]:
        return []

    @app.get("/")
    async def index() -> Page:
        return render("a.html", rows=load())

    with SyncClient(app) as client:
        told = error_of(lambda: client.get("/"))
    assert told.startswith("[P105] a.html was given 'rows', a coroutine that was never awaited. At tests/unit/")
    assert told.endswith("Write 'rows=await ...' where it is given.")


def test_a_value_may_get_ready_before_the_page(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "{{ box.text }}"})

    class Box:
        text = ""

        async def before_page(self, request: Request) -> None:
            await asyncio.sleep(0)
            self.text = request.path

    @app.get("/")
    async def index() -> Page:
        return render("a.html", box=Box())

    @app.get("/streamed")
    async def streamed() -> Page:
        return render("a.html", box=Box()).streamed()

    with SyncClient(app) as client:
        assert client.get("/").text == "/"
        assert client.get("/streamed").text == "/streamed"


# ---- streams


async def test_a_page_is_sent_while_it_is_rendered(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "{{ first }}{% for row in rows %}{{ row }}{% endfor %}{{ late }}"})
    asked: list[int] = []
    made: list[str] = []

    async def rows() -> AsyncIterator[str]:
        for number in range(100):
            asked.append(number)
            yield "<" * 1000

    @app.templates.name
    def late(request: Request) -> str:
        made.append(f"after {len(asked)}")
        return "end"

    @app.get("/")
    async def index() -> Page:
        return render("a.html", rows=rows(), first="1").streamed()

    async with Client(app) as client, client.stream("GET", "/") as answer:
        parts = [part async for part in answer.aiter_bytes()]
    assert b"".join(parts) == b"1" + b"&lt;" * 100_000 + b"end"
    assert len(parts) > 10
    assert made == ["after 0"]


async def test_an_error_before_the_first_byte_is_an_error_page_and_a_later_one_breaks_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = application(tmp_path, {"a.html": "{% for row in rows %}{{ row.name }}\n{% endfor %}"}, mode="production")
    app.configure(templates=TemplateOptions(cache="", undefined="strict"))

    @app.get("/{good}")
    async def index(good: int) -> Page:
        return render("a.html", rows=[{"name": "x" * 100}] * good + [{}]).streamed()

    async with Client(app, raise_errors=False) as client:
        assert (await client.get("/3")).status_code == 500
        with caplog.at_level(logging.ERROR):
            with pytest.raises(Exception, match=r".*"):
                await client.get("/400")
            assert "a.html:1" in caplog.text


# ---- folders


def test_an_earlier_folder_overrides_a_later_one(tmp_path: Path) -> None:
    app = application(tmp_path, {"own.html": "own"})
    write(tmp_path / "plugin", {"own.html": "plugin", "plugin.html": "plugin", "base.html": "plugin"})
    write(tmp_path / "framework", {"plugin.html": "framework", "base.html": "framework", "last.html": "last"})
    app.templates.add_folder(tmp_path / "framework", framework=True)
    app.templates.add_folder("plugin")

    @app.get("/{name}")
    async def page(name: str) -> Page:
        return render(f"{name}.html")

    with SyncClient(app) as client:
        for name, expected in (("own", "own"), ("plugin", "plugin"), ("base", "plugin"), ("last", "last")):
            assert client.get(f"/{name}").text == expected


@pytest.mark.parametrize(
    "name", ["../secret.html", "/etc/passwd", "a/../../secret.html", "..\\secret.html", "%2e%2e/secret.html"]
)
async def test_a_name_does_not_leave_its_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"secret.html": "secret"})
    with pytest.raises(TemplateError, match="P102"):
        await make(tmp_path, {"a/x.html": ""}).render(name)


def test_changed_files_are_read_again_in_development(tmp_path: Path) -> None:
    for mode, expected in (("development", "two"), ("production", "one")):
        app = application(tmp_path, {"a.html": "one"}, mode)

        @app.get("/")
        async def page() -> Page:
            return render("a.html")

        with SyncClient(app) as client:
            assert client.get("/").text == "one"
            import os

            write(tmp_path / "templates", {"a.html": "two"})
            os.utime(tmp_path / "templates/a.html", (2e9, 2e9))
            assert client.get("/").text == expected


# ---- errors


def error_of(call: Callable[[], Any]) -> str:
    with pytest.raises(TemplateError) as caught:
        call()
    return str(caught.value)


def test_errors_say_what_where_and_what_to_do(tmp_path: Path) -> None:
    templates = make(
        tmp_path, {"wrong.html": "\n{% if x %}", "gone.html": "\n\n{% include 'wron.html' %}", "u.html": "{{ x }}"}
    )
    folder = f"{tmp_path}/templates"

    def told(name: str) -> str:
        return error_of(lambda: asyncio.run(templates.render(name)))

    assert told("wrnog.html") == (
        f"[P102] There is no template 'wrnog.html'. Looked in {folder}. Did you mean 'wrong.html'?"
    )
    assert told("gone.html") == (
        f"[P102] There is no template 'wron.html'. Looked in {folder}. At {folder}/gone.html:3. "
        "Did you mean 'wrong.html'?"
    )
    assert told("u.html") == (
        f"[P104] A template uses what there is not: 'x' is undefined. At {folder}/u.html:1. Give it to render(...), "
        "mend its spelling, or write '|default(...)' where it may be missing."
    )
    assert told("wrong.html").startswith(
        "[P103] wrong.html cannot be read: Unexpected end of template. Jinja was looking for the following tags: "
    )
    assert f"At {folder}/wrong.html:2. Mend that line" in told("wrong.html")


async def test_production_shows_the_page_and_logs_what_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    templates = make(tmp_path, {"a.html": "[{{ gone }}]"}, development=False)
    with caplog.at_level(logging.WARNING):
        assert await templates.render("a.html") == "[]"
    assert "'gone' is undefined" in caplog.text


def test_the_page_of_an_error_shows_the_line_of_the_template(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "<h1>first</h1>\n<p>second {{ gone }}</p>\n"})

    @app.get("/")
    async def page() -> Page:
        return render("a.html")

    with SyncClient(app, raise_errors=False) as client:
        text = client.get("/", headers={"accept": "text/html"}).text
        assert "P104" in text
        assert '<span class="at"><i>2</i> &lt;p&gt;second {{ gone }}&lt;/p&gt;</span>' in text


def test_the_extra_is_named_where_it_is_missing(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = "import sys; sys.modules['jinja2'] = None\nimport rooftree\nrooftree.render"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (
        "[P101] Templates stand on Jinja2, which is not installed. Run: pip install 'rooftree[templates]'"
        in done.stderr
    )


def test_rooftree_check_reads_the_templates(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "\n<p title={{ x }}>", "b.html": "{% if %}", "c.html": "{{ fine }}"})
    found = [finding for finding in app.findings() if finding.level != "hint"]
    assert {finding.id for finding in found} == {"C120"}
    assert [finding.level for finding in found] == ["error", "error"]
    assert "a.html:2." in found[0].fact
    assert "b.html:1." in found[1].fact
    assert App(Settings(mode="test"), root=tmp_path / "elsewhere").findings() == []


async def test_an_error_in_a_fragment_names_its_line(tmp_path: Path) -> None:
    templates = make(tmp_path, {"a.html": "{{ x }}\n{% block rows %}\n{{ gone }}{% endblock %}"})
    with pytest.raises(TemplateError, match=r"P104.*a\.html:3\."):
        await templates.render("a.html#rows", x=1)
    with pytest.raises(TemplateError, match=r"P104.*a\.html:1\."):  # on the way to it
        await templates.render("a.html#rows")


def test_a_text_that_is_made_for_a_request(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "{{ request.path }}{% if 4 is even_number %}!{% endif %}"})

    @app.templates.test
    def even_number(value: int) -> bool:
        return value % 2 == 0

    @app.get("/")
    async def index(request: Request) -> Html:
        return await app.templates.render_for(request, "a.html")

    with SyncClient(app) as client:
        assert client.get("/").text == "/!"
    assert repr(render("a.html")) == "<Page a.html 200>"


async def test_while_developing_programs_are_told_the_line_of_the_template_too(tmp_path: Path) -> None:
    app = application(tmp_path, {"a.html": "\n\n{{ box.broken() }}"}, mode="development")

    class Box:
        def broken(self) -> None:
            raise LookupError("nothing in it")

    @app.get("/")
    async def index() -> Page:
        return render("a.html", box=Box())

    async with Client(app, raise_errors=False) as client:
        answer = await client.get("/", headers={"accept": "application/json"})
    assert answer.json()["detail"] == f"LookupError: nothing in it. While rendering {tmp_path}/templates/a.html:3"
