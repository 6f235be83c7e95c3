"""Components that are made whole give what they give with a context, and go there where they cannot be."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rooftree.base import TemplateError
from rooftree.templates import Templates
from tests.unit.templates.kit import NASTY, make

FILES = {
    "components/price.html": (
        '{% props thing: any, level: int = 2, url: str = "" -%}\n<h{{ level }}>{{ thing.name }}</h{{ level }}>'
        '{% if thing.count > 1 %}{{ ngettext("%(count)s left", "%(count)s left ", thing.count) }}'
        '{% elif not url %}{{ _("Last one") }}{% endif %}\n{{ url }} {{ thing.price|currency("EUR") }}{{ maker }}'
    ),
    "page.html": '<c-price thing="{{ thing }}" url="{{ to }}"/>',
}


def own(value: str) -> str:
    """Do what only an application knows."""
    return value


def component_of(templates: Templates) -> Any:
    """Return the component's template, which makes it whole."""
    found = templates.environment.get_template("components/price.html")
    assert found.whole is not None
    return found


@pytest.mark.parametrize("kind", [dict, SimpleNamespace])
async def test_it_is_what_it_is_with_a_context(tmp_path: Path, kind: Any) -> None:
    templates = make(tmp_path, FILES, development=False)
    component = component_of(templates)
    whole = component.whole
    calls: list[tuple[Any, ...]] = []

    def counted(*given: Any) -> str:
        calls.append(given)
        text: str = whole(*given)
        return text

    thing = kind(name=NASTY, count=1, price=9.5)
    expected = await templates.render("page.html", thing=thing, to=NASTY, maker="x")
    component.whole = counted
    assert await templates.render("page.html", thing=thing, to=NASTY, maker="x") == expected
    component.whole = None
    assert await templates.render("page.html", thing=thing, to=NASTY, maker="x") == expected
    assert len(calls) == 1
    assert [place for place in calls[0][1:] if place is not thing] == [2, NASTY]


async def test_a_name_that_means_something_else_is_asked(tmp_path: Path) -> None:
    templates = make(tmp_path, FILES, development=False)
    component_of(templates)
    always: dict[str, Any] = templates.environment.globals
    always["_"] = "<{}>".format
    shown = await templates.render("page.html", thing=SimpleNamespace(name="n", count=1, price=2), to="", maker="m")
    assert "&lt;Last one&gt;" in shown


async def test_what_is_missing_and_what_fails_is_told_at_the_line_of_the_component(tmp_path: Path) -> None:
    templates = make(tmp_path, FILES)
    component_of(templates)
    thing = SimpleNamespace(name="n", count=1, price=2)
    with pytest.raises(TemplateError, match=r"maker.*components/price\.html:3"):
        await templates.render("page.html", thing=thing, to="")
    thing.count = "many"
    with pytest.raises(TypeError) as caught:
        await templates.render("page.html", thing=thing, to="", maker="m")
    assert caught.traceback[-1].path == tmp_path / "templates/components/price.html"
    assert caught.traceback[-1].lineno == 1
    thing.count = 1
    del thing.name
    with pytest.raises(TemplateError, match=r"name.*components/price\.html:2"):
        await templates.render("page.html", thing=thing, to="", maker="m")


@pytest.mark.parametrize(
    "body",
    [
        "{{ a }}{{ attrs }}",
        "{{ a }}{% if 'x' in slots %}y{% endif %}",
        "{{ a }}{{ self }}",
        "{{ a|join }}",
        "{% set b = a %}{{ b }}",
        "{% for b in a %}{{ b }}{% endfor %}",
        "{{ a|own }}",
    ],
)
async def test_what_needs_a_context_has_one(tmp_path: Path, body: str) -> None:
    templates = make(tmp_path, {"components/one.html": f"{{% props a: str, attrs -%}}{body}"}, development=False)
    templates.filter(own)
    assert templates.environment.get_template("components/one.html").whole is None
