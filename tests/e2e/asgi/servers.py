"""Starts the servers that the tests of ASGI run under, each as a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["COMMANDS", "Running", "running"]

ROOT = Path(__file__).parents[3]
APP = "tests.e2e.asgi.application:app"
COMMANDS: Mapping[str, Sequence[str]] = {
    "rooftree": ("-m", "tests.e2e.asgi.application", "{port}"),
    "uvicorn": ("-m", "uvicorn", APP, "--port", "{port}", "--timeout-graceful-shutdown", "3"),
    "hypercorn": ("-m", "hypercorn", APP, "--bind", "127.0.0.1:{port}", "--graceful-timeout", "3"),
    "granian": ("-m", "granian", "--interface", "asgi", APP, "--port", "{port}", "--workers-kill-timeout", "3"),
}
START_TIME = 20.0


class Running:
    """A server that answers.

    Attributes:
        name: Which one.
        port: Where, on 127.0.0.1.
        process: Its process.
    """

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.port = port
        self.process = process
        self._log = log

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it has written so far, on both channels."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> int:
        """Ask it to stop, and return its exit status."""
        self.process.terminate()
        return self.process.wait(20)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
            return connection.recv(12).startswith(b"HTTP/1.1")
    except OSError:
        return False


def _start(name: str, log: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> Running:
    port = _free_port()
    command = [sys.executable, *(part.format(port=port) for part in COMMANDS[name]), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
    end = time.monotonic() + START_TIME
    while time.monotonic() < end and process.poll() is None and not _answers(port):
        time.sleep(0.05)
    return Running(name, port, process, log)


@contextmanager
def running(
    name: str, directory: Path, *arguments: str, environment: Mapping[str, str] | None = None, answers: bool = True
) -> Generator[Running, None, None]:
    """Run a server until the block ends; where it shall not answer, it may have exited by itself."""
    log = directory / f"{name}.log"
    server = _start(name, log, arguments, environment or {})
    if answers and server.process.poll() is not None:  # another process may have taken the port
        server = _start(name, log, arguments, environment or {})
    process = server.process
    try:
        if answers and process.poll() is not None:
            raise RuntimeError(f"{name} did not start:\n{server.log}")
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
