"""Where an expression stands decides what makes it safe; what nothing makes safe is an error with its line."""

from __future__ import annotations

import asyncio
import html
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import Html, TemplateError
from rooftree.templates.markup import START, Kind, advance, script_state
from tests.unit.templates.kit import NASTY, make

BAD = "javascript:alert(1)"


async def rendered(root: Path, source: str, **values: Any) -> str:
    return await make(root, {"a.html": source}).render("a.html", **values)


def told(root: Path, source: str, **values: Any) -> str:
    with pytest.raises(TemplateError) as caught:
        asyncio.run(rendered(root, source, **values))
    return str(caught.value).replace(f"{root}/templates/", "")


@pytest.mark.parametrize(
    ("before", "kind", "attribute"),
    [
        ("", Kind.TEXT, ""),
        ("<p>a < b", Kind.TEXT, ""),
        ("<p", Kind.TAG_NAME, ""),
        ("<p ", Kind.TAG, ""),
        ("<p hid", Kind.ATTRIBUTE_NAME, "hid"),
        ("<p title", Kind.ATTRIBUTE_NAME, "title"),
        ("<p title = ", Kind.BEFORE_VALUE, "title"),
        ("<p title=a", Kind.UNQUOTED, "title"),
        ("<p title=a b", Kind.ATTRIBUTE_NAME, "b"),
        ("<p TITLE='a>", Kind.SINGLE, "title"),
        ('<p a="b" title="', Kind.DOUBLE, "title"),
        ('<p a="b">', Kind.TEXT, ""),
        ('<p a="b"/>', Kind.TEXT, ""),
        ("<p hidden>", Kind.TEXT, ""),
        ("<!-- <p title=", Kind.COMMENT, ""),
        ("<!-- > --><p title='", Kind.SINGLE, "title"),
        ("<!doctype html><a href='", Kind.SINGLE, "href"),
        ("<script>if (a < b) '<p title=", Kind.RAW_TEXT, ""),
        ("<SCRIPT src='x'>x</scripts></Script ><p title='", Kind.SINGLE, "title"),
        ("<script>1</script>", Kind.TEXT, ""),
        ("<style>p", Kind.RAW_TEXT, ""),
        ("<title>a <b", Kind.RAW_TEXT, ""),
        ("<textarea><p title='</textarea><b title='", Kind.SINGLE, "title"),
        ("</p title='", Kind.SINGLE, "title"),
        ("a <3 b <= c <", Kind.TAG_NAME, ""),
    ],
)
def test_the_place_after_some_markup(before: str, kind: Kind, attribute: str) -> None:
    place = advance(START, before)
    assert (place.kind, place.attribute) == (kind, attribute)


@given(
    st.lists(
        st.sampled_from(["<p ", "<script>", "</script>", "a='", "'", '"', ">", "=", " ", "<!--", "-->", "x", "/", "<"])
    )
)
def test_markup_may_be_read_in_pieces(pieces: list[str]) -> None:
    place = START
    for piece in pieces:
        place = advance(place, piece)
    assert place.kind in Kind  # ends, wherever it is cut


