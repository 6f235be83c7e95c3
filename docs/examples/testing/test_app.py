import httpx
from app import app

from rooftree.server import Server
from rooftree.testing import Client, SyncClient


async def test_visits_are_counted() -> None:
    async with Client(app) as client:
        first = await client.get("/visits")
        assert first.ok
        assert first.json() == {"visits": 1}
        assert (await client.get("/visits")).json() == {"visits": 2}


def test_without_async() -> None:
    with SyncClient(app) as client:
        assert client.get("/visits").json()["visits"] >= 1


async def test_a_stream() -> None:
    async with Client(app) as client, client.stream("GET", "/count") as answer:
        lines = [line async for line in answer.aiter_lines()]
        assert lines == ["1", "2", "3"]


async def test_a_websocket() -> None:
    async with Client(app) as client, client.websocket("/echo") as socket:
        await socket.send_json({"text": "hello"})
        assert await socket.receive_json() == {"text": "HELLO"}


async def test_on_a_real_socket() -> None:
    async with Server(app, port=0) as server, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{server.port}/visits")
        assert answer.status_code == 200
