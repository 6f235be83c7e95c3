"""An application with one form, for tests: what is asked of it and what it answers."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from rooftree import App, Page, Secret, Settings, render
from rooftree.forms import SchemaForm
from rooftree.testing import Client

HERE = Path(__file__).parent


def application(form_class: type[SchemaForm[Any]], initial: Any = None, seen: list[Any] | None = None) -> App:
    """Return an application with this form at ``/``; what it was sent is noted in ``seen``."""
    app = App(Settings(mode="test", secret_key=Secret("k" * 32)), root=HERE)

    async def page(form: Any) -> Page | str:
        if data := await form.bind(initial).validate():
            if seen is not None:
                seen.append(data)
            return repr(data)
        return render("form.html", form=form)

    page.__annotations__["form"] = form_class
    app.form("/")(page)
    return app


@asynccontextmanager
async def visiting(form_class: type[SchemaForm[Any]], initial: Any = None) -> AsyncGenerator[Client]:
    """Give a client of an application with this form at ``/``."""
    async with Client(application(form_class, initial)) as client:
        yield client


async def sent(form_class: type[SchemaForm[Any]], data: dict[str, Any], **options: Any) -> Any:
    """Return the typed data that a form makes of what is sent; the errors by name where it has some."""
    seen: list[Any] = []
    async with Client(application(form_class, options.pop("initial", None), seen)) as client:
        answer = await client.post("/", data=data, **options)
    if seen:
        return seen[0]
    assert answer.status_code == 422, answer.text
    return errors(answer.text)


class _Errors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._fields: list[str] = []
        self._open: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"div", "fieldset", "li"}:
            self._open.append(tag)
            self._fields.append(given.get("data-field") or "")
        if tag == "p" and given.get("class") == "error-text":
            self._in = next((name for name in reversed(self._fields) if name), "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"div", "fieldset", "li"}:
            self._open.pop()
            self._fields.pop()
        if tag == "p":
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in:
            self.found[self._in] = self.found.get(self._in, "") + data


def errors(html: str) -> dict[str, str]:
    """Return the errors on a page, by the names of the fields; those of the form as a whole under ``""``."""
    parser = _Errors()
    parser.feed(html)
    whole = re.findall(r"<li>([^<]+)</li>", html.partition('class="errors"')[2].partition("</ul>")[0])
    return parser.found | ({"": " ".join(whole)} if whole else {})


def tag(html: str, name: str) -> str:
    """Return the tag of the control of a name."""
    found = re.search(rf'<(?:input|select|textarea)[^>]*\bname="{re.escape(name)}"[^>]*>', html)
    assert found is not None, f"no control {name!r} in {html}"
    return found[0]


def value(html: str, name: str) -> str:
    """Return the value of an input."""
    found = re.search(r'\bvalue="([^"]*)"', tag(html, name))
    assert found is not None
    return found[1]
