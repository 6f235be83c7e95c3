"""Parts of a page that are kept: until when, for whom, how much."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from rooftree import App, Page, Settings, TemplateError, TemplateOptions, render
from rooftree.base import Call, current_call
from rooftree.i18n import Locale
from rooftree.templates import Templates
from rooftree.templates.cached import FragmentCache
from rooftree.testing import Client
from tests.unit.templates.kit import NASTY, make, write


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("rooftree.templates.cached.time", clock)
    return clock


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    first = "{% cache 'a', key, seconds=10 %}<b>{{ text }}</b>{% endcache %}"
    second = "{% cache 'a', key %}2{{ text }}{% endcache %}"
    loop = "{% for r in rows %}{% cache r %}{{ r }}{{ text }}{% endcache %}{% endfor %}"
    return make(tmp_path, {"a.html": f"{first}|{second}", "loop.html": loop})


async def test_it_is_made_once_for_each_key_and_expires(templates: Templates, clock: Clock) -> None:
    assert (
        await templates.render("a.html", key=1, text=NASTY)
        == "<b>&lt;script&gt;&#34;&#39;&amp;</b>|2&lt;script&gt;&#34;&#39;&amp;"
    )
    assert "script" in await templates.render("a.html", key=1, text="new")
    assert await templates.render("a.html", key="1", text="other") == "<b>other</b>|2other"
    assert await templates.render("a.html", key=True, text="third") == "<b>third</b>|2third"
    clock.now += 11
    assert (await templates.render("a.html", key="1", text="new")) == "<b>new</b>|2other"
    clock.now += 60
    assert (await templates.render("a.html", key="1", text="later")) == "<b>later</b>|2later"


async def test_each_language_has_its_own(templates: Templates) -> None:
    async def shown(tag: str, text: str, zone: str = "UTC") -> str:
        current_call.set(Call(None, locale=Locale(tag, timezone=zone)))
        return await templates.render("a.html", key=1, text=text)

    assert await asyncio.create_task(shown("de", "D")) == "<b>D</b>|2D"
    assert await asyncio.create_task(shown("ar", "A")) == "<b>A</b>|2A"
    assert await asyncio.create_task(shown("de", "X")) == "<b>D</b>|2D"
    assert await asyncio.create_task(shown("de", "Z", "Europe/Berlin")) == "<b>Z</b>|2Z"


async def test_in_a_loop(templates: Templates) -> None:
    assert await templates.render("loop.html", rows=[1, 2, 1], text="x") == "1x2x1x"


async def test_a_changed_template_is_not_mixed_up(tmp_path: Path) -> None:
    templates = make(tmp_path, {"a.html": "{% cache 'a' %}one{% endcache %}"})
    assert await templates.render("a.html") == "one"
    write(
        tmp_path / "templates",
        {"a.html": "{% cache 'a' %}two{% endcache %}", "b.html": "{% cache 'a' %}b{% endcache %}"},
    )
    templates.environment.look_in(templates.folders)
    assert await templates.render("a.html") == "two"
    assert await templates.render("b.html") == "b"


async def test_a_streamed_page_uses_the_same(tmp_path: Path) -> None:
    write(tmp_path / "templates", {"a.html": "{% cache 'a' %}{{ text }}{% endcache %}"})
    app = App(Settings(mode="test", templates=TemplateOptions(cache="")), root=tmp_path)

    @app.get("/{text}")
    async def index(text: str) -> Page:
        return render("a.html", text=text).streamed()

    async with Client(app) as client:
        assert [(await client.get(path)).text for path in ("/a", "/b")] == ["a", "a"]


@pytest.mark.parametrize("name", ["csrf", "nonce", "session", "request", "flashes", "importmap", "alternates"])
async def test_what_differs_for_each_visitor_cannot_stand_inside(tmp_path: Path, name: str) -> None:
    templates = make(tmp_path, {"a.html": "{% cache 'a' %}\n{% if x %}{{ " + name + " }}{% endif %}{% endcache %}"})
    with pytest.raises(TemplateError, match=rf"\[P103\].*'{name}' differs from visitor to visitor.*a\.html:2\."):
        await templates.render("a.html", x=1)


@pytest.mark.parametrize(
    ("inside", "read"),
    [
        ("{% include 'part.html' %}", "part.html"),
        ("{% include 'around.html' %}", "part.html"),
        ("{% from 'macros.html' import hello %}{{ hello() }}", "macros.html"),
        ("<c-hello/>", "components/hello.html"),
    ],
)
async def test_nor_can_it_be_read_by_what_is_shown_inside(tmp_path: Path, inside: str, read: str) -> None:
    files = {
        "a.html": "{% cache 'a' %}\n" + inside + "{% endcache %}",
        "part.html": "{% if x %}{{ session.user }}{% endif %}",
        "around.html": "<p>{% include 'part.html' %}</p>",
        "macros.html": "{% macro hello() %}{{ session.user }}{% endmacro %}",
        "components/hello.html": "<p>{{ session.user }}</p>",
    }
    templates = make(tmp_path, files)
    with pytest.raises(TemplateError) as caught:
        await templates.render("a.html")
    assert str(caught.value) == (
        f"[P402] A cached part shows {read}, and that reads 'session', which differs from visitor to visitor. "
        f"At {templates.folders[0]}/a.html:1. Show it outside of the cached part."
    )


@pytest.mark.parametrize("key", [[1], {"a": 1}, object()])
async def test_a_key_that_says_nothing(templates: Templates, key: Any) -> None:
    with pytest.raises(TemplateError) as caught:
        await templates.render("a.html", key=key, text="")
    assert str(caught.value) == (
        f"[P401] A part of a page is to be cached under a key with a {type(key).__name__} in it. "
        f"At {templates.folders[0]}/a.html:1. Use text, numbers, dates or ids of it: "
        "'{% cache \"row\", product.id, product.changed %}'."
    )


async def test_a_key_is_needed(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="'cache' needs a key"):
        await make(tmp_path, {"a.html": "{% cache %}{% endcache %}"}).render("a.html")


def text(content: object) -> Markup:
    return Markup.escape(content)


def test_memory_is_bounded() -> None:
    cache = FragmentCache(room=10_000)
    for number in range(100):
        cache.set(number, text("x" * 500), 60)
    assert cache.get(0) is None
    assert sum(cache.get(number) is not None for number in range(100)) == 10
    cache.get(90)
    cache.set("new", text("x" * 500), 60)
    assert cache.get(90) is not None
    assert cache.get(91) is None
    cache.set("large", text("x" * 5000), 60)
    assert cache.get("large") is None
    for number in range(1000):  # the same key again and again adds nothing
        cache.set("same", text(number), 60)
    assert cache.get("same") == "999"
    assert cache.get(99) is not None
    cache.clear()
    assert cache.get("same") is None
