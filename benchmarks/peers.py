"""The peers: how each is started and which tests it takes. A new framework is one more entry.

{bin} is the bin directory of the peer's environment, {port} the port. Every command runs in apps/, pinned to one CPU,
and serves with one worker process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["PEERS", "Peer"]

KERNEL = ("json", "item", "def", "routes10", "routes10k", "upload", "text", "json1000")
DATA = ("db", "queries", "fortunes", "updates")
NO_POOL = tuple(test for test in KERNEL if test != "def")  # a plain def handler would run on, and block, the event loop


@dataclass(frozen=True)
class Peer:
    """One server that takes the same requests as the others.

    Attributes:
        cmd: How it is started.
        tests: The names of the tests it takes.
        what: One line for the report.
        venv: Whose environment it runs in: the peers' pinned versions, or Rooftree's own.
        db: The database its data tests ask.
        env: Further variables of its environment.
    """

    cmd: str
    tests: tuple[str, ...]
    what: str
    venv: Literal["peers", "rooftree"] = "peers"
    db: Literal["pg", "sqlite"] = "pg"
    env: dict[str, str] = field(default_factory=dict[str, str])


GUNICORN = "{bin}/gunicorn -b 127.0.0.1:{port} -w 1 --log-level error"
UVICORN = (
    "{bin}/uvicorn --host 127.0.0.1 --port {port} --loop uvloop --http httptools --no-access-log --log-level warning"
)
GRANIAN = "{bin}/granian --host 127.0.0.1 --port {port} --workers 1 --loop uvloop --no-access-log --log-level error"
SYNC = " -k sync"
GTHREAD = " -k gthread --threads 4 --keep-alive 75"

ROOFTREE = "{bin}/rooftree run rooftree_app:app --host 127.0.0.1 --port {port} --workers 1 --no-access-log"
ROOFTREE_ENV = {
    "ROOFTREE_HOSTS": "127.0.0.1",
    "ROOFTREE_SECRET_KEY": "bench-only-secret-key-0123456789abcdef0123456789abcdef",
}

PEERS = {
    "rooftree": Peer(
        ROOFTREE,
        (*KERNEL, *DATA, "page", "front"),
        "Rooftree: hosts checked, security headers, request ids, error handling; its own server, models and templates",
        venv="rooftree",
        env=ROOFTREE_ENV,
    ),
    "rooftree-sqlite": Peer(
        ROOFTREE, (*DATA, "page", "front"), "Rooftree on SQLite", venv="rooftree", db="sqlite", env=ROOFTREE_ENV
    ),
    "django-sync": Peer(
        GUNICORN + SYNC + " djapp.wsgi", (*KERNEL[:-1], *DATA, "page", "front"), "Django, gunicorn's sync worker"
    ),
    "django-gthread": Peer(
        GUNICORN + GTHREAD + " djapp.wsgi",
        (*KERNEL, *DATA, "page", "front"),
        "Django, gunicorn's gthread worker, 4 threads",
    ),
    "flask": Peer(
        GUNICORN + GTHREAD + " flask_app:app",
        (*KERNEL, *DATA, "page", "front"),
        "Flask, SQLAlchemy ORM, psycopg 3, Jinja2, gunicorn gthread, 4 threads",
    ),
    "fastapi": Peer(
        UVICORN + " fastapi_app:app",
        (*KERNEL, *DATA, "page", "front"),
        "FastAPI, SQLAlchemy async ORM, asyncpg, Jinja2, uvicorn",
    ),
    "litestar": Peer(
        GRANIAN + " --interface asgi litestar_app:app",
        (*(test for test in KERNEL if test != "routes10k"), *DATA),  # 10,000 routes take it 200 s to start
        "Litestar, SQLAlchemy async ORM, asyncpg, Jinja2, granian (faster than uvicorn)",
    ),
    "blacksheep": Peer(UVICORN + " blacksheep_app:app", (*NO_POOL, *DATA), "BlackSheep, raw asyncpg, Jinja2, uvicorn"),
    "sanic": Peer(
        "{bin}/sanic sanic_app.app --host 127.0.0.1 --port {port} --single-process --no-access-logs --no-motd",
        (*NO_POOL, *DATA),
        "Sanic, msgspec by hand, raw asyncpg, Jinja2, its own server",
    ),
    "robyn": Peer(
        "{bin}/python robyn_app.py --processes 1 --workers 1 --log-level WARN --disable-openapi",
        (*KERNEL, "db", "queries"),
        "Robyn, raw asyncpg, its own Rust server",
    ),
    "django-bolt": Peer(
        "{bin}/python -m django runbolt --host 127.0.0.1 --port {port} --processes 1 --no-admin",
        (*(test for test in KERNEL if test != "upload"), *DATA),  # refuses bodies past 256 kB
        "django-bolt, Django ORM and templates, its own Rust server",
        env={"BENCH_BOLT": "1", "DJANGO_SETTINGS_MODULE": "djapp.settings"},
    ),
    "rsgi-raw": Peer(
        GRANIAN + " --interface rsgi rsgi_raw:app",
        ("json", "upload", "text", "json1000"),
        "granian, a bare RSGI application: that server's limit",
    ),
    "limit": Peer(
        "{bin}/python proto.py",
        (*KERNEL, *DATA, "page"),
        "hand-written Protocol on uvloop and httptools, raw asyncpg: the limit",
        venv="rooftree",
    ),
    "limit-jinja": Peer(
        "{bin}/python proto.py", ("fortunes", "page"), "the limit with Jinja2 templates", env={"BENCH_JINJA": "1"}
    ),
    "limit-sqlite": Peer(
        "{bin}/python proto.py",
        (*DATA, "page"),
        "the limit with sqlite3 inline: the embedded limit",
        venv="rooftree",
        db="sqlite",
    ),
    "limit-jinja-sqlite": Peer(
        "{bin}/python proto.py",
        ("fortunes", "page"),
        "the embedded limit with Jinja2 templates",
        db="sqlite",
        env={"BENCH_JINJA": "1"},
    ),
    "fastapi-sqlite": Peer(
        UVICORN + " fastapi_app:app", (*DATA, "page", "front"), "FastAPI, SQLAlchemy async ORM, aiosqlite", db="sqlite"
    ),
    "flask-sqlite": Peer(
        GUNICORN + GTHREAD + " flask_app:app", (*DATA, "page", "front"), "Flask, SQLAlchemy ORM, sqlite3", db="sqlite"
    ),
    "django-sqlite": Peer(
        GUNICORN + GTHREAD + " djapp.wsgi", (*DATA, "page", "front"), "Django on SQLite, gunicorn gthread", db="sqlite"
    ),
}
