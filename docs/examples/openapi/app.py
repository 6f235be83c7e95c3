from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from rooftree import AnswerInfo, App, Group, HTTPError, NotFound, OpenAPIOptions, Schema, Settings, Tag
from rooftree.schema import Doc, Gt, Len


class NewItem(Schema):
    """Something to sell."""

    name: Annotated[str, Len(1, 80), Doc("What it is called in the shop.")]
    price: Annotated[Decimal, Gt(0)]


class Item(NewItem):
    id: int


class SoldOut(HTTPError):
    """Nothing is left of it."""

    status = 409
    type = "https://shop.example/problems/sold-out"
    title = "Sold out"


shelf = {1: Item(id=1, name="Oak", price=Decimal("9.90"))}
items = Group("/items", name="items", tags=[Tag("Items", "What is *sold* here.")])


@items.get("/{id}", raises=[NotFound])
async def show(id: int) -> Item:
    """Show one item.

    Prices are in euros.
    """
    if id not in shelf:
        raise NotFound
    return shelf[id]


@items.post(
    status=201,
    raises=[SoldOut],
    examples={"oak": {"name": "Oak", "price": "9.90"}},
    responses={202: AnswerInfo(description="It is made to order.", headers={"location": "Where to ask for it."})},
)
async def create(data: NewItem) -> Item:
    """Put an item on the shelf."""
    return Item(id=2, name=data.name, price=data.price)


app = App(Settings(openapi=OpenAPIOptions(title="Shop", version="1.2", description="The API of the *shop*.")))
app.include(items)
