"""What every server serves in these tests; ``python -m tests.e2e.asgi.application PORT`` serves it with our own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Annotated

from rooftree import App, Body, Header, Request, Response, Schema, Settings, WebSocket, WebSocketClosed
from rooftree.base import current_call

if os.environ.get("ROOFTREE_TEST_FAIL") == "import":
    raise RuntimeError("on purpose")

events: list[str] = []
app = App(Settings(access_log=False))


class Item(Schema):
    name: str
    price: int


@app.lifespan
async def life() -> AsyncIterator[None]:
    if os.environ.get("ROOFTREE_TEST_FAIL") == "start":
        raise RuntimeError("the database is not there")
    events.append("started")
    os.write(1, b"STARTED\n")
    yield
    os.write(1, b"STOPPED\n")


@app.get("/")
async def index() -> str:
    return "Hello, World!"


@app.get("/events")
async def list_events() -> list[str]:
    return events


@app.get("/items/{name}")
async def item(name: str, q: str | None = None) -> dict[str, str | None]:
    return {"name": name, "q": q}


@app.post("/items/{id:int}", status=201)
async def create(id: int, data: Item, *, token: Annotated[str | None, Header("x-token")] = None) -> dict[str, object]:
    return {"id": id, "name": data.name, "price": data.price, "token": token}


@app.get("/thread")
def on_a_thread() -> str:
    return "threaded"


@app.get("/seen")
async def seen(request: Request) -> dict[str, object]:
    assert current_call.get().app is app
    return {
        "method": request.method,
        "raw_path": request.raw_path.decode(),
        "query": request.query_string.decode(),
        "host": request.host,
        "scheme": request.scheme,
        "client": request.client[0] if request.client else None,
        "header": request.headers.get_all("x-many"),
        "version": request.http_version,
        "id": bool(request.id),
        "url": request.url,
    }


@app.get("/headers")
async def headers() -> Response:
    response = Response(b"{}", 200, "application/vnd.test+json; x=1", {"x-one": "1"})
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@app.get("/nothing")
async def nothing() -> None:
    return None


@app.get("/broken")
async def broken() -> str:
    raise ZeroDivisionError("on purpose")


@app.post("/echo", max_body=3_000_000)
async def echo(request: Request) -> Response:
    return Response(await request.body(), 200, "application/octet-stream")


@app.post("/count", max_body=1_000_000)
async def count(request: Request) -> Response:
    total = 0
    async for part in request.stream():
        total += len(part)
    return Response(str(total), 200, "text/plain")


@app.get("/stream")
async def stream() -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(5):
            yield b"%d\n" % number
            await asyncio.sleep(0.01)

    return Response(parts(), 200, "text/plain")


@app.get("/sized")
async def sized() -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    response = Response(parts(), 200, "text/plain")
    response.length = 6
    return response


@app.get("/breaks")
async def breaks() -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        await asyncio.sleep(0.05)
        raise ZeroDivisionError("in the stream, on purpose")

    return Response(parts(), 200, "text/plain")


@app.get("/short")
async def short() -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"x" * 10

    response = Response(parts(), 200, "text/plain")
    response.length = 1000
    return response


@app.route("/endless", ["GET", "POST"])
async def endless(request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        made = 0
        try:
            while True:
                yield b"x" * 65536
                made += 1
                await asyncio.sleep(0)
        finally:
            events.append(f"{request.method} stream ended below 1000: {made < 1000}")

    return Response(parts(), 200, "application/octet-stream")


@app.route("/slow", ["GET", "POST"])
async def slow(request: Request) -> str:
    events.append(f"{request.method} slow began")
    try:
        await asyncio.sleep(60 if request.query_string == b"long" else 0.7)
    except asyncio.CancelledError:
        events.append(f"{request.method} slow cancelled")
        raise
    events.append(f"{request.method} slow finished")
    return "done"


@app.get("/after")
async def after() -> Response:
    async def work() -> None:
        await asyncio.sleep(0.05)
        events.append("after")

    async def bad() -> None:
        raise ZeroDivisionError("after the answer, on purpose")

    response = Response(b"now", 200, "text/plain")
    response.run_after(bad)
    response.run_after(work)
    return response


@app.websocket("/echo")
async def socket(ws: WebSocket[str]) -> None:
    events.append("socket opened")
    try:
        while True:
            text = await ws.receive()
            if text == "close":
                await ws.close(3001, "as you wish")
                return
            if text == "leave":
                return
            if text == "fail":
                raise ZeroDivisionError("in a conversation, on purpose")
            await ws.send(text[::-1])
    except WebSocketClosed as closed:
        events.append(f"socket closed {closed.code}")


@app.websocket("/chosen")
async def chosen(ws: WebSocket[bytes]) -> None:
    await ws.accept("two" if "two" in ws.subprotocols else None, {"x-extra": "yes"})
    await ws.send(await ws.receive())


@app.websocket("/flood")
async def flood(ws: WebSocket[str]) -> None:
    await ws.accept()
    await asyncio.sleep(0.3)  # messages queue up meanwhile
    for _ in range(50):
        await ws.send(str(len(await ws.receive())))


@app.websocket("/declined")
async def declined(ws: WebSocket[str]) -> None:
    await ws.close(1008, "not you")


@app.websocket("/idle")
async def idle(ws: WebSocket[str]) -> None:
    await ws.accept()
    try:
        await asyncio.sleep(20)
    finally:
        events.append("idle ended")


@app.post("/typed")
async def typed(data: Body[dict[str, int]]) -> int:
    return sum(data.values())


async def serve(port: int) -> None:
    from rooftree.server import Server

    server = Server(app)
    await server.start(port=port)
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


if __name__ == "__main__":
    import signal

    async def main() -> None:
        task = asyncio.create_task(serve(int(sys.argv[1])))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    asyncio.run(main())
