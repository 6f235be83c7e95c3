"""Ask every entry in turn, a short while each, round after round; ratios are taken inside a round."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from benchmarks.orm.work import WORK
from benchmarks.places import PEERS_VENV, PG, REPOSITORY, ROOFTREE_VENV
from benchmarks.report import spread, table

__all__ = ["ENTRIES", "measure", "tables"]

ENTRIES = ("raw", "rooftree", "sqlalchemy", "django", "tortoise", "piccolo", "oxyde")
OURS, LIMIT = "rooftree", "raw"
FLOORS = {("pg", "get"): 1.25, ("sqlite", "get"): 3.0, ("pg", "get1000"): 1.5, ("sqlite", "get1000"): 1.5}


class Worker:
    """The process of one entry."""

    def __init__(self, name: str, db: str, url: str, cpu: int) -> None:
        venv = ROOFTREE_VENV if name in {OURS, LIMIT} else PEERS_VENV
        command = ["taskset", "-c", str(cpu), str(venv / "bin" / "python"), "-m", "benchmarks.orm.worker"]
        env = {**os.environ, "BENCH_DB": db, "BENCH_ORM_URL": url}
        self.name = name
        self.process = subprocess.Popen(
            [*command, name, db, url],
            cwd=REPOSITORY, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def ask(self, **order: Any) -> dict[str, Any]:
        """Send an order and return its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self.process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found


def measure(entries: Sequence[str], dbs: list[str], rounds: int, seconds: float, cpu: int) -> dict[str, Any]:
    """Every round: each entry once for each piece of work, the order rotated; the first round warms up."""
    data: dict[str, Any] = {"rounds": rounds, "seconds": seconds, "runs": [], "failures": []}
    for db in dbs:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            url = PG if db == "pg" else str(Path(folder) / "orm.sqlite3")
            right: dict[str, list[str]] = {}
            for name in entries:
                fill(db, url)
                try:
                    with Worker(name, db, url, cpu) as worker:
                        found = worker.ask(do="check")
                except RuntimeError as error:
                    found = dict[str, Any](error=str(error))
                if "error" in found:
                    data["failures"].append({"entry": name, "db": db, "error": found["error"]})
                    print(f"{db:7} {name:11} WRONG {found['error']}", flush=True)
                else:
                    right[name] = found["does"]
            fill(db, url)
            workers = [stack.enter_context(Worker(name, db, url, cpu)) for name in right]
            for what in WORK:
                for one in range(rounds + 1):
                    for worker in workers[one % len(workers) :] + workers[: one % len(workers)]:
                        if what not in right[worker.name]:
                            continue
                        found = worker.ask(do=what, seconds=seconds, **{"from": one * 1000})
                        if "error" in found:
                            data["failures"].append(
                                {"entry": worker.name, "db": db, "error": f"{what}: {found['error']}"}
                            )
                        elif one:
                            us = {key: 1e6 * found[key] / found["count"] for key in ("wall", "cpu")}
                            data["runs"].append({"entry": worker.name, "db": db, "work": what, "round": one, **us})
                print(f"{db:7} {what:11}", line(data, db, what, entries), flush=True)
    return data


def fill(db: str, url: str) -> None:
    """The tables anew, by the peers' asyncpg or the standard library."""
    call = "import asyncio; asyncio.run(make_postgres(sys.argv[1]))" if db == "pg" else "make_sqlite(sys.argv[1])"
    code = f"import sys; from benchmarks.orm.tables import *; {call}"
    subprocess.run([str(ROOFTREE_VENV / "bin" / "python"), "-c", code, url], cwd=REPOSITORY, check=True)


def values(data: dict[str, Any], db: str, work: str, entry: str, what: str) -> dict[int, float]:
    """The measurements of one cell, by round."""
    keys = (db, work, entry)
    return {run["round"]: run[what] for run in data["runs"] if (run["db"], run["work"], run["entry"]) == keys}


def line(data: dict[str, Any], db: str, work: str, entries: Sequence[str]) -> str:
    """The medians of one piece of work."""
    found = {entry: values(data, db, work, entry, "wall") for entry in entries}
    return "  ".join(f"{entry} {statistics.median(of.values()):,.0f}" for entry, of in found.items() if of)


def ratios(mine: dict[int, float], theirs: dict[int, float]) -> list[float]:
    """What one took beside another, round by round."""
    return [mine[one] / theirs[one] for one in sorted(mine.keys() & theirs.keys())]


def tables(data: dict[str, Any]) -> str:
    """The tables of a run, in Markdown."""
    lines: list[str] = []
    names = [entry for entry in ENTRIES if any(run["entry"] == entry for run in data["runs"])]
    for db in dict.fromkeys(run["db"] for run in data["runs"]):
        title = "PostgreSQL" if db == "pg" else "SQLite"
        lines += [f"### {title}: time in us (in brackets: of raw)", "", *medians(data, db, "wall", names)]
        lines += [f"### {title}: CPU time of the client in us (in brackets: of raw)", ""]
        lines += [*medians(data, db, "cpu", names), f"### {title}: Rooftree against the fastest other ORM", ""]
        lines += against(data, db, names)
    if data["failures"]:
        told = [f"- {one['db']} {one['entry']}: {one['error']}" for one in data["failures"]]
        lines += ["### Failures", "", *told, ""]
    return "\n".join(lines)


def medians(data: dict[str, Any], db: str, what: str, names: list[str]) -> list[str]:
    """What each piece of work takes with each entry."""
    rows: list[list[str]] = []
    for work in WORK:
        row = [work]
        for entry in names:
            found = values(data, db, work, entry, what)
            share = ratios(found, values(data, db, work, LIMIT, what))
            text = f"{statistics.median(found.values()):,.1f}" if found else ""
            row.append(f"{text} ({statistics.median(share):.2f})" if share else text)
        rows.append(row)
    return table(["work", *names], rows)


def against(data: dict[str, Any], db: str, names: list[str]) -> list[str]:
    """How far ahead we are, and how far from the driver."""
    rows: list[list[str]] = []
    for work in WORK:
        found = {entry: values(data, db, work, entry, "wall") for entry in names}
        others = [entry for entry in names if entry not in {OURS, LIMIT} and found[entry]]
        if others and found.get(OURS):
            best = min(others, key=lambda entry: statistics.median(found[entry].values()))
            ahead = spread(ratios(found[best], found[OURS]), "{:.2f}".format)
            of_raw = spread(ratios(found[OURS], found.get(LIMIT, {})), "{:.2f}".format)
            rows.append([work, best, ahead, of_raw, f"{FLOORS.get((db, work), '')}"])
    return table(["work", "fastest other", "its time / ours", "ours / raw", "at most"], rows)
