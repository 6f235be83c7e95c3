"""Components: props with types, slots, attributes that are passed on, errors with the line of the use."""

from __future__ import annotations

import asyncio
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rooftree import App, Page, Settings, TemplateOptions, render
from rooftree.base import Call, Html, TemplateError, current_call
from rooftree.i18n import Locale, gettext
from rooftree.testing import Client
from tests.unit.templates.kit import NASTY, make, write

SAFE = "&lt;script&gt;&#34;&#39;&amp;"
FILES = {
    "components/card.html": (
        '{% props title: str, level: int = 2, kind: "info" | "warning" = "info", wide: bool = false -%}\n'
        "<h{{ level }} {{ kind }}{{ ' wide' if wide }}>{{ title }}</h{{ level }}>"
        "{% slot %}empty{% endslot %}{% if slots.footer %}<footer>{% slot footer %}{% endslot %}</footer>{% endif %}"
    ),
    "components/user/avatar.html": "{% props user: any -%}<img alt='{{ user.name }}'>{{ page is defined }}",
    "components/box.html": "{% props attrs -%}<div {{ attrs(class='box') }}>{% slot %}{% endslot %}</div>",
    "components/plain.html": "<hr>{{ request is defined }}",
    "components/types.html": (
        "{% props a: int = 1, b: float = 1.5, c: number = none, d: bool = true, e: list = [], f: dict = {}, "
        "g: html = '', h: str | none = none -%}{{ a }} {{ b }} {{ c }} {{ d }} {{ e }} {{ f }} {{ g }} {{ h }}"
    ),
    "components/tree.html": (
        "{% props node: any -%}<ul>{% for n in node %}<li><c-tree node='{{ n }}'/></li>{% endfor %}</ul>"
    ),
}


async def rendered(root: Path, source: str, **values: Any) -> str:
    return await make(root, {**FILES, "page.html": source}).render("page.html", **values)


def told(root: Path, source: str, **values: Any) -> str:
    with pytest.raises(TemplateError) as caught:
        asyncio.run(rendered(root, source, **values))
    return str(caught.value).replace(f"{root}/templates/", "")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<c-card title='A'/>", "<h2 info>A</h2>empty"),
        ("<c-card title='A' />!", "<h2 info>A</h2>empty!"),
        ('<c-card title="{{ text }}">{{ text }}</c-card>', f"<h2 info>{SAFE}</h2>{SAFE}"),
        ('<c-card title="a {{ text }} &amp; {{ html }}"/>', f"<h2 info>a {SAFE} &amp; <i></h2>empty"),
        ('<c-card title="{{ d[\'a\'] ~ "}" }}"/>', "<h2 info>&lt;a&gt;}</h2>empty"),
        ("<c-card title=A level=3 kind=warning wide />", "<h3 warning wide>A</h3>empty"),
        ("<c-card title='A' level='{{ 1 + 2 }}' wide='false'/>", "<h3 info>A</h3>empty"),
        ("<c-card\n  title='A'\n  level = {{ 4 }}\n>x</c-card>", "<h4 info>A</h4>x"),
        ("<c-card title='{ not } %'/>", "<h2 info>{ not } %</h2>empty"),
        ("<c-card title='a \\ \" b'/>", "<h2 info>a \\ &#34; b</h2>empty"),
        ("<c-card title=A>x<c-slot footer>{{ text }}</c-slot>y</c-card>", f"<h2 info>A</h2>xy<footer>{SAFE}</footer>"),
        ("<c-card title='A'>\n <c-slot footer>F</c-slot>\n</c-card>", "<h2 info>A</h2>empty<footer>F</footer>"),
        (
            "<c-card title='A'><c-card title='B'>{{ text }}</c-card></c-card>",
            f"<h2 info>A</h2><h2 info>B</h2>{SAFE}",
        ),
        (
            "{% for n in 'ab' %}<c-card title={{n}}>{{loop.index}}<c-slot footer>{{n}}</c-slot></c-card>{% endfor %}",
            "<h2 info>a</h2>1<footer>a</footer><h2 info>b</h2>2<footer>b</footer>",
        ),
        ("<c-card title=A>{% for n in 'ab' %}{{ n }}{% endfor %}{% set q = 5 %}{{ q }}</c-card>", "<h2 info>A</h2>ab5"),
        ("{# <c-card> #}{% raw %}<c-none>{% endraw %}{{ '<c-none>' }}", "<c-none>&lt;c-none&gt;"),
        ("<c-user.avatar user='{{ d }}'/>", "<img alt='N'>False"),
        (
            "<c-box id='{{ text }}' class=w data-x=1 hidden/>",
            f'<div class="box w" id="{SAFE}" data-x="1" hidden></div>',
        ),
        ("<c-box aria-label=a data-off={{ false }} data-no={{ none }} />", '<div class="box" aria-label="a"></div>'),
        ("<c-plain/>", "<hr>False"),
        ("<c-types/>", "1 1.5 None True [] {}  None"),
        ("<c-types a=7 b=2 c='1.5' d=false h=x e='{{ [1] }}' f='{{ d }}' g='{{ html }}'/>", "7 2.0 1.5 False [1] "),
        ("<c-types c='{{ price }}' h='{{ _(\"Hello\") }}'/>", "1 1.5 9.90 True [] {}  Hello"),
        ("<c-tree node='{{ tree }}'/>", "<ul><li><ul><li><ul></ul></li></ul></li><li><ul></ul></li></ul>"),
        ("{% block b %}<c-card title='{{ text }}'/>{% endblock %}", f"<h2 info>{SAFE}</h2>empty"),
        (
            "{% macro m(x) %}<c-card title={{ x }}>{{ x }}</c-card>{% endmacro %}{{ m(text) }}",
            f"<h2 info>{SAFE}</h2>{SAFE}",
        ),
        ("{% if true %}<c-card title='A'>{{ text }}</c-card>{% endif %}", f"<h2 info>A</h2>{SAFE}"),
    ],
)
async def test_a_use_of_a_component(tmp_path: Path, source: str, expected: str) -> None:
    values = {"text": NASTY, "html": Html("<i>"), "d": {"a": "<a>", "name": "N"}, "page": 1, "price": Decimal("9.90")}
    text = await rendered(tmp_path, source, tree=[[[]], []], _=gettext, **values)
    assert text == expected or (expected.endswith("[1] ") and text.startswith(expected))


