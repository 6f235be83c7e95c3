"""The other side of ASGI in tests: scopes, and a queue of messages in and a list of messages out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, MutableMapping
from contextvars import Context, copy_context
from typing import Any

from rooftree.app.failure import During
from rooftree.base import Settings
from rooftree.http import Request, Response

__all__ = ["FakeServer", "Handler", "Hosted", "Message", "http_scope", "socket_scope"]

Message = MutableMapping[str, Any]


class FakeServer:
    """Hands out the messages that were put in, and keeps those that were sent."""

    def __init__(self, *messages: Message) -> None:
        self.incoming: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: list[Message] = []
        self.fail_at: int | None = None
        for message in messages:
            self.incoming.put_nowait(message)

    async def receive(self) -> Message:
        return await self.incoming.get()

    async def send(self, message: Message) -> None:
        if self.fail_at is not None and len(self.sent) >= self.fail_at:
            raise OSError("gone")
        self.sent.append(message)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Hosted:
    """The smallest application that the adapter takes."""

    def __init__(
        self, handler: Handler, *, starts: Callable[[], None] = lambda: None, stops: Callable[[], None] = lambda: None
    ) -> None:
        self.context: Context = copy_context()
        self.settings = Settings(trusted_proxies=("10.0.0.1",))
        self.running = False
        self._starts, self._stops = starts, stops
        self._handler = handler
        self.reported: list[tuple[Exception, During]] = []

    def respond(self, request: Request, /) -> Coroutine[Any, Any, Response]:
        return self._handler(request)

    async def report(self, request: Request, error: Exception, during: During) -> None:
        self.reported.append((error, during))

    async def startup(self) -> None:
        await asyncio.sleep(0)
        self._starts()
        self.running = True

    async def shutdown(self) -> None:
        self._stops()
        self.running = False


def http_scope(path: str = "/", method: str = "GET", *headers: tuple[bytes, bytes], **changes: Any) -> Message:
    scope: Message = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"example.org"), *headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
    }
    scope.update(changes)
    return scope


def socket_scope(*subprotocols: str, **changes: Any) -> Message:
    scope = http_scope()
    del scope["method"]
    scope.update({"type": "websocket", "scheme": "ws", "subprotocols": list(subprotocols), **changes})
    return scope
