"""Bodies both ways on the real server: nothing stays open, whoever goes away."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx
import pytest

from rooftree import After, App, Query, Settings, Upload
from rooftree.http import EventStream, File, Redirect, Request, Response, Stream
from rooftree.server import Server
from tests.e2e.server.bare import Bare, Handler, serving

CONTENT = os.urandom(3_000_000)


@asynccontextmanager
async def client_of(**handlers: Handler) -> AsyncGenerator[httpx.AsyncClient]:
    async with serving(Bare(**handlers)) as server, httpx.AsyncClient(base_url=server.url) as client:
        yield client


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "big.bin"
    path.write_bytes(CONTENT)
    return path


def files_of(folder: Path | None = None) -> int:
    """Count open files: those of a folder, or temporary ones without a name."""
    gc.collect()
    names: list[str] = []
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - entries may vanish
        try:
            names.append(os.readlink(f"/proc/self/fd/{number}"))  # noqa: PTH115 - as above
        except OSError:
            continue
    return sum(name.startswith(str(folder)) if folder else name.endswith("(deleted)") for name in names)


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def test_files(path: Path) -> None:
    async def handler(request: Request) -> Response:
        return await File(path).respond(request)

    async with client_of(file=handler) as client:
        whole = await client.get("/file")
        assert whole.content == CONTENT
        assert whole.headers["content-length"] == "3000000"
        part = await client.get("/file", headers={"range": "bytes=-1000000"})
        assert (part.status_code, part.content) == (206, CONTENT[-1_000_000:])
        several = await client.get("/file", headers={"range": "bytes=0-99,200-299"})
        assert several.headers["content-type"].startswith("multipart/byteranges; boundary=")
        assert CONTENT[200:300] in several.content
        head = await client.head("/file")
        assert (head.headers["content-length"], head.content) == ("3000000", b"")
        known = await client.get("/file", headers={"if-none-match": whole.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
        async with client.stream("GET", "/file") as answer:
            await anext(answer.aiter_bytes())
        await until(lambda: files_of(path.parent) == 0)


async def test_a_client_that_goes_away_ends_the_stream() -> None:
    ended: list[str] = []

    async def endless(name: str) -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 100_000
                await asyncio.sleep(0)
        finally:
            ended.append(name)

    def plain() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 100_000
        finally:
            ended.append("plain")

    async def ticks() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ended.append("events")

    async def stream(_: Request) -> Response:
        return Stream(endless("stream"))

    async def plain_stream(_: Request) -> Response:
        return Stream(plain())

    async def events(_: Request) -> Response:
        return EventStream(ticks(), ping=0.05)

    async with client_of(stream=stream, plain=plain_stream, events=events) as client:
        for name in ("stream", "plain", "events"):
            async with client.stream("GET", f"/{name}") as answer:
                assert answer.status_code == 200
                async for received in answer.aiter_bytes():
                    if b"data: 1" in received or len(received) > 1000:
                        break
            await until(lambda wanted=name: wanted in ended)  # type: ignore[misc]
    assert ended == ["stream", "plain", "events"]


async def test_a_head_request_ends_a_stream_unread() -> None:
    started: list[str] = []

    async def parts() -> AsyncIterator[bytes]:
        started.append("started")
        yield b"x"

    async def handler(_: Request) -> Response:
        return Stream(parts(), length=1)

    async with client_of(stream=handler) as client:
        assert (await client.head("/stream")).headers["content-length"] == "1"
    assert started == []


async def test_uploads_leave_nothing_behind() -> None:
    app = App(Settings(mode="production", hosts=("*",)))
    sizes: list[int] = []
    kept: list[bytes] = []

    @app.post("/upload", max_body=10_000_000)
    async def upload(f: Upload, after: After, fail: Annotated[bool, Query()] = False) -> bytes:
        async def keep() -> None:
            await f.seek(0)
            kept.append(await f.read())

        sizes.append(f.size)
        after(keep)
        if fail:
            raise LookupError("on purpose")
        return await f.read()

    async with Server(app) as server, httpx.AsyncClient(base_url=server.url) as client:
        before = files_of()
        answer = await client.post("/upload", files={"f": ("a.bin", CONTENT)})
        assert answer.content == CONTENT
        await until(lambda: kept == [CONTENT])  # work after the answer still has the file
        assert (await client.post("/upload?fail=1", files={"f": ("a.bin", CONTENT)})).status_code == 500
        await until(lambda: files_of() == before)

        _, writer = await asyncio.open_connection(*server.address)
        head = b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=X\r\n"
        writer.write(head + b"Content-Length: 9000000\r\n\r\n--X\r\n")
        writer.write(b'Content-Disposition: form-data; name="f"; filename="a"\r\n\r\n' + CONTENT)
        await writer.drain()
        await until(lambda: files_of() == before + 1)
        writer.close()
        await until(lambda: files_of() == before)
    assert sizes == [3_000_000, 3_000_000]


async def test_redirects_and_cookies() -> None:
    async def go(request: Request) -> Response:
        answer = Redirect("/seen?a=ü")
        answer.set_cookie("theme", "dark; ü")
        answer.loosen_cookies()
        return await answer.respond(request)

    async def seen(request: Request) -> Response:
        return Response(request.cookies["theme"] + request.query["a"][0])

    async with client_of(go=go, seen=seen) as client:
        answer = await client.get("/go", follow_redirects=True)
        assert answer.text == "dark; üü"