ICONS = {
    "components/icon.html": (
        "{% props name: str, level: int = 1 -%}{% if name == 'a' %}<a>{% else %}<h{{ level }}>{% endif %}"
    ),
    "components/loud.html": "{% props name: str -%}{{ name|shout }}",
    "components/spoken.html": "{% props name: str -%}{{ name }} {{ _('Hello') }} {{ 60|currency('EUR') }}",
    "page.html": "<c-icon name=a /><c-icon name='{{ name }}' level=2 /><c-loud name=x /><c-spoken name=s />",
}


async def test_only_what_is_constant_is_made_once(tmp_path: Path) -> None:
    templates = make(tmp_path, ICONS, development=False)
    shouted: list[str] = []

    @templates.filter
    def shout(value: str) -> str:
        shouted.append(value)
        return f"{value}{len(shouted)}"

    german = Locale("de", {("", "Hello"): (("Hallo",), lambda _: 0)})
    for number, name in enumerate(("a", "<", "a", "<"), 1):
        token = current_call.set(Call(None, locale=german if number % 2 == 0 else None))
        try:
            shown = await templates.render("page.html", name=name)
        finally:
            current_call.reset(token)
        spoken = "s Hallo 60,00\xa0€" if number % 2 == 0 else "s Hello €60.00"
        assert shown == f"<a>{'<a>' if name == 'a' else '<h2>'}x{number}{spoken}"
    made = templates.environment.get_template("components/icon.html")
    made.whole = lambda *_: "never"
    assert (await templates.render("page.html", name="b")).startswith("<a>never")


async def test_a_component_that_changes_or_is_overridden_is_seen(tmp_path: Path) -> None:
    templates = make(tmp_path, {"components/icon.html": "{% props name: str -%}1", "page.html": "<c-icon name=a />"})
    assert await templates.render("page.html") == "1"
    write(
        tmp_path / "templates", {"components/icon.html": "{% props name: str, level: int = 2 -%}{{ name }}{{ level }}"}
    )
    os.utime(tmp_path / "templates/components/icon.html", (1, 1))
    assert await templates.render("page.html") == "a2"
    calm = make(tmp_path / "own", {}, development=False)
    calm.add_folder(tmp_path / "templates")
    assert await calm.render("page.html") == "a2"
    write(tmp_path / "own/templates", {"components/icon.html": "{% props name: str -%}own {{ name }}"})
    calm.add_folder(tmp_path / "more")
    assert await calm.render("page.html") == "own a"