@pytest.mark.parametrize(
    ("script", "inside"),
    [
        ("var a = ", ""),
        ('var a = "', '"'),
        ("var a = 'b\\'", "'"),
        ('"a" + ', ""),
        ('"it\'s" + ', ""),
        ("`a\n", "`"),
        ('"a\n', ""),
        ("// don't\n", ""),
        ("// don't", "//"),
        ("/* don't", "/*"),
        ("/* don't */ 'a", "'"),
        ("'http://a", "'"),
        ("`/*` + ", ""),
    ],
)
def test_what_a_script_ends_inside_of(script: str, inside: str) -> None:
    assert script_state(script) == inside


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("<p>{{ v }}</p>", NASTY, "<p>&lt;script&gt;&#34;&#39;&amp;</p>"),
        ("<p title='{{ v }}'>", NASTY, "<p title='&lt;script&gt;&#34;&#39;&amp;'>"),
        ("<!-- {{ v }} -->", "-->", "<!-- --&gt; -->"),
        ("<title>{{ v }}</title>", "</title>", "<title>&lt;/title&gt;</title>"),
        ("<textarea>{{ v }}</textarea>", "</textarea>", "<textarea>&lt;/textarea&gt;</textarea>"),
        # URLs
        ("<a href='{{ v }}'>", BAD, "<a href='about:invalid'>"),
        ("<a href='{{ v }}'>", " \t\x01JavaScript\t:alert(1)", "<a href='about:invalid'>"),
        ("<a href=' {{ v }}'>", BAD, "<a href=' about:invalid'>"),
        ("<a href='&#x20;&Tab;{{ v }}'>", BAD, "<a href='&#x20;&Tab;about:invalid'>"),
        ("<a href='{{ v }}'>", "java\nscript:alert(1)", "<a href='about:invalid'>"),
        ("<a href='{{ v }}'>", "vbscript:x", "<a href='about:invalid'>"),
        ("<a href='{{ v }}'>", "data:text/html,<script>", "<a href='about:invalid'>"),
        ("<iframe src='{{ v }}'>", "data:image/svg+xml,<svg onload=alert(1)>", "<iframe src='about:invalid'>"),
        ("<img src='{{ v }}'>", "data:image/png;base64,AA==", "<img src='data:image/png;base64,AA=='>"),
        ("<a href='{{ v }}'>", "HTTPS://a/?b=c:d", "<a href='HTTPS://a/?b=c:d'>"),
        ("<a href='{{ v }}'>", "/a?b=javascript:c", "<a href='/a?b=javascript:c'>"),
        ("<a href='{{ v }}'>", "?b=c:d", "<a href='?b=c:d'>"),
        ("<a href='{{ v }}'>", "mailto:a@b.c", "<a href='mailto:a@b.c'>"),
        ("<a href='/x/{{ v }}'>", BAD, f"<a href='/x/{BAD}'>"),
        ("<a href='{{ 'java' }}{{ v }}'>", "script:alert(1)", "<a href='javascript%3Aalert(1)'>"),
        ("<a href='{{ v[:4] }}{{ v[4:] }}'>", BAD, "<a href='javascript%3Aalert(1)'>"),
        ("<a href='x{{ v }}'>", ":y", "<a href='x%3Ay'>"),
        ("<a href='{{ v|safe }}'>", BAD, f"<a href='{BAD}'>"),
        ("<a href='{% if true %}{{ v }}{% else %}/x{% endif %}'>", BAD, "<a href='about:invalid'>"),
        ("{% for x in [v] %}<a href='{{ x }}'>{% endfor %}", BAD, "<a href='about:invalid'>"),
        ("<form action='{{ v }}'>", BAD, "<form action='about:invalid'>"),
        ("<button formaction='{{ v }}'>", BAD, "<button formaction='about:invalid'>"),
        ("<svg><a xlink:href='{{ v }}'>", BAD, "<svg><a xlink:href='about:invalid'>"),
        ("<a href='{% with x = v %}{{ x }}{% endwith %}'>", BAD, "<a href='about:invalid'>"),
        ("<a href='{% filter trim %}{{ v }}{% endfilter %}'>", BAD, "<a href='about:invalid'>"),
        ("<a href='{% cache 1 %}{{ v }}{% endcache %}{{ v }}'>", BAD, "<a href='about:invalidjavascript%3Aalert(1)'>"),
        ("<a href='{{ '/a' ~ '/b' }}'>{% macro m() %}{{ v }}{% endmacro %}", BAD, "<a href='/a/b'>"),
        ("<a href='{{ caller_less|default(v) }}'>", BAD, "<a href='about:invalid'>"),
        # styles
        ("<p style='width: {{ v }}%'>", 12.5, "<p style='width: 12.5%'>"),
        ("<p style='color: {{ v }}'>", "red;background:url(//evil)", "<p style='color: '>"),
        ("<p style='color: {{ v }}'>", "#ff0000", "<p style='color: #ff0000'>"),
        ("<style>p { color: {{ v }} }</style>", "red}</style><script>", "<style>p { color:  }</style>"),
        # names and attributes
        ("<h{{ v }}>x</h{{ v }}>", 2, "<h2>x</h2>"),
        ("<p{{ v }}>", Html(' id="a"'), '<p id="a">'),
        ("<p {{ v }}>", "hidden", "<p hidden>"),
        ("<p {{ v }}>", Html('title="a"'), '<p title="a">'),
        ("<p {{ 'a=b' if v }}>", True, "<p a=b>"),
        ("<option{% if v %} selected{% endif %} value='{{ v }}'>", 1, "<option selected value='1'>"),
        ("<iframe srcdoc='{{ v }}'>", "<b>", "<iframe srcdoc='&amp;lt;b&amp;gt;'>"),
        ("<iframe srcdoc='{{ v }}'>", Html("<b title='x'>"), "<iframe srcdoc='&lt;b title=&#39;x&#39;&gt;'>"),
        # scripts
        ("<script>var a = {{ v|tojson }};</script>", "</script>", '<script>var a = "\\u003c/script\\u003e";</script>'),
        ("<script>'a' + {{ v|tojson }} // it's\n+ {{ v|tojson }}</script>", 1, "<script>'a' + 1 // it's\n+ 1</script>"),
        ("<script nonce='{{ v }}'>1</script>", "n", "<script nonce='n'>1</script>"),
        ("<script>{{ v|safe }}</script>", "a()", "<script>a()</script>"),
        ("<script>{{ 'constant()' }}</script>", 1, "<script>constant()</script>"),
    ],
)  # fmt: skip
async def test_a_value_in_its_place(tmp_path: Path, source: str, value: Any, expected: str) -> None:
    assert await rendered(tmp_path, source, v=value) == expected


