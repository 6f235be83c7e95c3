"""``rooftree dev``: a process that watches files and holds the port, and one that serves and is started anew.

Because the socket belongs to the watching process, a request that comes while the application is being started again
waits instead of being refused.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from rooftree.app import App, configure_logging
from rooftree.base import Settings, UsageError
from rooftree.cli.broken import Broken
from rooftree.cli.find import find_app, load_app
from rooftree.server import Server

__all__ = ["develop"]

SUFFIXES = (".py", ".html", ".jinja", ".css", ".js", ".toml", ".env", ".json", ".po", ".sql", ".md")
PATIENCE = 5.0


def develop(target: str | None, *, host: str, port: int, reload: bool, watch: Sequence[str], fd: int | None) -> None:
    """Serve while developing, until Ctrl-C."""
    os.environ["ROOFTREE_MODE"] = "development"
    found = find_app(target)
    if fd is not None:
        asyncio.run(_serve(found, socket.socket(fileno=fd)))
        return
    bound = _bind(host, port)
    _announce(found, bound)
    if not reload:
        asyncio.run(_serve(found, bound))
        return
    _Watcher(found, bound, [Path.cwd(), *map(Path, watch)]).run()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise UsageError(
            "U209",
            f"Port {port} of {host} cannot be listened on: {os.strerror(error.errno or 0)}.",
            f"Stop what uses it, or choose another: --port {port + 1}.",
        ) from None
    bound.listen(2048)
    bound.set_inheritable(True)
    return bound


def _announce(found: str, bound: socket.socket) -> None:
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"\n  {click.style('Rooftree', bold=True)} serves {found} for development at")
    click.echo(f"\n    {click.style(f'http://{shown}:{port}', fg='cyan', underline=True)}\n")
    click.echo(click.style("  Ctrl-C stops it.\n", dim=True))


async def _serve(found: str, bound: socket.socket) -> None:
    """Serve the application; where it cannot be started, serve the page that says why."""
    application: App | Broken
    try:
        application = load_app(found)
        configure_logging(application.settings)
        _ = application.built  # a mistake is found here, before anything is started
    except Exception as error:  # noqa: BLE001 - whatever keeps the application from starting is shown
        configure_logging(Settings.load(mode="development"))
        application = Broken(error)
    server = Server(application)
    try:
        await server.start(sockets=[bound])
    except Exception as error:  # noqa: BLE001 - as above: a lifespan function failed
        bound = bound.dup() if bound.fileno() >= 0 else bound
        server = Server(Broken(error))
        await server.start(sockets=[bound])
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    await server.stop()


class _Watcher:
    """Keeps one serving process running and starts it anew when a file changes."""

    def __init__(self, found: str, bound: socket.socket, paths: list[Path]) -> None:
        self._found = found
        self._bound = bound
        self._paths = paths
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        try:
            from watchfiles import watch
        except ImportError:
            click.echo("Files are not watched: pip install watchfiles.", err=True)
            asyncio.run(_serve(self._found, self._bound))
            return
        self._start()
        try:
            for changes in watch(*self._paths, watch_filter=_matters, raise_interrupt=False):
                names = sorted({_short(path) for _, path in changes})
                click.echo(
                    click.style(f"  changed: {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}", dim=True)
                )
                self._stop()
                self._start()
        except KeyboardInterrupt:
            pass
        finally:
            self._stop()
            self._bound.close()

    def _start(self) -> None:
        number = self._bound.fileno()
        command = [sys.executable, "-m", "rooftree", "dev", self._found, "--no-reload", "--fd", str(number)]
        self._child = subprocess.Popen(command, pass_fds=(number,))  # noqa: S603 - this very program

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _matters(_change: object, path: str) -> bool:
    parts = Path(path).parts
    if any(part in {"__pycache__", "node_modules"} or (part[:1] == "." and part != ".env") for part in parts[1:]):
        return False
    return path.endswith(SUFFIXES)


def _short(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
