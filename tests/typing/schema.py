"""What both type checkers say of schemas, decoders and encoders; read by them, never run."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar, assert_type

from rooftree.schema import Decoder, Encoder, Gt, Invalid, Schema, decoder, encoder, validate

T = TypeVar("T")


class Item(Schema):
    tags: list[str] = []
    price: Annotated[Decimal, Gt(0)]


class Page(Schema, Generic[T]):
    items: list[T]


def shown(item: Item, page: Page[Item], anything: Any) -> None:
    assert_type(decoder(Item), Decoder[Item])
    assert_type(decoder(Item).json(b""), Item)
    assert_type(decoder(list[int]).msgpack(b""), list[int])
    assert_type(decoder(Page[Item]).strings({}).items, list[Item])
    assert_type(decoder(Item).python({}, lax=True), Item)
    assert_type(decoder(anything).json(b""), Any)
    assert_type(encoder(Item), Encoder[Item])
    assert_type(encoder(Item).json(item), bytes)
    assert_type(validate(item), Item)
    assert_type(item.price, Decimal)
    assert_type(page.items, list[Item])
    Item(price=Decimal(1))
    Item(["a"], price=Decimal(1))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Item(price="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Item()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def caught(error: Invalid) -> None:
    assert_type(error.malformed, bool)
    assert_type([fault.path for fault in error.errors], list[tuple[str | int, ...]])
