"""Behind nginx: nothing is smuggled, and the proxy's headers say who the client is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from rooftree.http import Request, Response, TrustedProxies
from tests.e2e.server.bare import Bare, Client, get, post, serving, statuses

pytestmark = pytest.mark.service("nginx")

CONFIGURATION = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    upstream app {{ server {app}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection $http_connection;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto https;
            proxy_request_buffering off;
        }}
    }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def behind(nginx: str, directory: Path, app: str) -> AsyncGenerator[int]:
    """Run nginx in front of an address; give its port."""
    port = free_port()
    file = directory / "nginx.conf"
    file.write_text(CONFIGURATION.format(directory=directory, port=port, app=app))
    process = await asyncio.create_subprocess_exec(
        nginx, "-c", str(file), "-p", str(directory), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                break
        yield port
    finally:
        process.terminate()
        await process.wait()


class Recording(Bare):
    """Notes each request that reaches the application."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    async def respond(self, request: Request, /) -> Response:
        self.paths.append(f"{request.method} {request.path}")
        return await super().respond(request)


async def through(port: int, data: bytes, patience: float = 30.0) -> bytes:
    """Send bytes through the proxy; return what comes, until it closes or is silent after an answer.

    What nginx waits for the rest of is not answered before it gives up: then silence ends with the patience.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    got = b""
    try:
        while True:
            async with asyncio.timeout(0.7 if got else patience):  # what would come after an answer is at hand with it
                part = await reader.read(65536)
            got += part
            if not part:
                break
    except TimeoutError:
        pass
    writer.close()
    return got


SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n"


def attack(*lines: str, body: str) -> bytes:
    return ("\r\n".join(["POST / HTTP/1.1", "Host: test", *lines, "", ""]) + body).encode("latin-1")


ATTACKS = {
    "CL.TE": attack(f"Content-Length: {5 + len(SMUGGLED)}", "Transfer-Encoding: chunked", body="0\r\n\r\n" + SMUGGLED),
    "TE.CL": attack(
        "Transfer-Encoding: chunked", "Content-Length: 4", body=f"{len(SMUGGLED):x}\r\n{SMUGGLED}\r\n0\r\n\r\n"
    ),
    "TE.TE, two codings": attack(
        "Transfer-Encoding: chunked", "Transfer-Encoding: identity", body="0\r\n\r\n" + SMUGGLED
    ),
    "TE.TE, unknown": attack("Transfer-Encoding: xchunked", body="0\r\n\r\n" + SMUGGLED),
    "TE.TE, space before the colon": attack("Transfer-Encoding : chunked", body="0\r\n\r\n" + SMUGGLED),
    "TE.TE, tab": attack("Transfer-Encoding:\tchunked\x0b", body="0\r\n\r\n" + SMUGGLED),
    "CL.CL": attack("Content-Length: 0", f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED),
    "CL with a plus": attack("Content-Length: +0", body=SMUGGLED),
    "chunk size overflow": attack("Transfer-Encoding: chunked", body="1" + "0" * 16 + "\r\n" + SMUGGLED),
    "chunk ended by a bare LF": attack("Transfer-Encoding: chunked", body="0\n\n" + SMUGGLED),
    "chunk extension with a bare LF": attack(
        "Transfer-Encoding: chunked", body="2;\nxx\r\n4c\r\nab\r\n0\r\n\r\n" + SMUGGLED
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_no_request_is_smuggled(name: str, nginx: str, tmp_path: Path) -> None:
    application = Recording()
    async with serving(application) as server:
        app = "{}:{}".format(*server.address)
        async with behind(nginx, tmp_path, app) as port:
            before = len(application.paths)
            got = await through(port, ATTACKS[name], patience=3.0)
            # nginx may itself read the rest as a second request of this client: then it answers twice, and nobody else
            # is harmed. Smuggled is what reaches the application without the proxy knowing.
            reached = application.paths[before:]
            assert len(reached) <= max(len(statuses(got)), 1), (reached, got)
            await asyncio.gather(*(through(port, get("/victim", "Connection: close")) for _ in range(3)))
            assert application.paths.count("GET /victim") == 3
            assert application.paths.count("GET /smuggled") <= max(len(statuses(got)) - 1, 0)


async def test_a_declined_upgrade_with_a_body_smuggles_nothing(nginx: str, tmp_path: Path) -> None:
    application = Recording()
    async with serving(application) as server:
        app = "{}:{}".format(*server.address)
        async with behind(nginx, tmp_path, app) as port:
            for protocol in ("websocket", "h2c", "anything"):
                application.paths.clear()
                data = post(SMUGGLED.encode(), "/", "Connection: Upgrade", f"Upgrade: {protocol}")
                got = await through(port, data)
                assert statuses(got) == [200]
                assert got.endswith(SMUGGLED.encode())
                assert application.paths == ["POST /"]


async def test_nginx_says_who_the_client_is(nginx: str, tmp_path: Path) -> None:
    async def who(request: Request) -> Response:
        return Response(f"{request.client} {request.scheme} {request.connection.client}".encode())

    path = str(tmp_path / "app.socket")
    for trusted, expected in ((["unix"], b"('127.0.0.1', 0) https None"), (["10.0.0.1"], b"None http None")):
        async with (
            serving(Bare(who=who), proxies=TrustedProxies(trusted), path=path),
            behind(nginx, tmp_path, f"unix:{path}") as port,
        ):
            got = await through(port, get("/who", "X-Forwarded-For: 6.6.6.6", "Connection: close"))
            assert got.endswith(b"\r\n\r\n" + expected), got


async def test_websocket_through_nginx(nginx: str, tmp_path: Path) -> None:
    async with serving() as server:
        app = "{}:{}".format(*server.address)
        async with behind(nginx, tmp_path, app) as port, connect(f"ws://127.0.0.1:{port}/", proxy=None) as client:
            await client.send("through")
            assert await client.recv() == "through"


async def test_connections_from_nginx_are_kept(nginx: str, tmp_path: Path) -> None:
    async with serving() as server:
        app = "{}:{}".format(*server.address)
        async with behind(nginx, tmp_path, app) as port:
            client = Client(*await asyncio.open_connection("127.0.0.1", port))
            for i in range(5):
                assert (await client.ask(post(b"%d" % i * 10_000))).body == b"%d" % i * 10_000
                assert (await client.ask(get())).body == b"OK"
            client.close()
