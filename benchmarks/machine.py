"""What the machine says: CPU time, memory and processes by /proc, and PostgreSQL's processes kept on one CPU."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
from pathlib import Path
from typing import Self

from benchmarks.places import PG

__all__ = ["Postgres", "busy_share", "cpu_seconds", "cpu_times", "describe", "memory_mb", "raise_file_limit", "session"]

TICKS = os.sysconf("SC_CLK_TCK")
CPU_STATE, CPU_SESSION, CPU_USER, CPU_SYSTEM = 0, 3, 11, 12  # fields of /proc/pid/stat, from the state on


def cpu_times() -> dict[int, tuple[int, int]]:
    """Busy and total ticks of each CPU; stolen time counts as busy, since it was not ours to use."""
    times: dict[int, tuple[int, int]] = {}
    for line in Path("/proc/stat").read_text().splitlines():
        if re.match(r"cpu\d", line):
            name, *fields = line.split()
            ticks = [int(field) for field in fields[:8]]
            times[int(name[3:])] = sum(ticks) - ticks[3] - ticks[4], sum(ticks)
    return times


def busy_share(before: dict[int, tuple[int, int]], after: dict[int, tuple[int, int]], cpu: int) -> int:
    """How much of a CPU was used between two moments, in percent."""
    return round(100 * (after[cpu][0] - before[cpu][0]) / max(after[cpu][1] - before[cpu][1], 1))


def session(leader: int) -> dict[int, list[str]]:
    """The live processes of a session: their fields of /proc/pid/stat from the state on."""
    found: dict[int, list[str]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[CPU_SESSION]) == leader and fields[CPU_STATE] != "Z":
                found[int(folder.name)] = fields
    return found


def cpu_seconds(leader: int) -> float:
    """CPU time that the live processes of a session have used."""
    return sum(int(fields[CPU_USER]) + int(fields[CPU_SYSTEM]) for fields in session(leader).values()) / TICKS


def memory_mb(leader: int) -> dict[str, float]:
    """Memory of a session in MB: resident in its largest process, and of all with shared pages counted once."""
    resident: list[int] = []
    proportional = 0
    for pid in session(leader):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        values = {name: int(kb) for name, kb in re.findall(r"^(Rss|Pss):\s+(\d+) kB", text, re.MULTILINE)}
        resident.append(values.get("Rss", 0))
        proportional += values.get("Pss", 0)
    return {"rss_mb": round(max(resident, default=0) / 1024, 1), "all_mb": round(proportional / 1024, 1)}


def raise_file_limit() -> None:
    """As many open files as the system lets us have: 1,000 connections need more than the usual 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def describe() -> dict[str, str]:
    """The machine in a few words, for the report."""
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return {
        "cpu": f"{os.cpu_count()} x {model.group(1) if model else platform.machine()}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "wrk": (wrk.stdout + wrk.stderr).split("[")[0].strip(),
    }


class Postgres:
    """The processes of the PostgreSQL server, kept on one CPU at our priority while we run, and put back after."""

    def __init__(self, cpu: int, nice: int) -> None:
        self.cpu = cpu
        self.nice = nice
        self.pinned = False
        self._main: int | None = None
        self._before: dict[int, tuple[set[int], int]] = {}

    def __enter__(self) -> Self:
        command = ["psql", PG, "-XAtc", "show data_directory"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
            self._main = int(Path(done.stdout.strip(), "postmaster.pid").read_text().split()[0])
            self._pin()
        except (OSError, subprocess.CalledProcessError) as error:
            print("PostgreSQL's processes are not ours to pin:", error)
        return self

    def _pids(self) -> list[int]:
        if self._main is None:
            return []
        return [self._main, *map(int, Path(f"/proc/{self._main}/task/{self._main}/children").read_text().split())]

    def _pin(self) -> None:
        for pid in self._pids():
            self._before[pid] = os.sched_getaffinity(pid), os.getpriority(os.PRIO_PROCESS, pid)
            os.setpriority(os.PRIO_PROCESS, pid, self.nice)
            if self.cpu >= 0:
                os.sched_setaffinity(pid, {self.cpu})
        self.pinned = self.cpu >= 0

    def __exit__(self, *_: object) -> None:
        for pid in self._pids() if self._before else []:
            cpus, nice = self._before.get(pid) or next(
                iter(self._before.values())
            )  # a younger backend: as its parent was
            try:
                os.sched_setaffinity(pid, cpus)
                os.setpriority(os.PRIO_PROCESS, pid, nice)
            except ProcessLookupError:
                continue
