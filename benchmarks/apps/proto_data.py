"""The limit's tests that ask a database, and its page: raw asyncpg, or sqlite3 inline in the loop's thread.

BENCH_JINJA=1 renders fortunes and page with the Jinja2 templates of the other peers: the limit of a template engine.
"""

import asyncio
import hmac
import os
import sqlite3
from collections import deque
from random import randint

import asyncpg
import msgspec
from common import DB, EXTRA, PG, POOL, SECRET, SQL_FORTUNES, SQL_UPDATE, SQL_WORLD, SQLITE, TEMPLATES, count, ids
from jinja2 import Environment, FileSystemLoader
from proto_answers import PLAIN, as_html, as_json, query


class World(msgspec.Struct):
    id: int
    randomNumber: int


STATEMENTS = {
    "world": SQL_WORLD,
    "update": SQL_UPDATE,
    "fortunes": SQL_FORTUNES,
    "user": "SELECT id, username, email FROM app_user WHERE id = $1",
    "page": "SELECT p.id, p.name, c.name, p.price, p.stock FROM product p"
    " JOIN category c ON c.id = p.category_id ORDER BY p.id LIMIT 20",
}


def esc(s):
    return s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;")


def sign(text):
    return hmac.digest(SECRET.encode(), text.encode(), "sha256").hex()


def render_fortunes(rows):
    rows = [(message, id) for id, message in rows]
    rows.append((EXTRA, 0))
    rows.sort()
    body = "".join([f"<tr><td>{id}</td><td>{esc(message)}</td></tr>" for message, id in rows])
    return as_html(
        "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
        f"<tr><th>id</th><th>message</th></tr>{body}</table></body></html>"
    )


def session(req):
    """The user id of a signed cookie 'uid.signature', or None."""
    for part in req.cookie.split(";"):
        k, _, v = part.strip().partition("=")
        if k == "session":
            uid, _, sig = v.partition(".")
            if hmac.compare_digest(sig, sign(uid)):
                return int(uid)
    return None


# The frame of the page, cut once out of the template that the other peers render for every request.
marks = {"user": {"username": "@@", "email": "@@"}, "csrf_name": "csrf_token", "csrf_token": "@@"}
frame = Environment(loader=FileSystemLoader(TEMPLATES)).get_template("page.html").render(marks)
HEAD, MID, TABLE, FORM, TAIL = frame.replace("</table>", "@@</table>").split("@@")


def render_page(uid, user, rows):
    body = "".join(
        [
            f'<tr class="product"><td>{i}</td><td><a href="/products/{i}">{esc(n)}</a></td><td>{esc(c)}</td>'
            f"<td>{p}</td><td>{s or 'sold out'}</td></tr>\n"
            for i, n, c, p, s in rows
        ]
    )
    return as_html(f"{HEAD}{esc(user[1])}{MID}{esc(user[2])}{TABLE}{body}{FORM}{sign(f'csrf{uid}')}{TAIL}")


class Fortune(msgspec.Struct):
    id: int
    message: str


class Category(msgspec.Struct):
    name: str


class Product(msgspec.Struct):
    id: int
    name: str
    category: Category
    price: int
    stock: int


class User(msgspec.Struct):
    id: int
    username: str
    email: str


def jinja_fortunes(rows):
    fortunes = [Fortune(r[0], r[1]) for r in rows]
    fortunes.append(Fortune(0, EXTRA))
    fortunes.sort(key=lambda f: f.message)
    return as_html(fortunes_template.render(fortunes=fortunes))


def jinja_page(uid, user, rows):
    products = [Product(i, n, Category(c), p, s) for i, n, c, p, s in rows]
    context = {"user": User(*user), "products": products, "csrf_name": "csrf_token", "csrf_token": sign(f"csrf{uid}")}
    return as_html(page_template.render(context))


if os.environ.get("BENCH_JINJA"):
    jinja = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    fortunes_template, page_template = jinja.get_template("fortunes.html"), jinja.get_template("page.html")
    render_fortunes, render_page = jinja_fortunes, jinja_page


