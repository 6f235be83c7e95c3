"""Rooftree as its documentation shows it, with production defaults."""

from typing import Annotated

from common import DB, FRONT, PG, POOL, ROUTES, SQLITE, TEXT, digest

from rooftree import App, Gt, Request, Schema, Settings

DATABASES = {"pg": f"{PG}?pool_size={POOL}", "sqlite": f"sqlite:///{SQLITE}"}
settings = Settings.load(database=DATABASES.get(DB))
if FRONT:
    import rooftree_front

    settings = rooftree_front.shown(settings)
app = App(settings)


class Owner(Schema):
    id: int
    email: str


class Item(Schema):
    name: str
    price: Annotated[float, Gt(0)]
    tags: list[str]
    owner: Owner


class ItemOut(Item):
    id: int


class ItemName(Schema):
    id: int
    name: str


@app.get("/json")
async def hello() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.post("/items/{id}")
async def item(id: int, data: Item, verbose: bool = False) -> ItemOut | ItemName:
    if verbose:
        return ItemOut(id=id, name=data.name, price=data.price, tags=data.tags, owner=data.owner)
    return ItemName(id=id, name=data.name)


@app.get("/def")
def plain() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.post("/upload")
async def upload(request: Request) -> dict[str, int]:
    return digest(await request.body())


@app.get("/text")
async def text() -> str:
    return TEXT


async def route(id: int) -> dict[str, int]:
    return {"id": id}


for i in range(ROUTES):
    app.get(f"/r{i}/{{id}}")(route)


if FRONT:
    rooftree_front.add(app)
elif DB != "none":
    import rooftree_data

    app.include(rooftree_data.pages)
