"""django-bolt: the same models, its own API layer. Plain handlers where the ORM is used: it runs those in threads,
measured 1.5 (db) to 2 (queries) times as fast as async handlers with the async ORM, which its docs prefer."""

from common import ROUTES, TEXT, count, digest, ids, randint
from django.db import transaction
from django.template.loader import render_to_string
from django_bolt import BoltAPI, Request
from django_bolt.responses import HTML, PlainText
from structs import Item, full

from .models import Fortune, World
from .urls import as_dict, with_extra

api = BoltAPI()


@api.get("/json")
async def json():
    return {"message": "Hello, World!"}


@api.post("/items/{id}")
async def item(id: int, it: Item, verbose: bool = False):
    return full(id, it) if verbose else {"id": id, "name": it.name}


@api.get("/def")
def plain():
    return {"message": "Hello, World!"}


@api.post("/upload")
async def upload(request: Request):
    return digest(request.body)


@api.get("/text")
async def text():
    return PlainText(TEXT)


def add_route(i):
    @api.get(f"/r{i}/{{id}}")
    async def route(id: int):
        return {"id": id}


for i in range(ROUTES):
    add_route(i)


@api.get("/db")
def db():
    return as_dict(World.objects.get(id=randint()))


@api.get("/queries")
def queries(n: str = "1"):
    return [as_dict(World.objects.get(id=i)) for i in ids(count(n))]


@api.get("/updates")
def updates(n: str = "1"):
    with transaction.atomic():
        rows = [World.objects.get(id=i) for i in ids(count(n))]
        for w in rows:
            w.randomnumber = randint()
        World.objects.bulk_update(rows, ["randomnumber"])
    return [as_dict(w) for w in rows]


@api.get("/fortunes")
def fortunes():
    rows = with_extra(list(Fortune.objects.all()))
    return HTML(render_to_string("fortunes.html", {"fortunes": rows}))
