"""The code that is written for templates gives what Jinja2's own gives."""

from __future__ import annotations

import datetime as dt
import enum
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from rooftree.base import Html, TemplateError
from rooftree.templates import Environment
from tests.unit.templates.kit import NASTY, make


class Struct(msgspec.Struct):
    name: str = NASTY
    number: int = 3


@dataclass
class Plain:
    name: str = NASTY
    number: int = 3


class Lazy:
    """Has an attribute that is not on its class, and one that cannot be read."""

    def __getattr__(self, name: str) -> Any:
        if name == "name":
            return NASTY
        raise AttributeError(name)

    def __getitem__(self, name: str) -> Any:
        return {"number": 3}[name]


class Broken:
    @property
    def name(self) -> str:
        raise AttributeError("inside")


class Colour(enum.StrEnum):
    RED = "<red>"


class Widget:
    def __html__(self) -> str:
        return "<input>"


class Shout(str):
    __slots__ = ()


def twice(value: Any) -> Any:
    return value * 2


ROWS = [Struct(), Plain(), Lazy(), {"name": NASTY, "number": 3}]
VALUES: dict[str, Any] = {
    "rows": ROWS,
    "row": ROWS[0],
    "pair": {"items": "shadowed", "class": "c", "a": {"b": [1, {"c": NASTY}]}},
    "text": NASTY,
    "html": Html("<i>"),
    "markup": Markup("<i>"),
    "widget": Widget(),
    "colour": Colour.RED,
    "shout": Shout("<!>"),
    "none": None,
    "yes": True,
    "number": 7,
    "ratio": 1.5,
    "price": Decimal("9.90"),
    "day": dt.date(2026, 1, 2),
    "empty": [],
    "percent": "100%s",
    "double": twice,
}
BASE = "<h1>{% block title %}T{% endblock %}</h1>{% block body %}{{ text }}{% endblock %} 100% {{ number }}%"
MACROS = """
{%- macro cell(v, tag='td') %}<{{ tag }}>{{ v.name }}{{ caller() if caller }}</{{ tag }}>{% endmacro %}
{%- set x = 5 %}"""
SOURCES = [
    "",
    "100% %s %% {{ percent }}",
    "{{ text }}{{ html }}{{ markup }}{{ widget }}{{ colour }}{{ shout }}",
    "{{ none }}{{ yes }}{{ ratio }}{{ price }}{{ day }}",
    "{% for r in rows %}<td>{{ r.name }}</td><td>{{ r.number }}</td>\n{% endfor %}",
    "{% for r in rows %}{{ loop.index }}:{{ r.number + 1 }}{% if not loop.last %},{% endif %}{% endfor %}",
    "{% for r in empty %}x{% else %}{{ text }}{% endfor %}",
    "{% for r in rows if r.number == 3 %}{{ r['number'] }}{% endfor %}",
    "{{ pair.items() | list | length }}{{ pair.class }}{{ pair['items'] }}{{ pair.a.b[1].c }}{{ pair.a['b'][0] }}",
    "{% if row.number > 2 %}<b>{{ row.name }}</b>{% elif number %}E{% else %}{{ text }}{% endif %}",
    "{% if row.number > 3 %}A{% elif row.number == 3 %}{{ row.name }}{% else %}C{% endif %}",
    "{% if empty %}A{% elif none %}B{% endif %}|{% if none %}x{% endif %}",
    "{% if number %}{% if text %}{{ text }}{% else %}-{% endif %}{% set y = 3 %}{{ y }}{% endif %}",
    "{{ row.name if number else text }}{{ 'x' if none }}{{ number and row.name }}{{ not row.number }}",
    "{{ text ~ html ~ number }}{{ 1 + 2 }}{{ '<' }}{{ '<'|safe }}{{ row.name|upper }}",
    "{{ row.name|e }}{{ row.name|safe }}",
    "{{ double(row.number) }}{{ row.name }}{{ double(text) }}",
    "{{ missing|default('d') }}{{ row.missing|default('d') }}{{ missing is defined }}{{ row.missing is defined }}",
    "{% set v = row.name %}{{ v }}{% set block %}<b>{{ text }}</b>{% endset %}{{ block }}",
    "{% filter upper %}{{ text }} {{ row.name }}{% endfilter %}",
    "{% with v = row %}{{ v.name }}{% endwith %}{% raw %}{{ no }}{% endraw %}{# gone #}",
    "{% extends 'base' %}{% block title %}{{ row.name }} {{ super() }}{% endblock %}ignored {{ text }}",
    "{% extends 'base' %}{% block body %}{% for r in rows %}{{ r.name }}{% endfor %}{{ number }}{% endblock %}",
    "{% import 'macros' as m with context %}{{ m.cell(row) }}{{ m.x }}",
    "{% from 'macros' import cell %}{% call cell(row, 'th') %}{{ row.number }}{% endcall %}",
    "{% include 'part' %}{% include ['none', 'part'] %}{% include 'gone' ignore missing %}",
    "{% for r in rows %}{% if loop.first %}{% continue %}{% endif %}{{ r.number }}{% endfor %}",
    "{% for r in rows %}{{ r.name }}{% if loop.index == 3 %}{% break %}{% endif %}{{ r.number }}{% endfor %}",
    "{% set ns = namespace(n=0) %}{% for r in rows %}{% set ns.n = ns.n + r.number %}{% endfor %}{{ ns.n }}",
    "{% for r in [1, [2, [3]]] recursive %}{{ r if r is number else loop(r) }}{% endfor %}",
    "{% block a scoped %}{{ text }}{% endblock %}{{ self.a() }}",
    "{% do rows|length %}{{ [row.name, row.number] }}{{ {'a': row.number} }}{{ (row.number,) }}{{ text[1:4] }}",
    "{{ rows|map(attribute='number')|join(',') }}{{ text|tojson }}{{ row.name|replace('<', '(') }}",
]
FILES = {"base": BASE, "macros": MACROS, "part": "<p>{{ row.name }}{{ number }}</p>"}


