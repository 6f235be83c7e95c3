from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from rooftree import App, HandlerError, Request, Response, Settings, UsageError
from rooftree.base import current_call
from rooftree.http import LengthError
from rooftree.testing import Client
from tests.unit.testing.apps import Boom, Item, make_app

asked: ContextVar[str] = ContextVar("asked", default="nothing")


async def test_every_verb_reaches_the_application() -> None:
    app = App(Settings())

    @app.route("/verb", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    async def method(request: Request) -> str:
        return request.method

    async with Client(app) as client:
        for send in (client.get, client.post, client.put, client.patch, client.delete, client.options):
            answer = await send("/verb")
            assert answer.ok
            assert answer.text == answer.request.method
        head = await client.head("/verb")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "4")


async def test_bodies_are_sent_as_json_messagepack_forms_and_files() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        answer = await client.post("/items", json=Item(name="Oak", price=Decimal("9.90")))
        assert answer.json() == {"name": "Oak", "price": "9.90"}
        packed = await client.post("/items", msgpack={"name": "Oak"}, headers={"accept": "application/msgpack"})
        assert packed.headers["content-type"] == "application/msgpack"
        assert packed.msgpack() == {"name": "Oak", "price": "1"}
        assert (await client.post("/form", data={"name": "Ann"})).text == "Ann"
        files = {"photo": ("oak.png", b"12345", "image/png")}
        sent = await client.post("/upload", files=files, data={"title": "Oak"})
        assert sent.json() == {"title": "Oak", "name": "oak.png", "size": 5}
        assert (await client.post("/raw", content="text", headers={"content-type": "text/plain"})).content == b"text"
        refused = await client.post("/items", json={"name": 7})
        assert not refused.ok
        assert refused.json()["errors"][0]["pointer"] == "#/name"


async def test_bodies_are_streamed_part_by_part() -> None:
    app, _ = make_app()

    async def parts() -> AsyncIterator[bytes]:
        for size in (1, 20, 300):
            await asyncio.sleep(0)
            yield b"x" * size

    async with Client(app) as client:
        assert (await client.post("/bytes", content=parts())).json() == [1, 20, 300]
        assert (await client.post("/bytes", content=iter([b"a", b"", b"bc"]))).json() == [1, 2]


async def test_cookies_are_kept_and_redirects_followed_when_asked() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        stopped = await client.get("/login")
        assert stopped.status_code == 303
        assert client.cookies["user"] == "ann"  # Secure, and kept all the same: this is localhost
        assert (await client.get("/me", cookies={"other": "x"})).json() == {"user": "ann", "other": "x"}
        assert (await client.get("/me")).json() == {"user": "ann", "other": None}
        client.cookies.clear()
        followed = await client.get("/login", follow_redirects=True)
        assert followed.json() == {"user": "ann", "other": None}
        assert [step.status_code for step in followed.history] == [303]
    async with Client(app, follow_redirects=True) as client:
        assert (await client.get("/login")).url.path == "/me"


async def test_secure_cookies_stay_at_home_where_the_site_is_another_and_has_no_tls() -> None:
    app, _ = make_app(Settings(hosts=("example.org",)))
    async with Client(app) as client:
        await client.get("/login")
        assert (await client.get("/me")).json()["user"] is None
    async with Client(app, base_url="https://example.org") as client:
        await client.get("/login")
        assert (await client.get("/me")).json()["user"] == "ann"


async def test_hosts_headers_addresses_and_proxies() -> None:
    app, _ = make_app(Settings(hosts=("*.example.org", "example.org"), trusted_proxies=("10.0.0.0/8",)))
    async with Client(app, headers={"x-agent": "me"}, client=("10.0.0.1", 9)) as client:
        client.headers["x-forwarded-for"] = "203.0.113.9"
        about = (await client.get("/request", headers={"x-request-id": "abc"})).json()
        assert about["url"] == "http://example.org/request"
        assert about["agent"] == "me"
        assert about["client"][0] == "203.0.113.9"
        assert about["id"] == "abc"
        assert (await client.get("/", headers={"host": "evil.example"})).status_code == 400
    async with Client(app, base_url="https://shop.example.org") as client:
        answer = await client.get("/request", headers={"x-request-id": "abc"})
        assert answer.json()["url"] == "https://shop.example.org/request"
        assert answer.json()["id"] != "abc"
        assert "strict-transport-security" in answer.headers


