"""The test client: an application in this process, asked as a browser or a program would ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self, Unpack, cast

import httpx

from rooftree.app import App, Failure
from rooftree.base import current_call
from rooftree.http import SWITCHED, Response
from rooftree.testing.answers import ClientResponse
from rooftree.testing.databases import rolled_back
from rooftree.testing.options import ClientOptions, RequestOptions, Verbs, add_cookies, is_own_host, not_open, prepared
from rooftree.testing.transport import AppTransport
from rooftree.testing.websocket import Refused, TestSocket

__all__ = ["Client"]

LEAVE_TIME: Final = 2.0
"""Seconds that the handler of a WebSocket has to end once the test has left; then it is cancelled, as on the server."""


class Client(Verbs[Coroutine[Any, Any, ClientResponse]]):
    """Asks an application in this process, with cookies kept between requests, as a browser does from the site's pages.

    Entering the client starts the application, leaving it shuts it down; what a lifespan function raises is raised
    there. Queries in the block run on the application's databases.

    >>> async with Client(app) as client:
    ...     page = await client.get("/")
    ...     assert page.ok

    Args:
        app: The application.
        options: See ``ClientOptions``.
    """

    def __init__(self, app: App, **options: Unpack[ClientOptions]) -> None:
        self.app: Final = app
        base_url = httpx.URL(options.get("base_url") or f"http://{_host_of(app)}")
        self._transport = AppTransport(
            app, options.get("client", ("127.0.0.1", 50000)), raise_errors=options.get("raise_errors", True)
        )
        self._http = httpx.AsyncClient(
            transport=self._transport,
            base_url=base_url,
            headers=options.get("headers"),
            follow_redirects=options.get("follow_redirects", False),
            event_hooks={"response": [self._loosen_cookies]} if is_own_host(base_url.host) else {},
        )
        self._rollback = options.get("rollback", False)
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
            if self._rollback:
                await stack.enter_async_context(rolled_back(self.app))
            if current_call.get(None) is None:  # not inside of a request of another application
                stack.enter_context(self.app.current())
            self.app.failed.connect(self._remember)
            stack.callback(self.app.failed.disconnect, self._remember)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()

    async def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> ClientResponse:
        """Send a request and return the whole answer.

        Raises:
            UsageError: U402 where the client is not open.
            Exception: Whatever the application raised and nobody handled, unless ``raise_errors=False`` was given.
        """
        return await self._send(method, url, options, stream=False)

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Unpack[RequestOptions]) -> AsyncGenerator[ClientResponse]:
        """Send a request and give the answer before its body; read it with ``aiter_bytes`` or ``aiter_lines``.

        Leaving the block before the end is what a client does that goes away: what makes the answer is cancelled.
        """
        response = await self._send(method, url, options, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def _send(self, method: str, url: str, options: RequestOptions, *, stream: bool) -> ClientResponse:
        self._check_open()
        request = self._http.build_request(method, url, **prepared(options))
        if "origin" not in request.headers:  # as a browser says it of what this site's own pages send
            request.headers.setdefault("sec-fetch-site", "same-origin")
        add_cookies(request, options.get("cookies"))
        follow = options.get("follow_redirects", self._http.follow_redirects)
        return cast("ClientResponse", await self._http.send(request, stream=stream, follow_redirects=follow))

    async def sign_in(self, user: Any) -> None:
        """Sign a user of the application's accounts in, as the page for it does but without a password.

        The client's session gets another cookie; what was put into it stays. ``client.cookies.clear()`` signs out.

        Raises:
            UsageError: U701 for an application without accounts; U402 where the client is not open.
        """
        self._check_open()
        values = self.app.accounts.session_values(user)
        url = self._http.base_url
        name = self.app.sessions.cookie_name(url.scheme)
        jar, known = self._http.cookies.jar, ""
        for cookie in [cookie for cookie in jar if cookie.name == name]:
            known = cookie.value or ""
            jar.clear(cookie.domain, cookie.path, name)
        token = await self.app.sessions.change(known, values)
        # under the domain that the application's own cookie will have, so that it takes this one's place
        self._http.cookies.set(name, token, domain=url.host if "." in url.host else f"{url.host}.local")

    @asynccontextmanager
    async def websocket(
        self,
        url: str,
        *,
        subprotocols: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[TestSocket]:
        """Open a WebSocket; leaving the block closes it and waits for the handler to end.

        Args:
            url: Where to.
            subprotocols: What is offered.
            headers: Further headers; ``Origin`` is the application's own unless given.
            cookies: Cookies of this handshake alone.

        Raises:
            Refused: The application answered the handshake with something other than 101.
            Exception: Whatever the handler raised and nobody handled, unless ``raise_errors=False`` was given.
        """
        self._check_open()
        socket = TestSocket(subprotocols)
        browser = _handshake(socket, self._http.base_url)
        request = self._http.build_request("GET", url, headers={**browser, **(headers or {})})
        add_cookies(request, cookies)
        made = self._transport.request_of(request, socket.server)
        context = self._transport.context()
        running = asyncio.create_task(self._transport.dispatch(made, context))
        running.add_done_callback(lambda task: _note_end(socket, task))
        try:
            await _first_of(running, socket)
            if not socket.accepted.is_set():
                answer = self._transport.answer_of(await running, made, context, request)
                await answer.aread()
                raise Refused(answer)
            yield socket
        finally:
            socket.end(1000)
            await _ended(running)
        if running.done() and not running.cancelled():
            running.result()

    def _check_open(self) -> None:
        if self._stack is None:
            raise not_open()

    async def _loosen_cookies(self, _response: httpx.Response) -> None:
        for cookie in self._http.cookies.jar:
            cookie.secure = False

    async def _remember(self, failure: Failure) -> None:
        self._transport.remember(failure)


def _host_of(app: App) -> str:
    plain = [host for host in app.settings.hosts if host[0] not in "*."]
    return plain[0].removesuffix(":*") if plain else "localhost"


def _handshake(socket: TestSocket, base_url: httpx.URL) -> dict[str, str]:
    """Return the headers of a browser's handshake (RFC 6455 section 4.1)."""
    headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "origin": f"{base_url.scheme}://{base_url.netloc.decode()}",
    }
    if socket.server.subprotocols:
        headers["sec-websocket-protocol"] = ", ".join(socket.server.subprotocols)
    return headers


async def _first_of(running: asyncio.Task[Response], socket: TestSocket) -> None:
    """Wait until the application has accepted the handshake, or answered it otherwise."""
    accepted = asyncio.create_task(socket.accepted.wait())
    try:
        await asyncio.wait({running, accepted}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        accepted.cancel()


def _note_end(socket: TestSocket, task: asyncio.Task[Response]) -> None:
    """The handler has ended: a socket that it left open is closed by the server."""
    failed = task.cancelled() or task.exception() is not None or task.result() is not SWITCHED
    socket.end(1011 if failed else 1000)


async def _ended(running: asyncio.Task[Response]) -> None:
    """Wait for a handler whose client has gone; cancel it where it does not notice."""
    _, waiting = await asyncio.wait({running}, timeout=LEAVE_TIME)
    if waiting:
        running.cancel()
        await asyncio.wait({running})
