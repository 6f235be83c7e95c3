"""One application with something of everything that the client can meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated

from rooftree import (
    After,
    App,
    Body,
    Cookie,
    Event,
    EventStream,
    File,
    Form,
    HTTPError,
    Redirect,
    Request,
    Response,
    Schema,
    Settings,
    Stream,
    Upload,
    WebSocket,
)


class Item(Schema):
    name: str
    price: Decimal = Decimal(1)


class Boom(Exception):
    pass


Named = Annotated[str | None, Cookie()]


def make_app(settings: Settings | None = None) -> tuple[App, list[str]]:
    """Return an application and what it notes down."""
    app = App(settings or Settings())
    notes: list[str] = []
    _add_bodies(app)
    _add_streams(app, notes)
    _add_errors_and_work(app, notes)
    _add_conversations(app, notes)
    _add_failing_conversations(app, notes)
    return app, notes


def _add_bodies(app: App) -> None:
    @app.get("/")
    async def index() -> str:
        return "Hello"

    @app.post("/items")
    async def create(data: Item) -> Item:
        return data

    @app.post("/bytes")
    async def count_bytes(stream: Stream) -> list[int]:
        return [len(part) async for part in stream]

    @app.post("/upload")
    async def upload(photo: Upload, title: Form[str]) -> dict[str, object]:
        return {"title": title, "name": photo.filename, "size": len(await photo.read())}

    @app.post("/form")
    async def form(name: Form[str]) -> str:
        return name

    @app.post("/raw")
    async def raw(data: Body[bytes]) -> bytes:
        return data

    @app.get("/login")
    async def login() -> Response:
        response = Redirect("/me")
        response.set_cookie("user", "ann")
        return response

    @app.get("/me")
    async def me(user: Named = None, other: Named = None) -> dict[str, str | None]:
        return {"user": user, "other": other}

    @app.get("/request")
    async def about(request: Request) -> dict[str, object]:
        return {"url": request.url, "client": request.client, "id": request.id, "agent": request.headers.get("x-agent")}


def _add_streams(app: App, notes: list[str]) -> None:
    @app.get("/numbers")
    async def numbers() -> AsyncIterator[int]:
        for number in (1, 2, 3):
            yield number

    @app.get("/endless")
    async def endless() -> AsyncIterator[int]:
        number = 0
        try:
            while True:
                yield number
                number += 1
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            notes.append("cancelled")
            raise
        finally:
            notes.append("cleaned up")

    @app.get("/half")
    async def half() -> AsyncIterator[int]:
        yield 1
        raise Boom("half-way")

    @app.get("/events")
    async def events() -> EventStream[str]:
        async def some() -> AsyncIterator[Event[str]]:
            yield Event(data="one", id="1")
            yield Event(data="two", id="2")

        return EventStream(some())

    @app.get("/short")
    async def short() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"abc"

        return Stream(parts(), length=5)


def _add_errors_and_work(app: App, notes: list[str]) -> None:
    @app.get("/boom")
    async def boom() -> None:
        raise Boom("in the handler")

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPError(418, "I am one.")

    @app.get("/after")
    async def work_after(after: After) -> str:
        async def note() -> None:
            notes.append("after")

        after(note)
        return "first"

    @app.get("/after-boom")
    async def broken_after(after: After) -> str:
        async def fail() -> None:
            raise Boom("after")

        async def note() -> None:
            notes.append("still")

        after(fail)
        after(note)
        return "first"

    @app.get("/file")
    async def file() -> File:
        return File(__file__)

    @app.delete("/items")
    async def delete() -> None:
        return None


def _add_conversations(app: App, notes: list[str]) -> None:
    @app.websocket("/listener")
    async def listen(ws: WebSocket[str]) -> None:
        notes.extend([message async for message in ws])

    @app.websocket("/who")
    async def who(ws: WebSocket[str]) -> None:
        await ws.send(ws.request.headers["cookie"])

    @app.websocket("/echo")
    async def echo(ws: WebSocket[Item]) -> None:
        async for item in ws:
            await ws.send(Item(name=item.name.upper(), price=item.price))
        notes.append("left")

    @app.websocket("/chosen")
    async def chosen(ws: WebSocket[str]) -> None:
        await ws.accept("v2", {"x-room": "7"})
        await ws.send("hello")
        await ws.close(4001, "enough")


def _add_failing_conversations(app: App, notes: list[str]) -> None:
    @app.websocket("/refused")
    async def refused(ws: WebSocket[str]) -> None:
        raise HTTPError(401, "Sign in first.")

    @app.websocket("/broken")
    async def broken(ws: WebSocket[str]) -> None:
        await ws.receive()
        raise Boom("in the conversation")

    @app.websocket("/deaf")
    async def deaf(ws: WebSocket[str]) -> None:
        await ws.send("hello")
        try:
            await asyncio.sleep(60)
        finally:
            notes.append("ended")

    @app.websocket("/talker")
    async def talker(ws: WebSocket[str]) -> None:
        number = 0
        while True:
            await ws.send(str(number))
            number += 1
            await asyncio.sleep(0)
