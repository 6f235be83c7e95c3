from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextvars import ContextVar

import pytest

from rooftree import App, Settings, UsageError, WebSocketClosed
from rooftree.testing import Refused, SyncClient
from tests.unit.testing.apps import Boom, make_app

asked: ContextVar[str] = ContextVar("asked", default="nothing")


def test_requests_cookies_and_redirects() -> None:
    app, notes = make_app()
    with SyncClient(app, follow_redirects=True, headers={"x-agent": "me"}) as client:
        assert client.headers["x-agent"] == "me"
        assert client.get("/login").json() == {"user": "ann", "other": None}
        assert client.cookies["user"] == "ann"
        assert client.post("/items", json={"name": "Oak"}).ok
        assert client.get("/after").text == "first"
        assert notes == ["after"]


def test_bodies_are_streamed_both_ways() -> None:
    app, notes = make_app()

    def parts() -> Iterator[bytes]:
        yield b"a"
        yield b"bc"

    with SyncClient(app) as client:
        assert client.post("/bytes", content=parts()).json() == [1, 2]
        with client.stream("GET", "/numbers") as answer:
            assert list(answer.iter_lines()) == ["1", "2", "3"]
        with client.stream("GET", "/endless") as answer:
            for line in answer.iter_lines():
                if line == "3":
                    break
        assert notes[-1] == "cleaned up"
        with client.stream("GET", "/numbers") as answer:
            assert answer.read() == b"1\n2\n3\n"


def test_errors_are_raised() -> None:
    app, _ = make_app()
    with SyncClient(app) as client:
        with pytest.raises(Boom, match="in the handler"):
            client.get("/boom")
        with client.stream("GET", "/half") as answer, pytest.raises(Boom, match="half-way"):
            list(answer.iter_bytes())
    with SyncClient(app, raise_errors=False) as client:
        assert client.get("/boom").status_code == 500


def test_websockets() -> None:
    app, _ = make_app()
    with SyncClient(app) as client:
        with client.websocket("/echo") as socket:
            socket.send_json({"name": "oak"})
            assert socket.receive_json() == {"name": "OAK", "price": "1"}
            socket.send('{"name": "a"}')
            assert socket.receive() == '{"name":"A","price":"1"}'
            with pytest.raises(TimeoutError):
                socket.receive(within=0.01)
            socket.close(3000, "done")
            assert socket.closed == (3000, "done")
        with client.websocket("/chosen", subprotocols=["v1", "v2"]) as socket:
            assert socket.subprotocol == "v2"
            assert socket.headers["x-room"] == "7"
            assert list(socket) == ["hello"]
            with pytest.raises(WebSocketClosed):
                socket.send("late")
        with pytest.raises(Refused, match="401"), client.websocket("/refused"):
            raise AssertionError("not reached")


def test_a_client_that_is_not_open_says_how_to_open_it() -> None:
    client = SyncClient(make_app()[0])
    with pytest.raises(UsageError, match="U402"):
        client.get("/")
    with pytest.raises(UsageError, match="U402"), client.stream("GET", "/"):
        pass
    with client:
        assert client.get("/").ok
    with pytest.raises(UsageError, match="U402"), client.websocket("/echo"):
        pass
    with client:
        assert client.get("/").ok


async def test_it_works_inside_of_a_running_loop() -> None:
    with SyncClient(make_app()[0]) as client:
        assert client.get("/").text == "Hello"
    await asyncio.sleep(0)


def test_the_lifespan_is_one_task_and_its_thread_ends() -> None:
    app = App(Settings())
    tasks: list[object] = []

    @app.lifespan
    async def life() -> AsyncGenerator[None, None]:
        tasks.append(asyncio.current_task())
        async with asyncio.timeout(60):  # would refuse to be left in another task
            yield
        tasks.append(asyncio.current_task())

    with SyncClient(app):
        pass
    assert tasks[0] is tasks[1]
    assert not [thread for thread in threading.enumerate() if thread.name == "rooftree-test-client"]


def test_errors_of_the_lifespan_are_raised_and_leave_no_thread() -> None:
    app = App(Settings())

    @app.on_startup
    def fail() -> None:
        raise Boom("at the start")

    with pytest.raises(Boom, match="at the start"), SyncClient(app):
        raise AssertionError("not reached")
    assert not [thread for thread in threading.enumerate() if thread.name == "rooftree-test-client"]


def test_an_error_of_the_test_itself_closes_everything() -> None:
    app, notes = make_app()
    with pytest.raises(ZeroDivisionError), SyncClient(app) as client, client.websocket("/echo"):
        raise ZeroDivisionError
    assert notes == ["left"]
    assert not app.running


def test_context_variables_of_the_test_reach_the_application() -> None:
    app = App(Settings())

    @app.get("/")
    async def seen() -> str:
        return asked.get()

    with SyncClient(app) as client:
        asked.set("something")
        assert client.get("/").text == "something"
