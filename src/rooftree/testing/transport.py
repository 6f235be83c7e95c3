"""Carries httpx's requests into an application in this process, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from contextvars import Context, copy_context
from functools import partial
from typing import cast

import httpx

from rooftree.app import App, Failure
from rooftree.base import Call, current_call
from rooftree.http import ConnectionInfo, Fields, Request, Response, WebSocketTransport
from rooftree.testing.answers import ClientResponse, answer_of

__all__ = ["AppTransport"]


class AppTransport(httpx.AsyncBaseTransport):
    """Answers each request by the application; no network, no server.

    Args:
        app: The application.
        client: Where the requests come from.
        raise_errors: Raise what the application raised and nobody handled.
    """

    def __init__(self, app: App, client: tuple[str, int], *, raise_errors: bool) -> None:
        self.app = app
        self.raise_errors = raise_errors
        self._client = client
        proxies = app.proxies
        self._trusted = None if proxies is None else proxies.at(client[0])
        self._failures: list[Failure] = []

    def remember(self, failure: Failure) -> None:
        """Keep an error for whoever waits for the answer to its request."""
        if failure.during == "request":  # others are met where the answer is read
            self._failures.append(failure)

    async def handle_async_request(self, request: httpx.Request) -> ClientResponse:
        """Return the answer to one request."""
        made = self.request_of(request)
        if isinstance(request.stream, httpx.ByteStream):
            made.content = await request.aread()
        else:
            made.content, made.source = None, _Body(cast("AsyncIterable[bytes]", request.stream))
        context = self.context()
        response = await self.dispatch(made, context)
        return self.answer_of(response, made, context, request)

    def answer_of(self, response: Response, made: Request, context: Context, request: httpx.Request) -> ClientResponse:
        """Return an application's answer as the client of a server would get it."""
        report = partial(self.app.report, made)
        return answer_of(response, made, context, request, report, raise_errors=self.raise_errors)

    def request_of(self, request: httpx.Request, websocket: WebSocketTransport | None = None) -> Request:
        """Return the request as a server would have made it."""
        url = request.url
        secure = url.scheme in {"https", "wss"}
        raw_path, _, query = url.raw_path.partition(b"?")
        return Request(
            request.method,
            raw_path,
            query,
            Fields([(name.lower(), value) for name, value in request.headers.raw]),
            request.headers.get("host", "").encode(),
            ConnectionInfo(
                "https" if secure else "http",
                self._client,
                (url.host, url.port or (443 if secure else 80)),
                self._trusted,
            ),
            app=self.app,
            websocket=websocket,
        )

    def context(self) -> Context:
        """Return a context for one request: it sees what the test has set, and the application's Call."""
        context = copy_context()
        known = context.get(current_call)
        if known is None or known.app is not self.app:
            call = self.app.context.get(current_call)
            context.run(current_call.set, call if call is not None else Call(self.app))
        return context

    async def dispatch(self, request: Request, context: Context) -> Response:
        """Run the application on a request.

        Raises:
            Exception: What nobody handled, where errors are to be raised.
        """
        try:
            response: Response = await asyncio.create_task(self.app.respond(request), context=context)
        finally:
            found = [failure for failure in self._failures if failure.request is request]
            self._failures = [failure for failure in self._failures if failure.request is not request]
        if found and self.raise_errors:
            await response.aclose()
            await request.aclose()
            raise found[0].error
        return response


class _Body:
    """A request body that the application takes part by part."""

    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._parts = aiter(stream)

    async def receive(self) -> bytes:
        async for part in self._parts:
            if part:
                return part
        return b""