def stock(files: Mapping[str, str]) -> jinja2.Environment:
    extensions = ["jinja2.ext.do", "jinja2.ext.loopcontrols"]
    return jinja2.Environment(loader=jinja2.DictLoader(files), autoescape=True, extensions=extensions)


def ours(files: Mapping[str, str]) -> Environment:
    environment = Environment()
    environment.loader = jinja2.DictLoader(files)
    environment.configure(strict=False, reload=False)
    return environment


@pytest.mark.parametrize("source", SOURCES)
def test_the_same_text_as_jinja2_makes(source: str) -> None:
    files = {**FILES, "page": source}
    expected = stock(files).get_template("page").render(VALUES)
    template = ours(files).get_template("page")
    assert template.render(VALUES) == expected
    assert template.render_text(dict(VALUES)) == expected
    assert "".join(template.generate(VALUES)) == expected


@pytest.mark.parametrize("source", SOURCES)
async def test_the_same_text_where_it_is_streamed(source: str) -> None:
    files = {**FILES, "page": source}
    template = ours(files).waiting().get_template("page")
    streamed = [piece async for piece in template.generate_async(VALUES)]
    assert "".join(streamed) == stock(files).get_template("page").render(VALUES)


async def test_a_loop_by_another_name_misleads_no_streamed_page() -> None:
    async def streamed(source: str) -> str:
        template = ours({"page": source}).waiting().get_template("page")
        return "".join([piece async for piece in template.generate_async(VALUES)])

    knows = "{% for r in rows %}{% set end = loop.last %}{{ loop.length }}{{ loop.revindex }}{{ end }}{% endfor %}"
    assert await streamed(knows) == "44False43False42False41True"
    for source in ("{% if o.last %}x{% endif %}", "{{ o.length }}", "{{ not o.last }}", "{{ o.revindex ~ '' }}"):
        with pytest.raises(TemplateError, match=r"\[P108\] A streamed page asked a loop by another name for"):
            await streamed(f"{{% for r in rows %}}{{% set o = loop %}}{source}{{% endfor %}}")


