"""A TypeScript client, made of the document by openapi-typescript: it compiles in strict mode and calls the service."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import httpx
import pytest

from tests.services import need

PACKAGES = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@22.19.0")
GENERATE = ("--default-non-nullable", "false")  # what has a default may be left out of a body
COMPILE = (
    "--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", "--skipLibCheck",
    "--exactOptionalPropertyTypes", "--types", "node",
)  # fmt: skip


def run(*command: str, at: Path) -> str:
    """Run a command; fail with what it says."""
    done = subprocess.run(
        command, cwd=at, capture_output=True, text=True, timeout=100, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def modules() -> Path:
    """The packages, installed once for each list of them, in the cache folder of the user."""
    npm = need("npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rooftree-tests"
    folder = cache / hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:12]
    if not (folder / "node_modules").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as fresh:
            (Path(fresh) / "package.json").write_text('{"type": "module"}')
            run(npm, "install", "--no-fund", "--no-audit", "--ignore-scripts", *PACKAGES, at=Path(fresh))
            if not folder.exists():
                shutil.move(fresh, folder)
                Path(fresh).mkdir()  # for the end of the `with`
    return folder


@pytest.mark.service("npm")
def test_a_client_of_the_document(service: str, modules: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(modules / "node_modules")
    shutil.copy(modules / "package.json", tmp_path)
    shutil.copy(Path(__file__).parent / "client.ts", tmp_path)
    (tmp_path / "openapi.json").write_bytes(httpx.get(f"{service}/openapi.json").content)
    tools = modules / "node_modules" / ".bin"
    run(str(tools / "openapi-typescript"), "openapi.json", "-o", "service.d.ts", *GENERATE, at=tmp_path)
    run(str(tools / "tsc"), *COMPILE, "client.ts", at=tmp_path)
    assert run("node", "client.js", service, at=tmp_path) == "done\n"