async def test_values_of_a_class_that_fits_once_are_still_checked_by_their_class(tmp_path: Path) -> None:
    files = {
        "components/a.html": "{% props n: int | 'x' = 1, s: str = '', f: float = 1.5 -%}{{ n }}{{ s }}{{ f }};",
        "page.html": "{% for v in values %}<c-a n={{ v }} s={{ s }} />{% endfor %}",
    }
    for development in (True, False):
        templates = make(tmp_path, files, development=development)
        values = [1, "x", "7", 2, "x"]
        assert await templates.render("page.html", values=values, s=NASTY) == "".join(
            f"{value}{SAFE}1.5;" for value in values
        )
        for wrong in (True, 1.5, "y", None, [1]):
            with pytest.raises(TemplateError, match=r"\[P304\] <c-a> takes 'n: int"):
                await templates.render("page.html", values=[1, wrong], s="")


async def test_values_are_put_where_the_component_declares_them(tmp_path: Path) -> None:
    files = {
        "components/a.html": "{% props a: any, b: int = 2, c: str = 'c', d: 'x' | 'y' = 'x' -%}"
        "{{ a }}{{ b }}{{ c }}{{ d }};",
        "components/one.html": "{% props a: any -%}{{ a }};",
        "components/rest.html": "{% props c: str, attrs -%}<i {{ attrs }}>{{ c }}</i>",
        "page.html": "<c-a d={{ v }} c='k' a={{ 1 }} /><c-a a={{ v }} b='7' /><c-one a={{ v }} /><c-one a='k' />"
        "<c-rest data-id={{ v }} c={{ v }} lang='de' />",
    }
    templates = make(tmp_path, files, development=False)
    for v in ("y", "x", "y"):
        rest = f'<i data-id="{v}" lang="de">{v}</i>'
        assert await templates.render("page.html", v=v) == f"12k{v};{v}7cx;{v};k;{rest}"
    with pytest.raises(TemplateError, match=r"\[P304\] <c-a> takes 'd: 'x' \| 'y'', and was given 'z'"):
        await templates.render("page.html", v="z")


async def test_components_of_a_streamed_page(tmp_path: Path) -> None:
    page = "{% for r in rows %}<c-card title='{{ r }}'>{{ r }}<c-slot footer>{{ r }}</c-slot></c-card>{% endfor %}"
    write(tmp_path / "templates", {**FILES, "page.html": page})
    app = App(Settings(mode="test", templates=TemplateOptions(cache="")), root=tmp_path)

    @app.get("/")
    async def index() -> Page:
        return render("page.html", rows=[NASTY]).streamed()

    async with Client(app) as client:
        assert (await client.get("/")).text == f"<h2 info>{SAFE}</h2>{SAFE}<footer>{SAFE}</footer>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("\n<c-cards title='A'/>", "[P301] There is no component <c-cards>. At page.html:2. Did you mean <c-card>?"),
        (
            "<c-other/>",
            (
                "[P301] There is no component <c-other>. At page.html:1. "
                "Make it as components/other.html in a folder of templates."
            ),
        ),
        (
            "\n\n<c-card\n level=3/>",
            (
                "[P302] <c-card> needs 'title: str', and was not given it. At page.html:3. "
                'Write title="...", or give it a default in the component.'
            ),
        ),
        (
            "<p>\n</p><c-card title=A lvel=3/>",
            (
                "[P303] <c-card> takes no 'lvel'. It takes: title: str, level: int, kind: 'info' | 'warning', "
                "wide: bool. At page.html:2. Did you mean 'level'?"
            ),
        ),
        (
            "<c-plain zz=3/>",
            (
                "[P303] <c-plain> takes no 'zz'. It takes: nothing. At page.html:1. Take it out, or declare it: "
                "'{% props zz: ... %}'; 'attrs' passes any attribute on."
            ),
        ),
        (
            "<c-card title=A level=two/>",
            "[P304] <c-card> takes 'level: int', and was given 'two'. At page.html:1. Give it a value of that type.",
        ),
        (
            "<c-card title=A kind='danger'/>",
            (
                "[P304] <c-card> takes 'kind: 'info' | 'warning'', and was given 'danger'. At page.html:1. "
                "Give it a value of that type."
            ),
        ),
        ("<c-card title='{{ 3 }}'/>", "[P304] <c-card> takes 'title: str', and was given 3."),
        ("<c-card title='{{ none }}'/>", "[P304] <c-card> takes 'title: str', and was given a value of type NoneType."),
        ("<c-card title=A wide='{{ 1 }}'/>", "[P304] <c-card> takes 'wide: bool', and was given 1."),
    ],
)
def test_a_use_that_does_not_fit(tmp_path: Path, source: str, expected: str) -> None:
    assert told(tmp_path, source).startswith(expected)
    (found,) = make(tmp_path, {**FILES, "page.html": source}).check()  # found without rendering, too
    if "a value of type" not in expected:
        assert str(found).replace(f"{tmp_path}/templates/", "").startswith(expected)


