"""Markup is a type of its own: what it is put together with is escaped."""

from __future__ import annotations

from typing import Any

import markupsafe
import pytest

from rooftree.base import Html

NASTY = "<script>\"'&"
SAFE = "&lt;script&gt;&#34;&#39;&amp;"


class Widget:
    def __html__(self) -> str:
        return "<input>"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (Html("<b>") + NASTY, f"<b>{SAFE}"),
        (NASTY + Html("<b>"), f"{SAFE}<b>"),
        (Html("<b>") + Html("</b>"), "<b></b>"),
        (Html("<i>") * 2, "<i><i>"),
        (2 * Html("<i>"), "<i><i>"),
        (Html("<b>%s</b>") % NASTY, f"<b>{SAFE}</b>"),
        (Html("<b>%x</b>") % (255,), "<b>ff</b>"),
        (Html("%s %d %.2f %r") % (NASTY, 3, 1.5, "<"), f"{SAFE} 3 1.50 &#39;&lt;&#39;"),
        (Html("<b>%(a)s</b>") % {"a": NASTY}, f"<b>{SAFE}</b>"),
        (Html("%s") % Widget(), "<input>"),
        (Html("<b>{} {n:.1f} {w}</b>").format(NASTY, n=2.25, w=Widget()), f"<b>{SAFE} 2.2 <input></b>"),
        (Html("{a}").format_map({"a": NASTY}), SAFE),
        (Html("<br>").join([NASTY, Html("<b>")]), f"{SAFE}<br><b>"),
        (Html.escape(NASTY), SAFE),
        (Html.escape(Widget()), "<input>"),
        (Html.escape(5), "5"),
    ],
)
def test_what_it_is_put_together_with_is_escaped(made: Html, expected: str) -> None:
    assert type(made) is Html
    assert str(made) == expected


def test_what_is_taken_apart_is_text_again() -> None:
    html = Html("<b>x</b>")
    assert {type(part) for part in (html[1:], html.upper(), html.replace("b", "i"), str(html), *html.split(">"))} == {
        str
    }


def test_engines_leave_it_as_it_is() -> None:
    assert markupsafe.escape(Html("<b>")) == "<b>"
    assert Html.escape(markupsafe.Markup("<b>")) == "<b>"
    assert repr(Html("<b>")) == "Html('<b>')"


def test_numbers_and_text_do_not_add_up() -> None:
    number: Any = 1
    with pytest.raises(TypeError):
        _ = Html("a") + number
    with pytest.raises(TypeError):
        _ = number + Html("a")
