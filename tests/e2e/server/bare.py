"""The smallest application there is, and a client that speaks bytes."""

from __future__ import annotations

import asyncio
import contextvars
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

from rooftree.base import Limits, PayloadTooLarge
from rooftree.http import SWITCHED, Request, Response, TrustedProxies, WebSocketClosed
from rooftree.server import Server

TEXT = "text/plain; charset=utf-8"

Handler = Callable[[Request], Awaitable[Response]]


class Bare:
    """Answers GET with ``OK`` and POST with the body; paths can be given handlers of their own."""

    def __init__(self, **handlers: Handler) -> None:
        self.context = contextvars.copy_context()
        self.limits = Limits()
        self.proxies: TrustedProxies | None = None
        self.handlers = handlers
        self.started = self.stopped = 0
        self.seen: list[Request] = []
        self.reported: list[tuple[str, Exception, str]] = []

    async def respond(self, request: Request, /) -> Response:
        handler = self.handlers.get(request.raw_path.decode().strip("/"))
        if handler is not None:
            return await handler(request)
        if request.websocket is not None:
            return await echo(request)
        if request.method == "POST":
            try:
                return Response(await request.body())
            except PayloadTooLarge as refused:  # as an App answers it
                return Response(b"", refused.status)
        return Response(b"OK", 200, TEXT)

    async def report(self, request: Request, error: Exception, during: Literal["stream", "after"]) -> None:
        self.reported.append((request.path, error, during))

    async def startup(self) -> None:
        self.started += 1

    async def shutdown(self) -> None:
        self.stopped += 1


async def echo(request: Request) -> Response:
    """Send each message back."""
    websocket = request.websocket
    assert websocket is not None
    await websocket.accept(next(iter(websocket.subprotocols), None))
    try:
        while True:
            await websocket.send(await websocket.receive())
    except WebSocketClosed:
        return SWITCHED


@asynccontextmanager
async def serving(
    application: Bare | None = None,
    *,
    limits: Limits | None = None,
    proxies: TrustedProxies | None = None,
    **start: Any,
) -> AsyncGenerator[Server]:
    application = application or Bare()
    application.proxies = proxies
    server = Server(application, limits=limits)
    await server.start(**start)
    try:
        yield server
    finally:
        await server.stop()


class Client:
    """A connection that sends and reads bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self, *, head_only: bool = False) -> Answer:
        """Read one answer, framed as RFC 9112 says."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[:-2]
        status = int(lines[0].split(" ")[1])
        headers: list[tuple[str, str]] = []
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            headers.append((name.lower(), value))
        found = dict(headers)
        body = b""
        if head_only or status in {100, 101, 204, 304}:
            pass
        elif found.get("transfer-encoding") == "chunked":
            chunks: list[bytes] = []
            while size := int(await self.reader.readline(), 16):
                chunks.append(await self.reader.readexactly(size))
                assert await self.reader.readexactly(2) == b"\r\n"
            body = b"".join(chunks)
            assert await self.reader.readexactly(2) == b"\r\n"
        elif "content-length" in found:
            body = await self.reader.readexactly(int(found["content-length"]))
        else:
            body = await self.reader.read()
        return Answer(status, headers, body)

    async def ask(self, data: bytes, *, head_only: bool = False) -> Answer:
        self.send(data)
        return await self.answer(head_only=head_only)

    async def rest(self) -> bytes:
        """Read until the server closes."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b""

    def read_on(self, read: bool) -> None:
        """Stop or go on taking what comes."""
        transport = cast("asyncio.Transport", self.writer.transport)
        if read:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Go away as a crash does."""
        self.writer.transport.abort()


class Answer:
    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def __getitem__(self, name: str) -> str | None:
        return dict(self.headers).get(name)

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.headers} {self.body[:200]!r}>"


async def until(condition: Callable[[], bool]) -> None:
    """Give turns until it holds; the time limit of the test ends it."""
    while not condition():  # noqa: ASYNC110 - what is waited for sets no event
        await asyncio.sleep(0.01)


async def standstill(value: Callable[[], int]) -> int:
    """Return a number once it has stayed the same for a while: whatever counts it up is held back."""
    last, same = value(), 0
    while same < 20:
        await asyncio.sleep(0.01)
        last, same = (last, same + 1) if value() == last else (value(), 0)
    return last


@asynccontextmanager
async def connected(server: Server, **options: Any) -> AsyncGenerator[Client]:
    options.setdefault("limit", 2**22)
    reader, writer = await asyncio.open_connection(*server.address, **options)
    client = Client(reader, writer)
    try:
        yield client
    finally:
        writer.close()


def get(path: str = "/", *lines: str, method: str = "GET") -> bytes:
    """Write a request without a body."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: test", *lines, "", ""]).encode()


def post(body: bytes = b"", path: str = "/", *lines: str) -> bytes:
    """Write a request with a body."""
    return get(path, f"Content-Length: {len(body)}", *lines, method="POST") + body


def chunked(*chunks: bytes, path: str = "/") -> bytes:
    """Write a request with its body in chunks."""
    parts = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*chunks, b"")]
    return get(path, "Transfer-Encoding: chunked", method="POST") + b"".join(parts)


def statuses(data: bytes) -> list[int]:
    """Return the status of each answer in what was read."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", data)]
