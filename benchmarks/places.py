"""Where things are: environments, data, results. Each is a variable of the environment or has a default."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
APPS = HERE / "apps"
REQUIREMENTS = HERE / "requirements-peers.txt"

_caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
CACHE = Path(os.environ.get("BENCH_CACHE") or _caches / "rooftree-benchmarks")
PEERS_VENV = CACHE / "peers"
ROOFTREE_VENV = CACHE / "rooftree"
OUT = Path(os.environ.get("BENCH_OUT") or HERE / "out")

PORT = int(os.environ.get("BENCH_PORT", "8000"))
PG = os.environ.get("BENCH_PG", "postgresql://bench:bench@127.0.0.1:5432/bench")
SQLITE = os.environ.get("BENCH_SQLITE") or str(CACHE / "bench.sqlite3")
LOCALES = CACHE / "locales"
