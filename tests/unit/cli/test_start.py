"""The short way to ``rooftree run``: it says what click says, or leaves it to click."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.cli.commands import main as commands
from rooftree.cli.start import FLAGS, VALUES, plain_options

WORDS = [
    *FLAGS, *VALUES, "shop.app", "app.py:app", "auto", "4", "0", "70000", "-1", "٣", "", "-", "--", "--help", "-h",
    "--tls-cert", "--port=9000", "-p9000", "--access", "info", "INFO", "10.0.0.0/8", "run", "99999999999",
]  # fmt: skip


def by_click(arguments: list[str]) -> dict[str, Any]:
    """What click gives the command ``run`` for arguments without a mistake."""
    command = commands.get_command(click.Context(commands), "run")
    assert command is not None
    found = command.make_context("run", list(arguments)).params
    return {"target": found.pop("app"), **found}


@given(st.lists(st.sampled_from(WORDS), max_size=6))
def test_what_is_read_without_click_is_what_click_reads(arguments: list[str]) -> None:
    plain = plain_options(["run", *arguments])
    if plain is not None:
        assert plain == by_click(arguments)


def test_no_option_of_run_is_forgotten() -> None:
    command = commands.get_command(click.Context(commands), "run")
    assert command is not None
    declared = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {*FLAGS, *VALUES} == declared - {"app", "--tls-cert", "--tls-key"}  # click looks whether the files are there
    assert set(plain_options(["run"]) or ()) == {p.name for p in command.params} - {"app"} | {"target"}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dev"],
        ["run", "--help"],
        ["run", "a", "b"],
        ["run", "--port"],
        ["run", "--port", "x"],
        ["run", "--uds", "-p"],
    ],
)
def test_everything_else_is_left_to_click(arguments: list[str]) -> None:
    assert plain_options(arguments) is None


def test_a_plain_run_loads_no_click() -> None:
    program = (
        "import sys; from rooftree.cli.start import plain_options; plain_options(['run']);"
        "import rooftree.cli.serve; print('click' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"


def test_a_mistake_is_told_as_any_command_tells_it(tmp_path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rooftree", "run", "nowhere.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    plain = subprocess.run(
        [sys.executable, "-m", "rooftree", "run", "--workers=x", "nowhere.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert plain.returncode == 1
    assert plain.stderr.startswith("Error: [U210] ") or "U210" in plain.stderr
    again = subprocess.run(
        [sys.executable, "-m", "rooftree", "run", "--workers", "x", "nowhere.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (again.returncode, again.stderr) == (plain.returncode, plain.stderr)
    assert done.returncode == 1
