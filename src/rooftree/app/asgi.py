"""An App as an ASGI 3 application: what uvicorn, hypercorn, granian or any other ASGI server calls.

    asgi -> Gateway -> request_of (scope -> Request) -> Exchange or Conversation (the answer, disconnects) -> App

The server's bytes are not ours here, so the bounds that our own server sets on a head are set on the scope.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextvars import Context
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from rooftree.app.asgi_exchange import Exchange, Incoming
from rooftree.app.asgi_websocket import Conversation
from rooftree.app.failure import During
from rooftree.base import Settings
from rooftree.http import ConnectionInfo, Fields, Request, Response, TrustedProxies

__all__ = ["Hosted", "asgi"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger("rooftree.asgi")

MAX_TARGET: Final = 8 * 1024
MAX_HEAD: Final = 32 * 1024
MAX_HEADERS: Final = 100
_HOST = rb"(?:[A-Za-z0-9._\-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?"
_NEVER = rb"[\x00-\x20\x7f-\xff]"
_NOT_IN_PATHS = _NEVER + rb"|%(?:[01][0-9A-Fa-f]|7[Ff])"
_NOT_IN_QUERIES = _NEVER + rb"|%00"  # which may hold the lines of a text, as a form sends them


class Hosted(Protocol):
    """The application, as this adapter sees it."""

    context: Context
    settings: Settings

    @property
    def running(self) -> bool:
        """Whether it was started."""
        ...

    def respond(self, request: Request, /) -> Coroutine[Any, Any, Response]:
        """Answer a request."""
        ...

    async def report(self, request: Request, error: Exception, during: During) -> None:
        """Log an error that no answer can tell of any more."""
        ...

    async def startup(self) -> None:
        """Prepare to serve."""
        ...

    async def shutdown(self) -> None:
        """Let go of everything."""
        ...


_gateways: WeakKeyDictionary[Hosted, Gateway] = WeakKeyDictionary()


async def asgi(application: Hosted, scope: Message, receive: Receive, send: Send) -> None:
    """Serve one ASGI scope: a request, a WebSocket, or the application's lifespan.

    Where the server runs no lifespan, the first request starts the application; nothing shuts it down then.

    Raises:
        ValueError: The scope is of another type.
        Exception: What the application's start-up raised, where a request had to start it.
    """
    gateway = _gateways.get(application)
    if gateway is None:
        gateway = _gateways[application] = Gateway(application)
    kind = scope["type"]
    if kind == "lifespan":
        await gateway.lifespan(receive, send)
    elif kind in {"http", "websocket"}:
        await gateway.serve(scope, receive, send)
    else:
        raise ValueError(f"An ASGI scope of the type {kind!r} is not served; 'http', 'websocket' and 'lifespan' are.")


class Gateway:
    """What all scopes of one application share."""

    __slots__ = ("_application", "_proxies", "_starting")

    def __init__(self, application: Hosted) -> None:
        self._application: Final = application
        self._proxies: Final = TrustedProxies(
            application.settings.trusted_proxies, application.settings.forwarded_headers
        )
        self._starting: asyncio.Task[None] | None = None

    async def lifespan(self, receive: Receive, send: Send) -> None:
        """Start the application when the server says so, and shut it down; a failure is reported, and logged."""
        await receive()  # lifespan.startup
        try:
            await self._application.startup()
        except Exception as error:  # noqa: BLE001 - the server is told, and decides
            _log.exception("The application did not start")
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        try:
            await self._application.shutdown()
        except Exception as error:  # noqa: BLE001 - the server is told, and decides
            _log.exception("The application did not shut down")
            await send({"type": "lifespan.shutdown.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.shutdown.complete"})

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket."""
        if not self._application.running:
            await self._start()
        request = self._request(scope, [(bytes(name), bytes(value)) for name, value in scope["headers"]])
        refusal = _refusal(request)
        run = self._application.respond if refusal is None else _refusing(refusal)
        if scope["type"] == "websocket":
            conversation = Conversation(request, scope, receive, send, self._application.report)
            await conversation.run(run, self._application.context)
            return
        incoming = Incoming(receive, complete=not _has_body(request))
        if not incoming.complete:
            request.content, request.source = None, incoming
        exchange = Exchange(request, incoming, send, self._application.report)
        await exchange.run(run, self._application.context)

    async def _start(self) -> None:
        if self._starting is None:
            self._starting = asyncio.create_task(self._application.startup())
        starting = self._starting
        try:
            await asyncio.shield(starting)
        except Exception:
            if self._starting is starting:
                self._starting = None  # the next request tries again
            raise

    def _request(self, scope: Message, raw_headers: list[tuple[bytes, bytes]]) -> Request:
        root_path: str = scope.get("root_path") or ""
        client: tuple[str, int] | None = tuple(scope["client"]) if scope.get("client") else None
        server: tuple[str, int | None] | None = tuple(scope["server"]) if scope.get("server") else None
        peer = client[0] if client is not None else None
        scheme: str = scope.get("scheme", "http")
        secure = "https" if scheme in {"https", "wss"} else "http"
        return Request(
            method=scope.get("method", "GET"),
            raw_path=_raw_path(scope, root_path),
            query_string=bytes(scope.get("query_string", b"")),
            fields=Fields(raw_headers),
            raw_host=next((value for name, value in raw_headers if name == b"host"), b""),
            connection=ConnectionInfo(secure, client, server, self._proxies.at(peer)),
            app=self._application,
            http_version=scope.get("http_version", "1.1"),
            root_path=root_path.rstrip("/"),
        )


