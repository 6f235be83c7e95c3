"""The other side of ASGI: an application of that kind inside of ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import unquote

from rooftree.base import ClientDisconnected, RouteError
from rooftree.http import SWITCHED, Request, Response, WebSocketClosed, WebSocketTransport

__all__ = ["MountedAsgi"]

Message = MutableMapping[str, Any]
Asgi = Callable[..., Awaitable[None]]

_log = logging.getLogger("rooftree.mounts")

VERSIONS: Final = {"version": "3.0", "spec_version": "2.4"}
_PATH: Final = "/!$&'()*+,;=:@"


class MountedAsgi:
    """An ASGI application below a prefix, with its lifespan.

    Args:
        app: The application.
        prefix: The path that it is mounted at, decoded, without a slash at its end.
        place: File and line of the mount.
    """

    __slots__ = ("_app", "_calls", "_place", "_prefix", "_state")

    def __init__(self, app: Asgi, prefix: str, place: str) -> None:
        self._app = app
        self._prefix = prefix
        self._place = place
        self._state: dict[str, Any] = {}
        self._calls: set[asyncio.Task[None]] = set()

    async def answer(self, request: Request, rest: bytes) -> Response:
        """Hand a request or a WebSocket handshake on."""
        if request.websocket is not None:
            conversation = _Conversation(request.websocket)
            scope = self._scope(request, rest, "websocket")
            await self._app(scope, conversation.receive, conversation.send)
            return await conversation.answer()
        call = _Call(request)
        task = asyncio.get_running_loop().create_task(call.run(self._app, self._scope(request, rest, "http")))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        call.task = task
        return await call.answer()

    def _scope(self, request: Request, rest: bytes, kind: str) -> Message:
        root_path = request.root_path + self._prefix
        raw_path = request.raw_path
        if request.root_path:
            from urllib.parse import quote

            raw_path = quote(request.root_path, safe=_PATH).encode("ascii") + raw_path
        connection = request.connection
        scope: Message = {
            "type": kind,
            "asgi": VERSIONS,
            "http_version": request.http_version,
            "scheme": request.scheme,
            # as the specification has it, both paths begin with the root path
            "path": root_path + unquote(rest.decode("ascii"), errors="strict"),
            "raw_path": raw_path,
            "root_path": root_path,
            "query_string": request.query_string,
            "headers": list(request.raw_headers),
            "client": request.client,
            "server": connection.server,
            "extensions": {},
            "state": self._state.copy(),
        }
        if kind == "http":
            scope["method"] = request.method
        else:
            scope["scheme"] = "wss" if request.scheme == "https" else "ws"
            scope["subprotocols"] = list(request.websocket.subprotocols) if request.websocket is not None else []
            scope["extensions"] = {"websocket.http.response": {}}
        return scope

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Run the application's lifespan where it has one; at the end wait for what it still does."""
        lifespan = _Lifespan(self._app, self._state)
        failure = await lifespan.start()
        if failure is not None:
            raise RouteError(
                "R211",
                f"The application mounted at '{self._prefix or '/'}' did not start: {failure or 'it gives no reason'}.",
                "Its own log says more.",
                at=self._place,
            )
        try:
            yield
        finally:
            if self._calls:
                await asyncio.wait(tuple(self._calls), timeout=5.0)
            for call in tuple(self._calls):
                call.cancel()
            await lifespan.stop()


