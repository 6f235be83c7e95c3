"""One worker: an event loop, an application, a server, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Callable
from typing import Final

from rooftree.base import RooftreeError
from rooftree.server.descriptors import within_descriptors
from rooftree.server.log import logger
from rooftree.server.options import ServeOptions
from rooftree.server.server import Server
from rooftree.server.types import START_FAILED, Load

__all__ = ["run_worker"]

CERTIFICATE_CHECK: Final = 5.0
"""Seconds between two looks at the files of the certificate."""

FEW_OBJECTS: Final = 100_000
"""New objects up to which start-up is not searched for garbage: there is hardly any, and the search takes 6 ms."""

STOP_IDLE: Final = 1.0
"""Seconds that a connection has to be idle to be closed when the server stops: its next request may be on its way.

Of this the clock, which is looked at twice a second, may take a half away.
"""


def run_worker(
    load: Load,
    options: ServeOptions,
    listener: socket.socket,
    *,
    on_ready: Callable[[float], None],
    parent: int | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT (stop), SIGHUP (leave to a successor) or the end of the supervisor.

    Args:
        load: Gives the application.
        options: How it is served.
        listener: The socket of this worker's slot.
        on_ready: Called when connections are being accepted, with the seconds that the worker may take to stop.
        parent: A pipe that ends when the supervisor does.

    Returns:
        The exit status: 0, or ``START_FAILED`` with the reason logged.
    """
    with asyncio.Runner(loop_factory=_loop_factory(options)) as runner:
        return runner.run(_Worker(load, options, listener, on_ready, parent).run())


def _loop_factory(options: ServeOptions) -> Callable[[], asyncio.AbstractEventLoop]:
    if options.loop != "asyncio":
        try:
            import uvloop
        except ImportError:
            if options.loop == "uvloop":
                raise
        else:
            return uvloop.new_event_loop
    return asyncio.new_event_loop


class _Worker:
    def __init__(
        self,
        load: Load,
        options: ServeOptions,
        listener: socket.socket,
        on_ready: Callable[[float], None],
        parent: int | None,
    ) -> None:
        self.load = load
        self.options = options
        self.listener = listener
        self.on_ready = on_ready
        self.parent = parent
        self.told = asyncio.Event()
        self.shutdown_time = 0.0

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        try:
            server = await self._start(loop)
        except RooftreeError as error:  # says by itself what is wrong, and where
            logger.error("The application did not start: %s", "\n".join([str(error), *getattr(error, "__notes__", ())]))
            return START_FAILED
        except (Exception, SystemExit):  # noqa: BLE001 - it is the application's code, and the exit status says it
            logger.exception("The application did not start")
            return START_FAILED
        self._listen_to_signals(loop, server)
        self._settle_memory()
        self.on_ready(self.shutdown_time)
        await self.told.wait()
        await server.stop()
        return 0

    async def _start(self, loop: asyncio.AbstractEventLoop) -> Server:
        options = self.options
        application = self.load()
        server = Server(application, limits=within_descriptors(options.limits or application.limits))
        self.shutdown_time = server.limits.shutdown_time
        tls = None
        if options.certificate is not None:
            from rooftree.server.tls import Certificate

            certificate = Certificate(options.certificate, options.key)
            tls = certificate.context

            def look() -> None:
                certificate.renew()
                loop.call_later(CERTIFICATE_CHECK, look)

            loop.call_later(CERTIFICATE_CHECK, look)
        await server.start(sockets=[self.listener], tls=tls)
        return server

    def _listen_to_signals(self, loop: asyncio.AbstractEventLoop, server: Server) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave, server, STOP_IDLE)
        loop.add_signal_handler(signal.SIGHUP, self._leave, server, self.shutdown_time)  # nobody waits for its end
        if self.parent is not None:
            loop.add_reader(self.parent, self._leave, server, STOP_IDLE)

    def _leave(self, server: Server, idle_time: float) -> None:
        """Stop, or where it stops already do it sooner or later: idle connections may see one more answer."""
        server.idle_time = idle_time
        self.told.set()

    def _settle_memory(self) -> None:
        """Take what start-up has made out of the sight of the garbage collector: it will live as long as the worker."""
        if gc.get_count()[0] > FEW_OBJECTS:
            gc.collect()
        gc.freeze()
        gc.enable()
        gc.set_threshold(self.options.gc_threshold, 20, 50)
