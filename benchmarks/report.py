"""The tables of one run: medians over its rounds, ratios paired round by round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.work import WORK

__all__ = ["report", "spread", "table"]

OURS = "rooftree"
EMBEDDED = "rooftree-sqlite"
LIMIT = "limit"
FASTEST = "the fastest other framework"
NOT_OTHERS = {OURS, EMBEDDED, "rsgi-raw", *(name for name in PEERS if name.startswith(LIMIT))}
FLOORS = [  # ours, test, against, at least
    (OURS, "json", "fastapi", 6.0),
    (OURS, "json", FASTEST, 1.6),
    (OURS, "json", "rsgi-raw", 1.2),
    (OURS, "json", LIMIT, 0.5),
    (OURS, "item", "fastapi", 7.0),
    (OURS, "item", FASTEST, 2.0),
    (OURS, "item", LIMIT, 0.45),
    (OURS, "def", "fastapi", 3.0),
    (OURS, "db", "django-gthread", 10.0),
    (OURS, "db", "fastapi", 10.0),
    (OURS, "db", "sanic", 1.5),
    (OURS, "db", LIMIT, 0.5),
    (EMBEDDED, "db", "django-sqlite", 15.0),
    (EMBEDDED, "db", "fastapi-sqlite", 15.0),
    (EMBEDDED, "db", "limit-sqlite", 0.4),
    (OURS, "queries", "django-gthread", 12.0),
    (OURS, "queries", "fastapi", 12.0),
    (EMBEDDED, "queries", "django-sqlite", 12.0),
    (EMBEDDED, "queries", "fastapi-sqlite", 12.0),
    (OURS, "updates", "django-gthread", 5.0),
    (OURS, "updates", "fastapi", 5.0),
    (EMBEDDED, "updates", "django-sqlite", 5.0),
    (EMBEDDED, "updates", "fastapi-sqlite", 5.0),
    (OURS, "fortunes", "django-gthread", 9.0),
    (OURS, "fortunes", "fastapi", 9.0),
    (OURS, "fortunes", "sanic", 1.4),
    (OURS, "fortunes", "limit-jinja", 0.6),
    (EMBEDDED, "fortunes", "django-sqlite", 9.0),
    (EMBEDDED, "fortunes", "fastapi-sqlite", 9.0),
    (EMBEDDED, "fortunes", "limit-jinja-sqlite", 0.6),
    (OURS, "page", "django-gthread", 9.0),
    (OURS, "page", "flask", 7.0),
    (OURS, "page", "fastapi", 7.0),
    (OURS, "page", "limit-jinja", 0.6),
    (EMBEDDED, "page", "django-sqlite", 9.0),
    (EMBEDDED, "page", "flask-sqlite", 7.0),
    (EMBEDDED, "page", "fastapi-sqlite", 7.0),
    (EMBEDDED, "page", "limit-jinja-sqlite", 0.6),
    (OURS, "front", "django-gthread", 7.0),
    (OURS, "front", "flask", 7.0),
    (OURS, "front", "fastapi", 7.0),
    (EMBEDDED, "front", "django-sqlite", 7.0),
    (EMBEDDED, "front", "flask-sqlite", 7.0),
    (EMBEDDED, "front", "fastapi-sqlite", 7.0),
]

Cells = dict[tuple[str, str], dict[int, dict[str, float]]]  # peer, test -> round -> measurement


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """The lines of a Markdown table; every column but the first is of numbers."""
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


class Run:
    """The measurements of one run, by peer and test."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.cells: Cells = {}
        for one in data["runs"]:
            self.cells.setdefault((one["peer"], one["test"]), {})[one["round"]] = one
        self.peers = [peer for peer in PEERS if any(key[0] == peer for key in self.cells)]
        self.tests = [test for test in WORK if any(key[1] == test for key in self.cells)]

    def median(self, peer: str, test: str, what: str) -> float:
        return statistics.median(one[what] for one in self.cells[peer, test].values())

    def all(self, peer: str, test: str, what: str) -> list[float]:
        return [one[what] for one in self.cells[peer, test].values()]

    def ratios(self, peer: str, other: str, test: str, what: str = "rps") -> list[float]:
        """The peer's number divided by the other's, one for each round that both took part in."""
        mine, theirs = self.cells.get((peer, test), {}), self.cells.get((other, test), {})
        return [mine[one][what] / theirs[one][what] for one in sorted(mine.keys() & theirs.keys()) if theirs[one][what]]

    def fastest_other(self, test: str) -> str | None:
        """The fastest framework that is not ours."""
        others = [peer for peer in self.peers if peer not in NOT_OTHERS and (peer, test) in self.cells]
        return max(others, key=lambda peer: self.median(peer, test, "rps"), default=None)

    def baseline(self, test: str) -> str | None:
        """What the ratios of a test are against: the limit, else our own number, else the fastest."""
        for name in (LIMIT, OURS, self.fastest_other(test)):
            if name is not None and (name, test) in self.cells:
                return name
        return None


def spread(values: list[float], text: Callable[[float], str]) -> str:
    """The median of some values, with the least and the greatest."""
    if not values:
        return ""
    return f"{text(statistics.median(values))} ({text(min(values))} - {text(max(values))})"


