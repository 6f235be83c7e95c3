"""Raw asyncpg from a pool and a Jinja2 template, for the frameworks without an ORM: BlackSheep, Sanic, Robyn."""

import asyncpg
from common import DB, EXTRA, PG, POOL, SQL_FORTUNES, SQL_UPDATE, SQL_WORLD, TEMPLATES, count, ids, randint
from jinja2 import Environment, FileSystemLoader

fortunes_html = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template("fortunes.html")


async def start(*_):
    global pool
    if DB == "none":
        return
    pool = await asyncpg.create_pool(PG, min_size=POOL, max_size=POOL)


def world(row):
    return {"id": row[0], "randomNumber": row[1]}


async def db():
    async with pool.acquire() as con:
        return world(await con.fetchrow(SQL_WORLD, randint()))


async def queries(n):
    async with pool.acquire() as con:
        stmt = await con.prepare(SQL_WORLD)
        return [world(await stmt.fetchrow(i)) for i in ids(count(n))]


async def updates(n):
    async with pool.acquire() as con, con.transaction():
        stmt = await con.prepare(SQL_WORLD)
        rows = [((await stmt.fetchrow(i))[0], randint()) for i in ids(count(n))]
        await con.executemany(SQL_UPDATE, rows)
    return [world(r) for r in rows]


async def fortunes():
    async with pool.acquire() as con:
        rows = [{"id": r[0], "message": r[1]} for r in await con.fetch(SQL_FORTUNES)]
    rows.append({"id": 0, "message": EXTRA})
    rows.sort(key=lambda f: f["message"])
    return fortunes_html.render(fortunes=rows)
