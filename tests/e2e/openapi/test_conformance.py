"""schemathesis reads the document and asks the service everything that it allows, and what it does not: all its checks.

What it is told beside the document: MessagePack (`hooks.py`), and to make no text with a NUL in it, which the server
refuses in every address before an application sees it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def judge(url: str, tmp_path: Path, *options: str, seconds: int) -> None:
    """Let schemathesis judge a service; fail with what it says."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
        "SCHEMATHESIS_HOOKS": "tests.e2e.openapi.hooks",
        "PYTHONPATH": str(ROOT),
    }
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}/openapi.json", "--checks=all",
        "--generation-allow-x00=false", "--no-color", "--generation-deterministic", *options,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=seconds, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]


def test_the_service_does_what_its_document_says(service: str, tmp_path: Path) -> None:
    judge(service, tmp_path, "--phases=examples,coverage", "--max-examples=3", seconds=110)


@pytest.mark.long
def test_it_does_so_for_long(service: str, tmp_path: Path) -> None:
    judge(service, tmp_path, "--max-examples=300", seconds=3400)