@pytest.mark.parametrize(
    ("source", "line", "fact"),
    [
        ("\n<c-card title='A", 2, "an attribute's value is not closed by '"),
        ("\n<c-card title='A'", 2, "'<c-card' never ends"),
        ("<c-card title='A'\n ?>", 2, "'<c-card' goes on with '?>', which is no attribute"),
        ("<c-card title='A'b=c>", 1, "'<c-card' goes on with 'b=c>', which is no attribute"),
        ("<c-card title='A'\n title='B'/>", 2, "'<c-card' has 'title' twice"),
        ("<c-card title=>", 1, "an attribute has '=' and no value"),
        ("<c-card title='{{ a'/>", 1, "'{{' is not closed by '}}'"),
        ("<c-card title='{% if a %}'/>", 1, "a statement cannot stand in an attribute of a component"),
        ("<c-card title=A>\n<c-box>\n</c-card>", 3, "'<c-box>' of line 2 is closed by '</c-card>'"),
        ("<c-card title=A>\n", 1, "Unexpected end of template"),
        ("</c-card>", 1, "Encountered unknown tag 'endcomponent'"),
        ("</c-card", 1, "'</c-card' is not closed by '>'"),
        ("<c-card title=A><c-slot>x</c-slot></c-card>", 1, "'<c-slot' takes the name of one slot"),
        ("<c-card title=A>\n<c-slot a>1</c-slot><c-slot a>2</c-slot></c-card>", 1, "given its slot 'a' twice"),
        ("\n{% props a %}", 2, "expected token ':'"),
        ("\n{% props a: text %}", 2, "props: 'a' has the type 'text'; there are str, int,"),
        ("\n{% props a: int, a: int %}", 2, "props: 'a' is the name of something else already"),
        ("\n{% props slots: int %}", 2, "props: 'slots' is the name of something else already"),
        ("\n{% props a: int = b %}", 2, "props: the default of 'a' is no constant"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, source: str, line: int, fact: str) -> None:
    text = told(tmp_path, source)
    assert text.startswith("[P103] page.html cannot be read: ")
    assert fact in text
    assert f"At page.html:{line}." in text


def test_lines_are_kept(tmp_path: Path) -> None:
    source = "<c-card\n title='{{ text }}'\n\n level=3>\n<c-slot\n footer>\n{{ gone }}</c-slot></c-card>"
    assert "At page.html:7." in told(tmp_path, source, text="")
    assert "At page.html:9." in told(tmp_path, f"{source.replace('gone', 'text')}\n\n{{{{ more }}}}", text="")


def test_an_error_inside_of_a_component_names_its_line(tmp_path: Path) -> None:
    assert "At components/user/avatar.html:1." in told(tmp_path, "\n\n<c-user.avatar user='{{ 5 }}'/>")


async def test_check_finds_nothing_in_what_is_right(tmp_path: Path) -> None:
    assert make(tmp_path, {**FILES, "page.html": "<c-card title='{{ x }}' level=3/>{{ y }}"}).check() == []
