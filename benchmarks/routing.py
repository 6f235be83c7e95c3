"""Matching alone, without a server: how long one of 10,000 routes takes beside one of 10.

Runs in Rooftree's environment. Asked for are, in random order: the 10 paths of the small router; 10 paths spread over
the large one, which is what more routes cost the matcher; and all paths of the large one, which adds what it costs the
processor that 10,000 routes do not fit into its caches. What a bare dictionary pays for that stands beside it: one
look-up of a path and of the pair behind it, in 10 and in all of 10,000; no matcher can be below the difference.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Callable

from rooftree.routing import Miss, Pattern, Router

ROUNDS = 15
LOOKUPS = 20_000
SHAPES: dict[str, tuple[str, str]] = {  # what is declared, and what is asked for
    "static": ("/section{n}/list", "/section{n}/list"),
    "dynamic": ("/section{n}/items/{{id:int}}", "/section{n}/items/4711"),
    "nested": ("/section{n}/users/{{user}}/posts/{{post:int}}", "/section{n}/users/ada/posts/7"),
}


def router(shape: str, routes: int) -> tuple[Router[int], list[bytes]]:
    """A compiled router of so many routes, and a path for each of them."""
    declared, asked = SHAPES[shape]
    made: Router[int] = Router()
    for n in range(routes):
        made.add(Pattern(declared.format(n=n)), ("GET",), n)
    made.compile()
    return made, [asked.format(n=n).encode() for n in range(routes)]


def lookups(made: Router[int], paths: list[bytes]) -> Callable[[], float]:
    """What measures one round: nanoseconds for each lookup."""
    # each a copy of its own, one after the other in memory, as paths that have just come off the wire are
    order = [bytes(bytearray(path)) for path in random.Random(7).choices(paths, k=LOOKUPS)]
    match = made.match

    def once() -> float:
        begun = time.perf_counter_ns()
        for path in order:
            match("GET", path, b"")
        return (time.perf_counter_ns() - begun) / LOOKUPS

    return once


def bare(paths: list[bytes], asked: list[bytes]) -> Callable[[], float]:
    """The same for a dictionary of these paths alone."""
    table = {bytes(bytearray(path)): (n + 1000, None) for n, path in enumerate(paths)}
    order = [bytes(bytearray(path)) for path in random.Random(7).choices(asked, k=LOOKUPS)]

    def once() -> float:
        begun = time.perf_counter_ns()
        for path in order:
            _endpoint, _take = table[path]
        return (time.perf_counter_ns() - begun) / LOOKUPS

    return once


def check(made: Router[int], paths: list[bytes]) -> None:
    """Raise where a path leads to another route than its own."""
    for n, path in enumerate(paths):
        found = made.match("GET", path, b"")
        if isinstance(found, Miss) or found[0] != n:
            raise AssertionError(f"{path!r} leads to {found!r}")


def measure() -> dict[str, dict[str, float]]:
    """For each shape the medians in nanoseconds, and the ratios to the small router, rounds interleaved."""
    gc.disable()
    found: dict[str, dict[str, float]] = {}
    for shape in SHAPES:
        small, few = router(shape, 10)
        large, many = router(shape, 10_000)
        check(small, few)
        check(large, many)
        loads = {
            "10 routes": lookups(small, few),
            "10 of 10,000": lookups(large, many[999::1000]),
            "all of 10,000": lookups(large, many),
        }
        alone = {"10 in a dict": bare(few, few), "all of 10,000 in a dict": bare(many, many)}
        every = {**loads, **alone}
        rounds = [{name: once() for name, once in every.items()} for _ in range(ROUNDS)]
        row = {f"{name}, ns": statistics.median(one[name] for one in rounds) for name in every}
        for name in list(loads)[1:]:
            row[f"{name}, ratio"] = statistics.median(one[name] / one["10 routes"] for one in rounds)
        found[shape] = {name: round(value, 2) for name, value in row.items()}
    return found


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
