"""Every answer that a page shows as JSON is the one that its example gives."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rooftree.testing import SyncClient
from tests.docs.test_examples import load

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
ASKED: dict[
    str, tuple[str, list[tuple[str, str, object]]]
] = {  # the page, its example, and what is asked for each block, in order
    "quickstart.md": ("quickstart", [("GET", "/items/oak", None)]),
    "failures.md": ("failures", [("GET", "/books/7", None)]),
    "tutorial/2-typed-data.md": ("tutorial/step2", [("POST", "/api/products", {"name": "", "price": -1})]),
}


def shown(page: str) -> list[object]:
    return [json.loads(block) for block in BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))]


def test_every_page_with_json_is_asked() -> None:
    pages = {str(page.relative_to(DOCS)) for page in DOCS.glob("**/*.md")}
    assert {page for page in pages if shown(page)} == set(ASKED)


@pytest.mark.parametrize("page", ASKED)
def test_what_is_shown_is_what_is_answered(page: str) -> None:
    example, asked = ASKED[page]
    with SyncClient(load(f"docs/examples/{example}/app").app) as client:
        answers = [client.request(method, path, json=body).json() for method, path, body in asked]
    assert shown(page) == answers
