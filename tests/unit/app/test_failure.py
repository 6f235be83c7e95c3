"""Errors of a request: which handler answers, what status its answer has, and what is logged once."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Annotated, Any

import httpx
import pytest

from rooftree import (
    After,
    Answer,
    App,
    CallNext,
    Depends,
    Failure,
    Group,
    HTTPError,
    NotFound,
    Redirect,
    Request,
    Response,
    Settings,
)
from rooftree.testing import Client


class Boom(Exception):
    pass


def errors_in(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


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
            assert "The handler is test_failure." in answer.json()["detail"]
        else:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(path)
    (record,) = errors_in(caplog)
    assert record.exc_info is not None
    text = str(record.exc_info[1])
    assert "cannot leave in an answer of type" in text
    assert f"{path[1:]}() at " in text
    assert "test_failure.py:" in text


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
