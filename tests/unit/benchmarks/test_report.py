"""The tables of the benchmarks: medians over rounds, ratios paired inside a round."""

from __future__ import annotations

from typing import Any

from benchmarks.peers import PEERS
from benchmarks.places import APPS
from benchmarks.report import Run, report
from benchmarks.work import WORK


def one(peer: str, test: str, at: int, rps: float, cpu_us: float) -> dict[str, Any]:
    rest = {"p50_ms": 1.0, "p99_ms": 2.0, "non2xx": 0, "socket_errors": 0}
    return {
        "peer": peer, "test": test, "round": at, "rps": rps, "cpu_us": cpu_us,
        "cpu_server": 99, "cpu_load": 50, "cpu_others": 1, **rest,
    }  # fmt: skip


def run_of(*runs: dict[str, Any]) -> dict[str, Any]:
    return {
        "date": "2026-11-21 00:00 UTC",
        "machine": {"cpu": "2 x CPU", "kernel": "6", "python": "3.11.7", "wrk": "wrk 4"},
        "options": {"rounds": 3, "seconds": 4, "warmup": 1, "connections": 64},
        "versions": {"Peers": {"flask": "3"}},
        "runs": list(runs),
        "servers": [{"peer": "limit", "round": 0, "start_s": 0.1, "rss_mb": 30.0, "all_mb": 20.0}],
        "failures": [],
    }


# the machine was half as fast in the second round, for everyone
ROUNDS = run_of(
    one("limit", "json", 0, 100_000, 10), one("rooftree", "json", 0, 60_000, 16),
    one("limit", "json", 1, 50_000, 20), one("rooftree", "json", 1, 30_000, 32),
    one("limit", "json", 2, 100_000, 10), one("fastapi", "json", 0, 10_000, 100),
    one("rooftree", "routes10", 0, 50_000, 20), one("rooftree", "routes10k", 0, 48_000, 21),
)  # fmt: skip


def test_ratios_are_taken_inside_a_round() -> None:
    run = Run(ROUNDS)
    assert run.ratios("rooftree", "limit", "json") == [0.6, 0.6]
    assert run.ratios("limit", "rooftree", "json", "cpu_us") == [0.625, 0.625]
    assert run.ratios("fastapi", "django", "json") == []


def test_the_tables_hold_what_was_measured() -> None:
    text = report(ROUNDS)
    assert "| rooftree | 45,000 (0.60) |" in text
    assert "| json against limit | 0.5 | 0.60 (0.60 - 0.60) | 0.62 (0.62 - 0.62) | yes |" in text
    assert "| json against fastapi | 6 | 6.00 (6.00 - 6.00) | 6.25 (6.25 - 6.25) | yes |" in text
    assert "| json against the fastest other framework (fastapi) | 1.6 |" in text
    assert "| rooftree | 1.05 (1.05 - 1.05) | 0.96 (0.96 - 0.96) |" in text
    assert "### Failures" not in text


def test_a_floor_that_is_not_met_and_a_failure_are_shown() -> None:
    data = run_of(one("limit", "json", 0, 100_000, 10), one("rooftree", "json", 0, 40_000, 25))
    data["failures"].append({"peer": "rooftree", "test": "item", "round": 0, "error": "WrongAnswer()"})
    text = report(data)
    assert "| json against limit | 0.5 | 0.40 (0.40 - 0.40) | 0.40 (0.40 - 0.40) | **no** |" in text
    assert "- rooftree item round 1: `WrongAnswer()`" in text


def test_every_peer_takes_tests_that_there_are() -> None:
    for name, peer in PEERS.items():
        assert set(peer.tests) <= set(WORK), name
        assert peer.cmd.startswith("{bin}/"), name
    assert (APPS / "rooftree_app.py").exists()


def test_floors_on_sqlite_are_between_the_embedded_and_neither_is_the_other() -> None:
    data = run_of(
        one("rooftree", "db", 0, 30_000, 33), one("rooftree-sqlite", "db", 0, 40_000, 25),
        one("django-sqlite", "db", 0, 2_000, 500),
        one("rooftree", "json", 0, 30_000, 33), one("rooftree-sqlite", "json", 0, 40_000, 25),
    )  # fmt: skip
    text = report(data)
    assert "| db on SQLite against django-sqlite | 15 | 20.00 (20.00 - 20.00) | 20.00 (20.00 - 20.00) | yes |" in text
    assert "against the fastest other" not in text
