"""A server inside a running event loop."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from rooftree.base import Limits
from rooftree.server.clock import TICK
from rooftree.server.connection import Connection
from rooftree.server.service import Service, logger
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
        self._scheme = "http"

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
        self._scheme = "http" if tls is None else "https"

        def connection() -> Connection:
            return Connection(service)

        options: dict[str, Any] = {}
        if tls is not None:
            limits = self.limits
            options = {
                "ssl": tls,
                "ssl_handshake_timeout": limits.head_time,
                "ssl_shutdown_timeout": limits.linger_time,
            }
        try:
            if path is not None:
                self._listeners.append(await loop.create_unix_server(connection, path, backlog=BACKLOG, **options))
            for bound in sockets:
                self._listeners.append(await _listen(loop, connection, bound, options))
            if path is None and not sockets:
                self._listeners.append(await loop.create_server(connection, host, port, backlog=BACKLOG, **options))
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
    def address(self) -> tuple[str, int]:
        """Host and port of the first listener."""
        host, port = self._listeners[0].sockets[0].getsockname()[:2]
        return str(host), int(port)

    @property
    def url(self) -> str:
        """The URL of the first listener, without a slash at the end."""
        host, port = self.address
        return f"{self._scheme}://[{host}]:{port}" if ":" in host else f"{self._scheme}://{host}:{port}"

    async def stop(self, *, idle_time: float = 0.0) -> None:
        """Take no more connections, let running requests end within the limit, then shut the application down.

        Args:
            idle_time: Seconds that a connection may have been idle; until then a request on it is still answered.
        """
        service = self._service
        if service is None:
            return
        for listener in self._listeners:
            listener.close()
        service.draining = True
        end = service.loop.time() + self.limits.shutdown_time
        await self._drain(service, end, idle_time)
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

    async def _drain(self, service: Service, end: float, idle_time: float) -> None:
        """Wait until every connection and all work after answers has ended, or until the time is over."""
        while service.connections or service.background:
            now = service.loop.time()
            if now >= end:
                logger.warning("%d connections were cut off when the server stopped", len(service.connections))
                return
            for connection in tuple(service.connections):
                connection.finish(now - service.clock.held - idle_time)
            await asyncio.sleep(0.01)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


async def _listen(
    loop: asyncio.AbstractEventLoop,
    connection: Callable[[], Connection],
    bound: socket.socket,
    options: dict[str, Any],
) -> asyncio.Server:
    if bound.family != socket.AF_UNIX:
        return await loop.create_server(connection, sock=bound, backlog=BACKLOG, **options)
    if sys.version_info >= (3, 13):
        options = {**options, "cleanup_socket": False}  # the path is of whoever has bound it
    return await loop.create_unix_server(connection, sock=bound, backlog=BACKLOG, **options)
