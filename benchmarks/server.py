"""One peer, running: in a session of its own, on one CPU. Stopping it ends that session's processes and no others."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from benchmarks.machine import session
from benchmarks.peers import PEERS
from benchmarks.places import APPS, LOCALES, OUT, PEERS_VENV, PG, PORT, ROOFTREE_VENV, SQLITE
from benchmarks.work import Client

__all__ = ["DidNotStart", "Server", "environment"]


def environment() -> dict[str, str]:
    """The environment of everything measured: Python keeps what it has compiled, as it does in production."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class DidNotStart(Exception):
    """A peer ended, or gave no answer in time."""


class Server:
    """A running peer.

    Args:
        name: One of PEERS.
        env: Further variables of its environment: what the tests that it will take need.
        cpu: The CPU it has, all of it: its workers, threads and runtimes.
        nice: Its priority.
        patience: How long it may take to its first answer, in seconds.
    """

    def __init__(
        self, name: str, env: Mapping[str, str] = {}, *, cpu: int = 0, nice: int = 0, patience: float = 60
    ) -> None:
        self.name = name
        self.peer = PEERS[name]
        self.client = Client(PORT, PG, SQLITE if self.peer.db == "sqlite" else None)
        self.seconds_to_answer = 0.0
        self._env = {
            **environment(),
            "PYTHONPATH": ".",
            "PYTHONUNBUFFERED": "1",
            "BENCH_PG": PG,
            "BENCH_SQLITE": SQLITE,
            "BENCH_LOCALES": str(LOCALES),
            "BENCH_PORT": str(PORT),
            **self.peer.env,
            **env,
        }
        venv = ROOFTREE_VENV if self.peer.venv == "rooftree" else PEERS_VENV
        pinned = ["nice", f"-n{nice}", "taskset", "-c", str(cpu)]
        self._command = [*pinned, *shlex.split(self.peer.cmd.format(bin=venv / "bin", port=PORT))]
        self._patience = patience

    def __enter__(self) -> Self:
        begun = time.perf_counter()
        self.start()
        try:
            self._await_answer(begun + self._patience)
        except BaseException:
            self.stop()
            raise
        self.seconds_to_answer = round(time.perf_counter() - begun, 3)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The leader of the peer's session."""
        return self._process.pid

    def start(self) -> None:
        """Start the peer, and wait for nothing.

        Raises:
            DidNotStart: another server has the port.
        """
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                raise DidNotStart(f"port {PORT} is in use: set BENCH_PORT")
        OUT.mkdir(parents=True, exist_ok=True)
        self._log = (OUT / f"{self.name}.log").open("ab")
        self._process = subprocess.Popen(
            self._command,
            cwd=APPS,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def must_live(self, deadline: float) -> None:
        """Raise DidNotStart where the peer has ended, or its time is over."""
        if self._process.poll() is not None:
            raise DidNotStart(f"{self.name} ended with status {self._process.returncode}: see {self._log.name}")
        if time.perf_counter() > deadline:
            raise DidNotStart(f"{self.name} gave no answer in time: see {self._log.name}")

    def _await_answer(self, deadline: float) -> None:
        while True:
            try:
                if self.client("GET", "/json")[0] == 200:
                    return
            except OSError:
                pass
            self.must_live(deadline)
            time.sleep(0.005)

    def stop(self) -> None:
        """End every process of the peer's session: asked first, then made to."""
        for sign, patience in ((signal.SIGTERM, 2), (signal.SIGKILL, 5)):  # robyn ignores SIGTERM
            for pid in session(self.pid):
                try:
                    os.kill(pid, sign)
                except ProcessLookupError:
                    continue
            end = time.monotonic() + patience
            while time.monotonic() < end and (self._process.poll() is None or session(self.pid)):
                time.sleep(0.02)
        self._process.wait()
        self._log.close()
