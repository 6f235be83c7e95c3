"""Templates of plain text: nothing is escaped in them, and no markup is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rooftree import App, Page, Settings, render
from rooftree.base import Html, TemplateError, TemplateOptions
from rooftree.templates import Templates
from rooftree.testing import Client
from tests.unit.templates.kit import make, write

NAME = "Tom & <b>Jerry</b>"
FILES = {
    "mail.txt": "Dear {{ name }},\n{% include 'lines.txt' %}{% for line in lines %}- {{ line.what }}\n{% endfor %}",
    "lines.txt": "{% macro bold(text) %}*{{ text }}*{% endmacro %}{{ bold(name) }}\n"
    "{% trans %}Hi {{ name }}{% endtrans %}\n\n",
}
LINES = [{"what": "a < b"}]
TEXT = f"Dear {NAME},\n*{NAME}*\nHi {NAME}\n- a < b\n"


async def test_nothing_is_escaped(tmp_path: Path) -> None:
    templates = make(tmp_path, FILES)
    made = await templates.render_text("mail.txt", name=NAME, lines=LINES)
    assert made == TEXT
    assert not isinstance(made, Html)


@pytest.mark.parametrize("streamed", [False, True])
async def test_as_an_answer_it_is_plain_text(tmp_path: Path, streamed: bool) -> None:
    write(tmp_path / "templates", FILES)
    app = App(Settings(mode="test", templates=TemplateOptions(cache="")), root=tmp_path)

    @app.get("/")
    async def index() -> Page:
        page = render("mail.txt", name=NAME, lines=LINES)
        return page.streamed() if streamed else page

    async with Client(app) as client:
        answer = await client.get("/")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == TEXT


async def test_inside_of_a_page_it_is_escaped_as_everything_is(tmp_path: Path) -> None:
    kept = "{% cache 'kept' %}{{ name }}{% endcache %}"
    templates = make(tmp_path, {"page.html": "<p>{% include 'note.txt' %}</p>", "note.txt": f"{{{{ name }}}}{kept}"})
    assert await templates.render_text("note.txt", name=NAME) == NAME * 2
    escaped = "Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;"
    assert await templates.render("page.html", name=NAME) == f"<p>{escaped * 2}</p>", "what was kept of it too"
    assert await templates.render_text("note.txt", name=NAME) == NAME * 2


async def test_one_kind_is_not_taken_for_the_other(tmp_path: Path) -> None:
    templates = make(tmp_path, {"a.txt": "", "a.html": ""})
    request: Any = None
    for ask, name, text in (
        (templates.render, "a.txt", "a.txt is plain text, of which no markup is made. Ask 'render_text()'."),
        (
            templates.render_text,
            "a.html",
            "a.html is markup, and plain text was asked for. Ask 'render()', or name it with .txt.",
        ),
    ):
        with pytest.raises(TemplateError) as caught:
            await ask(name)
        assert str(caught.value) == f"[P107] {text}"
    with pytest.raises(TemplateError, match="P107"):
        templates.part("a.txt#x", request, {})


async def test_what_was_not_awaited_says_so(tmp_path: Path) -> None:
    templates: Templates = make(tmp_path, {"a.txt": "{{ value }}"})

    async def value() -> None: ...

    with pytest.raises(TemplateError, match="P105"):
        await templates.render_text("a.txt", value=value())
