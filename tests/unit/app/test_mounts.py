from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from rooftree.app.mounts import Mount, interface_of
from rooftree.base import ClientDisconnected, PayloadTooLarge, RouteError
from rooftree.http import SWITCHED, ConnectionInfo, Fields, Request, Response, WebSocketClosed
from rooftree.routing import Group, RouteInfo, flatten

Start = Callable[..., Callable[[bytes], None]]
Environ = dict[str, Any]


def info_of(app: Callable[..., Any], prefix: str = "/legacy") -> RouteInfo:
    group = Group()
    group.mount(prefix, app)
    return flatten(group)[0]


def request_for(
    rest: bytes = b"/", method: str = "GET", *headers: tuple[bytes, bytes], content: bytes | None = b"", **changes: Any
) -> Request:
    fields: dict[str, Any] = {
        "query_string": b"",
        "raw_host": b"example.org:8000",
        "connection": ConnectionInfo("http", ("1.2.3.4", 5), ("127.0.0.1", 80)),
        **changes,
    }
    return Request(
        method=method,
        raw_path=b"/legacy" + rest,
        fields=Fields([(b"host", b"example.org:8000"), *headers]),
        content=content,
        found=(None, (rest,)),
        **fields,
    )


@asynccontextmanager
async def mounted(app: Callable[..., Any], prefix: str = "/legacy") -> AsyncGenerator[Mount, None]:
    mount = Mount(info_of(app, prefix), 2)
    async with mount.running():
        yield mount


async def body_of(response: Response) -> bytes:
    if isinstance(response.body, str):
        return response.body.encode()
    if isinstance(response.body, bytes):
        return response.body
    return b"".join([part async for part in response.body])


async def ask(app: Callable[..., Any], request: Request | None = None) -> tuple[Response, bytes]:
    async with mounted(app) as mount:
        response = await mount.answer(request or request_for())
        return response, await body_of(response)


# ---- which of the two


async def asgi_function(scope: Any, receive: Any, send: Any) -> None: ...
def wsgi_function(environ: Any, start_response: Any) -> None: ...
async def loose(*arguments: Any) -> None: ...


class AsgiObject:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class PlainAsgiObject:
    def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class WsgiObject:
    def __call__(self, environ: Any, start_response: Any) -> None: ...

    def method(self, environ: Any, start_response: Any) -> None: ...


@pytest.mark.parametrize(
    ("app", "interface"),
    [
        (asgi_function, "asgi"),
        (loose, "asgi"),
        (AsgiObject(), "asgi"),
        (PlainAsgiObject(), "asgi"),
        (wsgi_function, "wsgi"),
        (WsgiObject(), "wsgi"),
        (WsgiObject().method, "wsgi"),
        (functools.partial(wsgi_function), "wsgi"),
        (functools.partial(asgi_function), "asgi"),
    ],
)
def test_what_an_application_speaks(app: Callable[..., Any], interface: str) -> None:
    assert interface_of(info_of(app)) == interface


def factory() -> None: ...
def takes_anything(*arguments: object) -> None: ...
def takes_one(scope: object) -> None: ...


@pytest.mark.parametrize("app", [factory, takes_anything, takes_one])
def test_what_is_neither_is_refused(app: Callable[..., Any]) -> None:
    with pytest.raises(RouteError) as error:
        Mount(info_of(app))
    assert error.value.code == "R210"
    assert error.value.fact.startswith("What is mounted at '/legacy', ")
    assert error.value.remedy.startswith("Mount the application itself, not what makes it;")
    assert str(error.value.at).startswith("tests/unit/app/test_mounts.py:")


# ---- WSGI (PEP 3333)


def wsgi(body: Iterable[bytes], *headers: tuple[str, str], status: str = "200 OK") -> Callable[..., Iterable[bytes]]:
    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        start_response(status, list(headers))
        return body

    return app


