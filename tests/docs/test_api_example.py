"""The tests of `examples/api` pass for whoever runs them in its folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SERVICE = Path(__file__).parents[2] / "examples/api"


def test_its_own_tests_pass(tmp_path: Path) -> None:
    folder = tmp_path / "api"
    shutil.copytree(SERVICE, folder, ignore=shutil.ignore_patterns("*.db*", "__pycache__", ".*"))
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout
