"""The programs and servers outside of Python that some tests need, and where they answer."""

from __future__ import annotations

import functools
import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

IN_CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}
SKIPPED = "missing service: "
POSTGRES = os.environ.get("ROOFTREE_TEST_POSTGRES", "")
REDIS = os.environ.get("ROOFTREE_TEST_REDIS", "redis://127.0.0.1:6379/15")


class MissingServiceError(Exception):
    """A service does not answer; the text names it and says why."""


def program(*names: str) -> str:
    """Return the path of the first of these programs that is installed; Debian keeps servers in /usr/sbin."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin"
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise MissingServiceError(f"{names[0]}, which is not installed")


def sql(url: str, statement: str) -> str:
    """Run one statement through psql and return its output."""
    command = [program("psql"), url, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise MissingServiceError(f"postgresql, which says {done.stderr.strip().splitlines()[0]!r}")
    return done.stdout.strip()


def find_postgres() -> str:
    """Return the URL of a database whose user may create others."""
    user = getpass.getuser()
    candidates = [POSTGRES] if POSTGRES else [
        f"postgresql://{user}@127.0.0.1:5432/postgres",
        "postgresql://postgres@127.0.0.1:5432/postgres",
        "postgresql://postgres:postgres@127.0.0.1:5432/postgres",
    ]  # fmt: skip
    last: MissingServiceError | None = None
    for url in candidates:
        try:
            sql(url, "select 1")
        except MissingServiceError as error:
            last = error
        else:
            return url
    raise last or MissingServiceError("postgresql")


def find_postgres_programs() -> str:
    """Return the folder with the programs that make and run a PostgreSQL server."""
    beside = [str(folder) for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which("initdb", path=os.pathsep.join([*beside, os.environ.get("PATH", os.defpath)]))
    if found is None:
        raise MissingServiceError("initdb, which is not installed")
    return str(Path(found).parent)


def find_redis() -> str:
    """Return the URL of a Redis server that answers PING."""
    parts = urlsplit(REDIS)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            answered = connection.recv(64)
    except OSError as error:
        raise MissingServiceError(f"redis, which does not answer at {parts.netloc} ({error.strerror})") from None
    if not answered.startswith(b"+PONG"):
        raise MissingServiceError(f"redis, which answers PING with {answered!r} at {parts.netloc}")
    return REDIS


def find_npm() -> str:
    """Return the path of npm, which has node beside it and can reach its registry."""
    program("node")
    npm = program("npm")
    done = subprocess.run(
        [npm, "view", "openapi-typescript", "version"],
        capture_output=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise MissingServiceError("npm, which reaches no registry")
    return npm


SERVICES: dict[str, Callable[[], str]] = {
    "git": functools.partial(program, "git"),
    "npm": find_npm,
    "postgresql": find_postgres,
    "redis": find_redis,
    "nginx": functools.partial(program, "nginx"),
    "pgbouncer": functools.partial(program, "pgbouncer"),
    "postgresql's own programs": find_postgres_programs,
    "systemd-analyze": functools.partial(program, "systemd-analyze"),
    "chromium": functools.partial(program, "chromium", "chromium-browser", "google-chrome"),
    "wrk": functools.partial(program, "wrk"),
}


@functools.cache
def _look(name: str) -> str | MissingServiceError:
    try:
        return SERVICES[name]()
    except MissingServiceError as error:
        return error


def find(name: str) -> str:
    """Return where a service answers (a URL or a path); looked up once in a process.

    Raises:
        MissingServiceError: it does not answer, or is not installed.
    """
    found = _look(name)
    if isinstance(found, MissingServiceError):
        raise found
    return found


def need(name: str) -> str:
    """Return where the service answers; skip the test, or fail it in CI, where it does not."""
    try:
        return find(name)
    except MissingServiceError as error:
        if IN_CI:
            pytest.fail(f"CI needs every service: {error}", pytrace=False)
        pytest.skip(f"{SKIPPED}{error}")


@contextmanager
def temporary_database(admin_url: str, name: str) -> Generator[str]:
    """Make an empty database beside ``admin_url``; drop it at the end, whoever is still connected."""
    sql(admin_url, f'create database "{name}"')
    try:
        yield admin_url.rpartition("/")[0] + "/" + name
    finally:
        sql(admin_url, f'drop database if exists "{name}" with (force)')