def login(req):
    uid = query(req.url, b"user").decode()
    return b"HTTP/1.1 200 OK\r\nSet-Cookie: session=%b.%b\r\nContent-Length: 0\r\n\r\n" % (
        uid.encode(),
        sign(uid).encode(),
    )


def add(req):
    uid = session(req)
    if uid is None or query(b"?" + req.body, b"csrf_token") != sign(f"csrf{uid}").encode():
        return PLAIN % b"403 Forbidden"
    return b"HTTP/1.1 303 See Other\r\nLocation: /page\r\nContent-Length: 0\r\n\r\n"


# ---- PostgreSQL: prepared statements on POOL connections, handed out from a deque


class Con:
    async def open(self):
        self.con = await asyncpg.connect(PG)
        for name, sql in STATEMENTS.items():
            setattr(self, name, await self.con.prepare(sql))
        return self


idle: deque = deque()
waiting: deque = deque()


def wait():
    fut = asyncio.get_running_loop().create_future()
    waiting.append(fut)
    return fut


def give(con):
    if waiting:
        waiting.popleft().set_result(con)
    else:
        idle.append(con)


async def pg_db(req):
    con = idle.pop() if idle else await wait()
    row = await con.world.fetchrow(randint(1, 10000))
    give(con)
    return as_json(World(row[0], row[1]))


async def pg_queries(req):
    con = idle.pop() if idle else await wait()
    rows = await con.world.fetchmany([(i,) for i in ids(count(query(req.url, b"n")))])  # one pipelined batch
    give(con)
    return as_json([World(r[0], r[1]) for r in rows])


async def pg_updates(req):
    con = idle.pop() if idle else await wait()
    args = [(i,) for i in ids(count(query(req.url, b"n")))]
    async with con.con.transaction():
        rows = await con.world.fetchmany(args)
        new = [(r[0], randint(1, 10000)) for r in rows]
        await con.update.executemany(new)
    give(con)
    return as_json([World(i, n) for i, n in new])


async def pg_fortunes(req):
    con = idle.pop() if idle else await wait()
    rows = await con.fortunes.fetch()
    give(con)
    return render_fortunes(rows)


async def pg_page(req):
    uid = session(req)
    if uid is None:
        return PLAIN % b"401 Unauthorized"
    con = idle.pop() if idle else await wait()
    user = await con.user.fetchrow(uid)
    rows = await con.page.fetch()
    give(con)
    return render_page(uid, user, rows)


# ---- SQLite: the same work inline


LITE = {name: sql.replace("$", "?") for name, sql in STATEMENTS.items()}


def lite(name, *args):
    return lite_con.execute(LITE[name], args)


def lite_db(req):
    return as_json(World(*lite("world", randint(1, 10000)).fetchone()))


def lite_queries(req):
    return as_json([World(*lite("world", i).fetchone()) for i in ids(count(query(req.url, b"n")))])


def lite_updates(req):
    lite_con.execute("BEGIN IMMEDIATE")
    new = [(lite("world", i).fetchone()[0], randint(1, 10000)) for i in ids(count(query(req.url, b"n")))]
    lite_con.executemany(LITE["update"], new)
    lite_con.execute("COMMIT")
    return as_json([World(i, n) for i, n in new])


def lite_fortunes(req):
    return render_fortunes(lite("fortunes"))


def lite_page(req):
    uid = session(req)
    return render_page(uid, lite("user", uid).fetchone(), lite("page")) if uid else PLAIN % b"401 Unauthorized"


async def start():
    global lite_con
    if DB == "pg":
        idle.extend([await Con().open() for _ in range(POOL)])
    else:
        lite_con = sqlite3.connect(SQLITE, isolation_level=None)
        lite_con.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")


prefix = "pg" if DB == "pg" else "lite"
ROUTES = {
    f"/{name}".encode(): globals()[f"{prefix}_{name}"] for name in ("db", "queries", "updates", "fortunes", "page")
}
ROUTES[b"/login"] = login
