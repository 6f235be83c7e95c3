"""The option ``transaction`` of routes and groups."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from rooftree import (
    App,
    Col,
    Depends,
    Group,
    HTTPError,
    Model,
    Request,
    Response,
    RouteError,
    Settings,
    Stream,
    Upload,
    WebSocket,
    col,
    on_commit,
    transaction,
)
from rooftree.base import SerializationError
from rooftree.db import Database, create_tables, current_database, drop_tables
from rooftree.testing import Client


class Mark(Model, table="app_marks"):
    text: Col[str] = col(max_length=80, unique=True)


async def marks() -> list[str]:
    return [mark.text for mark in await Mark.where().order_by(Mark.id)]


def is_open() -> bool:
    return current_database().current_scope() is not None


def fresh(url: str, **options: Any) -> App:
    app = App(Settings(database=url, access_log=False), **options)

    @app.lifespan
    async def tables() -> AsyncIterator[None]:
        await drop_tables(Mark)
        await create_tables(Mark)
        yield
        await drop_tables(Mark)

    return app


async def test_committed_before_the_answer_is_sent(url: str) -> None:
    app = fresh(url)
    seen: list[list[str] | bool] = []

    async def watch(request: Request, call_next: Callable[[Request], Any]) -> Response:
        response: Response = await call_next(request)
        seen.append(is_open())
        seen.append(await marks())
        return response

    async def early() -> str:
        await Mark.create(text="dependency")
        return "early"

    @app.post("/", transaction=True, middleware=[watch])
    async def add(first: str = Depends(early)) -> bool:
        await Mark.create(text=first)
        on_commit(lambda: seen.append(True))
        return is_open()

    async with Client(app) as client:
        assert (await client.post("/")).json() is True
        assert seen == [True, False, ["dependency", "early"]]


async def test_an_exception_takes_everything_back(url: str) -> None:
    app = fresh(url)

    @app.post("/{kind}", transaction=True)
    async def add(kind: str) -> Response:
        await Mark.create(text=kind)
        if kind == "refused":
            raise HTTPError(409, "No.")
        if kind == "broken":
            raise ZeroDivisionError
        if kind == "twice":
            await Mark.create(text=kind)
        return Response(b"", 400 if kind == "answered" else 200)

    async with Client(app, raise_errors=False) as client:
        assert (await client.post("/refused")).status_code == 409
        assert (await client.post("/broken")).status_code == 500
        assert (await client.post("/twice")).status_code == 409
        assert await marks() == []
        assert (await client.post("/answered")).status_code == 400  # an answer is no exception
        assert await marks() == ["answered"]


async def test_an_error_handler_runs_outside_of_it(url: str) -> None:
    app = fresh(url)

    @app.error(ZeroDivisionError)
    async def divided(request: Request, error: ZeroDivisionError) -> Response:
        await Mark.create(text="logged")
        return Response(b"", 418)

    @app.post("/", transaction=True)
    async def add() -> None:
        await Mark.create(text="lost")
        raise ZeroDivisionError

    async with Client(app) as client:
        assert (await client.post("/")).status_code == 418
        assert await marks() == ["logged"]


async def test_plain_handlers_and_streams(url: str) -> None:
    app = fresh(url)

    @app.post("/plain", transaction=True)
    def plain(fail: bool = False) -> bool:
        Mark.create(text=f"plain {fail}").sync()
        if fail:
            raise HTTPError(400, "No.")
        return is_open()

    @app.post("/stream", transaction=True)
    async def stream() -> Stream:
        await Mark.create(text="before")

        async def parts() -> AsyncIterator[str]:
            await Mark.create(text="stream")
            yield str(is_open())

        return Stream(parts())

    async with Client(app) as client:
        assert (await client.post("/plain")).json() is True
        assert (await client.post("/plain?fail=true")).status_code == 400
        assert (await client.post("/stream")).text == "False"
        assert await marks() == ["plain False", "before", "stream"]


async def test_of_a_group_and_of_the_application(url: str) -> None:
    app = fresh(url, transaction=True)
    inside = Group("/inside", transaction=False)
    app.include(inside)

    async def here() -> bool:
        return is_open()

    app.get("/here")(here)
    app.get("/not", transaction=False)(here)
    inside.get("/not")(here)
    inside.get("/here", transaction=transaction(read_only=True))(here)

    @app.websocket("/socket")
    async def socket(ws: WebSocket[str]) -> None:
        await ws.send(str(is_open()))

    async with Client(app) as client:
        paths = ["/here", "/not", "/inside/not", "/inside/here"]
        assert [(await client.get(path)).json() for path in paths] == [True, False, False, True]
        async with client.websocket("/socket") as ws:
            assert await ws.receive() == "False"


async def test_a_read_waits_for_no_writer(url: str) -> None:
    app = fresh(url, transaction=True)

    @app.get("/read")
    async def read() -> list[str]:
        assert is_open()
        return await marks()

    @app.get("/write")
    async def write(text: str, fail: bool = False) -> list[str]:
        await Mark.create(text=text)
        found = await marks()
        if fail:
            raise HTTPError(400)
        return found

    async with Client(app) as client:
        async with transaction():
            await Mark.create(text="waiting")
            both = [client.get("/read"), client.request("HEAD", "/read")]
            assert [(await one).status_code for one in both] == [200, 200]
        assert (await client.get("/write?text=a")).json() == ["waiting", "a"]
        assert (await client.get("/write?text=b&fail=true")).status_code == 400
        assert (await client.get("/write?text=c")).json() == ["waiting", "a", "c"]
        assert (await client.get("/write?text=c")).status_code == 409
        assert (await client.get("/read")).json() == await marks() == ["waiting", "a", "c"]
        async with transaction():  # the turn was given back each time
            await Mark.create(text="d")


async def test_a_read_that_writes_after_another_wrote_runs_again(url: str) -> None:
    app = fresh(url, transaction=True)
    seen: list[int] = []

    async with Database(url, name="outside") as outside:

        @app.get("/count")
        async def count() -> int:
            seen.append(await Mark.count())
            if len(seen) == 1:
                await Mark.create(text="outside").using(outside)
            await Mark.create(text="own")
            return seen[-1]

        async with Client(app) as client:
            assert (await client.get("/count")).json() == len(seen) - 1
            assert seen == ([0, 1] if url.startswith("sqlite") else [0])
            assert sorted(await marks()) == ["outside", "own"]


async def test_a_handler_that_lost_runs_again(url: str) -> None:
    app = fresh(url)
    attempts: list[str] = []
    hooks: list[str] = []

    @app.post("/", transaction=transaction(retries=2))
    async def add(request: Request, lose: int = 0, streamed: bool = False) -> str:
        body = (
            b"".join([part async for part in request.stream()]).decode()
            if streamed
            else (await request.body()).decode()
        )
        attempts.append(body)

        async def hook(response: Response) -> None:
            hooks.append(body)

        request.on_answer(hook)
        request.state.setdefault("attempt", len(attempts))
        await Mark.create(text=body)
        if len(attempts) <= lose:
            raise SerializationError("T999", "lost")
        return str(request.state["attempt"])

    async with Client(app, raise_errors=False) as client:
        answer = await client.post("/?lose=2", content=[b"o", b"a", b"k"])
        assert (answer.text, attempts, hooks) == ("3", ["oak"] * 3, ["oak"])
        attempts.clear()
        answer = await client.post("/?lose=3", content=b"ash")
        assert (answer.status_code, answer.headers["retry-after"], len(attempts)) == (503, "1", 3)
        attempts.clear()
        answer = await client.post("/?lose=1&streamed=true", content=[b"e", b"l", b"m"])
        assert (answer.status_code, len(attempts)) == (503, 1)  # its body is gone
        assert await marks() == ["oak"]


async def test_real_conflicts_are_run_again(postgres_url: str) -> None:
    import asyncio

    app = fresh(postgres_url)
    both = asyncio.Barrier(2)
    attempts: list[str] = []

    @app.post("/{name}", transaction=transaction(isolation="serializable", retries=3))
    async def add(name: str) -> int:
        attempts.append(name)
        count = await Mark.where().count()
        if len(attempts) <= 2:
            await both.wait()
        await Mark.create(text=f"{name} {count}")
        return count

    async with Client(app) as client:
        answers = await asyncio.gather(client.post("/a"), client.post("/b"))
        assert sorted(answer.json() for answer in answers) == [0, 1]
        assert len(attempts) == 3


class Parts:
    def __init__(self) -> None:
        self.closed = False

    def __aiter__(self) -> Parts:
        return self

    async def __anext__(self) -> str:
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


async def test_an_answer_that_is_not_sent_is_closed(url: str) -> None:
    app = fresh(url)
    parts = Parts()

    async def fail() -> None:
        raise ZeroDivisionError

    @app.post("/", transaction=True)
    async def add() -> Stream:
        await Mark.create(text="saved")
        on_commit(fail)
        return Stream(parts)

    async with Client(app, raise_errors=False) as client:
        assert (await client.post("/")).status_code == 500
        assert parts.closed
        assert await marks() == ["saved"]


# ---- mistakes


def refused(app: App) -> str:
    with pytest.raises(RouteError) as error:
        app.built  # noqa: B018
    return str(error.value).replace(error.value.at or "-", "PLACE")


async def nothing() -> None: ...


def test_what_is_no_transaction() -> None:
    app = App(Settings(database="sqlite://"))
    app.get("/", transaction="yes")(nothing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert refused(app) == (
        "[R118] '/' has transaction='yes', which is no transaction. At PLACE. Write transaction=True, or "
        "transaction(isolation=...)."
    )


def test_without_a_database() -> None:
    app = App(Settings())
    app.get("/", transaction=True)(nothing)
    assert refused(app) == (
        "[R119] '/' runs in a transaction, and the application has no database. At PLACE. Set ROOFTREE_DATABASE, or "
        "App(Settings(database=...))."
    )


def test_a_websocket() -> None:
    app = App(Settings(database="sqlite://"))

    @app.websocket("/", transaction=True)
    async def socket(ws: WebSocket[str]) -> None: ...

    assert refused(app) == (
        "[R120] The WebSocket '/' has the option transaction, and would hold one while it is open. At PLACE. Write "
        "'async with transaction():' around each message."
    )


def test_retries_of_what_is_there_once() -> None:
    app = App(Settings(database="sqlite://"))

    @app.post("/", transaction=transaction(retries=1))
    async def photo(photo: Upload) -> None: ...

    text = refused(app)
    assert text.startswith("[R121] test_transaction_option.test_retries_of_what_is_there_once.photo() takes a body")
    assert text.endswith("Leave retries out for this route: transaction=True.")
