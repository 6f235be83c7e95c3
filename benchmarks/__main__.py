"""Run Rooftree and its peers against the same work, side by side.

    python -m benchmarks                              the kernel's tests, every peer, 3 rounds
    python -m benchmarks --check                      only: does every peer answer right
    python -m benchmarks --list                       the peers and the tests that each takes
    python -m benchmarks --tests json,item --peers rooftree,fastapi,limit --rounds 5
    python -m benchmarks start                        exec to the first answer, and memory
    python -m benchmarks routing                      matching alone: 10,000 routes against 10
    python -m benchmarks openapi                      the description of 200 routes alone
    python -m benchmarks templates                    rendering alone: Jinja2's code against Rooftree's
    python -m benchmarks orm                          the data layer alone, beside other ORMs and the raw driver
    python -m benchmarks --report FILE.json           the tables of an earlier run

Makes the environments of the peers and of Rooftree on first use. README.md says what is fair and what is not.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import start
from benchmarks.load import LoadOptions, load, quiet_load
from benchmarks.machine import Postgres, describe, memory_mb, raise_file_limit
from benchmarks.orm import run as orm
from benchmarks.peers import KERNEL, PEERS
from benchmarks.places import OUT, PEERS_VENV, PG, PORT, REPOSITORY, REQUIREMENTS, ROOFTREE_VENV
from benchmarks.prepare import prepare, versions
from benchmarks.report import report, table
from benchmarks.server import DidNotStart, Server
from benchmarks.work import WORK, Client, WrongAnswer

KERNEL_PEERS = [name for name, peer in PEERS.items() if set(peer.tests) & set(KERNEL)]


def groups(peer: str, tests: list[str]) -> list[tuple[dict[str, str], list[str]]]:
    """The servers that a peer's share of the tests takes: the environment of each, and its tests."""
    found: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for test in tests:
        if test in PEERS[peer].tests:
            env = {**WORK[test].env, "BENCH_DB": PEERS[peer].db if WORK[test].data else "none"}
            found.setdefault(tuple(sorted(env.items())), []).append(test)
    return [(dict(env), members) for env, members in found.items()]


class Session:
    """One run: its options, and what it has measured so far."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.options = LoadOptions(
            args.seconds, args.connections, args.cpu, args.wrk_cpu, args.nice, args.max_others, args.tries
        )
        pinned = {
            line.split("==")[0].split("[")[0].lower() for line in REQUIREMENTS.read_text().splitlines() if "==" in line
        }
        ours = ("rooftree", "uvloop", "httptools", "msgspec")
        of_peers, of_rooftree = versions(PEERS_VENV), versions(ROOFTREE_VENV)
        self.data: dict[str, Any] = {
            "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "options": vars(args),
            "machine": describe(),
            "versions": {
                "Rooftree and the limit": {name: of_rooftree[name] for name in ours if name in of_rooftree},
                "Peers": {name: version for name, version in of_peers.items() if name in pinned},
            },
            "runs": [],
            "servers": [],
            "failures": [],
        }

    def failed(self, peer: str, test: str, one: int, error: Exception) -> None:
        self.data["failures"].append({"peer": peer, "test": test, "round": one, "error": repr(error)[:300]})
        print(f"  {peer:15} {test:9} FAILED {error!r}"[:300], flush=True)

    def round(self, peer: str, tests: list[str], one: int) -> None:
        """Start a peer and put the tests to it, one after the other."""
        for number, (env, members) in enumerate(groups(peer, tests)):
            try:
                with Server(peer, env, cpu=self.options.cpu, nice=self.options.nice) as server:
                    for test in members:
                        self.measure(server, test, one)
                    memory = memory_mb(server.pid) if number == 0 else {"rss_mb": 0.0, "all_mb": 0.0}
                    start = {"start_s": server.seconds_to_answer}
                    self.data["servers"].append({"peer": peer, "round": one, "env": env, **start, **memory})
            except DidNotStart as error:
                for test in members:
                    self.failed(peer, test, one, error)

    def measure(self, server: Server, test: str, one: int) -> None:
        """Check, warm up, load, check again: a wrong answer is a failure and not a number."""
        try:
            WORK[test].check(server.client)
            load(server, test, self.args.warmup, self.options)
            result = quiet_load(server, test, self.options)
            WORK[test].check(Client(PORT, PG, server.client.sqlite))
        except (OSError, RuntimeError, ValueError, WrongAnswer) as error:
            self.failed(server.name, test, one, error)
            return
        self.data["runs"].append({"peer": server.name, "test": test, "round": one, **result.as_dict()})
        cpu = f"cpu {result.cpu_server:3}/{result.cpu_load:3}% others {result.cpu_others}%"
        wrong = f"  ERRORS {result.non2xx} {result.socket_errors}" if result.non2xx or result.socket_errors else ""
        latency = f"p50 {result.p50_ms:7.2f}  p99 {result.p99_ms:7.2f} ms"
        print(
            f"  {server.name:15} {test:9} {result.rps:10,.0f}/s {result.cpu_us:9.1f} us  {latency}  {cpu}{wrong}",
            flush=True,
        )

    def run(self, peers: list[str], tests: list[str]) -> None:
        """Every round: each peer once, freshly started, the order rotated."""
        OUT.mkdir(parents=True, exist_ok=True)
        path = OUT / f"{self.args.name}.json"
        with ExitStack() as stack:
            if any(WORK[test].data for test in tests):
                stack.enter_context(Postgres(self.args.pg_cpu, self.args.nice))
            for one in range(self.args.rounds):
                turn = one * len(peers) // self.args.rounds
                for peer in peers[turn:] + peers[:turn]:
                    if set(tests) & set(PEERS[peer].tests):
                        print(f"round {one + 1}/{self.args.rounds} {peer}", flush=True)
                        self.round(peer, tests, one)
                        path.write_text(json.dumps(self.data, indent=1))


def check(peers: list[str], tests: list[str], args: argparse.Namespace) -> int:
    """Whether every peer answers every test right; the number of those that do not."""
    wrong = 0
    for peer in peers:
        for env, members in groups(peer, tests):
            try:
                with Server(peer, env, cpu=args.cpu, nice=args.nice) as server:
                    for test in members:
                        try:
                            WORK[test].check(server.client)
                            print(f"{peer:18} {test:10} ok", flush=True)
                        except (OSError, ValueError, WrongAnswer) as error:
                            wrong += 1
                            print(f"{peer:18} {test:10} {error!r}"[:400], flush=True)
            except DidNotStart as error:
                wrong += len(members)
                print(f"{peer:18} {','.join(members)} {error}", flush=True)
    return wrong


def save(name: str, data: object, text: str) -> None:
    """Keep a result beside the others and print its tables."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    path.write_text(json.dumps(data, indent=1))
    path.with_suffix(".md").write_text(text)
    print(f"\n{text}\n{path}")


