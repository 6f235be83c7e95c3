"""An application before a real server, on a thread of the test's own process."""

from __future__ import annotations

import asyncio
import threading

import uvloop

from rooftree import App
from rooftree.server import Server

__all__ = ["Served"]


class Served:
    """A server on a thread: a browser, or a tool, is driven on the one of the tests."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._loop = uvloop.new_event_loop()
        self._started = threading.Event()
        self._stop = asyncio.Event()
        self._url = ""
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="server of a test", daemon=True)

    def start(self) -> str:
        """Serve, and return the URL."""
        self._thread.start()
        self._started.wait(30)
        if self._error is not None:
            raise self._error
        return self._url

    def stop(self) -> None:
        """End it."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            async with Server(self._app) as server:
                self._url = server.url
                self._started.set()
                await self._stop.wait()
        except BaseException as error:  # noqa: BLE001 - it is raised where the test waits
            self._error = error
        finally:
            self._started.set()
