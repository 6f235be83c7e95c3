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
from collections.abc import Callable, Iterable, Sequence
from importlib.util import cache_from_source
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click

from rooftree.app import App, configure_logging
from rooftree.base import Limits, Settings, SettingsError, UsageError
from rooftree.cli.broken import Broken
from rooftree.cli.find import find_app, load_app
from rooftree.server import Server

__all__ = ["develop"]

SUFFIXES: Final = (
    ".py", ".html", ".jinja", ".jinja2", ".css", ".js", ".toml", ".env", ".json", ".po", ".mo", ".sql", ".md", ".svg",
)  # fmt: skip
IGNORED: Final = frozenset({"__pycache__", "node_modules", "site-packages"})
PATIENCE: Final = 2.0
"""Seconds that the serving process has to end; then it is killed: someone waits for the next one."""
LOG_QUERIES: Final = "ROOFTREE_LOG_QUERIES"
LIMITS: Final = Limits(shutdown_time=0.3)


def develop(
    target: str | None,
    *,
    host: str,
    port: int,
    reload: bool,
    watch: Sequence[str],
    sql: bool = False,
    fd: int | None = None,
    parent: int | None = None,
) -> None:
    """Serve while developing, until Ctrl-C.

    Args:
        target: The application, as ``find_app`` takes it.
        host: Address to listen on.
        port: Port to listen on; 0 takes any free one.
        reload: Start again when a file changes.
        sql: Log every statement of the application's databases.
        watch: Files and folders to watch beside the working directory.
        fd: The listening socket, in the process that serves.
        parent: A pipe that ends with the process that watches.
    """
    os.environ["ROOFTREE_MODE"] = "development"
    if sql:
        os.environ[LOG_QUERIES] = "true"  # the process that serves is another one
    found = find_app(target)
    if fd is not None:
        _serve(found, socket.socket(fileno=fd), parent)
        return
    bound = _bind(host, port)
    _announce(found, bound)
    if reload and _can_watch():
        _Watcher(found, bound, [Path.cwd(), *(Path(path).resolve() for path in watch)]).run()
    else:
        _serve(found, bound, None)


def _can_watch() -> bool:
    from importlib.util import find_spec

    found = find_spec("watchfiles") is not None
    if not found:
        click.echo("  Files are not watched, because watchfiles is missing: pip install 'rooftree[dev]'\n", err=True)
    return found


def _bind(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
            bound.listen(2048)
        except BaseException:
            bound.close()
            raise
    except OSError as error:
        raise UsageError(
            "U209",
            f"Port {port} of {host} cannot be listened on: {error.strerror or error}.",
            f"Stop what uses it, or choose another: --port {port + 1 if port < 65535 else port - 1}.",
        ) from None
    bound.set_inheritable(True)
    return bound


def _announce(found: str, bound: socket.socket) -> None:
    host, port = bound.getsockname()[:2]
    everywhere = host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    shown = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    click.echo(f"\n  {click.style('Rooftree', bold=True)} serves {found} for development at")
    click.echo(f"\n    {click.style(f'http://{shown}:{port}', fg='cyan', underline=True)}\n")
    if everywhere:
        click.echo("  and at every other address of this machine.\n")
    click.echo(click.style("  Ctrl-C stops it.\n", dim=True))


# ---- the process that serves


def _serve(found: str, bound: socket.socket, parent: int | None) -> None:
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve_until_told(found, bound, parent))
    except KeyboardInterrupt:  # while the application was being imported
        raise SystemExit(130) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _serve_until_told(found: str, bound: socket.socket, parent: int | None) -> None:
    """Serve the application; where it cannot be started, serve the page that says why."""
    application = _load(found)
    server = Server(application, limits=LIMITS)
    try:
        await server.start(sockets=[bound])
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a lifespan function failed: that is shown
        server = Server(Broken(error), limits=LIMITS)
        await server.start(sockets=[bound])
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    if parent is not None:
        loop.add_reader(parent, told.set)
    await told.wait()
    if parent is not None:
        loop.remove_reader(parent)
    await server.stop()


def _load(found: str) -> App | Broken:
    try:
        application = load_app(found)
        application.configure(mode="development")
        if os.environ.get(LOG_QUERIES) == "true":
            application.configure(log_queries=True)
        configure_logging(application.settings)
        _ = application.built  # a mistake is found here, before anything is started
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever keeps the application from starting is shown
        _log_for_development()
        return Broken(error)
    return application


def _log_for_development() -> None:
    try:
        settings = Settings.load(mode="development")
    except SettingsError:  # perhaps the very mistake that is to be logged
        settings = Settings(mode="development")
    configure_logging(settings)


# ---- the process that watches


class _Watcher:
    """Keeps one serving process running and starts it anew when a file changes."""

    def __init__(self, found: str, bound: socket.socket, paths: list[Path]) -> None:
        self._found = found
        self._bound = bound
        self._paths = paths
        self._child: subprocess.Popen[bytes] | None = None
        # the child sees its end even where this process is killed
        self._life_in, self._life_out = os.pipe()

    def run(self) -> None:
        """Watch until Ctrl-C or SIGTERM."""
        from watchfiles import watch

        signal.signal(signal.SIGTERM, _leave)
        try:
            self._start()
            for changes in watch(*self._paths, watch_filter=self._matters):
                names = sorted({_short(path) for _, path in changes})
                shown = f"{', '.join(names[:3])}{' ...' if len(names) > 3 else ''}"
                click.echo(click.style(f"  changed: {shown}", dim=True))
                self._stop()
                _forget_bytecode(path for _, path in changes)
                self._start()
        except KeyboardInterrupt:
            pass
        finally:
            self._stop()
            self._bound.close()

    def _start(self) -> None:
        number = self._bound.fileno()
        command = [sys.executable, "-m", "rooftree", "dev", self._found, "--no-reload"]
        command += ["--fd", str(number), "--parent", str(self._life_in)]
        # Ctrl-C in a terminal reaches both processes: this one alone heeds it
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._child = subprocess.Popen(command, pass_fds=(number, self._life_in))  # noqa: S603 - this very program
        finally:
            signal.signal(signal.SIGINT, before)

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

    def _matters(self, _change: object, path: str) -> bool:
        """Tell whether a change of a file is one of the application: neither hidden, nor made by a tool."""
        file = Path(path)
        if file in self._paths:
            return True
        inside = next((file.relative_to(root).parts for root in self._paths if file.is_relative_to(root)), file.parts)
        if any(part in IGNORED or (part.startswith(".") and part != ".env") for part in inside):
            return False
        return path.endswith(SUFFIXES)


def _forget_bytecode(paths: Iterable[str]) -> None:
    """Remove what Python compiled of changed files: it takes a change of the same second and size for none."""
    for path in paths:
        if path.endswith(".py"):
            Path(cache_from_source(path)).unlink(missing_ok=True)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _short(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
