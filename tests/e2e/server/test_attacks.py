"""Requests that mean harm, over real sockets: each of these found a way in once."""

from __future__ import annotations

import pytest

from rooftree.http import Request, Response
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
