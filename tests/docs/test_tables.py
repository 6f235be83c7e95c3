"""The tables that promise to be whole are: settings, limits, commands, the names that templates see."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from rooftree import App, Limits, Settings
from rooftree.cli.commands import main

DOCS = Path(__file__).parents[2] / "docs"


def named(page: str) -> set[str]:
    """Return every name that stands as code in the first cells of a page's tables."""
    rows = re.findall(r"^\| (.*?) \|", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", row)))}


@pytest.mark.parametrize(("page", "class_"), [("settings.md", Settings), ("server.md", Limits)])
def test_every_setting_stands_in_its_table(page: str, class_: type[msgspec.Struct]) -> None:
    assert {field.name for field in msgspec.structs.fields(class_)} <= named(page)


def test_every_command_stands_in_a_table() -> None:
    known = named("commands.md")
    for name, command in main.commands.items():
        assert name in known
        for inner in getattr(command, "commands", {}):
            assert inner in known, f"rooftree {name} {inner}"


def test_every_name_that_templates_see_stands_in_their_table() -> None:
    makers = App(Settings(mode="test")).templates._makers  # nothing else lists them
    given = set(makers.plain) | set(makers.waiting)
    assert given - named("templates.md") == {"form_script"}  # which `form.open` brings