def _raw_path(scope: Message, root_path: str) -> bytes:
    """Return the path as sent, below the root path; ASGI's ``path`` and ``raw_path`` both start with that."""
    raw: bytes = bytes(scope.get("raw_path") or b"").partition(b"?")[0] or _quote(scope["path"])
    if not root_path or not _is_below(scope["path"], root_path):
        return raw
    # as many segments as the root path has, however they are escaped
    rest = raw.split(b"/", root_path.count("/") + 1)
    return b"/" + rest[-1] if len(rest) == root_path.count("/") + 2 else b"/"


def _is_below(path: str, root_path: str) -> bool:
    return path == root_path or path.startswith(f"{root_path}/")


def _quote(path: str) -> bytes:
    from urllib.parse import quote

    return quote(path, safe="/!$&'()*+,;=:@").encode("ascii")


def _has_body(request: Request) -> bool:
    """Whether a body may follow: over HTTP/1.1 its head says so (RFC 9112 section 6.3), over HTTP/2 it need not."""
    for name, value in request.raw_headers:
        if name == b"transfer-encoding":
            return True
        if name == b"content-length":
            return value != b"0"
    return not request.http_version.startswith("1") and request.method not in {"GET", "HEAD"}


def _refusal(request: Request) -> Response | None:
    """Return the answer to a head that our own server would refuse."""
    target = len(request.raw_path) + len(request.query_string) + 1
    size = target + sum(len(name) + len(value) + 4 for name, value in request.raw_headers)
    hosts = [value for name, value in request.raw_headers if name == b"host"]
    if target > MAX_TARGET:
        return _plain(414, "The target of the request is too long.")
    if size > MAX_HEAD or len(request.raw_headers) > MAX_HEADERS:
        return _plain(431, "The head of the request is too large.")
    if len(hosts) > 1 or not (re.fullmatch(_HOST, hosts[0]) if hosts else request.http_version != "1.1"):
        return _plain(400, "A request has one Host header with the name of a host.")
    if re.search(_NOT_IN_PATHS, request.raw_path) or re.search(_NOT_IN_QUERIES, request.query_string):
        return _plain(400, "The target of the request holds a control character.")
    return None


def _plain(status: int, text: str) -> Response:
    return Response(text.encode(), status, "text/plain; charset=utf-8", {"connection": "close"})


def _refusing(refusal: Response) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def refuse(request: Request) -> Response:  # noqa: ARG001 - called as an application is
        return refusal

    return refuse
