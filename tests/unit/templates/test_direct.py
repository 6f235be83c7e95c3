"""Calls that compiled templates know are made without Jinja2, and give what they would give with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest

from rooftree import App, Languages, Page, Settings, TemplateOptions, render
from rooftree.base import Call, Html, TemplateError, current_call
from rooftree.i18n import Locale
from rooftree.templates import Environment
from rooftree.testing import Client, SyncClient
from tests.unit.templates.kit import NASTY, make, write

GERMAN = Locale("de", {("", "a < b"): (("c > <d>",), lambda _: 0), ("", "Hello"): (("Hallo",), lambda _: 0)})
LINKS = (
    '<a href="{{ url("detail", slug=row.slug) }}">{{ url("list", order="new", page=2) }}</a>{{ url("list", q=text) }}'
    '{{ url("list", _language="de") }}{{ url("detail", order=1, slug="é") }}{{ url("list", **more) }}{{ url(target) }}'
)


def shop(root: Path, files: dict[str, str], **settings: Any) -> App:
    write(root / "templates", files)
    app = App(Settings(mode="production", hosts=("*",), templates=TemplateOptions(cache=""), **settings), root=root)
    app.use(Languages("en", "de", prefix="all"))

    @app.get("/things", name="list")
    async def things(stream: bool = False) -> Page:
        row = {"slug": "oak-chair"}
        page = render("page.html", row=row, text="a&b <c>", more={"z": 1, "none": None}, target="list")
        return page.streamed() if stream else page

    @app.get("/things/{slug}", name="detail")
    async def detail(slug: str) -> str:
        return slug

    return app


async def test_urls_are_those_of_the_language_and_of_the_request(tmp_path: Path) -> None:
    app = shop(tmp_path, {"page.html": LINKS})
    expected = (
        '<a href="/en/things/oak-chair">/en/things?order=new&amp;page=2</a>/en/things?q=a%26b%20%3Cc%3E'
        "/de/things/en/things/%C3%A9?order=1/en/things?z=1/en/things"
    )
    async with Client(app) as client:
        for tag in ("en", "de", "en"):  # nothing of one visitor's language stays for the next one
            whole = expected.replace("/en/", f"/{tag}/")
            assert (await client.get(f"/{tag}/things")).text == whole
            assert (await client.get(f"/{tag}/things?stream=true")).text == whole


def test_urls_begin_where_the_application_is_mounted(tmp_path: Path) -> None:
    outer = App(Settings(hosts=("*",)))
    outer.mount("/at", shop(tmp_path, {"page.html": LINKS}))
    with SyncClient(outer) as client:
        text = client.get("/at/en/things").text
    assert text.startswith('<a href="/at/en/things/oak-chair">/at/en/things?order=new&amp;page=2</a>/at/en/things?q=')
    assert "/at/de/things/at/en/things/" in text


async def test_a_route_that_there_is_not_names_the_line_of_the_template(tmp_path: Path) -> None:
    app = shop(tmp_path, {"page.html": 'a\n<a href="{{ url("detial", slug=row.slug) }}">\n{{ url("detail") }}'})
    async with Client(app, raise_errors=True) as client:
        with pytest.raises(Exception, match="R301") as caught:
            await client.get("/en/things")
    assert "page.html:2" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("name", ["url", "_", "ngettext"])
@pytest.mark.parametrize("attribute", ["row.slug", "row.none"])
async def test_a_name_that_means_something_else_is_called_once(tmp_path: Path, name: str, attribute: str) -> None:
    called: list[tuple[Any, ...]] = []

    def own(*values: Any, **named: Any) -> str:
        called.append((*values, *named.values()))
        return NASTY

    source = (
        f'{{{{ {attribute} }}}} <a title="{{{{ {name}("Hello") }}}}">{{{{ {name}("b", c=row.slug) }}}}{{{{ row.x }}}}'
    )
    templates = make(tmp_path, {"page.html": source}, development=False)
    shown = await templates.render("page.html", row={"slug": "s", "none": ""}, **{name: own})
    assert called == [("Hello",), ("b", "s")]
    assert shown.count(Html.escape(NASTY)) == 2
    assert NASTY not in shown


async def test_texts_are_said_in_the_language_of_each_rendering(tmp_path: Path) -> None:
    source = (
        '<i title="{{ _("a < b") }}">{{ _("a < b") }}{{ gettext("Hello") }}{{ _("a < b")|upper }}'
        '{{ _("Hello") if yes else _("a < b") }}{{ _("Hello") ~ "!" }}{% set _ = upper %}{{ _("Hello") }}'
    )
    templates = make(tmp_path, {"page.html": source, "page.txt": '{{ _("a < b") }}{{ _("Hello") }}'})
    english = '<i title="a &lt; b">a &lt; bHelloA &lt; BHelloHello!HELLO'
    german = '<i title="c &gt; &lt;d&gt;">c &gt; &lt;d&gt;HalloC &gt; &lt;D&gt;HalloHallo!HELLO'
    for locale, shown, plain in ((None, english, "a < bHello"), (GERMAN, german, "c > <d>Hallo")) * 2:
        token = current_call.set(Call(None, locale=locale))
        try:
            assert await templates.render("page.html", yes=True, upper=str.upper) == shown
            assert await templates.render_text("page.txt") == plain
        finally:
            current_call.reset(token)


def test_two_applications_say_a_text_in_their_own_words() -> None:
    other = Locale("de", {("", "Hello"): (("Servus",), lambda _: 0)})
    assert (GERMAN.escaped["Hello"], other.escaped["Hello"]) == ("Hallo", "Servus")
    assert GERMAN.at("Europe/Berlin").escaped["a < b"] == "c &gt; &lt;d&gt;"


class Loud(str):
    """A text whose methods give what Jinja2 would have to await, were it one."""

    __slots__ = ()

    def upper(self) -> str:
        return "<loud>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{% if request.path.endswith("/a") %}A{% else %}B{% endif %}', "B"),
        ("{{ text.upper() }}{{ loud.upper() }}{{ d.text.upper() }}", "A&lt;B&lt;loud&gt;X"),
        ("{{ d.upper.upper() }}{{ raw.decode('latin-1') }}", "X&lt;é"),
        ("{{ nothing() }}", ""),  # a StopIteration is an undefined value
    ],
)
async def test_methods_of_texts(tmp_path: Path, source: str, expected: str) -> None:
    values = {"text": "a<b", "loud": Loud("x"), "d": {"text": "x", "upper": "x"}, "raw": "<é".encode("latin-1")}
    templates = make(tmp_path, {"page.html": source}, development=False)
    path: Any = type("Path", (), {"path": "/b"})
    assert await templates.render("page.html", request=path, nothing=iter(()).__next__, **values) == expected


async def test_what_is_missing_is_an_error_at_its_line(tmp_path: Path) -> None:
    for source in (
        '{{ url("a", b=row.c) }}',
        "{{ row.a.b }}",
        "{{ rwo.a }}",
        "{{ rwo.upper() }}",
        "<c-a b={{ rwo }} />",
    ):
        files = {"page.html": f"a\n\n{source}", "components/a.html": "{% props b: any %}{{ b }}"}
        with pytest.raises(TemplateError, match=r"\[P104\]") as caught:
            await make(tmp_path, files).render("page.html", row={})
        assert str(caught.value.at).endswith("page.html:3"), source


async def test_what_a_place_needs_is_no_filter_of_the_application(tmp_path: Path) -> None:
    templates = make(tmp_path, {"page.html": '<a href="{{ x }}">'})
    templates.environment.filters["url_value"] = lambda value: "theirs"
    assert await templates.render("page.html", x="javascript:alert(1)") == '<a href="about:invalid">'
    for source in ("{% filter url_value %}{{ x }}{% endfilter %}", "{{ x|url_value(1) }}"):
        with pytest.raises(TemplateError, match="'url_value' is what places need"):
            await make(tmp_path, {"own.html": source}).render("own.html", x="a")


def test_texts_that_are_marked_otherwise() -> None:
    template = Environment().from_string("{{ text }}{{ _(text) }}{{ _('Hello', **{}) }}{{ x.__class__.__name__ }}")
    assert template.render(text="Hello", x=1) == "HelloHelloHelloint"


async def test_names_are_found_where_they_were_set_last(tmp_path: Path) -> None:
    files = {
        "base.html": "{% block a %}{{ x }}{% endblock %}{{ x }}{% include 'part.html' %}{{ m() }}{{ y }}",
        "page.html": (
            "{% extends 'base.html' %}{% import 'lib.html' as lib with context %}"
            "{% macro m() %}[{{ x }}{{ z }}]{% endmacro %}"
            "{% set x = 'set' %}{% block a %}{{ x }}{{ lib.show() }}{{ super() }}{% endblock %}"
        ),
        "part.html": "({{ x }}{% set x = 'inner' %}{{ x }}{% for i in [1] %}{{ x }}{{ y }}{% endfor %})",
        "lib.html": "{% set own = 'own' %}{% macro show() %}<{{ own }}{{ x }}{{ y }}>{% endmacro %}",
    }
    stock = jinja2.Environment(loader=jinja2.DictLoader(files), autoescape=True)
    given = {"x": "given", "y": "why", "z": "zed", "m": lambda: "m"}
    expected = stock.get_template("page.html").render(given)
    templates = make(tmp_path, files, development=False)
    assert await templates.render("page.html", **given) == expected
    for _ in range(2):
        assert templates.environment.get_template("page.html").render(given) == expected


async def test_a_filter_that_there_is_not_is_told_where_it_is_used(tmp_path: Path) -> None:
    templates = make(tmp_path, {"page.html": "{% if x %}\n{{ x|nofilter }}{% endif %}-"})
    assert await templates.render("page.html", x="") == "-"
    with pytest.raises(Exception, match="No filter named 'nofilter' found") as caught:
        await templates.render("page.html", x="1")
    assert "page.html:2" in str([caught.value, *getattr(caught.value, "__notes__", [])])
