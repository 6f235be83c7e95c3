"""Real applications of Flask, Django and FastAPI inside of an App, behind our own server and behind ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from rooftree import App, Settings
from rooftree.server import Server
from tests.e2e.mounts.others import django_asgi, django_wsgi, events, fastapi_app, flask_app

# asgiref and Django keep loops and threads of their own
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators:Warning")


def make_app() -> App:
    app = App(Settings(access_log=False))

    @app.get("/flask/own")
    async def own() -> str:
        return "ours"

    app.mount("/flask", flask_app, name="flask", max_body=4_000_000)
    app.mount("/fastapi", fastapi_app)
    app.mount("/django/wsgi", django_wsgi())
    app.mount("/django/asgi", django_asgi())

    inner = App(Settings(access_log=False))

    @inner.get("/x/{name}")
    async def inside(name: str) -> str:
        return f"inside {name}"

    app.mount("/inner", inner)
    return app


@asynccontextmanager
async def served(behind: str = "rooftree") -> AsyncGenerator[httpx.AsyncClient, None]:
    app = make_app()
    if behind == "rooftree":
        server = Server(app)
        await server.start()
        try:
            async with httpx.AsyncClient(base_url=server.url, timeout=10) as client:
                yield client
        finally:
            await server.stop()
    else:
        await app.startup()
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
                yield client
        finally:
            await app.shutdown()


async def until(text: str) -> bool:
    for _ in range(100):
        if text in events:
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.fixture(params=["rooftree", "asgi"])
def behind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_flask(behind: str) -> None:
    async with served(behind) as client:
        assert (await client.get("/flask/own")).text == "ours"
        assert (await client.get("/flask/")).text == "Flask"
        moved = await client.get("/flask")
        assert (moved.status_code, moved.headers["location"]) == (308, str(client.base_url.join("/flask/")))
        url = "/flask/hello/caf%C3%A9%20%E2%82%AC?a=1&a=%C3%A9"
        seen = (await client.get(url, headers={"x-agent": "test", "cookie": "c=1"})).json()
        assert seen == {
            "name": "café €",
            "script_root": "/flask",
            "path": "/hello/café €",
            "url": "/flask/hello/x%20y",
            "absolute": f"{client.base_url}/flask/hello/café%20€?a=1&a=é",
            "host": client.base_url.netloc.decode(),
            "args": ["1", "é"],
            "agent": "test",
            "remote": "127.0.0.1",
            "cookie": "1",
        }
        assert (await client.get("/flask/nowhere")).status_code == 404
        head = await client.head("/flask/")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "5")
        assert (await client.post("/flask/own")).status_code == 404  # not ours by POST: Flask is asked


async def test_flask_bodies(behind: str) -> None:
    async with served(behind) as client:
        for size in (0, 10, 300_000, 3_000_000):
            body = bytes(i % 253 for i in range(size))
            assert (await client.post("/flask/echo", content=body)).content == body
        assert (await client.post("/flask/echo", content=b"x" * 4_000_001)).status_code == 413
        form = await client.post(
            "/flask/form", data={"field": "é"}, files={"file": ("a.txt", b"x" * 400_000, "text/x")}
        )
        assert form.json() == {"field": "é", "name": "a.txt", "size": 400_000, "type": "text/x"}


async def test_flask_keeps_its_session(behind: str) -> None:
    async with served(behind) as client:
        moved = await client.get("/flask/login")
        assert (moved.status_code, moved.headers["location"]) == (302, "/flask/who")
        assert (await client.get("/flask/who")).text == "ada"


async def test_flask_streams_and_breaks(behind: str) -> None:
    async with served(behind) as client:
        assert (await client.get("/flask/stream")).text == "0\n1\n2\n3\n4\n"
        broken = await client.get("/flask/broken")
        assert broken.status_code == 500
        assert "on purpose" not in broken.text
        assert (await client.get("/flask/")).text == "Flask"


async def test_an_endless_stream_of_flask_waits_for_its_client_and_ends_with_it() -> None:
    async with served() as client:
        async with client.stream("GET", "/flask/endless") as answer:
            await anext(answer.aiter_raw())
            await asyncio.sleep(0.2)
        assert await until("flask stream closed below 1000: True")


async def test_many_requests_at_once() -> None:
    async with served() as client:
        answers = await asyncio.gather(*(client.get(f"/flask/hello/{number}") for number in range(100)))
        assert [answer.json()["name"] for answer in answers] == [str(number) for number in range(100)]


async def test_fastapi(behind: str) -> None:
    events.clear()
    async with served(behind) as client:
        assert "fastapi started" in events
        assert (await client.get("/fastapi/")).json() == "FastAPI"
        item = (await client.get("/fastapi/items/5")).json()
        assert item == {
            "id": 5,
            "root_path": "/fastapi",
            "path": "/fastapi/items/5",
            "url": str(client.base_url.join("/fastapi/items/1")),
            "word": "from the lifespan",
            "client": "127.0.0.1",
        }
        assert (await client.get("/fastapi/items/x")).status_code == 422
        assert (await client.get("/fastapi", follow_redirects=True)).json() == "FastAPI"
        assert (await client.get("/fastapi/later")).json() == "now"
        assert await until("fastapi later")
        assert (await client.get("/fastapi/stream")).text == "0\n1\n2\n3\n4\n"
        body = b"x" * 500_000
        assert (await client.post("/fastapi/echo", content=body)).content == body
        assert (await client.get("/fastapi/broken")).status_code == 500
        assert "fastapi stopped" not in events
    assert "fastapi stopped" in events


async def test_an_endless_stream_of_fastapi_waits_for_its_client_and_ends_with_it() -> None:
    async with served() as client:
        async with client.stream("GET", "/fastapi/endless") as answer:
            await anext(answer.aiter_raw())
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.1)
        made = events.count("fastapi part")
        await asyncio.sleep(0.2)
        assert 0 < made == events.count("fastapi part") < 1000


async def test_a_websocket_of_fastapi() -> None:
    events.clear()
    async with served() as client:
        url = f"ws://{client.base_url.netloc.decode()}/fastapi"
        async with connect(f"{url}/echo", subprotocols=[Subprotocol("two")]) as socket:
            assert socket.subprotocol == "two"
            await socket.send("abc")
            assert await socket.recv() == "cba"
        assert await until("fastapi socket closed 1000")
        async with connect(f"{url}/echo") as socket:
            await socket.send("close")
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (3001, "as you wish")
        for path, status in (("/declined", 409), ("/nowhere", 403)):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url + path)
            assert refused.value.response.status_code == status
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{client.base_url.netloc.decode()}/flask/")
        assert refused.value.response.status_code == 404


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
async def test_django(behind: str, interface: str) -> None:
    base = f"/django/{interface}"
    async with served(behind) as client:
        assert (await client.get(f"{base}/")).text == "Django"
        assert (await client.get(f"{base}/hello/caf%C3%A9/")).json() == {
            "name": "café",
            "script": base,
            "path_info": "/hello/café/",
            "url": f"{base}/hello/x%20y/",
            "absolute": str(client.base_url.join(f"{base}/hello/caf%C3%A9/")),
        }
        moved = await client.get(f"{base}/hello/x")
        assert (moved.status_code, moved.headers["location"]) == (301, f"{base}/hello/x/")
        assert (await client.post(f"{base}/echo", content=b"x" * 100_000)).content == b"x" * 100_000
        assert (await client.get(f"{base}/stream")).text == "0\n1\n2\n3\n4\n"
        assert (await client.get(f"{base}/nowhere")).status_code == 404


async def test_an_app_in_an_app(behind: str) -> None:
    async with served(behind) as client:
        assert (await client.get("/inner/x/a%2Fb")).text == "inside a/b"
        moved = await client.get("/inner/x/a/?q=1")
        assert (moved.status_code, moved.headers["location"]) == (308, "/inner/x/a?q=1")
