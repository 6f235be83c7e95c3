"""One entry in a process of its own: reads commands as lines of JSON, answers each with one.

    {"do": "check"}                                -> {"does": ["get", ...]}
    {"do": "get", "seconds": 0.3, "from": 7}       -> {"count": 5000, "wall": 0.3, "cpu": 0.3}

``cpu`` is this process's CPU time: user and system, all threads; the database's own work is not in it where that is a
server.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import sys
import time
from typing import Any

from benchmarks.orm.tables import BOOKS
from benchmarks.orm.work import WORK, Entry, check

COLLECTOR = 20_000, 20, 50
"""The thresholds of a worker of Rooftree's server (``rooftree.server.worker``); the others' servers leave Python's."""
SERVED_BY_US = {"raw", "rooftree"}


async def batch(entry: Entry, what: str, seconds: float, first: int) -> dict[str, Any]:
    """Do one piece of work again and again for a time."""
    call = getattr(entry, what)
    plain = not hasattr(result := call(first % BOOKS + 1), "__await__")
    if not plain:
        await result
    done = 0
    wall, cpu = time.perf_counter(), time.process_time()
    end = wall + seconds
    while (now := time.perf_counter()) < end:
        first += 1
        result = call(first % BOOKS + 1)
        if not plain:
            await result
        done += 1
    return {"count": done, "wall": now - wall, "cpu": time.process_time() - cpu}


async def serve(name: str, db: str, url: str) -> None:
    """Open an entry and obey."""
    module = importlib.import_module(f"benchmarks.apps.orm.{name}_entry")
    entry: Entry = module.make(db)
    await entry.open(db, url)
    gc.collect()
    gc.freeze()
    if name in SERVED_BY_US:
        gc.set_threshold(*COLLECTOR)
    answer({"ok": True})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["do"] == "check":
                await check(entry)
                answer({"does": [what for what in WORK if hasattr(entry, what)]})
            else:
                answer(await batch(entry, order["do"], order["seconds"], order["from"]))
        except Exception as error:  # noqa: BLE001 - the runner is told
            answer({"error": f"{type(error).__name__}: {error}"[:500]})
    await entry.close()


def answer(what: dict[str, Any]) -> None:
    """Write one answer."""
    ANSWERS.write(json.dumps(what) + "\n")
    ANSWERS.flush()


if __name__ == "__main__":
    ANSWERS = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(*sys.argv[1:4]))
