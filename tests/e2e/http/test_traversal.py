"""No name leads out of a folder of static files, uploads or a front end: raw bytes to the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooftree import App, Settings
from rooftree.server import Server

SECRET = "do not tell"
UP = (
    "..", "%2e%2e", ".%2e", "%2e.", "%2E%2E", "..%00", "%00..", "%252e%252e", "..;", "..%3b", "%c0%ae%c0%ae",
    "%uff0e%uff0e",
    "%ef%bc%8e%ef%bc%8e", "....", "....//", "%e0%80%ae%e0%80%ae", "..%0d%0a", "..%20", "%2e%2e%09", "\\..", "%5c..",
)  # fmt: skip
SLASH = ("/", "%2f", "%2F", "\\", "%5c", "%5C", "%252f", "%c0%af", "%ef%bc%8f", "//", "/./", "%2f%2f", ";/", "/%00/")


def paths() -> Iterator[str]:
    for up in UP:
        for slash in SLASH:
            for depth in (1, 2, 4):
                yield f"{(up + slash) * depth}secret.txt"
                yield f"css{slash}{(up + slash) * (depth + 1)}secret.txt"
    yield from (
        "/secret.txt",
        "//secret.txt",
        "file:///etc/passwd",
        "/etc/passwd",
        "C:%5cwindows",
        "css/../../secret.txt",
    )


@pytest.fixture
def app(tmp_path: Path) -> App:
    (tmp_path / "secret.txt").write_text(SECRET)
    for folder in ("static", "media", "dist"):
        (tmp_path / folder / "css").mkdir(parents=True)
        (tmp_path / folder / "css/site.css").write_text("a {}")
    (tmp_path / "dist/index.html").write_text("page")
    app = App(Settings(access_log=False), root=tmp_path)
    app.static()
    app.uploads()
    app.frontend()
    return app


@pytest.mark.time_limit(120)
async def test_no_name_leads_out(app: App) -> None:
    async with Server(app) as server:
        assert await ask(server, "/static/css/site.css") == (200, b"a {}")
        seen: set[int] = set()
        for prefix in ("/static/", "/media/", "/"):
            for path in paths():
                status, body = await ask(server, prefix + path)
                assert SECRET.encode() not in body, prefix + path
                assert b"root:" not in body, prefix + path
                assert status in {200, 308, 400, 404}, (status, prefix + path)
                assert status != 200 or body in {b"a {}", b"page"}, prefix + path
                seen.add(status)
        assert {400, 404} <= seen


async def ask(server: Server, target: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(*server.url.removeprefix("http://").split(":"))
    try:
        head = f"GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        writer.write(head.encode("latin-1"))
        answer = await reader.read()
    finally:
        writer.close()
    status, _, body = answer.partition(b"\r\n\r\n")
    return int(status.split(b" ")[1]), body
