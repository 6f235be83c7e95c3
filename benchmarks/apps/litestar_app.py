"""Litestar, SQLAlchemy 2 async ORM (advanced-alchemy's plugin left out: plain session dependency), Jinja2."""

from pathlib import Path

import sa_async
from common import ROUTES, TEMPLATES, TEXT, digest
from litestar import Litestar, MediaType, Request, get, post
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.di import Provide
from litestar.response import Template
from litestar.template.config import TemplateConfig
from sqlalchemy.ext.asyncio import AsyncSession
from structs import Item, ItemOut, full


@get("/json")
async def json() -> dict:
    return {"message": "Hello, World!"}


@post("/items/{id:int}", status_code=200)
async def item(id: int, data: Item, verbose: bool = False) -> ItemOut | dict:
    return full(id, data) if verbose else {"id": id, "name": data.name}


@get("/def", sync_to_thread=True)
def plain() -> dict:
    return {"message": "Hello, World!"}


@post("/upload", status_code=200)
async def upload(request: Request) -> dict:
    return digest(await request.body())


@get("/text", media_type=MediaType.TEXT)
async def text() -> str:
    return TEXT


async def route(id: int) -> dict:
    return {"id": id}


@get("/db")
async def db(session: AsyncSession) -> dict:
    return await sa_async.db(session)


@get("/queries")
async def queries(session: AsyncSession, n: str = "1") -> list[dict]:
    return await sa_async.queries(session, n)


@get("/updates")
async def updates(session: AsyncSession, n: str = "1") -> list[dict]:
    return await sa_async.updates(session, n)


@get("/fortunes")
async def fortunes(session: AsyncSession) -> Template:
    return Template("fortunes.html", context={"fortunes": await sa_async.fortunes(session)})


app = Litestar(
    [
        json,
        item,
        plain,
        upload,
        text,
        *(get(f"/r{i}/{{id:int}}")(route) for i in range(ROUTES)),
        db,
        queries,
        updates,
        fortunes,
    ],
    dependencies={"session": Provide(sa_async.get_session)},
    template_config=TemplateConfig(directory=Path(TEMPLATES), engine=JinjaTemplateEngine),
    openapi_config=None,
)