async def test_the_environment() -> None:
    seen: Environ = {}

    def app(environ: Environ, start_response: Start) -> list[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read(), thread=threading.current_thread().name)
        start_response("200 OK", [])
        return [b""]

    request = request_for(
        b"/caf%C3%A9/a%2Fb",
        "POST",
        (b"content-type", b"text/x"),
        (b"content-length", b"999"),
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x_b", b"spoofed"),
        (b"proxy", b"evil"),
        (b"x-latin", b"\xe9"),
        content=b"body",
        query_string=b"q=%20",
        root_path="/r\u00e9",
    )
    await ask(app, request)
    expected = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/r\u00e9/legacy".encode().decode("latin-1"),
        "PATH_INFO": "/caf\u00e9/a/b".encode().decode("latin-1"),
        "QUERY_STRING": "q=%20",
        "SERVER_NAME": "example.org",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "1.2.3.4",
        "CONTENT_TYPE": "text/x",
        "CONTENT_LENGTH": "4",
        "HTTP_HOST": "example.org:8000",
        "HTTP_X_A": "1, 2",
        "HTTP_COOKIE": "a=1; b=2",
        "HTTP_X_LATIN": "\u00e9",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "body": b"body",
    }
    assert {key: seen[key] for key in expected} == expected
    assert seen["thread"].startswith("rooftree-")
    assert not {"HTTP_X_B", "HTTP_PROXY", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"} & set(seen)


@pytest.mark.parametrize(
    ("host", "server", "name", "port"),
    [
        (b"[::1]:8000", ("::1", 80), "[::1]", "8000"),
        (b"[::1]", ("::1", 80), "[::1]", "80"),
        (b"", ("127.0.0.1", 81), "127.0.0.1", "81"),
        (b"", None, "localhost", "80"),
        (b"x", ("/run/socket", None), "x", "80"),
    ],
)
async def test_the_name_of_the_server(host: bytes, server: Any, name: str, port: str) -> None:
    seen: Environ = {}

    def app(environ: Environ, start_response: Start) -> list[bytes]:
        seen.update(environ)
        start_response("200 OK", [])
        return []

    await ask(app, request_for(raw_host=host, connection=ConnectionInfo("http", None, server)))
    assert (seen["SERVER_NAME"], seen["SERVER_PORT"], seen["REMOTE_ADDR"]) == (name, port, "")


async def test_a_list_is_one_whole_answer() -> None:
    response, body = await ask(wsgi([b"a", b"b"], ("X-A", "1"), ("Content-Type", "text/x"), status="201 Made"))
    assert isinstance(response.body, bytes)
    assert (response.status, body, response.headers["x-a"], response.media_type) == (201, b"ab", "1", None)


async def test_one_part_of_the_announced_length_is_a_whole_answer() -> None:
    closed: list[bool] = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            yield b""
            yield b"abc"
            yield b""
            yield b"too much"

        def close(self) -> None:
            closed.append(True)

    response, body = await ask(wsgi(Parts(), ("Content-Length", "3")))
    assert isinstance(response.body, bytes)
    assert (body, closed) == (b"abc", [True])


async def test_parts_are_a_stream() -> None:
    response, body = await ask(wsgi(iter([b"a", b"", b"b"]), ("Content-Length", "2")))
    assert not isinstance(response.body, bytes)
    assert (response.length, body) == (2, b"ab")
    response, body = await ask(wsgi(iter([b""])))
    assert (response.body, body) == (b"", b"")


async def test_a_part_goes_out_before_the_next_is_made() -> None:
    go_on = threading.Event()

    def app(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"first"
        assert go_on.wait(5)
        yield b"second"

    async with mounted(app) as mount:
        response = await mount.answer(request_for())
        assert not isinstance(response.body, (bytes, str))
        parts = aiter(response.body)
        assert await anext(parts) == b"first"
        go_on.set()
        assert [part async for part in parts] == [b"second"]


async def test_write_comes_before_the_parts() -> None:
    def app(environ: Environ, start_response: Start) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"a")
        write(b"")
        write(b"b")
        return [b"c", b"d"]

    assert (await ask(app))[1] == b"abcd"


async def test_start_response_may_come_with_the_first_part() -> None:
    def app(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("202 Later", [("content-length", "1")])
        yield b"x"

    assert (await ask(app))[0].status == 202


async def test_headers_are_replaced_with_exc_info_until_they_are_sent() -> None:
    def early(environ: Environ, start_response: Start) -> list[bytes]:
        start_response("200 OK", [("x-a", "1")])
        try:
            raise ZeroDivisionError
        except ZeroDivisionError as error:
            start_response("500 Sorry", [("x-b", "2")], (type(error), error, error.__traceback__))
        return [b"sorry"]

    response, body = await ask(early)
    assert (response.status, body, "x-a" in response.headers) == (500, b"sorry", False)

    def late(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"x"
        try:
            raise ZeroDivisionError("too late")
        except ZeroDivisionError as error:
            start_response("500 Sorry", [], (type(error), error, error.__traceback__))

    with pytest.raises(ZeroDivisionError, match="too late"):
        await ask(late)


def twice(environ: Environ, start_response: Start) -> list[bytes]:
    start_response("200 OK", [])
    start_response("200 OK", [])
    return []


def never(environ: Environ, start_response: Start) -> list[bytes]:
    return [b"x"]


def fails(environ: Environ, start_response: Start) -> list[bytes]:
    raise ZeroDivisionError("on purpose")


@pytest.mark.parametrize(
    ("app", "error", "text"),
    [
        (twice, AssertionError, "start_response was called twice"),
        (never, RuntimeError, "gave a body before start_response"),
        (fails, ZeroDivisionError, "on purpose"),
        (wsgi([b""], status="OK"), ValueError, "the status 'OK', which is none"),
        (wsgi([b""], status="099 X"), ValueError, "the status '099 X', which is none"),
        (wsgi([b""], ("x-a", "1\r\nset-cookie: x")), ValueError, "holds a control character"),
        (wsgi([b""], ("x a", "1")), ValueError, "is not a header name"),
    ],
)
async def test_mistakes_of_the_application_leave_by_the_answer(
    app: Callable[..., Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        await ask(app)


async def test_a_stream_that_fails_raises_after_its_parts() -> None:
    closed: list[bool] = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            yield b"x"
            raise ZeroDivisionError("half-way")

        def close(self) -> None:
            closed.append(True)

    with pytest.raises(ZeroDivisionError, match="half-way"):
        await ask(wsgi(Parts()))
    assert closed == [True]


async def test_an_application_waits_for_a_client_that_does_not_read_and_lets_go_when_it_leaves() -> None:
    made: list[int] = []
    closed = threading.Event()

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            while True:
                made.append(1)
                yield b"x" * 10_000

        def close(self) -> None:
            closed.set()

    async with mounted(wsgi(Parts())) as mount:
        response = await mount.answer(request_for())
        assert not isinstance(response.body, (bytes, str))
        parts: Any = aiter(response.body)
        await anext(parts)
        await asyncio.sleep(0.1)
        assert len(made) < 30
        await parts.aclose()
        assert await asyncio.to_thread(closed.wait, 5)


async def test_a_cancelled_request_lets_its_thread_go() -> None:
    begun, closed = threading.Event(), threading.Event()

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            begun.set()
            while True:
                yield b""
                if gone.is_set():
                    yield b"x"

        def close(self) -> None:
            closed.set()

    gone = threading.Event()
    async with mounted(wsgi(Parts())) as mount:
        work = asyncio.create_task(mount.answer(request_for()))
        await asyncio.to_thread(begun.wait, 5)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        gone.set()
        assert await asyncio.to_thread(closed.wait, 5)


async def test_requests_beyond_the_threads_wait_and_may_be_withdrawn() -> None:
    hold = threading.Event()
    ran: list[str] = []

    def app(environ: Environ, start_response: Start) -> list[bytes]:
        ran.append(environ["PATH_INFO"])
        hold.wait(5)
        start_response("200 OK", [])
        return [b""]

    async with mounted(app) as mount:
        work = [asyncio.create_task(mount.answer(request_for(b"/%d" % n))) for n in range(3)]
        await asyncio.sleep(0.05)
        work[2].cancel()
        await asyncio.sleep(0.02)
        hold.set()
        assert [type(each) for each in await asyncio.gather(*work, return_exceptions=True)] == [
            Response,
            Response,
            asyncio.CancelledError,
        ]
    assert sorted(ran) == ["/0", "/1"]


class Source:
    def __init__(self, *parts: bytes, lost: bool = False) -> None:
        self.parts = list(parts)
        self.lost = lost

    async def receive(self) -> bytes:
        if self.parts:
            return self.parts.pop(0)
        if self.lost:
            raise ClientDisconnected
        return b""


async def test_a_large_body_is_read_by_lines_and_parts() -> None:
    sizes: list[int] = []

    def app(environ: Environ, start_response: Start) -> list[bytes]:
        body = environ["wsgi.input"]
        sizes.extend([len(body.readline()), len(body.read(10)), len(body.read()), int(environ["CONTENT_LENGTH"])])
        start_response("200 OK", [])
        return [b""]

    request = request_for(method="POST", source=Source(b"line\n", *[b"x" * 100_000] * 10), content=None)
    await ask(app, request)
    assert sizes == [5, 10, 999_990, 1_000_005]


async def test_a_body_that_cannot_be_taken_never_reaches_the_application() -> None:
    def app(environ: Environ, start_response: Start) -> list[bytes]:
        raise AssertionError

    large = request_for(method="POST", source=Source(b"x" * 100), content=None, max_body=50)
    with pytest.raises(PayloadTooLarge):
        await ask(app, large)
    with pytest.raises(ClientDisconnected):
        await ask(app, request_for(method="POST", source=Source(b"x", lost=True), content=None))


class NoSocket:
    subprotocols = ()

    async def accept(self, subprotocol: str | None = None, headers: Any = ()) -> None: ...
    async def send(self, data: str | bytes) -> None: ...
    async def ping(self) -> None: ...
    async def close(self, code: int = 1000, reason: str = "") -> None: ...

    async def receive(self) -> str | bytes:
        raise WebSocketClosed(1001)


async def test_wsgi_has_no_websockets() -> None:
    assert (await ask(wsgi([b""]), request_for(websocket=NoSocket())))[0].status == 404


# ---- ASGI


def answering(*messages: dict[str, Any]) -> Callable[..., Any]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        for message in messages:
            await send(message)

    return app


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": headers}


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def test_the_scope_of_a_request() -> None:
    scopes: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scopes.append(scope)
            await send(start())
            await send(part(b""))

    await ask(app, request_for(b"/caf%C3%A9", root_path="/r \u00e9", query_string=b"a=1"))
    (scope,) = scopes
    expected = {
        "method": "GET",
        "scheme": "http",
        "path": "/r \u00e9/legacy/caf\u00e9",
        "raw_path": b"/r%20%C3%A9/legacy/caf%C3%A9",
        "root_path": "/r \u00e9/legacy",
        "query_string": b"a=1",
        "client": ("1.2.3.4", 5),
    }
    assert {key: scope[key] for key in expected} == expected


async def test_whole_answers_and_streams() -> None:
    response, body = await ask(answering(start(201, (b"X-A", b"1")), part(b"abc")))
    assert (response.status, response.body, response.headers["x-a"]) == (201, b"abc", "1")
    parts = (part(b"a", more=True), part(b"", more=True), part(b"b", more=True), part(b"c"))
    response, body = await ask(answering(start(200, (b"content-length", b"3")), *parts))
    assert (response.length, body) == (3, b"abc")
    assert (await ask(answering(start(), part(b"", more=True), part(b""))))[1] == b""


@pytest.mark.parametrize(
    ("messages", "error", "text"),
    [
        ((), RuntimeError, "returned before its answer was complete"),
        ((start(),), RuntimeError, "returned before its answer was complete"),
        ((part(b""),), RuntimeError, "'http.response.body' out of turn"),
        ((start(200, (b"x-a", b"1\r\n")), part(b"")), ValueError, "cannot be sent on"),
        ((start(200, (b"x a", b"1")), part(b"")), ValueError, "cannot be sent on"),
        ((start(200, (b"", b"1")), part(b"")), ValueError, "cannot be sent on"),
        ((start(), part(b"a", more=True)), RuntimeError, "returned before its answer was complete"),
    ],
)
async def test_mistakes_of_an_asgi_application_leave_by_the_answer(
    messages: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        await ask(answering(*messages))


async def test_what_fails_after_the_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send(start())
            await send(part(b"x"))
            await send(part(b"ignored"))
            raise ZeroDivisionError("after")

    assert (await ask(app))[1] == b"x"
    assert "failed after its answer" in caplog.text


async def test_a_body_is_handed_on_part_by_part_and_then_the_end() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.extend([await receive() for _ in range(3)])
            await send(start())
            await send(part(b""))
            seen.append(await receive())

    await ask(app, request_for(method="POST", source=Source(b"a", b"b"), content=None))
    assert seen == [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b", "more_body": True},
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.disconnect"},
    ]


async def test_a_body_too_large_or_lost() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append(await receive())
            seen.append(await receive())

    with pytest.raises(PayloadTooLarge):
        await ask(app, request_for(method="POST", source=Source(b"x" * 100), content=None, max_body=50))
    with pytest.raises(RuntimeError, match="before its answer was complete"):
        await ask(app, request_for(method="POST", source=Source(b"x", lost=True), content=None))
    assert seen[-1] == {"type": "http.disconnect"}


async def test_a_cancelled_request_cancels_the_application() -> None:
    outcomes: list[str] = []
    begun = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            begun.set()
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                outcomes.append("cancelled")
                raise

    async with mounted(app) as mount:
        work = asyncio.create_task(mount.answer(request_for()))
        await begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        await asyncio.sleep(0)
    assert outcomes == ["cancelled"]


async def test_a_stream_that_nobody_reads_on_cancels_the_application() -> None:
    made: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send(start())
            while True:
                made.append(1)
                await send(part(b"x", more=True))

    async with mounted(app) as mount:
        response = await mount.answer(request_for())
        assert not isinstance(response.body, (bytes, str))
        parts: Any = aiter(response.body)
        await anext(parts)
        await asyncio.sleep(0.02)
        assert len(made) < 5
        await parts.aclose()


class Socket(NoSocket):
    def __init__(self, *messages: str | bytes) -> None:
        self.messages = list(messages)
        self.log: list[Any] = []

    async def accept(self, subprotocol: str | None = None, headers: Any = ()) -> None:
        self.log.append(("accept", subprotocol, list(headers)))

    async def receive(self) -> str | bytes:
        if not self.messages:
            raise WebSocketClosed(1001, "bye")
        return self.messages.pop(0)

    async def send(self, data: str | bytes) -> None:
        if data == "gone":
            raise WebSocketClosed(1006)
        self.log.append(data)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.log.append(("close", code, reason))


async def test_a_websocket_is_handed_on() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            assert (scope["scheme"], scope["subprotocols"]) == ("ws", [])
            assert await receive() == {"type": "websocket.connect"}
            await send({"type": "websocket.accept", "subprotocol": "a", "headers": [(b"X-A", b"1")]})
            assert await receive() == {"type": "websocket.receive", "text": "t"}
            assert await receive() == {"type": "websocket.receive", "bytes": b"b"}
            await send({"type": "websocket.send", "text": "T"})
            await send({"type": "websocket.send", "bytes": b"B"})
            with pytest.raises(OSError, match="closed with 1006"):
                await send({"type": "websocket.send", "text": "gone"})
            assert await receive() == {"type": "websocket.disconnect", "code": 1001, "reason": "bye"}
            await send({"type": "websocket.close", "code": 3000, "reason": None})

    socket = Socket("t", b"b")
    async with mounted(app) as mount:
        assert await mount.answer(request_for(websocket=socket)) is SWITCHED
    assert socket.log == [("accept", "a", [(b"x-a", b"1")]), "T", b"B", ("close", 3000, ""), ("close", 1000, "")]


@pytest.mark.parametrize(
    ("messages", "status", "body"),
    [
        ((), 403, b"Forbidden"),
        (({"type": "websocket.close"},), 403, b"Forbidden"),
        (
            (
                {"type": "websocket.http.response.start", "status": 409, "headers": [(b"x-a", b"1")]},
                {"type": "websocket.http.response.body", "body": b"a", "more_body": True},
                {"type": "websocket.http.response.body", "body": b"b"},
            ),
            409,
            b"ab",
        ),
    ],
)
async def test_a_websocket_is_declined(messages: Any, status: int, body: bytes) -> None:
    response, content = await ask(answering(*messages), request_for(websocket=Socket()))
    assert (response.status, content) == (status, body)


# ---- the lifespan of a mounted application


async def test_the_lifespan_is_run_and_its_state_is_in_every_scope() -> None:
    log: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            log.append((await receive())["type"])
            scope["state"]["word"] = "oak"
            await send({"type": "lifespan.startup.complete"})
            log.append((await receive())["type"])
            await send({"type": "lifespan.shutdown.complete"})
            return
        log.append(scope["state"]["word"])
        scope["state"]["word"] = "changed by one request"
        await send(start())
        await send(part(b""))

    async with mounted(app) as mount:
        await mount.answer(request_for())
        await mount.answer(request_for())
    assert log == ["lifespan.startup", "oak", "oak", "lifespan.shutdown"]


@pytest.mark.parametrize(("message", "reason"), [("no database", "no database"), ("", "it gives no reason")])
async def test_a_start_that_failed_keeps_us_from_starting(message: str, reason: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": message})

    with pytest.raises(RouteError) as error:
        async with mounted(app):
            pass
    assert str(error.value).startswith(
        f"[R211] The application mounted at '/legacy' did not start: {reason}. At tests/unit/app/test_mounts.py:"
    )
    assert error.value.remedy == "Its own log says more."


async def test_failures_at_the_end_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "stuck"})
        raise ZeroDivisionError("at the end")

    async with mounted(app):
        pass
    assert "did not shut down: stuck" in caplog.text
    assert "at the end" in caplog.text


async def test_an_application_without_a_lifespan_is_mounted_all_the_same() -> None:
    async def returns(scope: Any, receive: Any, send: Any) -> None: ...

    for app in (returns, answering()):
        async with mounted(app):
            pass


async def test_work_after_the_answer_may_end_before_we_do() -> None:
    done: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send(start())
            await send(part(b""))
            await asyncio.sleep(0.05)
            done.append(True)

    async with mounted(app) as mount:
        await mount.answer(request_for())
        assert done == []
    assert done == [True]
