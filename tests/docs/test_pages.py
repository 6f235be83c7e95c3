"""Every piece of Python in the documentation is part of a file that runs, and every link inside it leads somewhere."""

from __future__ import annotations

import ast
import importlib
import re
import textwrap
from pathlib import Path

import pytest

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


def is_part_of_a_file(block: str) -> bool:
    wanted = squeeze(block)
    if included := INCLUDE.fullmatch(wanted):
        return ROOT / included[1] in FILES
    for source in SOURCES:
        for indent in ("", "    ", "        "):
            if f"\n{textwrap.indent(wanted, indent)}\n" in f"\n{source}\n":
                return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_a_page_is_part_of_a_file_that_runs(page: Path) -> None:
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        block = textwrap.dedent(match[2])
        assert is_part_of_a_file(block), f"Not found in docs/examples or examples:\n{block}"


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
