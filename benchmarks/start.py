"""Start and memory: from exec to the first answer, beside what importing the parts alone takes in the same run."""

from __future__ import annotations

import socket
import statistics
import subprocess
import time
from typing import Any

from benchmarks.machine import memory_mb
from benchmarks.places import APPS, PORT, ROOFTREE_VENV
from benchmarks.report import spread, table
from benchmarks.server import Server, environment

__all__ = ["measure", "tables"]

PARTS = "import asyncio, uvloop, httptools, msgspec"
REQUEST = b"GET /json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def seconds_of(command: list[str]) -> float:
    """How long a command takes from exec to its end."""
    begun = time.perf_counter()
    subprocess.run(command, cwd=APPS, env=environment(), check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begun


def seconds_to_answer(server: Server) -> float:
    """How long a server takes from exec to its first answer, looked for every half millisecond."""
    begun = time.perf_counter()
    server.start()
    while True:
        try:
            with socket.create_connection(("127.0.0.1", PORT), timeout=10) as connection:
                connection.sendall(REQUEST)
                if connection.recv(4096).startswith(b"HTTP/1.1 200"):
                    return time.perf_counter() - begun
        except OSError:
            pass
        server.must_live(begun + 60)
        time.sleep(0.0005)


def measure(peers: list[str], rounds: int, cpu: int) -> dict[str, Any]:
    """Every round: the parts, then each peer, all on one CPU; the first round fills the caches and does not count."""
    python = str(ROOFTREE_VENV / "bin" / "python")
    baseline = ["taskset", "-c", str(cpu), python, "-c", PARTS]
    parts: list[float] = []
    found: dict[str, list[dict[str, float]]] = {peer: [] for peer in peers}
    for one in range(rounds + 1):
        took = seconds_of(baseline)
        if one:
            parts.append(took)
        for peer in peers:
            server = Server(peer, {"BENCH_DB": "none"}, cpu=cpu)
            try:
                start = seconds_to_answer(server)
                if one:
                    found[peer].append({"start_s": start, "ratio": start / took, **memory_mb(server.pid)})
            finally:
                server.stop()
    return {"parts_s": parts, "peers": found}


def tables(data: dict[str, Any]) -> str:
    """The Markdown of one measurement."""
    parts: list[float] = data["parts_s"]
    took = spread([1000 * one for one in parts], "{:.0f}".format)
    lines = ["### Exec to the first answer, and memory before any load", ""]
    lines += [
        f"`python -c '{PARTS}'` took {took} ms in the same rounds; the ratio is to that, paired round by round.",
        "",
    ]
    rows: list[list[str]] = []
    for peer, ones in data["peers"].items():
        middle = {name: statistics.median(one[name] for one in ones) for name in ones[0]}
        ratio = spread([one["ratio"] for one in ones], "{:.2f}".format)
        memory = [f"{middle['rss_mb']:.1f}", f"{middle['all_mb']:.1f}"]
        rows.append([peer, f"{1000 * middle['start_s']:.0f}", ratio, *memory])
    heads = ["peer", "first answer, ms", "ratio", "largest process, RSS MB", "all, PSS MB"]
    return "\n".join([*lines, *table(heads, rows)])
