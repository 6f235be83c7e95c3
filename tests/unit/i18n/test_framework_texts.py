"""What the framework says to visitors is said in German and Arabic too."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

import rooftree
from rooftree import App, Languages, Request, Schema, SchemaForm, Settings
from rooftree.cli.extraction import extract
from rooftree.cli.messages import problems_of
from rooftree.forms import derived_texts
from rooftree.i18n import Locale, fault_text, ngettext, read_catalog, translate
from rooftree.templates import Templates
from rooftree.testing import Client

ROOT = Path(rooftree.__file__).parent


@pytest.mark.parametrize("tag", ["de", "ar"])
def test_every_text_of_the_framework_is_translated(tag: str) -> None:
    marked = extract(ROOT, Templates(ROOT).environment)
    assert len(marked["messages"]) > 80
    catalog = read_catalog(ROOT / "i18n" / "locales" / tag / "LC_MESSAGES" / "rooftree.po")
    assert list(problems_of(marked["messages"], catalog)) == []


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "أدخل حرفًا واحدًا على الأقل."), (2, "أدخل حرفين على الأقل."), (3, "أدخل 3 أحرف على الأقل."),
     (11, "أدخل 11 حرفًا على الأقل."), (100, "أدخل 100 حرف على الأقل.")],
)  # fmt: skip
def test_arabic_counts_as_arabic_does(count: int, text: str) -> None:
    assert translate(fault_text("too_short", {"limit": count}, "Expected `str` of length >= 1"), "ar") == text


@pytest.mark.parametrize(
    ("code", "params", "message", "text"),
    [
        ("missing", {}, "", "This is required."),
        ("type", {"expected": "int", "found": "str"}, "", "Enter a whole number."),
        ("type", {}, "Expected `date`", "Enter a date."),
        ("type", {}, "Expected `int | null`", "Enter a valid value."),
        ("format", {"format": "uuid"}, "", "Enter a valid identifier."),
        ("greater_than", {"limit": 0}, "", "Enter a value greater than 0."),
        ("less_than_equal", {"limit": 5}, "", "Enter a value of at most 5."),
        ("multiple_of", {"step": 5}, "", "Enter a multiple of 5."),
        ("too_short", {"limit": 1}, "Expected `array` of length >= 1", "Choose at least 1 entry."),
        ("too_long", {"limit": 2}, "Expected `str` of length <= 2", "Enter at most 2 characters."),
        ("length", {"length": 2}, "", "Give exactly 2 entries."),
        ("timezone", {"timezone": True}, "", "Give the time zone too."),
        ("timezone", {"timezone": False}, "", "Leave the time zone out."),
        ("decimal_places", {"limit": 2}, "", "Enter at most 2 digits after the decimal separator."),
        ("of_their_own", {}, "100% wrong", "100% wrong"),
        ("too_short", {}, "no limit", "no limit"),
        ("too_short", {"limit": "x"}, "", "too_short"),
    ],
)
def test_faults_are_said_to_people(code: str, params: dict[str, object], message: str, text: str) -> None:
    assert str(fault_text(code, params, message)) == text


def test_what_is_said_without_an_application() -> None:
    text = ngettext("%(count)s value cannot be used.", "%(count)s values cannot be used.", 2)
    assert translate(text, "de-AT") == "2 Werte können nicht verwendet werden."
    assert translate(text, "fr") == "2 values cannot be used."
    assert translate(text, Locale("en")) == "2 values cannot be used."


@pytest.mark.parametrize(
    ("tag", "words"), [("de", ["angenommen", "anderen Website", "höchstens 1"]), ("ar", ["لا يُقبل"])]
)
async def test_refusals_are_said_in_the_visitors_language(tag: str, words: list[str]) -> None:
    app = App(Settings(mode="test"))
    app.use(Languages("en", "de", "ar"))

    @app.post("/", limit="1/minute")
    async def take() -> str:
        return "taken"

    told = ""
    async with Client(app, headers={"accept-language": tag}) as client:
        answers = [
            await client.get("/"),
            await client.post("/", headers={"sec-fetch-site": "cross-site"}),
            await client.post("/"),
        ]
        for accept in ("text/html", "application/json"):
            wrong = await client.get("/", headers={"accept": accept})
            answers.append(wrong)
    assert [answer.status_code for answer in answers] == [405, 403, 429, 405, 405]
    told = " ".join(answer.json()["detail"] for answer in answers if "json" in answer.headers["content-type"])
    assert all(word in told for word in words), told
    assert words[0] in answers[3].text, "on the page too"
    english = await _english(app)
    assert english == "GET is not taken here; POST, OPTIONS are."


class Item(Schema):
    name: str


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("en", ["got text/plain", "got no Content-Type", "a form as", "did you mean `page`?"]),
        ("de", ["gesendet wurde text/plain", "kein Content-Type", "ein Formular", "Meinten Sie page?"]),
        ("ar", ["وقد أُرسل text/plain", "ولم يُرسل Content-Type", "نموذج", "هل تقصد page؟"]),
    ],
)
async def test_kinds_of_bodies_and_hints_are_said_in_the_visitors_language(tag: str, words: list[str]) -> None:
    app = App(Settings(mode="test"))
    app.use(Languages("en", "de", "ar"))

    @app.post("/items")
    async def add(item: Item) -> None: ...

    @app.post("/form")
    async def send(request: Request) -> None:
        await request.form()

    @app.get("/list", strict_query=True)
    async def listed(page: int = 1) -> int:
        return page

    async with Client(app, headers={"accept-language": tag}) as client:
        answers = [
            await client.post("/items", content=b"x", headers={"content-type": "text/plain"}),
            await client.post("/items", content=b"x"),
            await client.post("/form", json={}),
            await client.get("/list?pgae=2"),
        ]
    assert [answer.status_code for answer in answers] == [415, 415, 415, 422]
    for answer, word in zip(answers, words, strict=True):
        assert word in answer.text


async def _english(app: App) -> str:
    async with Client(app) as client:
        return str((await client.get("/")).json()["detail"])


def test_labels_that_are_made_of_names_are_found() -> None:
    class Contact(Schema):
        street_name: str
        kind: Literal["person", "legal_entity"] = "person"

    class ContactForm(SchemaForm[Contact]):
        pass

    here = Path(__file__)
    found = [text for file, line, text in derived_texts(here.parent) if file.name == here.name and line > 0]
    assert found == ["Street name", "Kind", "Person", "Legal entity"]
    assert str(ContactForm.info.fields[0].label) == "Street name"
    assert list(derived_texts(here.parent / "elsewhere")) == []
