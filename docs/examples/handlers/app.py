from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from rooftree import (
    After,
    Answer,
    App,
    Body,
    Cookie,
    Form,
    Gt,
    Header,
    HTTPError,
    Len,
    Query,
    Redirect,
    Request,
    Schema,
    Upload,
    WebSocket,
)

app = App()


class NewItem(Schema):
    name: Annotated[str, Len(1, 80)]
    price: Annotated[Decimal, Gt(0)]
    tags: list[str] = []


class ItemOut(Schema):
    id: int
    name: str


@app.post("/items/{id}", status=201)
async def create(
    id: int, data: NewItem, verbose: bool = False, *, token: Annotated[str | None, Header("x-token")] = None
) -> ItemOut:
    return ItemOut(id=id, name=f"{data.name} {verbose} {token}")


@app.get("/items")
async def items(
    q: str = "",
    sort: Literal["name", "price"] = "name",
    tags: tuple[str, ...] = (),
    max_price: Decimal | None = None,
    *,
    theme: Annotated[str, Cookie()] = "light",
    user_agent: Annotated[str, Header()] = "",
    size: Annotated[int, Query("page-size")] = 20,
) -> dict[str, object]:
    return {"q": q, "sort": sort, "tags": tags, "max_price": max_price, "theme": theme, "size": size}


@dataclass
class Point:
    x: float
    y: float


@app.post("/points")
async def move(point: Body[Point]) -> Point:
    return Point(point.x + 1, point.y + 1)


@app.post("/raw")
async def raw(content: Body[bytes], request: Request) -> str:
    return f"{len(content)} bytes of {request.content_type}"


class Filters(Schema):
    q: str = ""
    page: int = 1


@app.get("/search")
async def search(filters: Annotated[Filters, Query()]) -> Filters:
    return filters


@app.post("/profile")
async def profile(name: Form[str], age: Form[int | None] = None, photo: Upload | None = None) -> dict[str, object]:
    return {"name": name, "age": age, "photo": photo.filename if photo else None}


@app.get("/items/{id}")
async def item(id: int) -> ItemOut | None:
    return ItemOut(id=id, name="Oak") if id == 1 else None


@app.post("/drafts")
async def draft(data: NewItem) -> Answer[ItemOut]:
    return Answer(ItemOut(id=7, name=data.name), status=202, headers={"location": "/items/7"})


@app.post("/old")
async def old() -> Redirect | ItemOut:
    return Redirect("/items")


@app.get("/numbers")
async def numbers() -> AsyncIterator[int]:
    for number in range(3):
        yield number


@app.get("/report.csv", media_type="text/csv; charset=utf-8")
def report() -> Iterator[str]:
    yield "name,price\n"
    yield "oak,9.90\n"


sent: list[str] = []


async def send_mail(to: str) -> None:
    sent.append(to)


@app.post("/sign-up")
async def sign_up(email: Form[str], after: After) -> str:
    after(send_mail, email)
    return "Look into your mailbox."


@app.get("/slow")
def slow(n: int) -> int:
    return sum(range(n))


class Message(Schema):
    text: str


@app.websocket("/rooms/{room}")
async def chat(ws: WebSocket[Message], room: str, *, name: str = "") -> None:
    if room == "closed":
        raise HTTPError(403, "This room is closed.")
    async for message in ws:
        await ws.send(Message(text=f"{name} in {room}: {message.text}"))
