"""Make what a run needs, once: the two environments, and for the data tests the same rows in PostgreSQL and SQLite."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

from benchmarks.places import APPS, CACHE, LOCALES, PEERS_VENV, PG, REPOSITORY, REQUIREMENTS, ROOFTREE_VENV, SQLITE

__all__ = ["prepare", "versions"]


def prepare(*, data: bool) -> None:
    """Make the environments, and fill the databases where a test needs them.

    Raises:
        SystemExit: a program is missing, or the database does not answer.
    """
    missing = [name for name in ("wrk", "taskset", "nice") if not shutil.which(name)]
    if missing:
        sys.exit(f"The benchmark needs {' and '.join(missing)}; Debian has them as wrk, util-linux and coreutils.")
    CACHE.mkdir(parents=True, exist_ok=True)
    make_peers()
    make_ours()
    if data:
        pip_install(ROOFTREE_VENV, "asyncpg", "jinja2")  # for the limit
        fill()


def pip_install(venv: Path, *what: str) -> None:
    """Install packages in an environment, by the pip of the peers': Rooftree's may have none."""
    pip = [str(PEERS_VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q"]
    pip += ["--python", str(venv / "bin" / "python")]
    subprocess.run([*pip, "install", *what], check=True, stdin=subprocess.DEVNULL)


def make_peers() -> None:
    """The peers' environment, with exactly the versions that are written down."""
    stamp = PEERS_VENV / ".installed"
    wanted = f"{sys.version_info[:2]} {zlib.crc32(REQUIREMENTS.read_bytes())}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Making the peers' environment in", PEERS_VENV, flush=True)
    python = PEERS_VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS_VENV)], check=True, stdin=subprocess.DEVNULL)
    pip_install(PEERS_VENV, "-r", str(REQUIREMENTS))
    stamp.write_text(wanted)


def make_ours() -> None:
    """Rooftree's environment, of this checkout: another one may have filled it, and be gone."""
    checkout = ROOFTREE_VENV / ".checkout"
    if not checkout.exists() or checkout.read_text() != str(REPOSITORY):
        (ROOFTREE_VENV / ".groups").unlink(missing_ok=True)  # what scripts/install knows of it
    env = {**os.environ, "ROOFTREE_VENV": str(ROOFTREE_VENV)}
    subprocess.run([str(REPOSITORY / "scripts" / "install")], env=env, check=True, stdin=subprocess.DEVNULL)
    checkout.write_text(str(REPOSITORY))


def fill() -> None:
    """The tables and their rows; safe to run again."""
    reachable = subprocess.run(
        ["psql", PG, "-XAtc", "select 1"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if reachable.returncode:
        role = re.match(r"postgresql://(\w+)", PG)
        name = role.group(1) if role else "bench"
        sys.exit(
            f"PostgreSQL does not answer at BENCH_PG={PG}: {reachable.stderr.strip()}\n"
            f"As its superuser: create role {name} login password '...'; create database {name} owner {name};"
        )
    env = {**os.environ, "BENCH_PG": PG, "BENCH_SQLITE": SQLITE, "BENCH_LOCALES": str(LOCALES)}
    subprocess.run([str(PEERS_VENV / "bin" / "python"), str(APPS / "seed.py")], env=env, check=True)


def versions(venv: Path) -> dict[str, str]:
    """What an environment holds, by ``pip freeze``."""
    pip = [str(PEERS_VENV / "bin" / "python"), "-m", "pip", "--python", str(venv / "bin" / "python")]
    command = [*pip, "list", "--format=freeze"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    pairs = (line.partition("==") for line in done.stdout.splitlines() if "==" in line)
    return {name.lower(): version for name, _, version in pairs}
