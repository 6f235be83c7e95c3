"""What people type and what authors write is text: nothing of it becomes markup, and nothing takes too long."""

from __future__ import annotations

import os
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Any

import pytest

from rooftree import Schema, SchemaForm, field
from rooftree.forms import (
    CheckboxGroup,
    ColorInput,
    DecimalInput,
    EmailInput,
    HiddenInput,
    MoneyInput,
    MultiSelect,
    RadioGroup,
    SearchInput,
    Select,
    TelephoneInput,
    Textarea,
    TextInput,
    UrlInput,
    Widget,
)
from rooftree.testing import Client
from tests.unit.forms.pages import application, visiting

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" onfocus=alert(1) autofocus x="',
    "</textarea><script>alert(1)</script>",
    "</option></select><svg onload=alert(1)>",
    "</title></style></template><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "\u2028<img src=x onerror=alert(1)>",
    "<!--<script>",
    "]]><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "%(x)s %s %d",
    "\x00<script>alert(1)</script>",
]
if "XSS_PAYLOADS" in os.environ:  # a longer list, one a line
    PAYLOADS.extend(Path(os.environ["XSS_PAYLOADS"]).read_text(encoding="utf-8", errors="replace").splitlines())

CONTROLS: tuple[Widget, ...] = (
    TextInput(), Textarea(), EmailInput(), UrlInput(), TelephoneInput(), SearchInput(), ColorInput(), HiddenInput(),
    DecimalInput(), MoneyInput("EUR"),
)  # fmt: skip
CHOOSERS: tuple[Widget, ...] = (Select(), RadioGroup(), MultiSelect(), CheckboxGroup())


class Tags(HTMLParser):
    """Notes every tag with its attributes, and every text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.texts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.texts.update(value for _, value in attrs if value)

    def handle_data(self, data: str) -> None:
        self.texts.add(data.strip())


def seen(html: str) -> Tags:
    found = Tags()
    found.feed(html)
    return found


class Controls(Schema):
    x: str = ""


def form_of(number: int, widget: Widget) -> type[SchemaForm[Controls]]:
    class ControlForm(SchemaForm[Controls], id=f"c{number}"):
        x = field(widget=widget)

        def check(self, data: Controls) -> None:
            self.error("x", f"Not {data.x}")
            self.error(None, f"Nowhere {data.x}")

    return ControlForm


@pytest.mark.time_limit(300)
@pytest.mark.parametrize("widget", CONTROLS, ids=repr)
async def test_what_was_typed_is_shown_as_text(widget: Widget) -> None:
    async with visiting(form_of(0, widget)) as client:
        plain = ("plain", "#112233", "anna@example.org", "https://example.org", "12345")
        harmless = [seen((await client.post("/", data={"x": text})).text).tags for text in plain]
        for payload in PAYLOADS:
            answer = await client.post("/", data={"x": payload})
            assert answer.status_code in {200, 422}
            assert seen(answer.text).tags in harmless, payload


@pytest.mark.time_limit(300)
@pytest.mark.parametrize("widget", CHOOSERS, ids=repr)
async def test_options_labels_and_help_are_text(widget: Widget) -> None:
    def made(text: str) -> Any:
        kind: Any = list[str] if widget.multiple else str
        schema: Any = type("Chosen", (Schema,), {"__annotations__": {"x": kind}, "x": [] if widget.multiple else ""})

        class ChooseForm(SchemaForm[schema], id="choose", submit=text):
            x = field(
                widget=widget, label=text, help=text, group=text, choices={f"{text}1": text, f"{text}2": f"{text}2"}
            )

        return ChooseForm

    async with Client(application(made("plain"))) as client:
        harmless = seen((await client.get("/")).text).tags
    for payload in PAYLOADS[:20] + PAYLOADS[20::25]:
        async with Client(application(made(payload))) as client:
            page = seen((await client.get("/")).text)
        assert page.tags == harmless, payload
        assert (
            any(payload.strip().split("\n")[0][:8] in text for text in page.texts) or "\x00" in payload or not payload
        )


async def test_names_that_come_back_are_never_shown() -> None:
    class Line(Schema):
        what: str

    class Lines(Schema):
        lines: list[Line] = []

    class LinesForm(SchemaForm[Lines]): ...

    async with visiting(LinesForm) as client:
        for payload in PAYLOADS[:15]:
            given = {f"lines[0].{payload}": "x", f"lines[{payload}].what": "x", payload: "x", "_form": payload}
            answer = await client.post("/", data=given | {"_action": f"lines{payload}:add"})
            assert answer.status_code == 200
            assert "alert(1)" not in answer.text


@pytest.mark.parametrize(
    "given",
    [
        {f"lines[{number}].inner[{other}].what": "x" for number in range(30) for other in range(30)},
        {"lines[0]" + ".inner[0]" * 200 + ".what": "x"},
        {"lines[99999999999].what": "x", "lines[-1].what": "x", "lines[0x1].what": "x", "lines[].what": "x"},
        {"_action": "lines[0]" * 5000 + ":add"},
        {"_action": "[" * 100_000},
        {"_action": "lines." * 30 + "x:y"},
        {"_action": "a" * 400},
        {"number": "9" * 100_000},
        {"number": "1e" + "9" * 50},
        {"number": "0." + "0" * 9_000 + "1"},
    ],
    ids=lambda given: str(given)[:40],
)
async def test_hostile_forms_are_answered_soon(given: dict[str, str]) -> None:
    class Inner(Schema):
        what: str = ""

    class Line(Schema):
        what: str = ""
        inner: list[Inner] = []

    class Lines(Schema):
        number: Annotated[float, DecimalInput()] = 0
        lines: list[Line] = []

    class LinesForm(SchemaForm[Lines]): ...

    async with visiting(LinesForm) as client:
        start = time.perf_counter()
        answer = await client.post("/", data=given)
        assert answer.status_code in {200, 422}
        assert time.perf_counter() - start < 10


async def test_more_fields_than_a_form_may_have() -> None:
    async with visiting(form_of(1, TextInput())) as client:
        answer = await client.post("/", data={f"x{number}": "" for number in range(1001)})
        assert answer.status_code == 400
