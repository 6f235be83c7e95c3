"""Parameters of every kind; ``python -m tests.e2e.fuzz.application`` serves them and prints the port."""

from __future__ import annotations

import asyncio
import enum
import logging
import signal
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from rooftree import (
    App,
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Gt,
    Header,
    Len,
    Pattern,
    Query,
    Request,
    Schema,
    Settings,
    Upload,
    WebSocket,
    WebSocketClosed,
)
from rooftree.http import safe_join
from rooftree.server import Server

app = App(Settings(access_log=False, hosts=("localhost", "*.example.org")))


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Owner(Schema):
    name: Annotated[str, Len(1, 80)]
    born: date | None = None


class Item(Schema):
    name: Annotated[str, Len(1, 80), Pattern("^[a-z]+(-[a-z]+)*$")]
    price: Annotated[Decimal, Gt(0)]
    tags: list[str] = []
    owners: list[Owner] = []
    when: datetime | None = None
    at: time | None = None
    takes: timedelta | None = None
    color: Color = Color.RED
    size: Literal["s", "m", "l"] | int = "m"
    ratio: float = 0.0
    key: UUID | None = None
    raw: bytes = b""
    seen: frozenset[str] = frozenset()
    pair: tuple[int, str] | None = None
    by_name: dict[str, Decimal] = {}
    parts: list[Item] = []
    rest: Any = None


class Filters(Schema):
    q: str = ""
    page: Annotated[int, Gt(0)] = 1
    tags: list[int] = []
    since: date | None = None


async def paging(page: int = 1, size: Annotated[int, Gt(0)] = 20) -> tuple[int, int]:
    return page, size


async def held() -> AsyncIterator[str]:
    await asyncio.sleep(0)
    yield "held"


@app.get("/")
async def index() -> str:
    return "Hello"


@app.get("/items/{id:int}")
async def item(  # noqa: PLR0917
    id: int,
    q: str | None = None,
    n: int = 0,
    price: Decimal = Decimal(0),
    ratio: float = 0.0,
    when: datetime | None = None,
    day: date | None = None,
    takes: timedelta | None = None,
    color: Color = Color.RED,
    tags: list[int] = [],  # noqa: B006
    key: UUID | None = None,
    yes: bool = False,
    page: Annotated[tuple[int, int], Depends(paging)] = (1, 20),
) -> list[Any]:
    return [id, q, n, price, ratio if ratio == ratio else None, when, day, takes, color, tags, key, yes, page]  # noqa: PLR0124 - nan


@app.get("/text/{name}/{day:date}/{key:uuid}/{ratio:float}/{rest:path}")
async def text(name: str, day: date, key: UUID, ratio: float, rest: str) -> list[Any]:
    return [name, day, key, ratio, rest]


@app.get("/headers")
async def headers(
    *,
    x_token: Annotated[int | None, Header()] = None,
    x_many: Annotated[list[str], Header()] = [],  # noqa: B006
    theme: Annotated[str | None, Cookie()] = None,
    count: Annotated[int, Cookie()] = 0,
    thing: Annotated[str, Depends(held)],
) -> list[Any]:
    return [x_token, x_many, theme, count, thing]


@app.get("/filters")
def filters(filters: Annotated[Filters, Query()]) -> Filters:
    return filters


@app.post("/items")
async def create(data: Item, verbose: bool = False) -> Item:
    return data


@app.put("/items")
def replace(data: Item) -> Item:
    return data


@app.post("/any")
async def anything(data: Body[dict[str, Any]]) -> int:
    return len(data)


@app.post("/form")
async def form(data: Form[Filters]) -> Filters:
    return data


@app.post("/upload")
async def upload(file: Upload, more: list[Upload] = [], note: Form[str] = "") -> list[Any]:  # noqa: B006
    return [file.filename, file.size, file.content_type, len(more), note]


@app.post("/count")
async def count(request: Request) -> int:
    size = 0
    async for part in request.stream():
        size += len(part)
    return size


@app.post("/ignore")
async def ignore() -> str:
    return "ignored"


@app.get("/files/{name:path}")
async def files(name: str) -> File:
    return File(safe_join("tests/e2e/fuzz", name))


@app.get("/bytes")
async def some_bytes(name: str = "a.txt") -> File:
    return File(b"0123456789" * 100, filename=name, etag="v1")


@app.websocket("/echo")
async def echo(ws: WebSocket[str]) -> None:
    try:
        while True:
            await ws.send(await ws.receive())
    except WebSocketClosed:
        pass


async def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Server(app) as server:
        print(server.address[1], flush=True)  # noqa: T201 - for whoever started it
        await stop.wait()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    print(len(tasks), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
