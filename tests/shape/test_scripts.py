"""The commands that a newcomer types: there, executable, explained, and named by the README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shape.imports import REPOSITORY

SCRIPTS = [REPOSITORY / name for name in ("scripts/demo", "scripts/docs", "scripts/install", "scripts/test", ".ci/run")]


def output(*command: str | Path) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_runs_under_any_posix_shell(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/bin/sh\n")
    output("sh", "-n", script)


def test_the_tests_explain_themselves() -> None:
    text = output(REPOSITORY / "scripts" / "test", "--help")
    assert text.startswith("Usage: scripts/test [--quick | --long] [PYTEST ARGUMENTS]\n")
    assert all(f"  {option} " in text for option in ("--quick", "--long", "--help"))


def test_the_benchmarks_explain_themselves() -> None:
    assert "usage: python -m benchmarks" in output(sys.executable, "-m", "benchmarks", "--help")
    assert "\nfastapi " in output(sys.executable, "-m", "benchmarks", "--list")


def test_the_readme_names_the_two_commands() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", (REPOSITORY / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert [block.strip() for block in blocks] == ["scripts/demo", "scripts/test"]
