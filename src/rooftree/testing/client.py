"""The test client: an application in this process, asked as a browser or a program would ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack, cast

import httpx

from rooftree.app import App, Failure
from rooftree.testing.transport import AppTransport, ClientResponse, dispatch, make_request
from rooftree.testing.websocket import Refused, TestSocket

__all__ = ["Client", "RequestOptions"]


class RequestOptions(TypedDict, total=False):
    """What a request can carry; the same names as httpx has.

    Attributes:
        params: The query string's parameters.
        headers: Further headers.
        cookies: Cookies of this request.
        json: A value sent as JSON.
        data: Fields of a form.
        files: Files of a multipart form: ``{"photo": ("oak.png", data, "image/png")}``.
        content: The body itself, whole or as an asynchronous iterable.
        follow_redirects: Go on to where a redirect leads.
    """

    params: Mapping[str, Any] | Sequence[tuple[str, Any]]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    json: Any
    data: Mapping[str, Any]
    files: Any
    content: str | bytes | AsyncIterator[bytes]
    follow_redirects: bool


class Client:
    """Asks an application in this process, with cookies kept between requests.

    >>> async with Client(app) as client:
    ...     page = await client.get("/")
    ...     assert page.ok

    Args:
        app: The application; entering the client starts it, leaving shuts it down.
        base_url: Scheme and host of every request; the first of the application's own hosts where it is not given.
        headers: Sent with every request.
        follow_redirects: Go on to where a redirect leads.
        raise_errors: Raise what a handler raised, instead of giving the 500 that a visitor would see.
    """

    def __init__(
        self,
        app: App,
        *,
        base_url: str | None = None,
        headers: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
        raise_errors: bool = True,
    ) -> None:
        self.app = app
        self._http = httpx.AsyncClient(
            transport=AppTransport(app),
            base_url=base_url or f"http://{_host_of(app)}",
            headers=headers,
            follow_redirects=follow_redirects,
        )
        self._raise_errors = raise_errors
        self._errors: list[Exception] = []
        self._stack: AsyncExitStack | None = None

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookies that the client keeps."""
        return self._http.cookies

    @property
    def headers(self) -> httpx.Headers:
        """The headers sent with every request."""
        return self._http.headers

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self.app.startup()
            stack.push_async_callback(self.app.shutdown)
            self.app.failed.connect(self._remember)
            stack.callback(self.app.failed.disconnect, self._remember)
            await stack.enter_async_context(self._http)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stack is not None:
            await self._stack.aclose()

    async def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a request and return the whole answer.

        Raises:
            Exception: Whatever a handler raised and nobody handled, unless ``raise_errors=False`` was given.
        """
        self._errors.clear()
        response = await self._http.request(method, url, **options)  # type: ignore[arg-type, unused-ignore]
        self._raise_first()
        return cast("ClientResponse", response)

    async def get(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a GET request."""
        return await self.request("GET", url, **options)

    async def head(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a HEAD request."""
        return await self.request("HEAD", url, **options)

    async def options(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send an OPTIONS request."""
        return await self.request("OPTIONS", url, **options)

    async def post(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a POST request."""
        return await self.request("POST", url, **options)

    async def put(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a PUT request."""
        return await self.request("PUT", url, **options)

    async def patch(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a PATCH request."""
        return await self.request("PATCH", url, **options)

    async def delete(self, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a DELETE request."""
        return await self.request("DELETE", url, **options)

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Unpack[RequestOptions]) -> AsyncIterator[ClientResponse]:
        """Send a request and give the answer before its body; read it with ``aiter_bytes`` or ``aiter_lines``."""
        self._errors.clear()
        async with self._http.stream(method, url, **options) as response:  # type: ignore[arg-type, unused-ignore]
            self._raise_first()
            yield cast("ClientResponse", response)

    @asynccontextmanager
    async def websocket(
        self, url: str, *, subprotocols: Sequence[str] = (), headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[TestSocket]:
        """Open a WebSocket; leaving the block closes it and waits for the handler to end.

        Raises:
            Refused: The application answered the handshake with something other than 101.
        """
        self._errors.clear()
        socket = TestSocket(subprotocols)
        target = self._http.base_url.join(url)
        sent = httpx.Headers({"host": target.netloc.decode(), "origin": str(self._http.base_url).rstrip("/")})
        sent.update(self._http.headers)
        sent.update(headers)
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = make_request("GET", target, sent.raw, ("127.0.0.1", 50000), socket.server)
        running = asyncio.create_task(dispatch(self.app, request))
        waiting = asyncio.create_task(socket.accepted.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not socket.accepted.is_set():
            response = await running
            self._raise_first()
            raise Refused(response)
        try:
            yield socket
        finally:
            await socket.close()
            await asyncio.wait_for(running, 5)
            self._raise_first()

    async def _remember(self, failure: Failure) -> None:
        self._errors.append(failure.error)

    def _raise_first(self) -> None:
        if self._errors and self._raise_errors:
            raise self._errors.pop(0)


def _host_of(app: App) -> str:
    plain = [host for host in app.settings.hosts if host[0] not in "*."]
    return plain[0] if plain else "localhost"
