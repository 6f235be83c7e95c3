from decimal import Decimal
from typing import Annotated

from rooftree import App, Gt, HTTPError, Len, Schema

app = App()


class NewItem(Schema):
    name: Annotated[str, Len(1, 80)]
    price: Annotated[Decimal, Gt(0)]
    tags: list[str] = []


class Item(NewItem):
    id: int


class OutOfStock(HTTPError):
    status = 409


@app.post("/items/{id}", status=201, raises=[OutOfStock])
async def create(id: int, data: NewItem, verbose: bool = False) -> Item:
    return Item(id=id, name=data.name, price=data.price, tags=data.tags)