def measure_alone(what: str, name: str) -> None:
    """A part of Rooftree alone, in its own environment: matching, rendering."""
    command = [str(ROOFTREE_VENV / "bin" / "python"), "-m", f"benchmarks.{what}"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    data: dict[str, dict[str, float]] = json.loads(done.stdout)
    heads = [what, *next(iter(data.values()))]
    rows = [[shape, *map(str, values.values())] for shape, values in data.items()]
    save(name, data, "\n".join([f"### {what.capitalize()} alone", "", *table(heads, rows)]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "what", nargs="?", choices=["peers", "start", "routing", "templates", "openapi", "orm"], default="peers"
    )
    parser.add_argument("--tests", default=",".join(KERNEL), help="; the data tests too: --tests all")
    parser.add_argument("--peers", default=",".join(KERNEL_PEERS))
    parser.add_argument("--entries", default="all", help="of orm: " + ",".join(orm.ENTRIES))
    parser.add_argument("--db", default="sqlite,pg", help="of orm")
    parser.add_argument("--batch", type=float, default=0.4, help="seconds of each measurement of orm")
    parser.add_argument("--seconds", type=int, default=4, help="of each load")
    parser.add_argument("--warmup", type=int, default=1, help="seconds before it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-c", "--connections", type=int, default=64)
    parser.add_argument("--cpu", type=int, default=0, help="the peer's CPU")
    parser.add_argument("--wrk-cpu", type=int, default=1, help="the CPU of wrk")
    parser.add_argument("--pg-cpu", type=int, default=1, help="the CPU of PostgreSQL; -1 leaves it unpinned")
    parser.add_argument(
        "--nice", type=int, default=0, help="of peer, wrk and PostgreSQL; below 0 (root) holds off others"
    )
    parser.add_argument(
        "--max-others", type=int, default=15, help="%% of the peer's CPU that others may use; else once more"
    )
    parser.add_argument("--tries", type=int, default=2, help="at most so many times")
    parser.add_argument(
        "--name", default=datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S"), help="of the results"
    )
    parser.add_argument("--check", action="store_true", help="only check the answers")
    parser.add_argument("--list", action="store_true", help="name the peers and their tests")
    parser.add_argument("--report", metavar="FILE.json", help="print the tables of an earlier run")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    if args.list:
        print("\n".join(f"{name:19}{','.join(peer.tests):90} {peer.what}" for name, peer in PEERS.items()))
        return 0
    if args.report:
        print(report(json.loads(Path(args.report).read_text())))
        return 0
    tests = list(WORK) if args.tests == "all" else args.tests.split(",")
    peers = list(PEERS) if args.peers == "all" else args.peers.split(",")
    unknown = [name for name in tests if name not in WORK] + [name for name in peers if name not in PEERS]
    if unknown:
        print(f"Not known: {', '.join(unknown)}. `python -m benchmarks --list` names what there is.", file=sys.stderr)
        return 2
    raise_file_limit()
    prepare(data=args.what == "orm" or (args.what == "peers" and any(WORK[test].data for test in tests)))
    if args.check:
        return min(check(peers, tests, args), 1)
    if args.what in {"routing", "templates", "openapi"}:
        measure_alone(args.what, args.name)
    elif args.what == "orm":
        entries = list(orm.ENTRIES) if args.entries == "all" else args.entries.split(",")
        with Postgres(args.pg_cpu, args.nice):
            found = orm.measure(entries, args.db.split(","), args.rounds, args.batch, args.cpu)
        save(args.name, found, orm.tables(found))
    elif args.what == "start":
        data = start.measure(peers, args.rounds, args.cpu)
        save(args.name, data, start.tables(data))
    else:
        session = Session(args)
        session.run(peers, tests)
        save(args.name, session.data, report(session.data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
