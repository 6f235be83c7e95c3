"""Rooftree's tests that ask a database: models, templates, sessions, as its documentation shows them."""

from asyncio import gather
from typing import Annotated

from common import EXTRA, count, ids, randint

from rooftree import (
    Col,
    Depends,
    Group,
    HTTPError,
    Model,
    Page,
    Redirect,
    Ref,
    Schema,
    col,
    ref,
    render,
)
from rooftree.db import current_database
from rooftree.sessions import Session

pages = Group()


class World(Model, table="world"):
    number: Col[int] = col(name="randomnumber")


class Fortune(Model, table="fortune"):
    message: Col[str] = col(max_length=2048)


class Category(Model, table="category"):
    name: Col[str] = col(max_length=100)


class Product(Model, table="product"):
    name: Col[str] = col(max_length=200)
    price: Col[int]
    stock: Col[int]
    category: Ref[Category] = ref()


class User(Model, table="app_user"):
    username: Col[str] = col(max_length=150, unique=True)
    email: Col[str] = col(max_length=254)


class WorldOut(Schema):
    id: int
    randomNumber: int


def out(world: World) -> WorldOut:
    return WorldOut(id=world.id, randomNumber=world.number)


@pages.get("/db")
async def db() -> WorldOut:
    return out(await World.get(randint()))


async def find(keys: list[int]) -> list[World]:
    """A query for each; at once where there is a server that they share round trips to, not where they run in place."""
    if current_database().dialect == "sqlite":
        return [await World.get(key) for key in keys]
    return await gather(*(World.get(key) for key in keys))


@pages.get("/queries")
async def queries(n: str = "1") -> list[WorldOut]:
    return [out(world) for world in await find(ids(count(n)))]


@pages.get("/updates")
async def updates(n: str = "1") -> list[WorldOut]:
    worlds = await find(ids(count(n)))
    for world in worlds:
        world.number = randint()
    await World.update_many(worlds, World.number)
    return [out(world) for world in worlds]


@pages.get("/fortunes")
async def fortunes() -> Page:
    found = [*await Fortune.all(), Fortune(id=0, message=EXTRA)]
    found.sort(key=lambda fortune: fortune.message)
    return render("fortunes.html", fortunes=found)


async def signed_in(session: Session) -> User:
    user = session.get("user", int)
    if user is None:
        raise HTTPError(401)
    return await User.get(user)


Me = Annotated[User, Depends(signed_in)]


@pages.get("/login")
async def login(user: int, session: Session) -> str:
    session.rotate()
    session["user"] = user
    return "ok"


@pages.get("/page")
async def page(user: Me) -> Page:
    products = await Product.all().order_by(Product.id).limit(20).include(Product.category)
    return render("rooftree/page.html", user=user, products=products)


@pages.post("/page")
async def add(user: Me) -> Redirect:
    return Redirect("/page")
