"""Pay for what you use: what a one-file app loads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = {
    "alembic", "argon2", "asyncpg", "click", "concurrent.futures.process", "cryptography", "email", "http.client",
    "difflib", "httpx", "importlib.metadata", "ipaddress", "filetype", "hashlib", "hmac", "pathlib",
    "jinja2", "multiprocessing", "PIL", "pydantic", "rich", "sqlalchemy", "sqlite3", "ssl",
    "rooftree.openapi", "structlog", "urllib.parse", "urllib.request", "zlib", "watchfiles", "websockets",
}  # fmt: skip
HELLO = """
from rooftree import App

app = App()

@app.get("/")
async def index() -> str:
    return "Hello, World!"

@app.get("/items/{id}")
async def item(id: int, q: str | None = None) -> dict[str, object]:
    return {"id": id, "q": q}

app.built
"""


def loaded(program: str) -> set[str]:
    """The modules that a fresh interpreter has loaded at the end of a program."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", program + "\nimport sys\nprint(*sys.modules)"],
        env=environment, capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return set(done.stdout.split())


def heavy(modules: set[str]) -> set[str]:
    """The heavy modules among these."""
    return {name for name in HEAVY if any(module == name or module.startswith(name + ".") for module in modules)}


UNASKED = {"rooftree.server.tls", "rooftree.server.websocket"}
"""What a worker loads for the first handshake that asks for it."""


def test_a_worker_loads_no_handshake_before_one_comes() -> None:
    assert loaded("import rooftree.server.worker") & UNASKED == set()
    assert loaded("import rooftree.server.worker, rooftree.server.tls, rooftree.server.websocket") >= UNASKED


def test_a_one_file_app_loads_nothing_heavy() -> None:
    already = loaded("import asyncio")  # which loads ssl; and what a debugger or a coverage hook loads
    assert heavy(loaded(HELLO) - already) == set()


@pytest.mark.parametrize("statement", ["import email.message", "import ssl", "import sqlite3"])
def test_a_heavy_import_is_seen(statement: str) -> None:
    assert heavy(loaded(statement) - loaded(""))


COMPILED = """
import re, sys
import asyncio, httptools, msgspec, uvloop

compiled, compile_now = [], re.compile

def watched(pattern, flags=0):
    if sys._getframe(1).f_globals["__name__"].startswith("rooftree"):
        compiled.append(pattern)
    return compile_now(pattern, flags)

re.compile = watched
import rooftree.cli.serve, rooftree.server.server
{more}
print(len(compiled), file=sys.stderr)
"""


@pytest.mark.parametrize(("more", "count"), [("", 0), ("rooftree.base.regex('a').match('b')", 1)])
def test_importing_compiles_no_expression(more: str, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPILED.format(more=more)],
        capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert int(done.stderr) == count


SUPERVISOR = """
from rooftree.base import RooftreeError
from rooftree.cli import start
from rooftree.cli.serve import serve_app
from rooftree.server.supervisor import Supervisor
"""
OF_WORKERS = {
    "asyncio",
    "httptools",
    "rooftree.app.app",
    "rooftree.http",
    "rooftree.routing",
    "rooftree.schema",
    "uvloop",
}


def test_the_supervisor_of_workers_loads_nothing_of_theirs() -> None:
    assert loaded(SUPERVISOR) & OF_WORKERS == set()


def test_a_worker_loads_all_of_it() -> None:
    assert loaded(SUPERVISOR + "import rooftree.server.worker, uvloop\nfrom rooftree.app import App") >= OF_WORKERS
