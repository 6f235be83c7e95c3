"""The cases of Http11Probe (see http11/README.md) against the bare application."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from rooftree.server import Server
from tests.e2e.server.bare import serving

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "http11" / "cases.json").read_text())["cases"]

# what each expectation means: statuses that pass, statuses that warn, whether a close passes, whether silence passes
RULES: dict[str, tuple[str, str, bool, bool]] = {
    "2xx": ("2xx", "", False, False),
    "400": ("400", "", False, False),
    "400 or close (pass), 2xx (warn)": ("400", "2xx", True, False),
    "400 or 2xx": ("400", "2xx", True, False),
    "400/505 or close": ("400 505", "", True, False),
    "400 or close": ("400", "", True, True),
    "400/close/timeout": ("400 413", "", True, True),
    "400/501 or close": ("400 501", "", True, False),
    "400/405/501 or 2xx": ("400 405 501", "2xx", False, False),
    "2xx or close": ("2xx", "", True, True),
    "!101": ("!101", "", False, False),
    "400/405/501 or close": ("400 405 501", "", True, False),
    "417 or 2xx": ("417", "2xx", False, False),
    "2xx or 400": ("2xx 400", "", False, False),
    "426 or 2xx": ("426", "2xx", False, False),
    "405/501 or 2xx": ("405 501", "2xx", False, False),
    "2xx + close": ("2xx", "", False, False),
    "200 or 400": ("400", "200", False, False),
    "200 or 505": ("", "200 505", False, False),
    "400/405 or 200": ("400 405", "200", False, False),
    "400/414/431 or close": ("400 414 431", "", True, False),
    "400/431 or close": ("400 431", "", True, False),
    "400/505/close/timeout": ("400 505", "", True, True),
    "400 or 2xx/404": ("400", "2xx 404", False, False),
    "200/206/400/416": ("206 400 416", "200", False, False),
}


def fits(statuses: str, status: int) -> bool:
    if statuses == "!101":
        return status != 101
    return any((one == "2xx" and 200 <= status < 300) or one == str(status) for one in statuses.split())


def verdict(case: dict[str, Any], status: int | None, state: str) -> str:
    seen: dict[str, str] = case["seen"]  # what upstream's own code said of this outcome
    if (known := seen.get(f"{status or 'none'}/{state}")) is not None:
        return known
    passes, warns, close, late = RULES[case["expected"]]
    if status is None:
        return "Pass" if (close and state == "ClosedByServer") or (late and state == "TimedOut") else "Fail"
    if case["expected"] == "2xx + close":
        return "Pass" if fits(passes, status) and state == "ClosedByServer" else "Fail"
    if status == 431 and case["id"] in {"MAL-CHUNK-EXT-64K", "MAL-RANGE-OVERLAPPING"}:
        return "Pass"
    return "Pass" if fits(passes, status) else "Warn" if fits(warns, status) else "Fail"


def payload(case: dict[str, Any], server: Server) -> bytes:
    text: str = case["payload"] or ""
    if case["payload"] is None:
        before, unit, count, after = case["repeat"]
        middle = "".join(f"X-H-{i}: value\r\n" for i in range(count)) if unit == "@i" else unit * count
        text = before + middle + after
    return text.replace("localhost:8080", "{}:{}".format(*server.address)).encode("latin-1")


QUIET: Final = 2.0
"""Seconds of silence that count as "nothing more comes"; all probes wait at once, and the server shares their loop."""
PATIENCE: Final = 30.0
"""Seconds for an answer that has to come."""


def may_be_silent(case: dict[str, Any]) -> bool:
    return RULES[case["expected"]][3] or "none/TimedOut" in case["seen"]


async def probe(server: Server, data: bytes, *, silent: bool) -> tuple[int | None, str]:
    """Send; return the first status, and whether the server closes, keeps open or never answers."""
    reader, writer = await asyncio.open_connection(*server.address)
    got, state = b"", "Open"
    try:
        writer.write(data)
        while state == "Open":
            async with asyncio.timeout(QUIET if silent or b"\r\n\r\n" in got else PATIENCE):
                part = await reader.read(65536)
            got += part
            state = "Open" if part else "ClosedByServer"
    except TimeoutError:
        state = "Open" if got else "TimedOut"
    except ConnectionError:
        state = "ClosedByServer"
    finally:
        writer.close()
    found = re.match(rb"HTTP/\d\.\d (\d{3})", got)
    return int(found[1]) if found else None, state


@pytest.mark.both_loops
async def test_at_least_115_of_125_probes_pass_and_none_fails() -> None:
    counts: Counter[str] = Counter()
    failed: list[str] = []
    async with serving() as server:

        async def one(case: dict[str, Any]) -> None:
            status, state = await probe(server, payload(case, server), silent=may_be_silent(case))
            found = verdict(case, status, state)
            if case["scored"]:
                counts[found] += 1
                if found == "Fail":
                    failed.append(f"{case['id']}: {status}/{state}, expected {case['expected']}")

        for start in range(0, len(CASES), 24):
            async with asyncio.TaskGroup() as group:
                for case in CASES[start : start + 24]:
                    group.create_task(one(case))
    assert failed == []
    assert counts.total() == 125
    assert counts["Pass"] >= 115, counts
