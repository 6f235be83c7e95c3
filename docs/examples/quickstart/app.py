from decimal import Decimal
from typing import Annotated

from rooftree import App, Gt, Len, Schema

app = App()


@app.get("/")
async def index() -> str:
    return "Hello, World!"


@app.get("/items/{id}")
async def item(id: int, q: str | None = None) -> dict[str, object]:
    return {"id": id, "q": q}


class NewItem(Schema):
    name: Annotated[str, Len(1, 80)]
    price: Annotated[Decimal, Gt(0)]
    tags: list[str] = []


class Item(NewItem):
    id: int


@app.post("/items", status=201)
async def create(data: NewItem) -> Item:
    return Item(id=1, name=data.name, price=data.price, tags=data.tags)
