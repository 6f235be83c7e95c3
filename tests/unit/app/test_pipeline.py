"""What a request goes through: middleware in layers, the plan, the last headers, the log."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import Any, cast

import httpx
import pytest

from rooftree import (
    App,
    CallNext,
    CORSOptions,
    Group,
    HTTPError,
    NotFound,
    Redirect,
    Request,
    Response,
    RouteError,
    Settings,
    StartupError,
    UsageError,
    WebSocket,
)
from rooftree.app import CORS
from rooftree.http import Answered
from rooftree.routing import Middleware
from rooftree.testing import Client


class Boom(Exception):
    pass


def note(notes: list[str], name: str) -> Middleware:
    async def middleware(request: Request, call_next: CallNext) -> Response:
        notes.append(f"{name} in")
        response = await call_next(request)
        notes.append(f"{name} out {response.status}")
        return response

    return middleware


async def passing(request: Request, call_next: CallNext) -> Response:
    return await call_next(request)


async def _takes_none() -> str:
    return "fine"


def _takes_three(request: Request, error: Exception, *, more: str) -> str:
    raise AssertionError


def _takes_one(error: Exception) -> str:
    raise AssertionError


def _takes_any(*given: object) -> str:
    raise AssertionError


async def _timed(name: str, request: Request, call_next: CallNext) -> Response:
    raise AssertionError


def errors_in(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


# ---- middleware


async def test_middleware_runs_in_layers_from_the_outside_in() -> None:
    notes: list[str] = []
    app = App(Settings(), middleware=[note(notes, "app 1"), note(notes, "app 2")])
    outer = Group("/outer", middleware=[note(notes, "outer")])
    inner = Group("/inner", middleware=[note(notes, "inner")])

    @inner.get("/x", middleware=[note(notes, "route")])
    async def x() -> str:
        notes.append("handler")
        return ""

    outer.include(inner)
    app.include(outer)
    async with Client(app) as client:
        assert (await client.get("/outer/inner/x")).ok
    names = ["app 1", "app 2", "outer", "inner", "route"]
    assert notes == [f"{n} in" for n in names] + ["handler"] + [f"{n} out 200" for n in reversed(names)]


async def test_middleware_is_around_errors_and_answers_that_no_route_gives() -> None:
    notes: list[str] = []
    app = App(Settings(), middleware=[note(notes, "app")])

    @app.get("/items")
    async def items() -> str:
        raise NotFound

    @app.get("/slash/")
    async def slash() -> str:
        return ""

    expected = [("GET", "/items", 404), ("GET", "/nowhere", 404), ("POST", "/items", 405), ("OPTIONS", "/items", 204)]
    expected += [("GET", "/slash", 308), ("HEAD", "/slash/", 200)]
    async with Client(app) as client:
        for method, path, status in expected:
            notes.clear()
            answer = await client.request(method, path)
            assert answer.status_code == status
            assert notes == ["app in", f"app out {status}"]
            assert answer.headers["x-request-id"]
        assert (await client.post("/items")).headers["allow"] == "GET, HEAD, OPTIONS"
        assert (await client.options("/items")).headers["allow"] == "GET, HEAD, OPTIONS"
        assert (await client.get("/slash?a=1")).headers["location"].endswith("/slash/?a=1")


async def test_middleware_can_answer_itself_and_lazily() -> None:
    async def elsewhere(request: Request, call_next: CallNext) -> Response:
        return Redirect("/there") if request.path == "/here" else await call_next(request)

    app = App(Settings(), middleware=[elsewhere])

    @app.get("/here")
    async def here() -> str:
        raise AssertionError("not reached")

    async with Client(app) as client:
        assert (await client.get("/here")).headers["location"] == "/there"


async def test_middleware_of_a_websocket_route_runs_around_the_conversation() -> None:
    notes: list[str] = []
    app = App(Settings(), middleware=[note(notes, "app")])

    @app.websocket("/echo")
    async def echo(ws: WebSocket[str]) -> None:
        async for message in ws:
            await ws.send(message)

    async with Client(app) as client, client.websocket("/echo") as socket:
        await socket.send("x")
        assert await socket.receive() == "x"
        assert notes == ["app in"]
    assert notes == ["app in", "app out 101"]


# ---- options of a route


async def test_the_slash_of_a_route() -> None:
    app = App(Settings(trailing_slash="strict"))
    app.get("/strict")(_takes_none)
    app.get("/same", slash="same", name="same")(_takes_none)
    app.get("/redirect", slash="redirect", name="redirect")(_takes_none)
    async with Client(app) as client:
        assert [(await client.get(f"/{path}/")).status_code for path in ("strict", "same", "redirect")] == [
            404,
            200,
            308,
        ]


async def test_timeout_and_max_body_of_a_route() -> None:
    app = App(Settings(max_body=10))
    ended: list[str] = []

    @app.get("/slow", timeout=0.02)
    async def slow() -> str:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("slow")
        return ""

    @app.post("/small")
    async def small(request: Request) -> int:
        return len(await request.body())

    @app.post("/large", max_body=100)
    async def large(request: Request) -> int:
        return len(await request.body())

    async with Client(app) as client:
        late = await client.get("/slow")
        assert (late.status_code, late.headers["retry-after"]) == (503, "1")
        assert late.json()["detail"] == "No answer was ready within 0.02 seconds."
        assert ended == ["slow"]
        assert (await client.post("/small", content=b"x" * 10)).json() == 10
        assert (await client.post("/small", content=b"x" * 11)).status_code == 413
        assert (await client.post("/large", content=b"x" * 100)).json() == 100
        assert (await client.post("/large", content=iter([b"x" * 100, b"x"]))).status_code == 413


async def test_head_is_get_without_a_body_unless_declared() -> None:
    app = App(Settings())

    @app.get("/get")
    async def get() -> str:
        return "four"

    @app.head("/own")
    async def own() -> Response:
        return Response(b"", 200, None, {"x-own": "1"})

    async with Client(app) as client:
        head = await client.head("/get")
        assert (head.content, head.headers["content-length"]) == (b"", "4")
        assert (await client.head("/own")).headers["x-own"] == "1"
        assert (await client.get("/own")).status_code == 405


async def test_a_cors_preflight_is_answered_by_the_route_that_it_asks_for() -> None:
    app = App(Settings())
    shared = CORS(CORSOptions(origins=("https://a.example",)))

    @app.get("/open", middleware=[shared])
    async def read() -> str:
        return ""

    @app.post("/open")
    async def write() -> str:
        return ""

    async def preflight(client: Client, method: str) -> httpx.Response:
        headers = {"origin": "https://a.example", "access-control-request-method": method}
        return await client.options("/open", headers=headers)

    async with Client(app) as client:
        allowed = await preflight(client, "GET")
        assert allowed.headers["access-control-allow-origin"] == "https://a.example"
        assert "access-control-allow-origin" not in (await preflight(client, "POST")).headers
        assert "access-control-allow-origin" in (await preflight(client, "DELETE")).headers  # of the first route
        answer = await client.get("/open", headers={"origin": "https://a.example"})
        assert answer.headers["access-control-allow-origin"] == "https://a.example"


# ---- the last headers and the log


async def test_security_headers_give_way_to_the_answers_own() -> None:
    app = App(Settings())

    @app.get("/plain")
    async def plain() -> str:
        return ""

    @app.get("/own")
    async def own() -> Response:
        return Response(b"", headers={"X-Frame-Options": "SAMEORIGIN", "X-Request-Id": "mine", "x-more": "1"})

    async with Client(app) as client:
        usual = (await client.get("/plain")).headers
        mine = (await client.get("/own")).headers
        assert usual["x-frame-options"] == "DENY"
        assert mine.get_list("x-frame-options") == ["SAMEORIGIN"]
        assert mine.get_list("x-request-id") == ["mine"]
        assert mine["x-content-type-options"] == usual["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in usual
    async with Client(app, base_url="https://localhost") as client:
        assert "strict-transport-security" in (await client.get("/plain")).headers


async def test_the_request_id_of_a_trusted_proxy_is_kept_everywhere(caplog: pytest.LogCaptureFixture) -> None:
    app = App(Settings(trusted_proxies=("127.0.0.1",)))

    @app.get("/")
    async def index() -> None:
        raise Boom

    async with Client(app, raise_errors=False) as client:
        answer = await client.get("/", headers={"x-request-id": "from-the-proxy_1"})
        assert answer.headers["x-request-id"] == answer.json()["request_id"] == "from-the-proxy_1"
        assert errors_in(caplog)[0].__dict__["request_id"] == "from-the-proxy_1"
        forged = await client.get("/", headers={"x-request-id": "a b\tc"})
        assert "a b" not in forged.headers["x-request-id"]
    async with Client(app, raise_errors=False, client=("203.0.113.9", 1)) as client:
        answer = await client.get("/", headers={"x-request-id": "forged"})
        assert answer.headers["x-request-id"] != "forged"


async def test_each_request_has_one_line_in_the_access_log(caplog: pytest.LogCaptureFixture) -> None:
    app = App(Settings())

    @app.get("/items/{id}")
    async def item(id: int) -> int:
        return id

    async with Client(app) as client:
        answer = await client.get("/items/7?q=1")
        await client.get("/nowhere")
        await client.get("/", headers={"host": "evil.example"})
    lines = [record for record in caplog.records if record.name == "rooftree.access"]
    assert [line.getMessage().rpartition(" ")[0].rpartition(" ")[0] for line in lines] == [
        "GET /items/7 200",
        "GET /nowhere 404",
        "GET / 400",
    ]
    assert lines[0].__dict__["request_id"] == answer.headers["x-request-id"]
    caplog.clear()
    quiet = App(Settings(access_log=False))
    async with Client(quiet) as client:
        await client.get("/")
    assert [record for record in caplog.records if record.name == "rooftree.access"] == []


async def test_middleware_that_returns_nothing_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def silent(request: Request, call_next: CallNext) -> None:
        await call_next(request)

    app = App(Settings(), middleware=[cast("Middleware", silent)])

    @app.get("/")
    async def index() -> str:
        return "x"

    async with Client(app, raise_errors=False) as client:
        page = await client.get("/")
    assert page.status_code == 500
    assert page.headers["content-type"] == "application/problem+json"
    (record,) = errors_in(caplog)
    assert record.exc_info is not None
    line = silent.__code__.co_firstlineno
    assert str(record.exc_info[1]) == (
        "[U105] The middleware test_middleware_that_returns_nothing_is_named.<locals>.silent returned NoneType in "
        f"place of a Response. At tests/unit/app/test_pipeline.py:{line}. "
        "End it with 'return await call_next(request)', or return a Response."
    )


async def test_middleware_of_a_class_that_returns_something_else_is_named() -> None:
    class Wordy:
        async def __call__(self, request: Request, call_next: CallNext) -> str:
            return "no"

    app = App(Settings(), middleware=[cast("Middleware", Wordy())])
    async with Client(app) as client:
        with pytest.raises(UsageError, match=r"Wordy returned str in place of a Response\. At .*test_pipeline\.py:"):
            await client.get("/")


class Stamp:
    def __call__(self, request: Request) -> Response:
        raise AssertionError


@pytest.mark.parametrize(
    ("options", "who", "what", "write"),
    [
        (
            {"middleware": [_takes_three]},
            "[R119] The middleware _takes_three() takes (request, error, *, more)",
            "the request and what answers it",
            "_takes_three(request: Request, call_next: CallNext)",
        ),
        (
            {"middleware": [Stamp()]},
            "[R119] The middleware Stamp() takes (request)",
            "the request and what answers it",
            "__call__(request: Request, call_next: CallNext)",
        ),
        (
            {"errors": {Boom: _takes_one}},
            "[R120] The handler _takes_one() of Boom takes (error)",
            "the request and the error",
            "_takes_one(request: Request, error: Boom)",
        ),
    ],
    ids=["middleware", "an object", "error handler"],
)
async def test_what_cannot_be_called_as_it_will_be(options: dict[str, Any], who: str, what: str, write: str) -> None:
    app = App(Settings())
    group = Group("/a", **options)
    group.get("/1")(_takes_none)
    group.get("/2", name="other")(_takes_none)
    app.include(group)
    with pytest.raises(RouteError) as raised:
        await app.startup()
    text = str(raised.value)
    assert text.startswith(f"{who}, and is called with two arguments: {what}. At ")
    assert "test_pipeline.py:" in text
    assert text.endswith(f". Write 'async def {write} -> Response'.")
    assert not getattr(raised.value, "__notes__", ())


async def test_middleware_and_error_handlers_of_any_fitting_shape() -> None:
    async def many(*given: Any) -> Response:
        raise AssertionError

    app = App(
        Settings(),
        middleware=[many, functools.partial(_timed, "x")],
        errors={Boom: print, KeyError: _takes_any},
    )
    app.get("/")(_takes_none)
    await app.startup()
    await app.shutdown()


def test_static_files_are_served_at_a_path() -> None:
    with pytest.raises(RouteError) as refused:
        App(Settings()).static("assets")
    assert refused.value.code == "R101"
    assert refused.value.fact == "app.static() was given the prefix 'assets', which does not start with '/'."
    assert refused.value.remedy == "Write app.static('/assets'), or app.static(folder='assets') where it is the folder."
    assert "tests/unit/app/test_pipeline.py:" in str(refused.value)


async def test_middleware_is_an_object_of_its_class() -> None:
    app = App(Settings(), middleware=[cast("Middleware", CORS)])
    app.get("/")(lambda: "x")
    told = r"\[R117\] The class CORS was given as middleware.* At tests/unit/app/test_pipeline.py:\d+. Make an object"
    with pytest.raises(StartupError, match=told):
        await app.startup()
    app = App(Settings())
    app.get("/", middleware=[cast("Middleware", CORS)])(lambda: "x")
    with pytest.raises(StartupError, match=told):
        await app.startup()


# ---- what waits for the answer


@pytest.mark.parametrize("middleware", [(), (passing,)], ids=["alone", "inside middleware"])
async def test_hooks_run_with_the_answer_before_it_is_sent(middleware: tuple[Middleware, ...]) -> None:
    app = App(Settings(hosts=("*",)), middleware=middleware)

    async def mark(response: Response) -> None:
        response.headers.add("x-mark", str(response.status))

    @app.get("/{kind}")
    async def index(request: Request, kind: str) -> str:
        request.on_answer(mark)
        request.on_answer(mark)
        if kind == "error":
            raise HTTPError(409, "Not now.")
        return "answered"

    async with Client(app) as client:
        assert (await client.get("/fine")).headers.get_list("x-mark") == ["200", "200"]
        assert (await client.get("/error")).headers.get_list("x-mark") == ["409", "409"]


@pytest.mark.parametrize("middleware", [(), (passing,)], ids=["alone", "inside middleware"])
async def test_an_error_of_a_hook_takes_the_answers_place(middleware: tuple[Middleware, ...]) -> None:
    app = App(Settings(hosts=("*",)), middleware=middleware)
    seen: list[int] = []

    async def fail(response: Response) -> None:
        raise HTTPError(503, "The session cannot be saved.")

    async def see(response: Response) -> None:
        seen.append(response.status)

    @app.get("/")
    async def index(request: Request) -> str:
        request.on_answer(fail)
        request.on_answer(see)
        return "answered"

    async with Client(app) as client:
        answer = await client.get("/")
    assert (answer.status_code, seen) == (503, [503])
    assert "cannot be saved" in answer.text


async def test_an_answer_that_is_raised_ends_the_handling_and_is_no_error() -> None:
    app = App(Settings(mode="test"))
    seen: list[Exception] = []

    @app.error(Exception)
    async def note(request: Request, error: Exception) -> str:
        seen.append(error)
        return "an error"

    @app.get("/")
    async def index() -> str:
        raise Answered(Response(b"now", 202, "text/plain"))

    async with Client(app) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.text, seen) == (202, "now", [])
