"""What every peer shares: where the data is, the SQL of the raw entries, the answers of the larger tests."""

import os
import random
import zlib

PG = os.environ.get("BENCH_PG", "postgresql://bench:bench@127.0.0.1:5432/bench")
SQLITE = os.environ.get("BENCH_SQLITE", "bench.sqlite3")
DB = os.environ.get("BENCH_DB", "none")  # pg | sqlite | none: no test of this run asks a database
HOST = "127.0.0.1"
PORT = int(os.environ.get("BENCH_PORT", "8000"))
POOL = int(os.environ.get("BENCH_POOL", "16"))  # connections of every async pool
ROUTES = int(os.environ.get("BENCH_ROUTES", "10"))  # further routes of one dynamic part each
PAGES = (
    os.environ.get("BENCH_PAGES") == "1"
)  # sessions and CSRF protection are there when a test of this run needs them
FRONT = os.environ.get("BENCH_FRONT") == "1"  # the front page of examples/shop, with what it needs
SECRET = "bench-only-secret-key-0123456789abcdef0123456789abcdef"
TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
EXTRA = "Additional fortune added at request time."
TEXT = "All work and no play makes Jack a dull boy.\n" * 2273  # 100,012 characters

SQL_WORLD = "SELECT id, randomnumber FROM world WHERE id = $1"
SQL_UPDATE = "UPDATE world SET randomnumber = $2 WHERE id = $1"
SQL_FORTUNES = "SELECT id, message FROM fortune"


def digest(body: bytes) -> dict:
    """What /upload answers: the length, and a checksum of one byte in 4,096, which only the whole body gives."""
    return {"length": len(body), "crc": zlib.crc32(bytes(body[::4096]))}


def randint() -> int:
    return random.randint(1, 10000)


def count(text) -> int:
    """?n= as TechEmpower wants it: 1..500, 1 where it is missing or not a number."""
    try:
        return min(max(int(text), 1), 500)
    except (TypeError, ValueError):
        return 1


def ids(n: int) -> list[int]:
    return sorted(random.sample(range(1, 10001), n))
