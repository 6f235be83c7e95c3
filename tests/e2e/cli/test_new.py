"""``rooftree new``: what it writes passes its own tests, mypy strict and ruff, migrates, and is served."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

from rooftree.cli.commands import main

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("projects")


def run(folder: Path, *command: str | Path) -> str:
    outer = ("ROOFTREE", "COV", "PYTEST")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(outer)}
    done = subprocess.run(
        [str(BIN / command[0]), *map(str, command[1:])], cwd=folder, check=False, capture_output=True, text=True,
        timeout=240, stdin=subprocess.DEVNULL, env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


BOTH = pytest.mark.parametrize(("name", "options", "count"), [("my-shop", [], 4), ("hello", ["--micro"], 1)])


def made(place: Path, name: str, options: list[str]) -> Path:
    if not (place / name).exists():
        said = run(place, "rooftree", "new", name, *options)
        assert said.startswith("Wrote ")
        assert f"\n  cd {name}\n" in said
    return place / name


@BOTH
def test_a_new_project_is_whole(name: str, options: list[str], count: int, place: Path) -> None:
    project = made(place, name, options)
    files = [path for path in project.rglob("*") if path.is_file()]
    written = [path for path in files if ".db" not in path.name and path.suffix != ".pyc"]
    assert not [path for path in written if path.suffix == ".in" or "@" in path.name]
    assert not [path for path in written if "@package@" in path.read_text(encoding="utf-8")]
    assert tomllib.loads((project / "pyproject.toml").read_text())["project"]["name"] == name
    run(project, "ruff", "check", "--no-cache", ".")
    run(project, "ruff", "format", "--no-cache", "--check", ".")
    assert f"{count} passed in" in run(project, "python", "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    checked = run(project, "rooftree", "check").splitlines()
    assert [line for line in checked if "hint" not in line][-1].endswith("nothing to mend.")
    if not options:
        assert len(checked) == 1, "no hint either"
        assert (project / ".env").stat().st_mode & 0o077 == 0


@BOTH
def test_a_new_project_is_typed(name: str, options: list[str], count: int, place: Path) -> None:
    project = made(place, name, options)
    run(project, "mypy", "--cache-dir", place / "cache", *([] if not options else ["."]))


ONLY = """
import sys
for name in {others!r}:
    sys.modules[name] = None  # as where it was never installed
import pytest
sys.exit(pytest.main(["-q", "-W", "error", "-p", "no:cacheprovider"]))
"""


@BOTH
def test_a_new_project_declares_all_that_it_needs(name: str, options: list[str], count: int, place: Path) -> None:
    project = made(place, name, options)
    declared = tomllib.loads((project / "pyproject.toml").read_text())
    (needed,) = declared["project"]["dependencies"]
    if not options:
        assert f'pip install "{needed}" ' in (project / ".github/workflows/test.yml").read_text()
    there = distributions_of(needed) | distributions_of("rooftree[testing]")
    others = distributions_of("rooftree[all]") - there
    modules = sorted(module for module, owners in packages_distributions().items() if others & set(map(plain, owners)))
    assert "asyncpg" in modules
    assert f"{count} passed in" in run(project, "python", "-c", ONLY.format(others=modules))


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions_of(wanted: str) -> set[str]:
    """Return the names of all that a requirement brings, as far as it is installed here."""
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(wanted)]
    while waiting:
        requirement = waiting.pop()
        for extra in ("", *requirement.extras):
            if (plain(requirement.name), extra) in found:
                continue
            found.add((plain(requirement.name), extra))
            with suppress(PackageNotFoundError):
                below = [Requirement(text) for text in requires(requirement.name) or ()]
                waiting += [each for each in below if each.marker is None or each.marker.evaluate({"extra": extra})]
    return {name for name, _extra in found}


def test_a_new_project_migrates(place: Path) -> None:
    project = made(place, "my-shop", [])
    assert "1 migration run." in run(project, "rooftree", "db", "migrate")
    assert "agree" in run(project, "rooftree", "db", "check")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Shop", "is no name of a package"),
        ("../shop", "is no name of a package"),
        ("shop-", "is no name of a package"),
        ("2shop", "is no name of a package"),
        ("shöp", "is no name of a package"),
        ("a" * 41, "has 41 characters; 40 are the most"),
        ("class", "is a word of Python"),
        ("json", "is a module of Python's own"),
        ("tests", "means something else in a project"),
    ],
)
def test_names_that_cannot_be(name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["new", "--", name])
    assert result.exit_code == 1
    assert result.output == f"Error: '{name}' {why}. Try 'shop', or 'my-shop'.\n".replace(
        "package.", "package: small letters, digits, '-' and '_', beginning with a letter."
    )
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hello").mkdir()
    runner = CliRunner()
    assert runner.invoke(main, ["new", "hello", "--micro"]).exit_code == 0, "an empty folder is no obstacle"
    (tmp_path / "hello/app.py").write_text("mine")
    again = runner.invoke(main, ["new", "hello", "--micro"])
    assert (again.exit_code, "hello is there already, and not empty." in again.output) == (1, True)
    assert (tmp_path / "hello/app.py").read_text() == "mine"
    (tmp_path / "file").write_text("mine")
    assert runner.invoke(main, ["new", "shop", "--folder", "file"]).exit_code == 1
    unwritable = runner.invoke(main, ["new", "shop", "--micro", "--folder", "file/shop"])
    assert (unwritable.exit_code, "cannot be written: Not a directory" in unwritable.output) == (1, True)


def test_help_shows_how() -> None:
    text = CliRunner().invoke(main, ["new", "--help"]).output
    assert "rooftree new hello --micro" in text
    assert "Nothing that exists is written" in " ".join(text.split())


def test_the_files_are_part_of_the_package() -> None:
    full = files("rooftree.cli") / "projects" / "full"
    assert (full / "@package@" / "app.py.in").is_file()
