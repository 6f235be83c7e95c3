"""Carries httpx's requests into an application in this process, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextvars import copy_context
from typing import Any, cast

import httpx

from rooftree.base import Call, ClientDisconnected, current_call
from rooftree.http import ConnectionInfo, Request, Response, start_of

__all__ = ["AppTransport", "ClientResponse", "dispatch", "make_request"]


class ClientResponse(httpx.Response):
    """An answer as the test client gives it: everything of ``httpx.Response``, and :attr:`ok`."""

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status_code < 400


class _Body:
    """A request body that the application takes part by part."""

    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._parts = aiter(stream)

    async def receive(self) -> bytes:
        async for part in self._parts:
            if part:
                return part
        return b""


class _Stream(httpx.AsyncByteStream):
    """The body of an answer; closing it is what a client does that goes away."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body = self._response.body
        if isinstance(body, str):
            yield body.encode()
        elif isinstance(body, bytes):
            yield body
        else:
            async for part in body:
                yield part
        await self._end()

    async def aclose(self) -> None:
        close = getattr(self._response.body, "aclose", None)
        if close is not None:
            await close()
        await self._end()

    async def _end(self) -> None:
        after, self._response.after = self._response.after, None
        for work in after or ():
            await work()


class AppTransport(httpx.AsyncBaseTransport):
    """Answers each request by the application; no network, no server."""

    def __init__(self, app: Any, client: tuple[str, int] = ("127.0.0.1", 50000)) -> None:
        self._app = app
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> ClientResponse:
        """Return the answer to one request."""
        made = make_request(request.method, request.url, request.headers.raw, self._client)
        made.content, made.source = None, _Body(cast("AsyncIterable[bytes]", request.stream))
        response = await dispatch(self._app, made)
        headers = _headers(response)
        content: dict[str, Any] = {"content": b""} if request.method == "HEAD" else {"stream": _Stream(response)}
        return ClientResponse(response.status, headers=headers, request=request, **content)


def make_request(
    method: str, url: httpx.URL, headers: list[tuple[bytes, bytes]], client: tuple[str, int], websocket: Any = None
) -> Request:
    """Return the request as a server would have made it from these parts."""
    secure = url.scheme in {"https", "wss"}
    raw_path, _, query = url.raw_path.partition(b"?")
    return Request(
        method,
        raw_path,
        query,
        [(name.lower(), value) for name, value in headers],
        url.netloc,
        ConnectionInfo("https" if secure else "http", client, (url.host, url.port or (443 if secure else 80))),
        websocket=websocket,
    )


async def dispatch(app: Any, request: Request) -> Response:
    """Run the application on a request in a context of its own, which sees what the test has set."""
    context = copy_context()
    known = context.get(current_call)
    if known is None or known.app is not app:
        call = app.context.get(current_call)
        context.run(current_call.set, call if call is not None else Call(app))
    try:
        response: Response = await asyncio.create_task(app(request), context=context)
    except ClientDisconnected:
        return Response(b"", 499, None)
    return response


def _headers(response: Response) -> list[tuple[bytes, bytes]]:
    lines = start_of(response.status, response.media_type).split(b"\r\n")[1:] + response.lines.split(b"\r\n")
    pairs = [(name, value) for name, _, value in (line.partition(b": ") for line in lines) if name]
    pairs += response.own_headers or []
    body = response.body.encode() if isinstance(response.body, str) else response.body
    if isinstance(body, bytes):
        if response.status >= 200 and response.status not in {204, 304}:
            pairs.append((b"content-length", str(len(body)).encode()))
    elif response.length is not None:
        pairs.append((b"content-length", str(response.length).encode()))
    return pairs