PIECES = st.sampled_from(
    """<p>
%s
{{ row.name }}
{{ text }}
{{ number + row.number }}
{{ double(text) }}
{{ none or text }}
{{ gone|default(text) }}
{{ pair.a }}""".splitlines()
)
WRAPS = st.sampled_from(
    """@
{% if row.number == 3 %}@{% else %}{{ text }}{% endif %}
{% for r in rows %}@{{ r.name }}{% endfor %}
{% if none %}-{% elif number %}@{% endif %}
{% set z %}@{% endset %}{{ z }}
{% filter lower %}@{% endfilter %}""".splitlines()
)


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(WRAPS, st.lists(inner, max_size=4)).map(lambda pair: pair[0].replace("@", "\n".join(pair[1])))


@given(st.recursive(PIECES, nested, max_leaves=12))
def test_whatever_is_nested_gives_the_same_text(source: str) -> None:
    files = {"page": source}
    assert ours(files).get_template("page").render_text(dict(VALUES)) == stock(files).get_template("page").render(
        VALUES
    )


def test_a_unit_has_no_markup_and_no_look_up_by_the_environment() -> None:
    code = ours({}).compile(
        "{% for r in rows %}<td>{{ r.name }}</td>{% if r.number %}x{% endif %}{% endfor %}", raw=True
    )
    first = code.partition("except AttributeError")[0]
    assert "l_1_r.name" in first
    assert "environment.getattr" not in first
    assert "yield escape" not in code


async def test_calls_run_once_and_in_their_order(tmp_path: Path) -> None:
    seen: list[str] = []

    def note(value: str) -> str:
        seen.append(value)
        return value

    templates = make(tmp_path, {"a.html": "{{ row.name }}{{ note('1') }}{{ row.name }}{{ note('2') }}{{ row.gone }}"})
    with pytest.raises(TemplateError):
        await templates.render("a.html", row={"name": "x"}, note=note)
    assert seen == ["1", "2"]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("a\n{{ text }}\n{{ row.name }} {{ row.gone }}\n{{ text }}", 3),
        ("{% for r in rows %}\n<td>{{ r.number }}</td>\n<td>{{ r.gone }}</td>\n{% endfor %}", 3),
        ("{{ text }}\n{% if number %}\n{{ number }}\n{{ gone }}\n{% endif %}", 4),
        ("{{ text }}\n{% if gone.more %}x{% endif %}", 2),
        ("\n\n{{ double(gone) }}", 3),
    ],
)
async def test_errors_name_the_line(tmp_path: Path, source: str, line: int) -> None:
    templates = make(tmp_path, {"a.html": source})
    with pytest.raises(TemplateError, match=r"\[P104\]") as caught:
        await templates.render("a.html", **VALUES)
    assert caught.value.at is not None
    assert caught.value.at.endswith(f"templates/a.html:{line}")


async def test_an_error_of_the_application_keeps_its_type_and_shows_the_template(tmp_path: Path) -> None:
    def fail() -> None:
        raise LookupError("the application's own")

    templates = make(tmp_path, {"a.html": "\n{{ text }}\n{{ fail() }}"})
    with pytest.raises(LookupError, match="the application's own") as caught:
        await templates.render("a.html", fail=fail, text="")
    assert any(frame.filename.endswith("a.html") and frame.lineno == 3 for frame in traceback.extract_tb(caught.tb))
    assert caught.value.__notes__ == [f"While rendering {tmp_path}/templates/a.html:3"]


async def test_an_error_inside_a_property_is_not_an_unknown_attribute(tmp_path: Path) -> None:
    templates = make(tmp_path, {"a.html": "{{ row.name }}", "b.html": "{% if row.name %}{% set x = 1 %}{% endif %}"})
    for name in ("a.html", "b.html"):
        with pytest.raises(AttributeError, match="inside"):
            await templates.render(name, row=Broken())


def test_autoescape_cannot_be_switched() -> None:
    with pytest.raises(jinja2.TemplateSyntaxError, match="cannot be switched"):
        ours({"page": "{% autoescape false %}{{ text }}{% endautoescape %}"}).get_template("page")


@pytest.mark.filterwarnings("error")
async def test_what_was_not_awaited_says_so(tmp_path: Path) -> None:
    async def load() -> str:
        return "x"

    templates = make(tmp_path, {"a.html": "\n{{ load() }}"})
    with pytest.raises(TemplateError, match="coroutine, which was never awaited") as caught:
        await templates.render("a.html", load=load)
    assert caught.value.code == "P105"
