"""Servers in processes of their own: the supervisor and its workers, as a user runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 30.0
"""Seconds to wait for what happens at once on a machine that has nothing else to do."""

PROGRAM = """
import asyncio, json, logging, os, sys
import msgspec
from rooftree.http import Response
from rooftree.base import Limits
from rooftree.server import ServeOptions, serve
from tests.e2e.server.bare import Bare

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")


async def pid(request):
    return Response(str(os.getpid()).encode())


async def die(request):
    os._exit(7)


async def slow(request):
    open(sys.argv[2] + ".slow", "w").close()
    while os.path.exists(sys.argv[2] + ".slow"):
        await asyncio.sleep(0.01)
    return Response(b"slow")


def load():
    if os.path.exists(sys.argv[2] + ".broken"):
        raise RuntimeError("the application is broken")
    if os.path.exists(sys.argv[2] + ".dies"):
        os._exit(9)
    application = Bare(pid=pid, die=die, slow=slow)
    text = open(sys.argv[2]).read().encode()

    async def version(request):
        return Response(text)

    application.handlers["version"] = version
    return application


options = msgspec.convert(json.loads(sys.argv[1]), ServeOptions)
options = msgspec.structs.replace(options, on_listening=lambda url: print(url, flush=True))
sys.exit(serve(load, options))
"""


class Running:
    """A supervisor with its workers."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.log_file = log

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def children(self) -> list[int]:
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.tell(number)
        return self.process.wait(PATIENCE)


@contextmanager
def running(
    directory: Path, options: str = '{"port": 0}', *, pass_fds: Sequence[int] = (), command: Sequence[str] = ()
) -> Generator[Running]:
    """Start a supervisor; options are those of ServeOptions in JSON."""
    version = directory / "version"
    version.write_text("1")
    log = directory / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*command, sys.executable, "-c", PROGRAM, options, str(version)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            pass_fds=pass_fds,
            cwd=Path(__file__).parents[3],
            env=os.environ | {"PYTHONPATH": os.pathsep.join([".", "src", os.environ.get("PYTHONPATH", "")])},
        )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        yield Running(process, url, log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdout is not None:
            process.stdout.close()


def eventually(seconds: float = PATIENCE) -> Generator[None]:
    """Give turns until the time is over: ``for _ in eventually(): if ...: break`` with an ``else`` for the failure."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.02)
