"""Searches while somebody types, and what was found, marked: safe whatever stands in the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rooftree import Html
from rooftree.db import (
    Col,
    Constraint,
    Model,
    QueryError,
    Ref,
    Search,
    col,
    highlighted,
    ref,
    text_match,
    text_rank,
    text_snippet,
)
from tests.unit.db.queries.shop import opened


class Paper(Model):
    title: Col[str] = col(max_length=200)
    body: Col[str | None] = col(default=None)
    note: Col[str] = col(default="")

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Search(cls.title, cls.body, language="english")]


class Remark(Model):
    paper: Ref[Paper] = ref()


MODELS: tuple[Any, ...] = (Paper, Remark)
P: Any = Paper


async def fill() -> None:
    rows = [
        ("Oak tables", "Made of oak. " + "Nothing else. " * 40),
        ("Tailoring", None),
        ("Ash chairs", "For a tablet."),
    ]
    await Paper.create_many([Paper(title=title, body=body) for title, body in rows])


TYPED: list[tuple[str, list[str]]] = [
    ("tab", ["Ash chairs", "Oak tables"]),
    ("oak tab", ["Oak tables"]),
    ("tab oa", []),  # of "tab" no word goes on
    ("oak or tai", ["Oak tables", "Tailoring"]),
    ("ta -oak", []),  # only what is wanted goes on
    ("-oak ta", ["Ash chairs", "Tailoring"]),
    ('"oak tables"', ["Oak tables"]),
    ('"oak tab"', []),
    ("", []),
    ("'", []),
    (":*", []),
    ("oak & ! | ( tab", ["Oak tables"]),
    ("\\oak tab\\", ["Oak tables"]),
]


async def test_the_last_word_may_go_on(url: str) -> None:
    async with opened(url, *MODELS):
        await fill()
        for text, titles in TYPED:
            found = Paper.search(text, prefix=True)
            assert (text, sorted(await found.values(Paper.title))) == (text, titles)
            assert await Paper.where(text_match(Paper, text, prefix=True)).count() == len(titles)
            assert all(rank > 0 for rank in await found.values(text_rank(Paper, text, prefix=True)))


async def test_what_was_found_is_marked(url: str) -> None:
    async with opened(url, *MODELS):
        await fill()
        paper = await Paper.get(1)
        await Remark.create(paper=paper)
        (snippet,) = await Paper.search("oak").values(text_snippet(Paper.body, "oak", size=8))
        assert "<mark>oak</mark>" in highlighted(snippet)
        assert len(snippet.split()) <= 10
        (title,) = await Paper.search("oak tab", prefix=True).values(text_snippet(Paper.title, "oak tab", prefix=True))
        assert highlighted(title) == "<mark>Oak</mark> <mark>tables</mark>"
        far = text_snippet(Remark.paper.title, "oak")
        assert [highlighted(each) for each in await Remark.all().values(far)] == ["<mark>Oak</mark> tables"]
        # of a row that does not fit, the text as it is; without a value none
        assert await Paper.where(Paper.title == "Tailoring").values(text_snippet(Paper.title, "oak")) == ["Tailoring"]
        assert await Paper.where(Paper.title == "Tailoring").values(text_snippet(Paper.body, "oak")) == [""]


HOSTILE = [
    "<script>alert(1)</script> oak",
    "oak <img src=x onerror=alert(1)>",
    "\x02<b>\x03 oak \x02",
    "\x03oak\x03 \x02\x02</mark><i>",
    "&lt;oak&gt; \" ' `",
]


async def test_nothing_in_a_snippet_is_markup(url: str) -> None:
    async with opened(url, *MODELS):
        await Paper.create_many([Paper(title=text) for text in HOSTILE])
        snippets = await Paper.search("oak").values(text_snippet(Paper.title, "oak"))
        assert len(snippets) == len(HOSTILE)
        for snippet in snippets:
            found = highlighted(snippet)
            assert isinstance(found, Html)
            bare = found.replace("<mark>", "").replace("</mark>", "")
            assert not set("<>\x02\x03") & set(bare)
            assert found.count("<mark>") == found.count("</mark>")


@pytest.mark.parametrize("text", ["\x02", "\x03", "\x02\x02a\x03", "a\x03b\x02c", "", "<\x02>\x03"])
def test_marks_that_do_not_meet_are_left_out(text: str) -> None:
    found = highlighted(text)
    assert not set("\x02\x03") & set(found)
    assert found.count("<mark>") == found.count("</mark>") == len(found.split("<mark>")) - 1


async def test_payloads_are_words_to_look_for(url: str) -> None:
    lines = (Path(__file__).parent / "payloads" / "sqli.txt").read_text(encoding="utf-8").splitlines()
    async with opened(url, *MODELS):
        await fill()
        for text in lines:
            query = Paper.search(text, prefix=True)
            for snippet in await query.values(text_snippet(Paper.title, text, prefix=True)):
                assert isinstance(highlighted(snippet), Html)
        assert await Paper.count() == 3


async def test_what_cannot_be_asked(url: str) -> None:
    column: Any = Paper.title
    wrong: list[tuple[Callable[[], Any], str]] = [
        (lambda: text_snippet(P.note, "x"), "[Q239] text_snippet() was given Paper.note, which is not searched. Name"),
        (lambda: text_snippet(P, "x"), "[Q239] text_snippet() was given <class"),
        (lambda: text_snippet(column.lower(), "x"), "[Q239] text_snippet() was given lower(Paper.title)."),
        (lambda: text_snippet(column, "x", size=0), "[Q239] text_snippet() was given the size 0. Pass 1 to 64 words."),
        (lambda: text_snippet(column, "x", size="9"), "[Q239]"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (lambda: P.search("x", prefix="yes"), "[Q236] A search was given prefix='yes'. Pass True or False."),
    ]
    for made, told in wrong:
        with pytest.raises(QueryError) as caught:
            made()
        assert told in str(caught.value)
    async with opened(url, *MODELS):
        update = Paper.where(Paper.id == 1).update(note=text_snippet(Paper.title, "x"))
        if url.startswith("sqlite"):
            with pytest.raises(QueryError, match=r"\[Q238\] text_snippet\(\) stands in an update or delete\."):
                await update
        else:
            assert await update == 0
