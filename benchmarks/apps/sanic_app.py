"""Sanic with raw asyncpg and Jinja2; it has no validation of its own, so msgspec by hand."""

import msgspec
import raw_pg
from common import ROUTES, TEXT, digest
from sanic import Sanic, html, json, text
from sanic.response import raw
from structs import Item, full

app = Sanic("bench")
app.config.ACCESS_LOG = False
app.before_server_start(raw_pg.start)
decode = msgspec.json.Decoder(Item).decode
encode = msgspec.json.encode


@app.get("/json")
async def hello(request):
    return json({"message": "Hello, World!"})


@app.post("/items/<id:int>")
async def item(request, id: int):
    try:
        it = decode(request.body)
    except msgspec.ValidationError as e:
        return json({"error": str(e)}, 422)
    if request.args.get("verbose") == "true":
        return raw(encode(full(id, it)), content_type="application/json")
    return json({"id": id, "name": it.name})


@app.post("/upload")
async def upload(request):
    return json(digest(request.body))


@app.get("/text")
async def long_text(request):
    return text(TEXT)


async def route(request, id: int):
    return json({"id": id})


for i in range(ROUTES):
    app.add_route(route, f"/r{i}/<id:int>", name=f"route{i}")


@app.get("/db")
async def db(request):
    return json(await raw_pg.db())


@app.get("/queries")
async def queries(request):
    return json(await raw_pg.queries(request.args.get("n")))


@app.get("/updates")
async def updates(request):
    return json(await raw_pg.updates(request.args.get("n")))


@app.get("/fortunes")
async def fortunes(request):
    return html(await raw_pg.fortunes())
