"""Every piece of Python in the documentation is part of a file that runs, and every link inside it leads somewhere."""

from __future__ import annotations

import ast
import importlib
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import rooftree

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
FILES = sorted([*ROOT.glob("docs/examples/**/*.py"), *ROOT.glob("examples/**/*.py")])
FENCE = re.compile(r"^( *)```python[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'--8<-- "([^"]+)"')
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def squeeze(text: str) -> str:
    """Return the text without blank lines and trailing spaces, which a page may leave out."""
    return "\n".join(line.rstrip() for line in textwrap.dedent(text).splitlines() if line.strip())


SOURCES = [squeeze(file.read_text(encoding="utf-8")) for file in FILES]


def file_of(block: str) -> Path | None:
    """Return the file that a block is a part of."""
    wanted = squeeze(block)
    if included := INCLUDE.fullmatch(wanted):
        return ROOT / included[1] if ROOT / included[1] in FILES else None
    for file, source in zip(FILES, SOURCES, strict=True):
        for indent in ("", "    ", "        "):
            if f"\n{textwrap.indent(wanted, indent)}\n" in f"\n{source}\n":
                return file
    return None


def places_of(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each name that a file imports from a room of the framework, with the room."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rooftree."):
            yield from ((alias.name, str(node.module)) for alias in node.names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_a_page_is_part_of_a_file_that_runs(page: Path) -> None:
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        block = textwrap.dedent(match[2])
        assert file_of(block), f"Not found in docs/examples or examples:\n{block}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_says_what_is_not_imported_from_the_root(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    imports = re.findall(r"from\s+rooftree\.[\w.]+\s+import\s+([\w,\s]+)", text)
    said = {name for names in imports for name in re.findall(r"\w+", names)}
    for match in FENCE.finditer(text):
        file = None if INCLUDE.search(match[2]) else file_of(textwrap.dedent(match[2]))
        for name, room in places_of(file) if file is not None else ():
            here = getattr(importlib.import_module(room), name)
            if getattr(rooftree, name, None) is not here and re.search(rf"\b{name}\b", match[2]):
                assert name in said, f"Say: from {room} import {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_examples_are_python(file: Path) -> None:
    ast.parse(file.read_text(encoding="utf-8"))


def test_the_reference_says_where_names_come_from() -> None:
    rows = re.findall(
        r"^\| `(rooftree\.\w+)` \| (.+) \|$",
        (ROOT / "docs/reference/index.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert rows
    for room, names in rows:
        module = importlib.import_module(room)
        for name in re.findall(r"`(\w+)`", names):
            assert name in module.__all__, f"{room} has no {name}"
