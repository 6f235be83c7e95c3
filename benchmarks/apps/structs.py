"""The /items payload as msgspec structs: for Rooftree, the limit, and the peers whose docs name msgspec."""

from typing import Annotated

import msgspec


class Owner(msgspec.Struct):
    id: int
    email: str


class Item(msgspec.Struct):
    name: str
    price: Annotated[float, msgspec.Meta(gt=0)]
    tags: list[str]
    owner: Owner


class ItemOut(msgspec.Struct):
    id: int
    name: str
    price: float
    tags: list[str]
    owner: Owner


def full(id: int, it: Item) -> ItemOut:
    return ItemOut(id, it.name, it.price, it.tags, it.owner)
