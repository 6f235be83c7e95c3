"""The shop as it is really served: its own database, the server with two workers, the provider beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

SHOP = Path(__file__).parents[3] / "examples" / "shop"
PATIENCE = 90.0


def environment_of(database: str, **more: str) -> dict[str, str]:
    """The settings of the shop in production, on a database."""
    return {
        **os.environ,
        "ROOFTREE_DATABASE": database,
        "ROOFTREE_SECRET_KEY": "only of a test, and long enough for that",
        "ROOFTREE_ACCESS_LOG": "false",
        "ROOFTREE_LOG_LEVEL": "warning",
        "ROOFTREE_HOUSEKEEPING_SECONDS": "0.5",
        **more,
    }


def run(environment: Mapping[str, str], *command: str) -> str:
    """Run a command of the shop to its end and return what it printed."""
    done = subprocess.run(
        [sys.executable, *command], cwd=SHOP, env=dict(environment), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Served:
    """A server with its workers."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self.url = f"http://localhost:{port}"

    def workers(self) -> list[int]:
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]

    def kill_a_worker(self) -> bool:
        """Kill a worker, as the kernel would for want of memory; tell whether there was one."""
        workers = self.workers()
        if workers:
            os.kill(workers[0], signal.SIGKILL)
        return bool(workers)


@contextmanager
def served(
    app: str,
    environment: Mapping[str, str],
    *,
    port: int = 0,
    workers: int = 1,
    folder: Path = SHOP,
    path: str = "/",
) -> Generator[Served]:
    """Serve an application of a folder until the end of the block; `path` answers once it is there."""
    port = port or free_port()
    command = [sys.executable, "-m", "rooftree", "run", app, "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(command, cwd=folder, env=dict(environment), stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process, path)
        yield Served(process, port)
    finally:
        process.terminate()
        process.wait(40)


def _wait_for(port: int, process: subprocess.Popen[bytes], path: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, "the server has ended"
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            try:
                connection.request("GET", path, headers={"host": f"localhost:{port}"})
                connection.getresponse().read()
            except (OSError, HTTPException):
                time.sleep(0.05)
            else:
                return
    raise AssertionError("the server does not answer")


@contextmanager
def open_shop(database: str, **more: str) -> Generator[tuple[Served, Served]]:
    """Migrate, seed and serve the shop, and its provider."""
    with ExitStack() as stack:
        provider_port = free_port()
        environment = environment_of(database, ROOFTREE_PROVIDER_URL=f"http://localhost:{provider_port}", **more)
        run(environment, "-m", "rooftree", "db", "migrate", "--seed")
        own = {**environment, "ROOFTREE_DATABASE": "sqlite://"}
        provider = stack.enter_context(served("provider.app", own, port=provider_port))
        shop = stack.enter_context(served("shop.app", environment, workers=2))
        yield shop, provider
