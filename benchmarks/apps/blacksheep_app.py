"""BlackSheep with raw asyncpg and Jinja2."""

import raw_pg
from blacksheep import Application, FromJSON, Request, get, html, json, post, text
from common import ROUTES, TEXT, digest
from items import PItem

app = Application()
app.on_start += raw_pg.start


@get("/json")
async def hello():
    return json({"message": "Hello, World!"})


@post("/items/{id}")
async def item(id: int, data: FromJSON[PItem], verbose: bool = False):
    it = data.value
    return json({"id": id, **it.model_dump()} if verbose else {"id": id, "name": it.name})


@post("/upload")
async def upload(request: Request):
    return json(digest(await request.read()))


@get("/text")
async def long_text():
    return text(TEXT)


def add_route(i):
    @get(f"/r{i}/{{id}}")
    async def route(id: int):
        return json({"id": id})


for i in range(ROUTES):
    add_route(i)


@get("/db")
async def db():
    return json(await raw_pg.db())


@get("/queries")
async def queries(n: str = "1"):
    return json(await raw_pg.queries(n))


@get("/updates")
async def updates(n: str = "1"):
    return json(await raw_pg.updates(n))


@get("/fortunes")
async def fortunes():
    return html(await raw_pg.fortunes())
