"""The tutorial: who types what a page shows has what the next step begins with, and its tests pass."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = ROOT / "docs/examples/tutorial"
PAGES = sorted(ROOT.glob("docs/tutorial/[0-9]-*.md"))
FENCE = re.compile(
    r'^```(\w+) title="([^"]+)"(?: hl_lines="([\d\- ]+)")?\n--8<-- "docs/examples/tutorial/step(\d)/([^"]+)"\n```$',
    re.MULTILINE,
)
MADE = re.compile(r'^rooftree db make "([^"]+)"', re.MULTILINE)


def number_of(page: Path) -> int:
    return int(page.name[0])


def files(step: int) -> dict[str, str]:
    folder = STEPS / f"step{step}"
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in {".py", ".html"}
    }


def new_lines(before: str, after: str) -> list[int]:
    old, new = before.splitlines(), after.splitlines()
    changes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    found = [line for kind, _, _, start, end in changes if kind != "equal" for line in range(start + 1, end + 1)]
    return found if len(found) < 0.6 * len(new) else []  # what is nearly all new is shown as new


def marked(lines: str) -> list[int]:
    found: list[int] = []
    for part in lines.split():
        start, _, end = part.partition("-")
        found += range(int(start), int(end or start) + 1)
    return found


def test_there_is_a_page_for_each_step() -> None:
    assert [number_of(page) for page in PAGES] == list(range(1, 9))
    assert sorted(path.name for path in STEPS.iterdir()) == [f"step{number}" for number in range(1, 9)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_typed_is_the_next_step(page: Path) -> None:
    step = number_of(page)
    text = page.read_text(encoding="utf-8")
    before, after = files(step - 1), files(step)
    typed = dict(before)
    for _, title, marks, included, name in FENCE.findall(text):
        assert (title, int(included)) == (name, step)
        typed[name] = after[name]
        if name in before:
            assert marked(marks) == new_lines(before[name], after[name]), f"hl_lines of {name} on {page.name}"
    made = {f"_{message.lower().replace(' ', '_')}.py" for message in MADE.findall(text)}
    for name, content in after.items():  # a migration is written by the command, under the name that it is given
        if name.startswith("migrations/") and any(name.endswith(end) for end in made):
            typed.setdefault(name, content)
    assert typed == after


def test_the_line_that_is_added_to_a_migration_is_marked() -> None:
    page = (ROOT / "docs/tutorial/7-categories.md").read_text(encoding="utf-8")
    (fence,) = [each for each in FENCE.findall(page) if each[1].startswith("migrations/")]
    lines = (STEPS / "step7" / fence[1]).read_text(encoding="utf-8").splitlines()
    assert [lines[number - 1].strip()[:40] for number in marked(fence[2])] == [
        'ddl("""INSERT INTO "categories" ("name")'
    ]


ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
RUNNER = """
import os, sys
import pytest
import rooftree.auth, rooftree.db.migrations, rooftree.testing, sqlalchemy, jinja2  # once for all steps
statuses = []
for step in sys.argv[1:]:
    sys.stdout.flush()
    child = os.fork()
    if not child:
        os.chdir(step)
        print("==", step, flush=True)
        status = pytest.main(["-q", "-W", "error", "-p", "no:cacheprovider", "--rootdir", "."])
        sys.stdout.flush()
        os._exit(status)
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print("statuses", *statuses)
"""


def test_the_tests_of_every_step_pass(tmp_path: Path) -> None:
    for step in range(1, 9):
        for name, content in files(step).items():
            path = tmp_path / f"step{step}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    outer = ("ROOFTREE", "COV", "PYTEST")
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, *[str(tmp_path / f"step{step}") for step in range(1, 9)]],
        env={name: value for name, value in os.environ.items() if not name.startswith(outer)} | ALONE,
        cwd=tmp_path, check=False, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1:] == ["statuses" + " 0" * 8], done.stdout + done.stderr
    assert len(re.findall(r"^\d+ passed in", done.stdout, re.MULTILINE)) == 8
