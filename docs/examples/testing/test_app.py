import httpx
import pytest
from app import Message, app, ended

from rooftree import WebSocketClosed
from rooftree.server import Server
from rooftree.testing import Client, Refused, SyncClient


async def test_visits_are_counted() -> None:
    async with Client(app) as client:
        first = await client.get("/visits")
        assert first.ok
        assert first.json() == {"visits": 1}
        assert (await client.get("/visits")).json() == {"visits": 2}


def test_without_async() -> None:
    with SyncClient(app) as client:
        assert client.get("/visits").json()["visits"] >= 1


async def test_a_login() -> None:
    async with Client(app) as client:
        answer = await client.post("/login", follow_redirects=True)
        assert answer.url.path == "/visits"
        assert client.cookies["user"] == "ann"


async def test_bodies() -> None:
    async with Client(app) as client:
        answer = await client.post("/messages", json=Message(text="oak"))
        assert answer.json() == {"text": "OAK"}
        packed = await client.post("/messages", msgpack={"text": "oak"}, headers={"accept": "application/msgpack"})
        assert packed.msgpack() == {"text": "OAK"}
        photo = await client.post("/photos", files={"photo": ("oak.png", b"12345", "image/png")})
        assert photo.json() == {"name": "oak.png", "bytes": 5}


async def test_errors() -> None:
    async with Client(app) as client:
        with pytest.raises(ZeroDivisionError):
            await client.get("/broken")
    async with Client(app, raise_errors=False) as client:
        assert (await client.get("/broken")).status_code == 500


async def test_a_stream() -> None:
    async with Client(app) as client, client.stream("GET", "/count") as answer:
        lines = [line async for line in answer.aiter_lines()]
        assert lines == ["1", "2", "3"]


async def test_a_visitor_leaves() -> None:
    async with Client(app) as client:
        async with client.stream("GET", "/clock") as answer:
            async for text in answer.aiter_text():
                assert text == "tick"
                break
        assert ended == ["clock"]


async def test_a_websocket() -> None:
    async with Client(app) as client, client.websocket("/echo") as socket:
        await socket.send_json({"text": "hello"})
        assert await socket.receive_json() == {"text": "HELLO"}


async def test_how_a_websocket_ends() -> None:
    async with Client(app) as client:
        async with client.websocket("/echo") as socket:
            await socket.send("not json")
            with pytest.raises(WebSocketClosed) as closed:
                await socket.receive()
            assert closed.value.code == 1007
        with pytest.raises(Refused) as refused:
            async with client.websocket("/echo", headers={"origin": "https://evil.example"}):
                pass
        assert refused.value.response.status_code == 403


async def test_on_a_real_socket() -> None:
    async with Server(app) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/visits")).status_code == 200