async def test_streams_are_read_as_they_come() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        async with client.stream("GET", "/numbers") as answer:
            assert [line async for line in answer.aiter_lines()] == ["1", "2", "3"]
        async with client.stream("GET", "/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert "data: one" in (await answer.aread()).decode()


async def test_leaving_a_stream_cancels_what_makes_it() -> None:
    app, notes = make_app()
    async with Client(app) as client:
        async with client.stream("GET", "/endless") as answer:
            async for _ in answer.aiter_lines():
                break
        assert "cleaned up" in notes
        async with client.stream("GET", "/endless"):
            pass  # not one byte was asked for


async def test_an_error_half_way_is_raised_where_the_test_reads() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        async with client.stream("GET", "/half") as answer:
            assert answer.status_code == 200
            lines = aiter(answer.aiter_bytes())
            assert await anext(lines) == b"1\n"
            with pytest.raises(Boom, match="half-way"):
                await anext(lines)
        with pytest.raises(Boom, match="half-way"):
            await client.get("/half")
        with pytest.raises(LengthError, match="was to give 5 bytes and gave 3"):
            await client.get("/short")


async def test_without_raise_errors_a_test_sees_what_a_visitor_would(caplog: pytest.LogCaptureFixture) -> None:
    app, notes = make_app()
    async with Client(app, raise_errors=False) as client:
        answer = await client.get("/boom")
        assert answer.status_code == 500
        assert "in the handler" not in answer.text
        caplog.clear()
        with pytest.raises(httpx.RemoteProtocolError, match="broke the answer off"):
            await client.get("/half")
        failed = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert len(failed) == 1
        assert (await client.get("/after-boom")).text == "first"
        assert notes == ["still"]


async def test_errors_are_raised_in_the_request_that_they_belong_to() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        with pytest.raises(Boom, match="in the handler"):
            await client.get("/boom")
        both = await asyncio.gather(client.get("/boom"), client.get("/"), return_exceptions=True)
        assert isinstance(both[0], Boom)
        assert isinstance(both[1], httpx.Response)
        assert (await client.get("/teapot")).status_code == 418  # meant by the application: no error of it


async def test_work_after_the_answer_is_done_when_the_test_goes_on() -> None:
    app, notes = make_app()
    async with Client(app) as client:
        assert (await client.get("/after")).text == "first"
        assert (await client.head("/after")).ok
        assert notes == ["after", "after"]
        with pytest.raises(Boom, match="after"):
            await client.get("/after-boom")
        assert notes[-1] == "still"


async def test_context_variables_of_the_test_reach_the_application_and_its_streams() -> None:
    app = App(Settings())

    @app.get("/")
    async def seen() -> AsyncIterator[str]:
        yield asked.get()
        yield str(current_call.get().app is app)

    asked.set("something")
    async with Client(app) as client:
        assert (await client.get("/")).text == "somethingTrue"


async def test_a_mistake_of_start_up_is_raised_on_entering() -> None:
    app = App(Settings())

    @app.get("/{id}")
    async def show(name: dict[str, bytes]) -> str:
        return ""

    with pytest.raises(HandlerError):
        async with Client(app):
            raise AssertionError("not reached")


@pytest.mark.parametrize("when", ["startup", "shutdown"])
async def test_errors_of_the_lifespan_are_raised(when: str) -> None:
    app = App(Settings())
    notes: list[str] = []

    @app.lifespan
    async def outer() -> AsyncIterator[None]:
        try:
            yield
        finally:
            notes.append("outer ended")

    @app.lifespan
    async def life() -> AsyncIterator[None]:
        if when == "startup":
            raise Boom(when)
        yield
        raise Boom(when)

    client = Client(app)
    with pytest.raises(Boom, match=when):
        async with client:
            notes.append("inside")
    assert notes == (["outer ended"] if when == "startup" else ["inside", "outer ended"])
    assert not app.running


async def test_a_client_that_is_not_open_says_how_to_open_it() -> None:
    app, _ = make_app()
    client = Client(app)
    with pytest.raises(UsageError) as caught:
        await client.get("/")
    assert str(caught.value) == (
        "[U402] The test client is not open, so the application has not been started. "
        "Use it as 'async with Client(app) as client:', or 'with SyncClient(app) as client:'."
    )
    async with client:
        await client.get("/login")
    async with client:  # it may be opened again, and remembers
        assert (await client.get("/me")).json()["user"] == "ann"


async def test_an_application_is_in_one_client_at_a_time() -> None:
    app, _ = make_app()
    async with Client(app):
        with pytest.raises(UsageError, match="U101"):
            await Client(app).__aenter__()


async def test_two_applications_in_one_process_know_nothing_of_each_other() -> None:
    one, _ = make_app(Settings(hosts=("one.example",)))
    two, _ = make_app(Settings(hosts=("two.example",)))
    async with Client(one) as first, Client(two) as second:
        answers = await asyncio.gather(first.get("/request"), second.get("/request"))
        assert [httpx.URL(answer.json()["url"]).host for answer in answers] == ["one.example", "two.example"]
        await first.get("/login")
        assert not second.cookies


async def test_a_client_of_one_application_inside_a_request_of_another() -> None:
    inner, _ = make_app()
    outer = App(Settings())

    @outer.get("/")
    async def ask() -> str:
        async with Client(inner) as client:
            return (await client.get("/")).text + str(current_call.get().app is outer)

    async with Client(outer) as client:
        assert (await client.get("/")).text == "HelloTrue"


async def test_answers_without_a_body_have_none() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        gone = await client.delete("/items")
        assert (gone.status_code, gone.content) == (204, b"")
        assert "content-length" not in gone.headers
        streamed = await client.head("/numbers")
        assert (streamed.content, streamed.headers["transfer-encoding"]) == (b"", "chunked")


async def test_answers_of_the_client_are_those_of_the_server() -> None:
    from rooftree.server import Server

    app, _ = make_app()

    @app.get("/own-headers")
    async def own() -> Response:
        return Response("x", 200, "text/plain", {"content-type": "text/x-own", "x-frame-options": "SAMEORIGIN"})

    paths = ["/", "/items", "/nowhere", "/numbers", "/file", "/teapot", "/login", "/own-headers", "/items/"]

    def shown(answer: httpx.Response) -> tuple[Any, ...]:
        ours = {"x-request-id", "date", "location"}
        return answer.status_code, sorted((n, v) for n, v in answer.headers.items() if n not in ours), answer.content

    async with Client(app) as client:
        mine = [shown(await client.request(method, path)) for path in paths for method in ("GET", "HEAD", "OPTIONS")]
    async with Server(app) as server, httpx.AsyncClient(base_url=server.url) as real:
        theirs = [shown(await real.request(method, path)) for path in paths for method in ("GET", "HEAD", "OPTIONS")]
    assert mine == theirs


def test_the_missing_package_is_named(tmp_path: Any) -> None:
    import subprocess
    import sys

    program = "import sys; sys.modules['httpx'] = None\nimport rooftree.testing"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.rstrip().endswith(
        "[U401] The test client stands on httpx, which is not installed. pip install 'rooftree[testing]'"
    )


async def test_a_request_body_is_a_value_that_msgspec_knows() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        raw = await client.post("/raw", json=[Decimal("1.0"), {"a": None}])
        assert msgspec.json.decode(raw.content) == ["1.0", {"a": None}]
