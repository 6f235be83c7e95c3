"""Requests that mean harm, over real sockets: each of these found a way in once."""

from __future__ import annotations

import asyncio
import gc

import pytest

from rooftree.http import Request, Response
from rooftree.server.websocket import WebSocketConnection
from tests.e2e.server.bare import TEXT, Bare, connected, serving

pytestmark = pytest.mark.both_loops


async def hosts(request: Request) -> Response:
    """Answer with every host that the request names."""
    return Response(b" ".join([request.raw_host, *(v for n, v in request.raw_headers if n == b"host")]), 200, TEXT)


@pytest.mark.parametrize("more", [b"", b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"Content-Length: 1\r\n"])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_the_host_of_a_whole_url_is_the_only_one(more: bytes, version: bytes) -> None:
    """An application mounted inside reads the ``Host`` field: it must be the host that was checked."""
    head = b"GET http://good.example/hosts HTTP/%b\r\nHost: evil.example\r\n%b\r\nx" % (version, more)
    async with serving(Bare(hosts=hosts)) as server, connected(server) as client:
        assert (await client.ask(head)).body == b"good.example good.example"


async def test_empty_lines_in_a_chunk_cost_what_other_bytes_cost() -> None:
    """Each used to be looked at as the end of the body, with a copy of what follows: 16 seconds for 2 MB."""
    content = b"\r\n\r\n" * 500_000
    async with serving() as server, connected(server) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(content))
        answer = await client.ask(content + b"\r\n0\r\n\r\n")
    assert answer.body == content


async def test_nothing_waits_for_a_websocket_that_has_ended() -> None:
    """A timer for handlers that do not see the end used to keep each connection for its five seconds."""
    head = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    left = 1
    async with serving() as server:
        for _ in range(3):
            async with connected(server) as client:
                assert (await client.ask(head + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")).status == 101
        for _ in range(100):
            await asyncio.sleep(0.01)
            gc.collect()
            left = sum(type(thing) is WebSocketConnection for thing in gc.get_objects())
            if not left:
                break
    assert left == 0
