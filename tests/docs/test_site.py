"""The documentation as a site: every page has its place in the navigation, and a mistake ends the build."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from scripts.reference import every_name, rooms

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


def files(nav: list[Any]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        else:
            for value in entry.values():
                yield from files([value] if isinstance(value, str) else value)


def test_every_page_is_in_the_navigation_once() -> None:
    named = sorted(files(PROJECT["nav"]))
    written = {str(page.relative_to(ROOT / "docs")) for page in ROOT.glob("docs/**/*.md")}
    made = {f"reference/{name}.md" for name in [*rooms(), "names"]}  # by scripts/reference.py, from the docstrings
    assert named == sorted(written | made), "the navigation stands in zensical.toml"


def test_every_public_name_is_linked_to_where_it_is_explained() -> None:
    lines = every_name().splitlines()
    assert any(line.startswith("| [`App`][rooftree.app.App] | An application") for line in lines)
    assert any(line.startswith("| [`sql`][rooftree.db.query.raw.sql] |") for line in lines), "hidden by a module"


def test_docstrings_are_markdown() -> None:
    for file in ROOT.glob("src/rooftree/**/*.py"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r":(?:mod|class|meth|func|attr|data):`", text), f"{file}: write `name`, not :role:`name`"


@pytest.mark.parametrize("page", ["request", "query"])
def test_the_ways_lead_through_files_that_are_there(page: str) -> None:
    text = (ROOT / f"docs/how/{page}.md").read_text(encoding="utf-8")
    drawn = re.findall(r'class="place"[^>]*>([^<]+)<', (ROOT / f"docs/how/{page}.svg").read_text(encoding="utf-8"))
    named = re.findall(r"`([a-z_]+/(?:[a-z_]+/)*(?:[a-z_]+\.py)?)`", text)
    places = {place for line in drawn for place in line.split(", ")} - {"app.py"}  # that one is the reader's
    assert len(named) > 12
    for place in {*named, *places} - {"src/rooftree/"}:
        assert (ROOT / "src/rooftree" / place).exists(), place
    for place in places:
        assert any(name.startswith(place) for name in named), f"{place} is drawn, but the text does not tell of it"


def test_numbers_at_home_are_those_of_the_run() -> None:
    home = (ROOT / "docs/index.md").read_text(encoding="utf-8").partition("## In numbers")[2]
    results = (ROOT / "benchmarks/RESULTS.md").read_text(encoding="utf-8")
    numbers = re.findall(r"(?<=\| )[\d,]+(?= \|)", home)
    assert len(numbers) > 15
    for number in numbers:
        assert f" {number} (" in results, number


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            "[a](nowhere.md), [b](index.md#nowhere), [c][rooftree.Nothing]",
            ["page does not exist", "anchor does not exist", "unresolved autoref"],
        ),
        ('--8<-- "nowhere.py"', ["nowhere.py"]),
        ("::: rooftree.nothing", ["rooftree.nothing"]),
        ("[there](index.md)", []),
    ],
)
@pytest.mark.skipif(not find_spec("zensical") and not os.environ.get("CI"), reason="scripts/install docs")
def test_a_mistake_ends_the_build(tmp_path: Path, page: str, said: list[str]) -> None:
    settings = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    before, _, after = settings.partition("nav = [")
    settings = before + after.partition("\n]\n")[2]
    (tmp_path / "zensical.toml").write_text(settings.replace('paths = ["src"]', f'paths = ["{ROOT / "src"}"]'))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(f"# Home\n\n{page}\n")
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=60, stdin=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    assert (done.returncode == 0) is (not said), output
    for text in said:
        assert text in output
