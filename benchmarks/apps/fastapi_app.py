"""FastAPI, SQLAlchemy 2 async ORM, Jinja2, Starlette's signed-cookie sessions."""

import hmac
import secrets
from typing import Annotated

import sa_async
from common import FRONT, PAGES, ROUTES, SECRET, TEMPLATES, TEXT, digest
from fastapi import Depends, FastAPI, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from items import PItem, PItemOut
from sa_models import Product, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
if PAGES:
    app.add_middleware(SessionMiddleware, secret_key=SECRET)
templates = Jinja2Templates(directory=TEMPLATES)


Db = Annotated[AsyncSession, Depends(sa_async.get_session)]


async def current_user(request: Request, session: Db) -> User:
    uid = request.session.get("user")
    user = await session.get(User, uid) if uid else None
    if user is None:
        raise HTTPException(401)
    return user


Me = Annotated[User, Depends(current_user)]


@app.get("/json")
async def json():
    return {"message": "Hello, World!"}


@app.post("/items/{id}")
async def item(id: int, it: PItem, verbose: bool = False) -> PItemOut | dict:
    if verbose:
        return PItemOut(id=id, **it.__dict__)
    return {"id": id, "name": it.name}


@app.get("/def")
def plain():
    return {"message": "Hello, World!"}


@app.post("/upload")
async def upload(request: Request):
    return digest(await request.body())


@app.get("/text", response_class=PlainTextResponse)
async def text():
    return TEXT


async def route(id: int):
    return {"id": id}


for i in range(ROUTES):
    app.get(f"/r{i}/{{id}}")(route)


@app.get("/db")
async def db(session: Db):
    return await sa_async.db(session)


@app.get("/queries")
async def queries(session: Db, n: str = "1"):
    return await sa_async.queries(session, n)


@app.get("/updates")
async def updates(session: Db, n: str = "1"):
    return await sa_async.updates(session, n)


@app.get("/fortunes", response_class=HTMLResponse)
async def fortunes(request: Request, session: Db):
    return templates.TemplateResponse(request, "fortunes.html", {"fortunes": await sa_async.fortunes(session)})


@app.get("/login")
async def login(request: Request, user: int):
    request.session.update(user=user, csrf=secrets.token_urlsafe(24))
    return "ok"


@app.get("/page", response_class=HTMLResponse)
async def page(request: Request, session: Db, user: Me):
    query = select(Product).options(joinedload(Product.category)).order_by(Product.id).limit(20)
    context = {
        "user": user,
        "products": (await session.scalars(query)).all(),
        "csrf_name": "csrf_token",
        "csrf_token": request.session["csrf"],
    }
    return templates.TemplateResponse(request, "page.html", context)


@app.post("/page")
async def add(request: Request, user: Me, csrf_token: Annotated[str, Form()] = ""):
    if not hmac.compare_digest(csrf_token, request.session["csrf"]):
        raise HTTPException(403)
    return RedirectResponse("/page", 303)


if FRONT:
    import fastapi_front

    app.include_router(fastapi_front.pages)
