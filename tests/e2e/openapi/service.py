"""A service with some of everything that a document describes; what it says, it does."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
import pydantic

from rooftree import (
    Answer,
    App,
    Body,
    Cookie,
    Event,
    EventStream,
    File,
    Form,
    Group,
    Header,
    HTTPError,
    NotFound,
    Query,
    Schema,
    Settings,
    Tag,
    Upload,
)
from rooftree.schema import Ge, Gt, Le, Len, Pattern, Private

__all__ = ["make_app"]

T = TypeVar("T")


class Color(enum.Enum):
    """What it looks like."""

    RED = "red"
    BLUE = "blue"


class Size(Schema):
    width: Annotated[int, Ge(1), Le(500)]
    height: Annotated[int, Ge(1), Le(500)] = 10


class NewItem(Schema):
    """Something to sell."""

    name: Annotated[str, Len(1, 40)]
    price: Annotated[Decimal, Gt(0)]
    colors: Annotated[list[Color], Len(0, 3)] = []
    size: Size | None = None
    code: Annotated[str, Pattern("^[A-Z]{2}[0-9]{1,4}$")] = "AA1"
    cost: Annotated[int, Private, Ge(0)] = 0
    made: dt.date | None = None


class Item(NewItem):
    id: uuid.UUID
    added: dt.datetime


class ItemChange(Schema, forbid_unknown_fields=True):
    """Fields that are left out stay; `null` empties one."""

    name: Annotated[str, Len(1, 40)] | msgspec.UnsetType = msgspec.UNSET
    size: Size | msgspec.UnsetType | None = msgspec.UNSET


class Page(Schema, Generic[T]):
    items: list[T]
    total: int


class Card(Schema, tag="card", tag_field="kind"):
    number: Annotated[str, Pattern("^[0-9]{12}$")]


class Transfer(Schema, tag="transfer", tag_field="kind"):
    account: Annotated[str, Len(1, 34)]
    also: Card | Transfer | None = None


class Small(pydantic.BaseModel):
    kind: Literal["small"]
    weight: int = pydantic.Field(gt=0, le=30)


class Large(pydantic.BaseModel):
    kind: Literal["large"]
    parts: list[Small] = pydantic.Field(default=[], max_length=4)


class Filters(Schema):
    color: Color | None = None
    below: Annotated[Decimal, Gt(0)] | None = None
    tag: Annotated[list[str], Len(0, 3)] = []


class Node(Schema):
    name: str
    children: Annotated[list[Node], Len(0, 2)] = []


class SoldOut(HTTPError):
    """Nothing is left of it."""

    status = 409
    type = "https://shop.example/problems/sold-out"
    title = "Sold out"


class Closed(Exception):
    """Nothing is sold at night."""


class Note(Schema):
    text: str


def make_app() -> App:
    """The application, with things of its own."""
    app = App(Settings(mode="test"), name="Shop")
    app.include(make_items(), make_bodies(), make_streams())

    @app.error(Closed)
    async def closed(request: object, error: Closed) -> Answer[Note]:
        return Answer(Note(text="closed"), status=409)

    @app.get("/night", raises=[Closed])
    async def night() -> Note:
        raise Closed

    return app


def make_items() -> Group:
    """A collection with everything that is done to one."""
    known: dict[uuid.UUID, Item] = {}
    items = Group("/items", name="items", tags=[Tag("Items", "What is *sold*.")])

    @items.get()
    async def index(
        filters: Annotated[Filters, Query()],
        size: Annotated[int, Ge(1), Le(100)] = 20,
        since: dt.date | None = None,
        *,
        full: bool = False,
        x_trace: Annotated[list[int] | None, Header()] = None,
        theme: Annotated[Color, Cookie()] = Color.RED,
    ) -> Page[Item]:
        """List items."""
        found = [item for item in known.values() if filters.color is None or filters.color in item.colors]
        return Page(items=found[:size], total=len(found))

    @items.post(status=201, raises=[SoldOut], examples={"oak": {"name": "Oak", "price": "9.90"}})
    async def create(data: NewItem) -> Answer[Item]:
        if len(known) >= 50:
            raise SoldOut(detail="The shelf is full.")
        fields = {name: getattr(data, name) for name in NewItem.__struct_fields__}
        item = Item(**fields, id=uuid.uuid4(), added=dt.datetime.now(dt.UTC))
        known[item.id] = item
        return Answer(item, headers={"location": f"/items/{item.id}"})

    def find(id: uuid.UUID) -> Item:
        if id not in known:
            raise NotFound("There is no such item.")
        return known[id]

    @items.get("/{id}", raises=[NotFound])
    async def show(id: uuid.UUID) -> Item:
        return find(id)

    @items.patch("/{id}", raises=[NotFound])
    async def change(id: uuid.UUID, data: ItemChange) -> Item:
        item = find(id)
        fields = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not msgspec.UNSET}
        known[id] = msgspec.structs.replace(item, **fields)
        return known[id]

    @items.delete("/{id}", raises=[NotFound])
    async def remove(id: uuid.UUID) -> None:
        find(id)
        del known[id]

    @items.post("/{id}/picture", raises=[NotFound])
    async def picture(id: uuid.UUID, file: Upload, title: Form[Annotated[str, Len(1, 10)]]) -> Note:
        find(id)
        return Note(text=f"{title}: {len(await file.read())}")

    return items


def make_bodies() -> Group:
    """Paths and bodies of all kinds."""
    app = Group()

    @app.get("/by-number/{number:int}/{rest:path}")
    async def by_number(number: int, rest: str) -> str:
        return f"{number} {rest}"

    @app.get("/years/{year}", deprecated=True)
    async def year(year: Annotated[int, Ge(1900), Le(2100)]) -> dict[str, int]:
        return {"year": year}

    @app.post("/pay")
    async def pay(data: Card | Transfer) -> Transfer | Card:
        return data

    @app.get("/payments")
    async def payments() -> Page[Card | Transfer]:
        return Page(items=[Card(number="123456789012"), Transfer(account="DE1")], total=2)

    @app.post("/ship")
    async def ship(data: Small | Large) -> Large | Small:
        return data

    @app.post("/order")
    async def order(data: Form[Size]) -> Size:
        return data

    @app.put("/raw")
    async def raw(data: Body[bytes]) -> bytes:
        return data

    @app.post("/tree")
    async def tree(data: Node) -> Node:
        return data

    return app


def make_streams() -> Group:
    """Answers of all kinds."""
    app = Group()

    @app.get("/lines")
    async def lines(count: Annotated[int, Ge(0), Le(5)] = 2) -> AsyncIterator[Note]:
        for number in range(count):
            yield Note(text=str(number))

    @app.get("/events")
    async def events() -> EventStream[Note]:
        async def some() -> AsyncIterator[Event[Note]]:
            yield Event(data=Note(text="one"), id="1")

        return EventStream(some())

    @app.get("/file")
    async def file() -> File:
        return File(b"content", media_type="text/plain")

    @app.get("/maybe")
    async def maybe(which: Literal["none", "text", "data"] = "none") -> Note | None:
        return Note(text="here") if which == "data" else None

    return app
