"""schemathesis as a judge of a served API: it asks everything that the document allows, and what it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["judge"]

ROOT = Path(__file__).parents[3]


def judge(url: str, folder: Path, *options: str, seconds: int, config: str = "") -> None:
    """Let schemathesis judge a service with all its checks; fail with what it says.

    All are on by default. `--checks=all` would say so again, and go over what the configuration says of one operation.

    What it is told beside the document: MessagePack, the longest address (`hooks.py`), and to make no text with a NUL
    in it; the server refuses both before an application sees them.

    Args:
        url: Where the service answers.
        folder: Where schemathesis may write.
        options: Of `schemathesis run`.
        seconds: How long it may take.
        config: Its configuration, in TOML: what a document has no words for.
    """
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
        "SCHEMATHESIS_HOOKS": "tests.e2e.openapi.hooks",
        "PYTHONPATH": str(ROOT),
    }
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}/openapi.json",
        "--generation-allow-x00=false", "--no-color", "--generation-deterministic", *options,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