def ratio(value: float) -> str:
    """A ratio with the digits that say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def overview(run: Run) -> Iterator[str]:
    yield from ["### Requests per second, and the share of the limit", ""]
    rows: list[list[str]] = []
    for peer in run.peers:
        row = [peer]
        for test in run.tests:
            if (peer, test) not in run.cells:
                row.append("")
                continue
            share = run.ratios(peer, LIMIT, test)
            row.append(
                f"{run.median(peer, test, 'rps'):,.0f}" + (f" ({ratio(statistics.median(share))})" if share else "")
            )
        rows.append(row)
    yield from table(["peer", *run.tests], rows)


def floors(run: Run) -> Iterator[str]:
    rows: list[list[str]] = []
    for ours, test, against, floor in FLOORS:
        other = run.fastest_other(test) if against == FASTEST else against
        speed = run.ratios(ours, other, test) if other else []
        if other is None or not speed:
            continue
        cpu = run.ratios(other, ours, test, "cpu_us")
        name = f"{against} ({other})" if other != against else other
        met = "yes" if statistics.median(speed) >= floor else "**no**"
        what = test if ours == OURS else f"{test} on SQLite"
        rows.append([f"{what} against {name}", f"{floor:g}", spread(speed, ratio), spread(cpu, ratio), met])
    if rows:
        yield from ["### The floors", "", "Ratios paired round by round: median (least - most).", ""]
        yield from table(["", "floor", "requests/s", "CPU per request", "met"], rows)


def routes(run: Run) -> Iterator[str]:
    rows: list[list[str]] = []
    for peer in run.peers:
        few, many = run.cells.get((peer, "routes10"), {}), run.cells.get((peer, "routes10k"), {})
        both = [(few[one], many[one]) for one in sorted(few.keys() & many.keys())]
        if both:
            cpu = [b["cpu_us"] / a["cpu_us"] for a, b in both]
            speed = [b["rps"] / a["rps"] for a, b in both]
            rows.append([peer, spread(cpu, ratio), spread(speed, ratio)])
    if rows:
        yield from ["### The last of 10,000 routes against the last of 10", ""]
        yield from table(["peer", "CPU per request", "requests/s"], rows)


def details(run: Run) -> Iterator[str]:
    heads = ["peer", "req/s", "min - max", "ratio", "CPU us/req", "CPU ratio", "p50 ms", "p99 ms", "errors"]
    heads += ["cpu server", "cpu load", "cpu others"]
    for test in run.tests:
        base = run.baseline(test)
        yield from [f"#### {test}: {WORK[test].what}", "", f"Ratios are against `{base}`.", ""]
        there = [peer for peer in run.peers if (peer, test) in run.cells]
        rows: list[list[str]] = []
        for peer in sorted(there, key=lambda peer: -run.median(peer, test, "rps")):
            rates = run.all(peer, test, "rps")
            errors = sum(run.all(peer, test, "non2xx")) + sum(run.all(peer, test, "socket_errors"))
            rows.append([
                peer,
                f"{run.median(peer, test, 'rps'):,.0f}",
                f"{min(rates):,.0f} - {max(rates):,.0f}",
                spread(run.ratios(peer, base, test) if base else [], ratio),
                f"{run.median(peer, test, 'cpu_us'):,.1f}",
                spread(run.ratios(peer, base, test, "cpu_us") if base else [], ratio),
                f"{run.median(peer, test, 'p50_ms'):.2f}",
                f"{run.median(peer, test, 'p99_ms'):.2f}",
                f"{errors:.0f}",
                *(f"{run.median(peer, test, what):.0f}%" for what in ("cpu_server", "cpu_load", "cpu_others")),
            ])  # fmt: skip
        yield from table(heads, rows)


def servers(run: Run) -> Iterator[str]:
    rows: list[list[str]] = []
    for peer in run.peers:
        mine = [one for one in run.data["servers"] if one["peer"] == peer and one["rss_mb"]]
        if mine:
            middle = {what: statistics.median(one[what] for one in mine) for what in ("start_s", "rss_mb", "all_mb")}
            row = [f"{middle['rss_mb']:.0f}", f"{middle['all_mb']:.0f}", f"{middle['start_s']:.2f}", PEERS[peer].what]
            rows.append([peer, *row])
    if rows:
        yield from ["### Memory after load, and start", "", "Of the server that took the first tests, after them.", ""]
        yield from table(["peer", "largest process, RSS MB", "all, PSS MB", "first answer, s", "what it is"], rows)


def failures(run: Run) -> Iterator[str]:
    if run.data["failures"]:
        yield from ["### Failures", ""]
        for one in run.data["failures"]:
            yield f"- {one['peer']} {one['test']} round {one['round'] + 1}: `{one['error']}`"
        yield ""


def heading(run: Run) -> Iterator[str]:
    data = run.data
    machine, options = data["machine"], data["options"]
    yield from [f"## Run of {data['date']}", ""]
    yield f"{machine['cpu']}, Linux {machine['kernel']}, CPython {machine['python']}, {machine['wrk']}."
    yield f"{options['rounds']} rounds, {options['seconds']} s for each test after {options['warmup']} s of warm-up;"
    yield f"{options['connections']} connections, one worker process on one CPU; medians, with the least and the most."
    for name, versions in data["versions"].items():
        yield f"{name}: " + ", ".join(f"{package} {version}" for package, version in versions.items()) + "."
    yield ""


def report(data: dict[str, Any]) -> str:
    """The Markdown of one run."""
    run = Run(data)
    parts = (heading, overview, floors, routes, servers, failures, details)
    return "\n".join(line for part in parts for line in part(run)) + "\n"