QUOTES = "without quotation marks, where a space in it would begin another attribute"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("\n<p title={{ v }}>", f"[P201] A value stands in the attribute 'title' {QUOTES}. At a.html:2. Write "),
        ("<p title=a{{ v }}>", "[P201]"),
        ("<p title = {{ v }}>", "[P201]"),
        ("<p {% if v %}title={% else %}id={% endif %}{{ v }}>", "[P201]"),
        (
            "<script>\nvar a = '{{ v }}';</script>",
            (
                "[P202] A value stands in a script, where escaping does not make it safe. At a.html:2. "
                "Write '|tojson' after it, and no quotation marks around it."
            ),
        ),
        ("<script>{% if v %}{{ v }}{% endif %}</script>", "[P202]"),
        ("<script>{% for x in v %}{{ x }}{% endfor %}</script>", "[P202]"),
        ("<script>{{ v|tojson|upper }}</script>", "[P202]"),
        (
            '<script>var a = "b {{ v|tojson }}";</script>',
            (
                "[P203] A value with '|tojson' stands in a string or comment of a script (\"), and could end it. "
                "At a.html:1. Take the quotation marks away: '|tojson' brings its own. Join texts by '+'."
            ),
        ),
        ("<script>/* {{ v|tojson }} */</script>", "[P203]"),
        ("<script>`a\n${ {{ v|tojson }} }`</script>", "[P203]"),
        (
            "<p ONCLICK='go({{ v|tojson }})'>",
            (
                "[P204] A value stands in 'onclick', which is read as a script. At a.html:1. "
                "Put it into a 'data-' attribute, and read that in a script: element.dataset."
            ),
        ),
        (
            "<p {{ v }}>",
            (
                "[P205] 'onclick=\"alert(1)\"' was to stand among the attributes of an element, as plain text. "
                "At a.html:1. Write the attribute in the template, and put the value between its quotation marks."
            ),
        ),
        ("<p data-{{ v }}='x'>", "[P205]"),
        ("<a {% if v %}href='{% endif %}{{ v }}'>", "[P205]"),  # in both places, whichever it is
        ("<{{ v }}>", "[P205] The name of an element was to be made with 'onclick=\"alert(1)\"'. At a.html:1. Letters"),
    ],
)  # fmt: skip
def test_where_nothing_makes_a_value_safe(tmp_path: Path, source: str, expected: str) -> None:
    assert told(tmp_path, source, v='onclick="alert(1)"').startswith(expected)


def test_blocks_stand_where_the_extended_template_has_them(tmp_path: Path) -> None:
    base = "<script>{% block js %}{% endblock %}</script><a href='{% block link %}{% endblock %}'>"
    base += "{% block body %}{% endblock %}"
    middle = "{% extends 'base.html' %}"
    page = "{% extends 'middle.html' %}{% block js %}\n{{ v }}{% endblock %}"
    link = "{% extends 'middle.html' %}{% block link %}{{ v }}{% endblock %}{% block body %}{{ v }}{% endblock %}"
    files = {"base.html": base, "middle.html": middle, "page.html": page, "link.html": link}
    templates = make(tmp_path, files)
    with pytest.raises(TemplateError, match=r"P202.*page\.html:2"):
        asyncio.run(templates.render("page.html", v=1))
    assert asyncio.run(templates.render("link.html", v=BAD)) == f"<script></script><a href='about:invalid'>{BAD}"


def test_what_is_kept_out_is_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        asyncio.run(rendered(tmp_path, "<a href='{{ v }}' style='color:{{ s }}'>", v=BAD + "x" * 999, s="url(x)"))
    assert "A URL was kept out of a page, for its scheme: 'javascript:alert(1)" in caplog.text
    assert "A value was kept out of a style: 'url(x)'" in caplog.text
    assert len(caplog.text) < 600


@given(st.text())
def test_no_text_ends_the_place_it_stands_in(text: str) -> None:
    from rooftree.templates.values import css_value, url_rest, url_value

    for made in (url_value(text), url_rest(text), css_value(text)):
        shown = html.escape(str(made))
        assert not set("<>\"'") & set(shown)


def test_other_than_html_is_not_looked_at(tmp_path: Path) -> None:
    templates = make(tmp_path, {"a.json": "<p title={{ v }}>"})
    assert asyncio.run(templates.render("a.json", v=1)) == "<p title=1>"