class _Call:
    """One request to the mounted application, which runs as a task of its own: it may go on after its answer."""

    __slots__ = ("_body", "_first", "_headers", "_over", "_parts", "_sent", "_status", "_streaming", "task")

    def __init__(self, request: Request) -> None:
        self._body: AsyncIterator[bytes] | None = request.stream()
        self._first: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()
        self._parts: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(1)
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._streaming = self._sent = False
        self.task: asyncio.Task[None] | None = None

    async def answer(self) -> Response:
        """Return the answer when its first part is there.

        Raises:
            Exception: What the application raised before.
        """
        try:
            return await self._first
        except asyncio.CancelledError:
            self._leave()
            raise

    async def run(self, app: Asgi, scope: Message) -> None:
        error: Exception | None = None
        try:
            await app(scope, self.receive, self.send)
        except Exception as raised:  # noqa: BLE001 - it leaves by the answer, or by the log where that was sent
            error = raised
        if self._sent:
            if error is not None:
                _log.error("A mounted application failed after its answer", exc_info=error)
            return
        error = error or RuntimeError("The mounted application returned before its answer was complete.")
        if self._streaming:
            await self._parts.put(error)
        elif not self._first.done():
            self._first.set_exception(error)

    async def receive(self) -> Message:
        """Return the next part of the body, then wait for the end."""
        if self._body is not None:
            try:
                return {"type": "http.request", "body": await anext(self._body), "more_body": True}
            except StopAsyncIteration:
                self._body = None
                return {"type": "http.request", "body": b"", "more_body": False}
            except ClientDisconnected:
                self._body = None
                self._over.set()
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a part of the answer; waits while the client does not read."""
        kind = message["type"]
        if self._sent or self._over.is_set():
            return
        if kind == "http.response.start":
            self._status = message["status"]
            self._headers = [_checked(name, value) for name, value in message.get("headers", ())]
        elif kind == "http.response.body" and self._status:
            await self._take(bytes(message.get("body", b"")), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"The mounted application sent {kind!r} out of turn.")

    async def _take(self, part: bytes, *, more: bool) -> None:
        if not self._streaming and not self._first.done():
            self._streaming = more
            self._first.set_result(self._response(self._stream() if more else part))
            if more and part:
                await self._parts.put(part)
        elif part:
            await self._parts.put(part)
        if not more:
            self._sent = True
            if self._streaming:
                await self._parts.put(None)
            self._over.set()

    def _response(self, body: AsyncIterator[bytes] | bytes) -> Response:
        response = Response(body, self._status, None)
        response.headers.pairs += self._headers
        if not isinstance(body, bytes):
            length = next((value for name, value in self._headers if name == b"content-length"), b"")
            response.length = int(length) if length.isdigit() else None
        return response

    async def _stream(self) -> AsyncIterator[bytes]:
        try:
            while (part := await self._parts.get()) is not None:
                if isinstance(part, Exception):
                    raise part
                yield part
        finally:
            self._leave()

    def _leave(self) -> None:
        """Tell the application that nobody listens any more."""
        self._over.set()
        if not self._sent and self.task is not None:
            self.task.cancel()


def _checked(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return a header of a mounted application; one that would break the head is its mistake, not the client's."""
    pair = (bytes(name).lower(), bytes(value))
    if not pair[0] or any(byte in part for part in pair for byte in b"\r\n\0") or b":" in pair[0] or b" " in pair[0]:
        raise ValueError(f"The mounted application sent a header that cannot be sent on: {name!r}: {value!r}.")
    return pair


class _Conversation:
    """One WebSocket of the mounted application."""

    __slots__ = ("_accepted", "_connected", "_denial", "_transport")

    def __init__(self, transport: WebSocketTransport) -> None:
        self._transport = transport
        self._connected = self._accepted = False
        self._denial: Response | None = None

    async def receive(self) -> Message:
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        try:
            data = await self._transport.receive()
        except WebSocketClosed as closed:
            return {"type": "websocket.disconnect", "code": closed.code, "reason": closed.reason}
        return {"type": "websocket.receive", "text" if isinstance(data, str) else "bytes": data}

    async def send(self, message: Message) -> None:
        kind = message["type"]
        try:
            if kind == "websocket.accept":
                headers = [_checked(name, value) for name, value in message.get("headers", ())]
                await self._transport.accept(message.get("subprotocol"), headers)
                self._accepted = True
            elif kind == "websocket.send":
                text = message.get("text")
                await self._transport.send(bytes(message["bytes"]) if text is None else text)
            elif kind == "websocket.close" and self._accepted:
                await self._transport.close(message.get("code", 1000), message.get("reason") or "")
            elif kind == "websocket.http.response.start":
                self._denial = Response(b"", message["status"], None)
                self._denial.headers.pairs += [_checked(*pair) for pair in message.get("headers", ())]
            elif kind == "websocket.http.response.body" and self._denial is not None:
                body = self._denial.body
                self._denial.body = (body if isinstance(body, bytes) else b"") + bytes(message.get("body", b""))
        except WebSocketClosed as closed:
            raise OSError(str(closed)) from None  # what ASGI's specification asks for

    async def answer(self) -> Response:
        """Return the answer to the handshake: 101 was given, or this."""
        if self._accepted:
            await self._transport.close()
            return SWITCHED
        return self._denial or Response(b"Forbidden", 403, "text/plain; charset=utf-8")


class _Lifespan:
    """The start-up and shutdown of a mounted application, one task from the first to the last."""

    __slots__ = ("_app", "_asked", "_ended", "_started", "_state", "_stop", "_supported", "_task")

    def __init__(self, app: Asgi, state: dict[str, Any]) -> None:
        self._app = app
        self._state = state
        self._asked = self._supported = False
        self._stop = asyncio.Event()
        self._started: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> str | None:
        """Return why the application did not start; ``None`` where it did, or has no lifespan."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        return await self._started

    async def stop(self) -> None:
        """Let the application shut down."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": VERSIONS, "state": self._state}
        try:
            await self._app(scope, self._receive, self._send)
        except Exception:  # noqa: BLE001 - an application without a lifespan says so by raising (ASGI's specification)
            if self._supported:
                _log.exception("The lifespan of a mounted application failed")
        finally:
            if not self._started.done():
                self._started.set_result(None)

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._stop.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        kind, text = message["type"], message.get("message", "")
        if kind == "lifespan.startup.complete":
            self._supported = True
            self._started.set_result(None)
        elif kind == "lifespan.startup.failed":
            self._started.set_result(text)
        elif kind == "lifespan.shutdown.failed":
            _log.error("A mounted application did not shut down: %s", text)
