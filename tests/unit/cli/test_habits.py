"""Commands by the names that they have elsewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from rooftree.cli.commands import main
from rooftree.cli.habits import ELSEWHERE

COMING = Path(__file__).parents[3] / "docs/coming.md"


@pytest.mark.parametrize("words", ELSEWHERE)
def test_a_command_of_elsewhere_is_told_with_the_one_here(words: str) -> None:
    done = CliRunner().invoke(main, words.split(), prog_name="python -m rooftree")
    assert done.exit_code == 2
    assert f"No such command '{words.rpartition(' ')[2]}'. Write: {ELSEWHERE[words]}\n" in done.output


def test_what_is_told_is_there() -> None:
    for told in set(ELSEWHERE.values()) - {"python -m pytest"}:
        command: click.Command | None = main
        context = click.Context(main)
        rest = shlex.split(told)[1:]
        while isinstance(command, click.Group):
            command = command.get_command(context, rest.pop(0))
        assert command is not None, told
        command.make_context(told, rest)  # which reads its options and arguments


def test_the_page_has_those_of_django() -> None:
    (page,) = re.findall(r"## At the command line\n(.*?)\n## ", COMING.read_text(encoding="utf-8"), re.DOTALL)
    there = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    for name in ("startproject", "runserver", "makemigrations", "migrate", "createsuperuser", "collectstatic"):
        assert name in ELSEWHERE
        assert f"{name}`" in there


def test_others_are_mistakes_as_ever() -> None:
    done = CliRunner().invoke(main, ["db", "runserver"], prog_name="python -m rooftree")
    assert (done.exit_code, "No such command 'runserver'." in done.output, "Write:" in done.output) == (2, True, False)
