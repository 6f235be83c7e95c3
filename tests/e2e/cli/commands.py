"""Runs the ``rooftree`` command as a user does: a process in a folder, its output, requests to it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

PATIENCE = 20.0
URL = re.compile(r"http://[\w.\[\]:]+")

HELLO = """
from rooftree import App

app = App()

@app.get("/")
async def index() -> str:
    return "one"
"""


def environment(**more: str) -> dict[str, str]:
    """The environment of a user who has set nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROOFTREE_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


def rooftree(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "rooftree", *arguments], cwd=folder, env=environment(**env), capture_output=True,
        text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


class Served:
    """A command that goes on until it is told to end."""

    def __init__(self, folder: Path, arguments: list[str], env: Mapping[str, str]) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rooftree", *arguments], cwd=folder, env=environment(**env), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_for(self, text: str, count: int = 1) -> None:
        """Wait until the output holds a text."""
        end = time.monotonic() + PATIENCE
        while self.output.count(text) < count:
            assert time.monotonic() < end, f"{text!r} did not come:\n{self.output}"
            assert self.process.poll() is None or self.output.count(text) >= count, self.output
            time.sleep(0.01)

    @property
    def url(self) -> str:
        """Where it serves: what it has printed."""
        end = time.monotonic() + PATIENCE
        while not (found := URL.search(self.output)):
            assert time.monotonic() < end, self.output
            time.sleep(0.01)
        return found[0]

    def get(self, path: str = "/", **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=PATIENCE, trust_env=False)

    def page(self, path: str = "/") -> httpx.Response:
        """Ask as a browser does."""
        return self.get(path, accept="text/html,application/xhtml+xml,*/*;q=0.8")

    def until(self, text: str, status: int = 200) -> float:
        """Ask until an answer holds a text; return the seconds it took."""
        start = time.monotonic()
        while True:
            try:
                answer = self.page()
            except httpx.TransportError as error:  # a connection that was kept by the process that has just ended
                answer = httpx.Response(0, text=repr(error))
            if answer.status_code == status and text in answer.text:
                return time.monotonic() - start
            assert time.monotonic() < start + PATIENCE, answer.text
            time.sleep(0.01)

    def write(self, text: str, file: str = "app.py") -> None:
        (self.folder / file).write_text(text, encoding="utf-8")

    def interrupt(self) -> None:
        """Do what Ctrl-C in a terminal does: every process of the group is told."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end and return the exit status."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def children(self) -> list[int]:
        file = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in file.read_text(encoding="ascii").split()]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def serving(folder: Path, *arguments: str, **env: str) -> Generator[Served]:
    served = Served(folder, list(arguments), env)
    try:
        yield served
    finally:
        served.close()


@contextmanager
def busy_port() -> Generator[int]:
    """A port that someone else listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


MISTAKES = (
    HELLO
    + """
@app.get("/a/{id}")
async def a() -> str:
    return ""

@app.get("/b")
async def b(x: dict[str, int]) -> str:
    return ""
"""
)
