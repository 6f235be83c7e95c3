"""A server inside a running event loop."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, Self

from rooftree.base import Limits
from rooftree.server.clock import TICK
from rooftree.server.connection import Connection
from rooftree.server.log import logger
from rooftree.server.service import Service
from rooftree.server.types import Application

if TYPE_CHECKING:
    import ssl

__all__ = ["Server"]

BACKLOG = 2048


class Server:
    """Serves an application on the running event loop: what a worker runs, and what tests run beside themselves.

    Args:
        application: What answers. It is started by ``start`` and shut down by ``stop``.
        limits: The bounds of each connection, where they are not to be the application's own.

    Attributes:
        idle_time: Seconds that a connection may have been idle when the server stops; until then a request on it is
            still answered. It may be changed while the server stops.

    Example:
        >>> async with Server(application) as server:
        ...     print(server.url)
    """

    def __init__(self, application: Application, *, limits: Limits | None = None) -> None:
        self._application = application
        self.limits = limits or application.limits
        self._service: Service | None = None
        self._listeners: list[asyncio.Server] = []
        self._ticker: asyncio.TimerHandle | None = None
        self._tls: dict[str, Any] = {}
        self.idle_time = 0.0

    async def start(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        path: str | None = None,
        sockets: Sequence[socket.socket] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Start the application, then listen; port 0 takes any free one, see ``url``.

        Args:
            host: Where to listen.
            port: As above.
            path: A Unix socket to listen on instead.
            sockets: Bound sockets to listen on instead; they are closed by ``stop``.
            tls: Speak TLS with this context.

        Raises:
            OSError: The address is taken or not ours.
            Exception: What the application's start-up raised; nothing listens then.
        """
        loop = asyncio.get_running_loop()
        await self._application.startup()
        service = self._service = Service(self._application, self.limits, loop)

        def connection() -> Connection:
            service.opened = service.clock.now
            return Connection(service)

        if tls is not None:
            limits = self.limits
            self._tls = {
                "ssl": tls,
                "ssl_handshake_timeout": limits.head_time,
                "ssl_shutdown_timeout": limits.linger_time,
            }
        options: dict[str, Any] = {"backlog": BACKLOG, **self._tls}
        try:
            if path is not None:
                self._listeners.append(await loop.create_unix_server(connection, path, **options))
            for bound in sockets:
                self._listeners.append(await _listen(loop, connection, bound, options))
            if path is None and not sockets:
                self._listeners.append(await loop.create_server(connection, host, port, **options))
        except BaseException:
            await self._application.shutdown()
            raise
        self._tick()

    def _tick(self) -> None:
        service = self._service
        if service is not None:
            self._ticker = service.loop.call_later(TICK, self._tick)  # first: no error below may end all limits
            service.tick()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return 0 if self._service is None else len(self._service.connections)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the first listener."""
        host, port = self._listeners[0].sockets[0].getsockname()[:2]
        return str(host), int(port)

    @property
    def url(self) -> str:
        """The URL of the first listener, without a slash at the end."""
        host, port = self.address
        scheme = "https" if self._tls else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def stop(self) -> None:
        """Take no more connections, let running requests end within the limit, then shut the application down.

        What has come by now is answered: requests that nobody has read yet, and those of connections that wait in the
        queue of a listener.
        """
        service = self._service
        if service is None:
            return
        service.draining = True
        await self._stop_listening(service)
        end = service.loop.time() + self.limits.shutdown_time
        await self._drain(service, end)
        for connection in tuple(service.connections):
            connection.transport.abort()
        for task in tuple(service.background):
            task.cancel()
        if service.background:
            await asyncio.wait(tuple(service.background), timeout=1.0)
        await asyncio.sleep(0)
        if self._ticker is not None:
            self._ticker.cancel()
        self._service = None
        self._listeners.clear()
        await self._application.shutdown()

    async def _stop_listening(self, service: Service) -> None:
        """Close the listeners, and take what waits in their queues: the kernel would reset it."""
        loop = service.loop
        for listener in self._listeners:
            for bound in listener.sockets:
                loop.remove_reader(bound.fileno())  # asyncio's own loop loses what it accepts while a listener closes
        await asyncio.sleep(0)
        for listener in self._listeners:
            waiting = [client for bound in listener.sockets for client in _waiting(bound)]
            listener.close()
            for client in waiting:
                service.spawn(self._take(service, client), Context())
        await asyncio.sleep(0)  # what was accepted before is among the connections now

    async def _take(self, service: Service, client: socket.socket) -> None:
        with suppress(OSError):  # it is gone again, or speaks no TLS
            await service.loop.connect_accepted_socket(lambda: Connection(service), client, **self._tls)

    async def _drain(self, service: Service, end: float) -> None:
        """Wait until every connection and all work after answers has ended, or until the time is over."""
        while True:
            now = service.loop.time()
            idle_since = now - service.clock.held - self.idle_time
            in_handshake = self._tls and service.opened > max(idle_since, now - self.limits.head_time)
            if not (service.connections or service.background or in_handshake):
                return
            if now >= end:
                logger.warning("%d connections were cut off when the server stopped", len(service.connections))
                return
            for connection in tuple(service.connections):
                connection.finish(idle_since)
            await asyncio.sleep(0.01)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _waiting(listener: socket.socket) -> list[socket.socket]:
    """Accept what waits in the queue of a listener."""
    accepted: list[socket.socket] = []
    with (
        suppress(OSError),  # it is empty, or no file can be opened any more
        socket.socket(fileno=os.dup(listener.fileno())) as queue,  # what uvloop shows of its own cannot accept
    ):
        queue.setblocking(False)
        while len(accepted) < BACKLOG:
            accepted.append(queue.accept()[0])
    return accepted


async def _listen(
    loop: asyncio.AbstractEventLoop,
    connection: Callable[[], Connection],
    bound: socket.socket,
    options: dict[str, Any],
) -> asyncio.Server:
    if bound.family != socket.AF_UNIX:
        return await loop.create_server(connection, sock=bound, **options)
    if sys.version_info >= (3, 13):
        options = {**options, "cleanup_socket": False}  # the path is of whoever has bound it
    return await loop.create_unix_server(connection, sock=bound, **options)
