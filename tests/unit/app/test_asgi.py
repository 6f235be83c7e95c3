from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rooftree.app.asgi import asgi
from rooftree.http import Request, Response
from tests.unit.app.asgi_messages import FakeServer, Hosted, Message, http_scope

seen: list[Request] = []


async def remember(request: Request) -> Response:
    seen.append(request)
    return Response(b"ok", 200, "text/plain")


async def ask(scope: Message, *messages: Message) -> FakeServer:
    server = FakeServer(*messages)
    await asgi(Hosted(remember), scope, server.receive, server.send)
    return server


async def request_of(**changes: Any) -> Request:
    seen.clear()
    await ask(http_scope(**changes))
    return seen[0]


async def test_a_scope_of_another_type_is_refused() -> None:
    with pytest.raises(ValueError, match="An ASGI scope of the type 'telnet' is not served"):
        await ask({"type": "telnet"})


async def test_a_scope_becomes_a_request() -> None:
    request = await request_of(
        path="/a b/c", raw_path=b"/a%20b%2Fc", query_string=b"q=%20", scheme="https", http_version="2"
    )
    assert (request.method, request.raw_path, request.query_string) == ("GET", b"/a%20b%2Fc", b"q=%20")
    assert (request.raw_host, request.scheme, request.http_version) == (b"example.org", "https", "2")
    assert request.client == ("127.0.0.1", 50000)
    assert request.connection.server == ("127.0.0.1", 80)
    assert request.connection.trusted is None


@pytest.mark.parametrize(
    ("changes", "raw_path"),
    [
        ({"raw_path": None, "path": "/é b;c"}, b"/%C3%A9%20b;c"),
        ({"raw_path": b"/x?q=1", "path": "/x"}, b"/x"),
        ({"root_path": "/r", "path": "/r/x", "raw_path": b"/r/%78"}, b"/%78"),
        ({"root_path": "/a b/r", "path": "/a b/r/x", "raw_path": b"/a%20b/r/x"}, b"/x"),
        ({"root_path": "/r", "path": "/r", "raw_path": b"/r"}, b"/"),
        ({"root_path": "/r", "path": "/r/", "raw_path": b"/r/"}, b"/"),
        ({"root_path": "/r", "path": "/rx", "raw_path": b"/rx"}, b"/rx"),
        ({"root_path": "/r", "path": "/x", "raw_path": b"/x"}, b"/x"),
    ],
)
async def test_the_path_below_the_root_path(changes: dict[str, Any], raw_path: bytes) -> None:
    assert (await request_of(**changes)).raw_path == raw_path


async def test_an_unknown_client_and_a_proxy() -> None:
    assert (await request_of(client=None, server=None)).client is None
    request = await request_of(
        client=["10.0.0.1", 5], headers=[[b"host", b"example.org"], [b"x-forwarded-for", b"1.2.3.4"]]
    )
    assert request.client is not None
    assert request.client[0] == "1.2.3.4"


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (http_scope("/" + "a" * 8192), 414),
        (http_scope(query_string=b"a" * 8192), 414),
        (http_scope("/", "GET", *[(b"x", b"y")] * 101), 431),
        (http_scope("/", "GET", (b"x", b"y" * 33_000)), 431),
        (http_scope("/", "GET", (b"host", b"two.example.org")), 400),
        (http_scope(headers=[]), 400),
        (http_scope(headers=[(b"host", b"a/b")]), 400),
        (http_scope(headers=[(b"host", b"a\r\nb")]), 400),
        (http_scope("/a\nb"), 400),
        (http_scope("/a\x7fb"), 400),
        (http_scope("/", "GET", query_string=b"a=%00"), 400),
        (http_scope("/", "GET", query_string=b"a=\n"), 400),
        (http_scope("/", "GET", query_string=b"a=one%0D%0atwo%09"), 200),
        (http_scope(headers=[], http_version="1.0"), 200),
        (http_scope(headers=[(b"host", b"[::1]:80")]), 200),
    ],
)
async def test_heads_that_our_own_server_would_refuse(scope: Message, status: int) -> None:
    assert (await ask(scope)).status == status


async def test_the_lifespan() -> None:
    application = Hosted(remember)
    server = FakeServer({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await asgi(application, {"type": "lifespan"}, server.receive, server.send)
    assert server.sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
    assert not application.running


async def test_failures_of_the_lifespan_are_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("no database")

    server = FakeServer({"type": "lifespan.startup"})
    await asgi(Hosted(remember, starts=fail), {"type": "lifespan"}, server.receive, server.send)
    assert server.sent == [{"type": "lifespan.startup.failed", "message": "RuntimeError: no database"}]
    server = FakeServer({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await asgi(Hosted(remember, stops=fail), {"type": "lifespan"}, server.receive, server.send)
    assert server.sent[1] == {"type": "lifespan.shutdown.failed", "message": "RuntimeError: no database"}
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


async def test_without_a_lifespan_the_first_requests_start_the_application_once() -> None:
    starts: list[int] = []
    application = Hosted(remember, starts=lambda: starts.append(1))
    servers = [FakeServer() for _ in range(5)]
    await asyncio.gather(*(asgi(application, http_scope(), each.receive, each.send) for each in servers))
    assert starts == [1]
    assert [each.status for each in servers] == [200] * 5


async def test_a_start_that_failed_is_tried_again_by_the_next_request() -> None:
    attempts: list[int] = []

    def start() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("not yet")

    application, server = Hosted(remember, starts=start), FakeServer()
    with pytest.raises(RuntimeError, match="not yet"):
        await asgi(application, http_scope(), server.receive, server.send)
    await asgi(application, http_scope(), server.receive, server.send)
    assert (server.status, len(attempts)) == (200, 2)
