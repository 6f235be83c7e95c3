"""What a request goes through: middleware in layers, the plan, error handlers, the last headers, the log."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Annotated, Any, cast

import httpx
import pytest

from rooftree import (
    After,
    Answer,
    App,
    CallNext,
    CORSOptions,
    Depends,
    Failure,
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


# ---- error handlers


async def test_what_an_error_handler_returns_has_the_status_of_the_error() -> None:
    app = App(Settings())

    async def fails(kind: str) -> None:
        raise {"404": NotFound, "lookup": LookupError, "value": ValueError, "type": TypeError}[kind]

    app.get("/{kind}")(fails)

    @app.error(NotFound)
    async def not_found(request: Request, error: NotFound) -> str:
        return "Nothing here."

    @app.error(LookupError)
    async def lookup(request: Request, error: LookupError) -> dict[str, str]:
        return {"lost": "yes"}

    @app.error(ValueError)
    async def chosen(request: Request, error: ValueError) -> Answer[str]:
        return Answer("Fine all the same.", status=200)

    @app.error(TypeError)
    async def response(request: Request, error: TypeError) -> Response:
        return Response("Fine all the same.")

    async with Client(app) as client:
        answers = [await client.get(path) for path in ("/404", "/lookup", "/value", "/type")]
    assert [answer.status_code for answer in answers] == [404, 500, 200, 200]
    assert answers[0].text == "Nothing here."


async def test_the_innermost_handler_of_an_error_answers() -> None:
    app = App(Settings())
    group = Group("/group")

    @app.error(Exception)
    async def any_error(request: Request, error: Exception) -> Response:
        return Response(f"app: {type(error).__name__}", 500, "text/plain")

    @app.error(ValueError)
    def value_error(request: Request, error: ValueError) -> str:
        return "app: value"

    @group.error(ArithmeticError)
    async def arithmetic(request: Request, error: ArithmeticError) -> dict[str, str]:
        return {"group": type(error).__name__}

    def failing(error: type[Exception]) -> Callable[[], Awaitable[None]]:
        async def fail() -> None:
            raise error

        return fail

    app.get("/value")(failing(ValueError))
    app.get("/division")(failing(ZeroDivisionError))
    group.get("/value")(failing(UnicodeError))
    group.get("/division")(failing(ZeroDivisionError))
    app.include(group)
    async with Client(app) as client:
        assert (await client.get("/value")).text == "app: value"
        assert (await client.get("/division")).text == "app: ZeroDivisionError"
        assert (await client.get("/group/value")).text == "app: value"
        assert (await client.get("/group/division")).json() == {"group": "ZeroDivisionError"}
        assert (await client.get("/nowhere")).text == "app: NotFound"  # 404 of the application too


async def test_what_the_code_should_have_said_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    app = App(Settings())

    @app.get("/")
    async def index() -> Redirect:
        return Redirect("https://accounts.example/sign-in")

    async with Client(app) as client:
        with caplog.at_level(logging.INFO, "rooftree.error"):
            assert (await client.get("/")).status_code == 400
    (record,) = [record for record in caplog.records if record.name == "rooftree.error"]
    assert record.getMessage() == (
        "GET /: Redirect('https://accounts.example/sign-in') leaves this site. Where the target is yours, pass "
        "allow_external=True; where it comes from the request, ask is_local(target) first."
    )


async def test_an_error_that_is_an_answer_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    app = App(Settings())

    @app.get("/")
    async def teapot() -> None:
        raise HTTPError(418, "No coffee.", headers={"x-pot": "tea"}, extra={"short": True})

    async with Client(app) as client:
        answer = await client.get("/")
        assert answer.status_code == 418
        assert answer.headers["x-pot"] == "tea"
        assert answer.json()["short"] is True
    assert errors_in(caplog) == []


# ---- errors, wherever they come from: answered, and logged once with the request's id


async def broken_before(request: Request, call_next: CallNext) -> Response:
    raise Boom("in the middleware")


async def broken_after(request: Request, call_next: CallNext) -> Response:
    await call_next(request)
    raise Boom("in the middleware")


async def late() -> AsyncIterator[int]:
    yield 1
    raise Boom("in the clean-up")


def late_thread() -> Iterator[int]:
    yield 1
    raise Boom("in the clean-up")


async def broken_dependency() -> int:
    raise Boom("in the dependency")


def _app_with_errors() -> App:
    app = App(Settings())

    @app.error(LookupError)
    async def fails_too(request: Request, error: LookupError) -> str:
        raise Boom("in the error handler")

    @app.get("/handler")
    async def handler() -> None:
        raise Boom("in the handler")

    @app.get("/thread")
    def thread() -> None:
        raise Boom("in the thread")

    @app.get("/error-handler")
    async def error_handler() -> None:
        raise KeyError

    @app.get("/answer")
    async def answer() -> dict[str, Any]:
        return {"x": object()}

    async def fine(x: int = 0) -> str:
        return ""

    def fine_thread(x: Annotated[int, Depends(late_thread)]) -> str:
        return ""

    app.get("/before", middleware=[broken_before])(fine)
    app.get("/after", middleware=[broken_after])(fine)
    app.get("/dependency", dependencies=[Depends(broken_dependency)])(fine)
    app.get("/clean-up", dependencies=[Depends(late)])(fine)
    app.get("/clean-up-thread")(fine_thread)
    return app


@pytest.mark.parametrize(
    "path",
    ["handler", "thread", "error-handler", "before", "after", "dependency", "clean-up", "clean-up-thread", "answer"],
)
async def test_an_error_is_a_500_logged_once_and_told_to_the_signal(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = _app_with_errors()
    told: list[Failure] = []
    app.failed.connect(told.append)
    async with Client(app, raise_errors=False) as client:
        answer = await client.get(f"/{path}")
        assert answer.status_code == 500
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        (record,) = errors_in(caplog)
        assert record.name == "rooftree.error"
        assert record.__dict__["request_id"] == answer.headers["x-request-id"]
        assert record.exc_info is not None
        (failure,) = told
        assert failure.error is record.exc_info[1]
        assert failure.request.path == f"/{path}"
        assert (await client.get("/nowhere")).status_code == 404  # and it goes on


@pytest.mark.parametrize("path", ["/one", "/many"])
async def test_an_answer_that_cannot_leave_names_its_handler(path: str, caplog: pytest.LogCaptureFixture) -> None:
    app = App(Settings(mode="development"))

    @app.get("/one")
    async def one() -> dict[str, object]:
        return {"lock": object()}

    @app.get("/many")
    async def many() -> AsyncIterator[dict[str, object]]:
        yield {"lock": object()}

    async with Client(app, raise_errors=False) as client:
        if path == "/one":
            answer = await client.get(path)
            assert "The handler is test_pipeline." in answer.json()["detail"]
        else:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(path)
    (record,) = errors_in(caplog)
    assert record.exc_info is not None
    text = str(record.exc_info[1])
    assert "cannot leave in an answer of type" in text
    assert f"{path[1:]}() at " in text
    assert "test_pipeline.py:" in text


async def test_a_receiver_that_fails_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = _app_with_errors()

    @app.failed.connect
    async def broken(failure: Failure) -> None:
        raise RuntimeError("the error tracker is away")

    async with Client(app, raise_errors=False) as client:
        assert (await client.get("/handler")).status_code == 500
    assert [record.name for record in errors_in(caplog)] == ["rooftree.error", "rooftree.signals"]


async def test_errors_of_streams_and_work_after_are_logged_once_and_told_to_the_signal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from rooftree.server import Server

    app = App(Settings())
    told: list[Failure] = []
    app.failed.connect(told.append)

    @app.get("/stream")
    async def stream() -> AsyncIterator[str]:
        yield "one"
        raise Boom("half-way")

    @app.get("/after")
    async def after(after: After) -> str:
        async def fail() -> None:
            raise Boom("after")

        after(fail)
        return "fine"

    async with Server(app) as server, httpx.AsyncClient(base_url=server.url) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/stream")
        answer = await client.get("/after")
        assert answer.text == "fine"
        assert (await client.get("/after")).text == "fine"  # and it goes on
    records = errors_in(caplog)
    assert len(records) == 3
    assert records[1].__dict__["request_id"] == answer.headers["x-request-id"]
    assert len({record.__dict__["request_id"] for record in records}) == 3
    assert all(record.exc_info is not None and isinstance(record.exc_info[1], Boom) for record in records)
    assert [(failure.request.path, failure.during, str(failure.error)) for failure in told] == [
        ("/stream", "stream", "half-way"),
        ("/after", "after", "after"),
        ("/after", "after", "after"),
    ]


async def test_a_client_that_leaves_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    from rooftree import ClientDisconnected

    app = App(Settings())

    @app.get("/")
    async def gone() -> None:
        raise ClientDisconnected

    async with Client(app) as client:
        assert (await client.get("/")).status_code == 499
    assert errors_in(caplog) == []


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


async def test_middleware_is_an_object_of_its_class() -> None:
    app = App(Settings(), middleware=[cast("Middleware", CORS)])
    app.get("/")(lambda: "x")
    with pytest.raises(StartupError, match=r"\[R117\] The class CORS was given as middleware.*Make an object"):
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
