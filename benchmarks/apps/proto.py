"""The hand-written limit: asyncio.Protocol on uvloop, httptools, no framework, no Task for a request.

A handler is a plain function (answers at once) or a coroutine function. A coroutine is driven in place until it
first waits; each wake-up then comes straight from the future's callback. Answers to pipelined requests are not kept
in order (wrk sends none). There is no error handling, no limit, no host check and no header beyond the needed.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httptools
import msgspec
import uvloop
from common import DB, HOST, PORT, ROUTES, TEXT, digest
from proto_answers import PLAIN, as_json, as_text, query
from structs import Item, ItemOut

decode_item = msgspec.json.Decoder(Item).decode


def hello(req):
    return as_json({"message": "Hello, World!"})


def item(req):
    try:
        id = int(req.url[7:].partition(b"?")[0])
        it = decode_item(req.body)
    except ValueError:  # msgspec.ValidationError is one
        return PLAIN % b"422 Unprocessable Content"
    if query(req.url, b"verbose") == b"true":
        return as_json(ItemOut(id, it.name, it.price, it.tags, it.owner))
    return as_json({"id": id, "name": it.name})


def blocking():
    return as_json({"message": "Hello, World!"})


async def plain(req):
    return await loop.run_in_executor(pool, blocking)


def upload(req):
    return as_json(digest(req.body))


def text(req):
    return as_text(TEXT)


def route(req):
    return as_json({"id": int(req.url.rpartition(b"/")[2])})


def missing(req):
    return PLAIN % b"404 Not Found"


routes = {b"/json": hello, b"/def": plain, b"/upload": upload, b"/text": text}
dynamic = {b"/items": item} | {b"/r%d" % i: route for i in range(ROUTES)}
if DB != "none":
    import proto_data

    routes |= proto_data.ROUTES


# ---- HTTP


class Drive:
    """Run a coroutine in place; where it waits, go on from the future's own callback."""

    __slots__ = ("coro", "tr")

    def __init__(self, coro, tr):
        self.coro = coro
        self.tr = tr

    def step(self, done=None):
        try:
            fut = self.coro.send(None)
        except StopIteration as e:
            self.tr.write(e.value)
            return
        if fut is None:
            loop.call_soon(self.step)
        else:
            fut._asyncio_future_blocking = False
            fut.add_done_callback(self.step)


class Http(asyncio.Protocol):
    __slots__ = ("body", "cookie", "data_received", "more", "parser", "tr", "url")

    def __init__(self):
        self.parser = httptools.HttpRequestParser(self)
        self.data_received = self.parser.feed_data  # straight into the parser: no Python frame of ours

    def connection_made(self, tr):
        self.tr = tr

    def connection_lost(self, exc):
        self.parser = self.data_received = None

    def on_url(self, url):
        self.url = url
        self.body = b""
        self.more = None
        self.cookie = ""

    def on_header(self, name, value):
        if name == b"Cookie":
            self.cookie = value.decode("latin-1")

    def on_body(self, data):
        if self.more is not None:
            self.more.append(data)
        elif self.body:
            self.more = [self.body, data]
        else:
            self.body = data

    def on_message_complete(self):
        if self.more is not None:
            self.body = b"".join(self.more)
        path = self.url.partition(b"?")[0]
        handler = routes.get(path)
        if handler is None:
            handler = dynamic.get(path.rpartition(b"/")[0], missing)
        elif path == b"/page" and self.parser.get_method() == b"POST":
            handler = proto_data.add
        out = handler(self)
        if out.__class__ is bytes:
            self.tr.write(out)
        else:
            Drive(out, self.tr).step()


async def main():
    global loop, pool
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(40)
    if DB != "none":
        await proto_data.start()
    await (await loop.create_server(Http, HOST, PORT, backlog=1024)).serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
