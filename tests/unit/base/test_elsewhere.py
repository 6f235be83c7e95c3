"""What people write who know other frameworks: each such habit is met by what to write here, which works."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, ClassVar

import pytest

import rooftree
from rooftree import App, Page, Schema, SchemaForm, Settings, TemplateError, render
from rooftree.base import import_habit, slip_of, template_habit
from rooftree.base.elsewhere import ATTRIBUTES, FILTERS, IMPORTS, NAMES, TAGS
from rooftree.testing import Client
from tests.unit.templates.kit import make, write

DOCS = Path("docs/coming.md")


def error_of(folder: Path, source: str) -> str:
    templates = make(folder, {"a.html": "\n" + source})
    with pytest.raises(TemplateError) as caught:
        asyncio.run(templates.render("a.html"))
    text = str(caught.value)
    assert "a.html:2." in text
    return text


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_from_elsewhere(tmp_path: Path, tag: str) -> None:
    assert error_of(tmp_path, f"{{% {tag} 'x' %}}").endswith(TAGS[tag])


@pytest.mark.parametrize("name", NAMES)
def test_a_name_from_elsewhere(tmp_path: Path, name: str) -> None:
    assert error_of(tmp_path, f"{{{{ {name} }}}}").endswith(NAMES[name])


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_from_elsewhere(tmp_path: Path, name: str) -> None:
    assert error_of(tmp_path, f"{{{{ 'x'|{name} }}}}").endswith(FILTERS[name])


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("{{ 'x'|truncatechars:3 }}", "stands in parentheses"),
        ("{% set a = 'x'|add:'y' %}", "stands in parentheses"),
        ("{% trans 'Hello' %}", "Write {{ _('Hello') }}"),
        ("{% trans 'Hello' %}{% if x %}{% endif %}", "Write {{ _('Hello') }}"),
        ("{% include 'b.html' with title='x' %}", "<c-card title="),
        ("{% for x in [] %}{% empty %}{% endfor %}", "Write {% else %}"),
        ("{{ url_for('index') }}", "Write url('shop.product', id=7)"),
        ("{% for m in get_flashed_messages() %}{% endfor %}", "in flashes"),
    ],
)
def test_other_ways_of_writing(tmp_path: Path, source: str, remedy: str) -> None:
    assert remedy in error_of(tmp_path, source)


class Person(Schema):
    name: str


class PersonForm(SchemaForm[Person]): ...


def app_with(folder: Path, source: str) -> App:
    write(folder / "templates", {"a.html": source})
    write(folder / "static", {"site.css": ""})
    app = App(Settings(mode="test"), root=folder)
    app.static()

    @app.form("/", name="index")
    async def index(form: PersonForm) -> Page:
        return render("a.html", form=form, rows=[{"kind": 1}, {"kind": 2}], text="x", count=2)

    return app


@pytest.mark.parametrize("name", ATTRIBUTES)
async def test_an_attribute_from_elsewhere(tmp_path: Path, name: str) -> None:
    owner, _, attribute = name.rpartition(".")
    thing = {"Request": "request", "BoundField": "form.name", "": "form"}[owner]
    async with Client(app_with(tmp_path, f"{{{{ {thing}.{attribute} }}}}")) as client:
        with pytest.raises(TemplateError) as caught:
            await client.get("/")
    assert str(caught.value).endswith(ATTRIBUTES[name])


def test_an_attribute_of_something_else_is_no_habit() -> None:
    assert template_habit("'dict object' has no attribute 'user'") is None
    assert template_habit("'Product object' has no attribute 'nmae'") is None
    assert template_habit("'x' is undefined") is None
    assert template_habit("Unexpected end of template") is None


OURS = """
{{ static('site.css') }} {{ url('index') }} {{ csrf }} {{ _('Hello') }}
{% trans name=text %}Hello, <b>{{ name }}</b>!{% endtrans %} {# ... #} {% raw %}{{ }}{% endraw %}
{% for row in rows %}{{ loop.cycle('odd', 'even') }}{% if loop.changed(row.kind) %}{{ loop.index }}{% endif %}
{% else %}none{% endfor %}{% for group in rows|groupby('kind') %}{{ group.grouper }}{% endfor %}
{% for message in flashes %}{{ message.text }}{% endfor %} {{ nonce }} {{ text or count }} {{ (count / 3 * 100)|round }}
{{ form.open }}{{ form.summary }}{{ form.name }}{{ form.name.label }}{{ form.name.help }}{{ form.name.control }}
{% for part in form %}{{ part }}{% endfor %}{{ form.close }} {% if user %}{% endif %}
{{ 1234.5|number }} {{ 1.234|round(2) }} {{ ngettext('%(count)s beam', '%(count)s beams', count) }}
{{ text|truncate(80) }} {{ text|replace('a', '') }} {{ none|default('-', true) }}
{% if count is divisibleby(3) %}{% endif %}
<script type='application/json' id='data'>{{ rows|tojson }}</script> {{ text|list }} {{ '%.2f' % count }}
{% set title = 'Hello' %}
"""


async def test_what_is_said_instead_works(tmp_path: Path) -> None:
    async with Client(app_with(tmp_path, OURS)) as client:
        page = await client.get("/")
    assert "2 beams" in page.text
    assert "odd1" in page.text.replace("\n", "")


WORDS = {
    "Annotated",
    "False",
    "JSON",
    "Schemas",
    "Saved",
    "There",
    "Pydantic",
    "BaseModel",
    "Product",
    "User",
    "Client",
}


@pytest.mark.parametrize("name", IMPORTS)
def test_an_import_from_elsewhere(name: str) -> None:
    with pytest.raises(ImportError, match=f"^Rooftree has no '{name}'. Write instead: {re.escape(IMPORTS[name])}.$"):
        exec(f"from rooftree import {name}")  # noqa: S102 - the statement as people write it
    for named in re.findall(r"\b[A-Z]\w+\b", IMPORTS[name]):
        assert named in WORDS or hasattr(rooftree, named)


@pytest.mark.parametrize("name", IMPORTS)
def test_for_python_a_name_from_elsewhere_is_missing(name: str) -> None:
    assert not hasattr(rooftree, name)
    with pytest.raises(AttributeError, match=f"^Rooftree has no '{name}'. Write instead: {re.escape(IMPORTS[name])}.$"):
        getattr(rooftree, name)


class Thing:
    client = ("192.0.2.1", 80)
    url = "http://a/b"
    state: ClassVar[dict[str, int]] = {}

    def json(self) -> None: ...

    def form(self) -> None: ...


async def read() -> None: ...


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("request.json['a']", "Name the body as a parameter, 'item: Item'"),
        ("request.json.get('a')", "Name the body as a parameter, 'item: Item'"),
        ("request.form['a']", "Name the fields as parameters, 'form: Form[SignUp]'"),
        ("request.form.get('a')", "Name the fields as parameters, 'form: Form[SignUp]'"),
        ("request.client.host", "Write request.client[0]."),
        ("request.client.port", "Write request.client[1]."),
        ("request.url.path", "request.url is text; its parts are request.path"),
        ("request.url.scheme", "request.url is text; its parts are request.path"),
        ("request.state.user", "request.state is a dict: request.state['name']."),
        ("HTTPError(status_code=404)", "Write HTTPError(404, "),
        ("request.title['a']", None),
        ("request.client.name", None),
        ("request.state['user']", None),
        ("[].json.get('a')", None),
        ("len.json", None),
        ("request.json.__self__[0]", None),
    ],
)
def test_a_line_that_would_do_elsewhere(line: str, told: str | None, tmp_path: Path) -> None:
    file = tmp_path / "handler.py"
    file.write_text(f"def handler(request, HTTPError):\n    return {line}\n")
    space: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), space)  # noqa: S102 - a handler as people write it
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever Python has for it
        space["handler"](Thing(), rooftree.HTTPError)
    said = slip_of(caught.value)
    assert said is None if told is None else said is not None and said.startswith(told)


def test_an_error_that_was_not_raised_has_no_line() -> None:
    assert slip_of(AttributeError("'tuple' object has no attribute 'host'")) is None


def test_any_other_name_is_missing_as_in_any_module() -> None:
    assert import_habit("nothing") is None
    assert not hasattr(rooftree, "nothing")
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        exec("from rooftree import nothing")  # noqa: S102


def test_the_documentation_has_each() -> None:
    page = DOCS.read_text(encoding="utf-8")
    wanted = [
        *(f"{{% {tag}" for tag in TAGS),
        *NAMES,
        *(name.rpartition(".")[2] for name in ATTRIBUTES),
        *(f"|{name}" for name in FILTERS),
        *IMPORTS,
    ]
    known = page.replace("\\|", "|")
    assert [name for name in wanted if not re.search(re.escape(name) + r"\b", known)] == []
