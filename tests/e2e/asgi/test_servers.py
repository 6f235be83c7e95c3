"""One suite for every server: an App behaves the same under ours, uvicorn, hypercorn and granian."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.e2e.asgi.servers import COMMANDS, Running, running


@pytest.fixture(scope="module", params=list(COMMANDS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(request.param, tmp_path_factory.mktemp("asgi")) as started:
        yield started


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as opened:
        yield opened


def until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.03)
    return True


def events(server: Running) -> list[str]:
    found: list[str] = httpx.get(f"{server.url}/events").json()
    return found


def raw(server: Running, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(data)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


# ---- answers


def test_text_and_json(client: httpx.Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.text) == (200, "Hello, World!")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == "13"
    assert answer.headers["date"]
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/items/oak?q=1").json() == {"name": "oak", "q": "1"}
    assert client.get("/thread").text == "threaded"


def test_requests_on_one_connection(client: httpx.Client) -> None:
    assert [client.get(f"/items/{number}").json()["name"] for number in range(20)] == [str(n) for n in range(20)]


def test_an_escaped_slash_arrives(client: httpx.Client) -> None:
    assert client.get("/items/a%2Fb%20%C3%A9").json()["name"] == "a/b é"
    assert client.get("/seen?a=%2F&b=+").json()["query"] == "a=%2F&b=+"


def test_what_a_request_knows(client: httpx.Client, server: Running) -> None:
    seen = client.get("/seen?x=1", headers=[("x-many", "1"), ("X-Many", "2")]).json()
    assert seen == {
        "method": "GET",
        "raw_path": "/seen",
        "query": "x=1",
        "host": f"127.0.0.1:{server.port}",
        "scheme": "http",
        "client": "127.0.0.1",
        "header": ["1", "2"],
        "version": "1.1",
        "id": True,
        "url": f"{server.url}/seen?x=1",
    }


def test_headers_go_out_as_they_were_set(client: httpx.Client) -> None:
    answer = client.get("/headers")
    assert answer.headers["content-type"] == "application/vnd.test+json; x=1"
    assert answer.headers["x-one"] == "1"
    assert [value.partition(";")[0] for value in answer.headers.get_list("set-cookie")] == ["a=1", "b=2"]


def test_no_content_has_no_content(client: httpx.Client) -> None:
    answer = client.get("/nothing")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert "content-length" not in answer.headers
    assert client.get("/").text == "Hello, World!"


def test_head_is_get_without_its_body(client: httpx.Client) -> None:
    answer = client.head("/")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "13")
    assert client.head("/sized").headers["content-length"] == "6"
    assert client.head("/stream").content == b""
    assert client.get("/").text == "Hello, World!"


def test_what_is_not_there(client: httpx.Client) -> None:
    missing = client.get("/nowhere")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    wrong = client.delete("/")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    allowed = client.options("/")
    assert (allowed.status_code, allowed.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    moved = client.get("/seen/?a=1")
    assert (moved.status_code, moved.headers["location"]) == (308, "/seen?a=1")


def test_a_typed_body(client: httpx.Client) -> None:
    answer = client.post("/items/7", json={"name": "Oak", "price": 9}, headers={"x-token": "t"})
    assert (answer.status_code, answer.json()) == (201, {"id": 7, "name": "Oak", "price": 9, "token": "t"})
    refused = client.post("/items/7", json={"name": 5})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert len(refused.json()["errors"]) == 2
    assert client.post("/items/7", content=b"{", headers={"content-type": "application/json"}).status_code == 400
    assert client.post("/typed", json={"a": 1, "b": 2}).json() == 3


def test_an_error_is_500_and_the_next_request_goes_on(client: httpx.Client, server: Running) -> None:
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "on purpose" not in answer.text
    assert client.get("/").status_code == 200
    assert until(lambda: "ZeroDivisionError: on purpose" in server.log)


# ---- bodies


@pytest.mark.parametrize("size", [0, 1, 65_536, 2_500_000])
def test_a_body_comes_whole(client: httpx.Client, size: int) -> None:
    body = bytes(i % 251 for i in range(size))
    assert client.post("/echo", content=body).content == body


def test_a_body_in_chunks(client: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 1000

    assert client.post("/count", content=parts()).text == "50000"


def test_a_body_beyond_its_bound(client: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(300):
            yield b"x" * 10_000

    with httpx.Client(base_url=client.base_url) as once:
        assert once.post("/count", content=b"x" * 1_000_001).status_code == 413
    # the server may have answered and closed while the rest was still being written
    gone = contextlib.suppress(httpx.WriteError, httpx.RemoteProtocolError)
    with gone, httpx.Client(base_url=client.base_url) as once:
        assert once.post("/count", content=parts()).status_code == 413


# ---- streams


def test_a_stream_comes_part_by_part(client: httpx.Client) -> None:
    with client.stream("GET", "/stream") as answer:
        assert "content-length" not in answer.headers
        assert b"".join(answer.iter_raw()) == b"0\n1\n2\n3\n4\n"
    assert client.get("/sized").headers["content-length"] == "6"
    assert client.get("/sized").text == "abcdef"


def test_a_stream_that_breaks_is_logged_and_hurts_no_other(server: Running) -> None:
    try:
        with httpx.stream("GET", f"{server.url}/breaks") as answer:
            taken = answer.read()
    except httpx.RemoteProtocolError:
        pass  # as it should be: the client learns that something is missing
    else:
        assert server.name == "granian", "only granian ends a broken stream as if it were whole"
        assert taken == b"x" * 1000
    assert until(lambda: "in the stream, on purpose" in server.log)
    assert httpx.get(server.url).status_code == 200


def test_a_stream_shorter_than_announced_is_broken_off(server: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/short")
    with pytest.raises((http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionError)):
        connection.getresponse().read()
    connection.close()
    assert until(lambda: "1000 bytes" in server.log)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stream_waits_for_its_client_and_ends_with_it(server: Running, method: str) -> None:
    with httpx.stream(method, f"{server.url}/endless") as answer:
        next(answer.iter_raw())
        time.sleep(0.3)  # the client reads nothing: 20 GB would be made meanwhile
    assert until(lambda: f"{method} stream ended below 1000: True" in events(server)), server.log


# ---- disconnects and work after the answer


def leave_early(server: Running, method: str, path: str) -> None:
    begun = f"{method} slow began"
    before = events(server).count(begun)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path)
    assert until(lambda: events(server).count(begun) > before)
    connection.close()


def test_get_ends_with_its_client(server: Running) -> None:
    leave_early(server, "GET", "/slow?long")
    assert until(lambda: "GET slow cancelled" in events(server))


def test_post_runs_to_its_end(server: Running) -> None:
    leave_early(server, "POST", "/slow")
    assert until(lambda: "POST slow finished" in events(server))
    assert "POST slow cancelled" not in events(server)


def test_a_slow_answer_comes_to_a_patient_client(client: httpx.Client) -> None:
    assert client.get("/slow").text == "done"


def test_work_after_an_answer(client: httpx.Client, server: Running) -> None:
    start = time.monotonic()
    assert client.get("/after").text == "now"
    assert time.monotonic() - start < 5
    assert until(lambda: "after" in events(server))
    assert until(lambda: "after the answer, on purpose" in server.log)


# ---- heads that are refused


def head(target: str = "/", *lines: str, host: str = "host: 127.0.0.1") -> bytes:
    return "\r\n".join([f"GET {target} HTTP/1.1", host, "connection: close", *lines, "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    ("data", "statuses"),
    [
        (head("/items/" + "a" * 9000), (414,)),
        (head("/items/x?" + "a" * 9000), (414,)),
        (head("/", *(f"x-{number}: 1" for number in range(120))), (431,)),
        (head("/", *(f"x-{number}: {'a' * 2000}" for number in range(20))), (431,)),
        (head("/", host="host: a b"), (400,)),
        (head("/", host="host: 127.0.0.1\r\nhost: localhost"), (400,)),
        (head("/", host="x: y"), (400,)),
        (head("/", host="host: evil.example.org"), (400,)),
        (head("/items/a%00b"), (400,)),
        (head("/items/a%0d%0ab"), (400,)),
        (head("/items/%ff"), (404,)),
        (head("//items/x"), (404,)),
        (head("/items/%2e%2e/x"), (404,)),
    ],
)
def test_a_head_beyond_its_bounds_is_refused(server: Running, data: bytes, statuses: tuple[int, ...]) -> None:
    answer = raw(server, data)
    assert answer[:9] == b"HTTP/1.1 ", answer[:100]
    status = int(answer[9:12])
    # a server may have a stricter bound of its own, and then says 400 or 431 before anyone asks us
    assert status in statuses or (server.name != "rooftree" and status in {400, 431}), answer[:200]
    assert httpx.get(server.url).status_code == 200


# ---- WebSockets


def address(server: Running, path: str) -> str:
    return f"ws://127.0.0.1:{server.port}{path}"


async def test_messages_both_ways(server: Running) -> None:
    async with connect(address(server, "/echo")) as ws:
        for text in ("abc", "", "é", "x" * 100_000):
            await ws.send(text)
            assert await ws.recv() == text[::-1]
        await ws.close(3000, "enough")
    await asyncio.to_thread(until, lambda: any(event.startswith("socket closed") for event in events(server)))
    closes = [event for event in await asyncio.to_thread(events, server) if event.startswith("socket closed")]
    # hypercorn tells no code
    assert closes[-1] == ("socket closed 1006" if server.name == "hypercorn" else "socket closed 3000")


@pytest.mark.parametrize(
    ("word", "code", "reason"), [("close", 3001, "as you wish"), ("leave", 1000, ""), ("fail", 1011, None)]
)
async def test_a_conversation_ends_by_the_handler(server: Running, word: str, code: int, reason: str | None) -> None:
    async with connect(address(server, "/echo")) as ws:
        await ws.send(word)
        with pytest.raises(ConnectionClosed) as closed:
            await ws.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    if reason is not None and server.name != "hypercorn":
        assert closed.value.rcvd.reason == reason


async def test_a_subprotocol_and_headers_of_the_handshake(server: Running) -> None:
    async with connect(address(server, "/chosen"), subprotocols=[Subprotocol("one"), Subprotocol("two")]) as ws:
        assert ws.subprotocol == "two"
        assert ws.response is not None
        if server.name != "granian":  # it sends no headers with its 101
            assert ws.response.headers["x-extra"] == "yes"
        await ws.send(b"\x00\xff")
        assert await ws.recv() == b"\x00\xff"


async def test_messages_that_come_before_they_are_read(server: Running) -> None:
    async with connect(address(server, "/flood")) as ws:
        sending = asyncio.gather(*(ws.send("x" * 20_000) for _ in range(50)))
        assert [await ws.recv() for _ in range(50)] == ["20000"] * 50
        await sending


@pytest.mark.parametrize(("path", "status"), [("/declined", 403), ("/nowhere", 404)])
async def test_a_handshake_is_declined_with_its_reason(server: Running, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(address(server, path)):
            pass
    assert refused.value.response.status_code == status


async def test_a_handler_that_does_not_listen_ends_with_its_client(server: Running) -> None:
    async with connect(address(server, "/idle")):
        pass
    assert await asyncio.to_thread(until, lambda: "idle ended" in events(server), 8)


async def test_a_message_beyond_its_bound_ends_the_conversation(server: Running) -> None:
    async with connect(address(server, "/echo")) as ws:
        sending = asyncio.create_task(ws.send("x" * 1_100_000))
        with pytest.raises(ConnectionClosed) as closed:
            await ws.recv()
        await asyncio.gather(sending, return_exceptions=True)
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009


# ---- the lifespan


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_application_is_started_and_shut_down(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path) as server:
        assert events(server)[0] == "started"
        server.stop()
        log = server.log
    assert log.count("STARTED") == log.count("STOPPED") == 1


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_failure_at_start_is_told_and_nothing_is_served(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path, environment={"ROOFTREE_TEST_FAIL": "start"}, answers=False) as server:
        assert until(lambda: "the database is not there" in server.log, 10)
        with pytest.raises(httpx.TransportError):
            httpx.get(server.url)


def test_a_server_without_lifespan_starts_the_application_with_the_first_request(tmp_path: Path) -> None:
    with running("uvicorn", tmp_path, "--lifespan", "off") as server:
        assert events(server) == ["started"]
        assert server.log.count("STARTED") == 1
        server.stop()
        assert "STOPPED" not in server.log


def test_a_root_path_is_taken_off(tmp_path: Path) -> None:
    with running("uvicorn", tmp_path, "--root-path", "/behind a/proxy") as server:
        assert httpx.get(f"{server.url}/items/a%2Fb").json()["name"] == "a/b"
        moved = httpx.get(f"{server.url}/seen/")
        assert (moved.status_code, moved.headers["location"]) == (308, "/behind%20a/proxy/seen")


async def test_nothing_is_logged_twice(server: Running) -> None:
    async def break_stream() -> None:
        async with httpx.AsyncClient() as client:
            with contextlib.suppress(httpx.RemoteProtocolError):
                await client.get(f"{server.url}/breaks")

    async def fail_conversation() -> None:
        async with connect(address(server, "/echo")) as ws:
            await ws.send("fail")
            with pytest.raises(ConnectionClosed):
                await ws.recv()

    for provoke, text in ((break_stream, "in the stream"), (fail_conversation, "in a conversation")):
        line = f"ZeroDivisionError: {text}, on purpose"
        before = server.log.count(line)
        await provoke()

        def is_there(line: str = line, before: int = before) -> bool:
            return server.log.count(line) > before

        assert await asyncio.to_thread(until, is_there)
        await asyncio.sleep(0.2)  # a second one would come at once
        assert server.log.count(line) == before + 1, server.log
