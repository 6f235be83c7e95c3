"""Robyn with raw asyncpg; body validated by its pydantic support."""

import raw_pg
from common import HOST, PORT, ROUTES, TEXT, digest
from items import PItem
from robyn import Headers, Request, Response, Robyn

app = Robyn(__file__)
app.startup_handler(raw_pg.start)


@app.get("/json")
async def hello(request: Request):
    return {"message": "Hello, World!"}


@app.post("/items/:id")
async def item(request: Request, it: PItem):
    id = request.path_params["id"]
    if not id.isdigit():
        return Response(422, Headers({}), "id")
    if request.query_params.get("verbose", "") == "true":
        return {"id": int(id), **it.model_dump()}
    return {"id": int(id), "name": it.name}


@app.get("/def")
def plain(request: Request):
    return {"message": "Hello, World!"}


@app.post("/upload")
async def upload(request: Request):
    body = request.body
    return digest(body.encode() if isinstance(body, str) else bytes(body))


@app.get("/text")
async def long_text(request: Request):
    return Response(200, Headers({"Content-Type": "text/plain; charset=utf-8"}), TEXT)


async def route(request: Request):
    return {"id": int(request.path_params["id"])}


for i in range(ROUTES):
    app.get(f"/r{i}/:id")(route)


@app.get("/db")
async def db(request: Request):
    return await raw_pg.db()


@app.get("/queries")
async def queries(request: Request):
    return await raw_pg.queries(request.query_params.get("n", "1"))


app.start(host=HOST, port=PORT)
