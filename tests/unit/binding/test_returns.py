"""What becomes of what a handler returns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple, TypedDict

import msgspec
import pydantic
import pytest

from rooftree.base import HandlerError, Html, UsageError
from rooftree.binding import Answer, to_response
from rooftree.http import Event, EventStream, File, Redirect, Request, Response, Stream
from rooftree.schema import EncodingError, Schema
from tests.unit.binding.kit import answer, content_of, make_request, plan_of, refused, source_of

JSON = "application/json"
MSGPACK = {"accept": "application/msgpack"}


class Item(Schema):
    name: str


class Wide(Item):
    secret: str = "s"


class Other(Schema):
    id: int


@dataclass
class Plain:
    name: str


class Model(pydantic.BaseModel):
    name: str


class Dict(TypedDict):
    name: str


class Color(StrEnum):
    RED = "red"


class Odd:
    pass


def returning(
    value: Any, returns: Any, request: Request | None = None, **options: Any
) -> tuple[int, str | None, bytes]:
    """Status, media type and body of the answer of an ``async`` handler; a plain one has to give the same."""

    async def handler() -> Any:
        return value

    def plain() -> Any:
        return value

    async def run(function: Any) -> tuple[int, str | None, bytes]:
        response = await answer(plan_of(function, **options), request)
        return response.status, response.media_type, await content_of(response)

    if returns is not ...:
        handler.__annotations__["return"] = returns
        plain.__annotations__["return"] = returns
    else:
        del handler.__annotations__["return"], plain.__annotations__["return"]
    found = asyncio.run(run(handler))
    assert asyncio.run(run(plain)) == found
    return found


TEXT, HTML, BINARY = "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/octet-stream"


@pytest.mark.parametrize(
    ("value", "returns", "expected"),
    [
        (None, None, (204, None, b"")),
        ("é", str, (200, TEXT, "é".encode())),
        (Html("<b>"), Html, (200, HTML, b"<b>")),
        (b"\x00", bytes, (200, BINARY, b"\x00")),
        ({"a": 1}, dict[str, int], (200, JSON, b'{"a":1}')),
        ([1], list[int], (200, JSON, b"[1]")),
        (3, int, (200, JSON, b"3")),
        (True, bool, (200, JSON, b"true")),
        (Item(name="a"), Item, (200, JSON, b'{"name":"a"}')),
        (Plain("a"), Plain, (200, JSON, b'{"name":"a"}')),
        (Model(name="a"), Model, (200, JSON, b'{"name":"a"}')),
        ({"name": "a"}, Dict, (200, JSON, b'{"name":"a"}')),
        (Color.RED, Color, (200, JSON, b'"red"')),
        ("a", Literal["a"], (200, JSON, b'"a"')),
        (["a"], list[str], (200, JSON, b'["a"]')),
        # unions: each value goes its own way
        (None, Item | None, (200, JSON, b"null")),
        (Item(name="a"), Item | None, (200, JSON, b'{"name":"a"}')),
        (None, str | None, (204, None, b"")),
        ("a", str | None, (200, TEXT, b"a")),
        ("a", str | Item, (200, TEXT, b"a")),
        (Item(name="a"), str | Item, (200, JSON, b'{"name":"a"}')),
        (b"a", bytes | Item, (200, BINARY, b"a")),
        (Color.RED, str | Color, (200, JSON, b'"red"')),
        (Html("a"), str | Item, (200, HTML, b"a")),
        (Other(id=1), Item | Other, (200, JSON, b'{"id":1}')),
        ({"a": 1}, Item | dict[str, int], (200, JSON, b'{"a":1}')),
        ({"name": "a"}, Dict | Item, (200, JSON, b'{"name":"a"}')),
        ([1], list[int] | list[str], (200, JSON, b"[1]")),
        (Response(b"x", 202, "a/b"), Item | Response, (202, "a/b", b"x")),
        (None, Response | None, (204, None, b"")),
        # nothing declared
        (None, ..., (204, None, b"")),
        ("a", ..., (200, TEXT, b"a")),
        (b"a", ..., (200, BINARY, b"a")),
        ({"a": [1]}, ..., (200, JSON, b'{"a":[1]}')),
        (Item(name="a"), ..., (200, JSON, b'{"name":"a"}')),
        (1.5, Any, (200, JSON, b"1.5")),
        (Model(name="a"), object, (200, JSON, b'{"name":"a"}')),
        ("a", Any, (200, TEXT, b"a")),
    ],
    ids=str,
)
def test_what_is_sent(value: Any, returns: Any, expected: tuple[int, str | None, bytes]) -> None:
    assert returning(value, returns) == expected


def test_an_answer_is_projected_to_its_declared_type() -> None:
    assert returning(Wide(name="a"), Item)[2] == b'{"name":"a"}'
    assert returning([Wide(name="a")], list[Item])[2] == b'[{"name":"a"}]'
    assert returning(Wide(name="a"), Item | Other)[2] == b'{"name":"a"}'


def test_the_route_may_name_a_narrower_type() -> None:
    async def handler() -> Wide:
        return Wide(name="a")

    plan = plan_of(handler, returns=Item)
    assert asyncio.run(answer(plan)).body == b'{"name":"a"}'


def test_the_status_of_the_route() -> None:
    assert returning(Item(name="a"), Item, status=201)[0] == 201
    assert returning("a", str, status=202)[0] == 202
    assert returning({"a": 1}, ..., status=201) == (201, JSON, b'{"a":1}')
    assert returning(None, None, status=201) == (201, None, b"")
    assert returning(None, ..., status=202) == (202, None, b"")


@pytest.mark.parametrize("status", [204, 205, 304])
@pytest.mark.parametrize("value", [None, "a", {"a": 1}, Item(name="a")], ids=str)
def test_statuses_without_a_body(status: int, value: Any) -> None:
    assert returning(value, Any, status=status) == (status, None, b"")
    if isinstance(value, Item):
        assert returning(value, Item, status=status) == (status, None, b"")


def test_the_media_type_of_the_route() -> None:
    assert returning("a,b", str, media_type="text/csv") == (200, "text/csv", b"a,b")
    assert returning(b"a", bytes, media_type="image/png") == (200, "image/png", b"a")
    assert returning(Html("a"), Html, media_type="image/svg+xml") == (200, "image/svg+xml", b"a")
    problem = "application/vnd.api+json"
    assert returning(Item(name="a"), Item, media_type=problem) == (200, problem, b'{"name":"a"}')
    assert returning({"a": 1}, ..., media_type=problem) == (200, problem, b'{"a":1}')
    assert returning("a", ..., media_type="text/csv") == (200, "text/csv", b"a")
    assert returning(b"a", ..., media_type="image/png") == (200, "image/png", b"a")
    assert returning(Html("a"), ..., media_type="image/svg+xml") == (200, "image/svg+xml", b"a")


# ---- MessagePack


@pytest.mark.parametrize("returns", [Item, Item | None, Any, Item | Response], ids=str)
@pytest.mark.parametrize(
    ("accept", "packed"),
    [
        ("application/msgpack", True),
        ("application/msgpack, application/json;q=0.9", True),
        ("application/json, application/msgpack", False),
        ("application/msgpack;q=0.5, */*", False),
        ("application/msgpack;q=0", False),
        ("*/*", False),
        ("text/html", False),
    ],
)
def test_a_client_may_prefer_messagepack(returns: Any, accept: str, packed: bool) -> None:
    request = make_request(headers=[("accept-x", "application/msgpack"), ("accept", accept)])
    status, media_type, body = returning(Item(name="a"), returns, request)
    assert (status, media_type) == (200, "application/msgpack" if packed else JSON)
    assert (msgspec.msgpack if packed else msgspec.json).decode(body) == {"name": "a"}


async def test_an_answer_that_depends_on_the_client_says_so() -> None:
    async def handler() -> Item:
        return Item(name="a")

    response = await answer(plan_of(handler), make_request(headers=MSGPACK))
    assert response.headers["vary"] == "accept"


def test_a_declared_media_type_is_not_negotiated() -> None:
    assert returning(Item(name="a"), Item, make_request(headers=MSGPACK), media_type=JSON)[1] == JSON
    assert returning(Item(name="a"), Any, make_request(headers=MSGPACK), media_type=JSON)[1] == JSON


# ---- Answer


@pytest.mark.parametrize(
    "returns", [Answer[Item], Answer[Item] | None, Answer[Any], ..., Answer[Item] | Redirect], ids=str
)
async def test_a_status_and_headers_beside_a_value(returns: Any) -> None:
    async def handler() -> Any:
        made = Answer(Item(name="a"), status=201, headers={"location": "/items/1"})
        made.response.set_cookie("seen", "1", secure=True)
        assert repr(made) == "Answer(Item(name='a'), status=201)"
        return made

    if returns is not ...:
        handler.__annotations__["return"] = returns
    response = await answer(plan_of(handler))
    assert (response.status, response.media_type, response.body) == (201, JSON, b'{"name":"a"}')
    assert response.headers["location"] == "/items/1"
    assert response.headers["set-cookie"].startswith("seen=1; ")


@pytest.mark.parametrize(
    ("made", "returns", "status", "expected"),
    [
        (Answer("a"), Answer[str], None, (200, TEXT, b"a")),
        (Answer(Wide(name="a")), Answer[Item], None, (200, JSON, b'{"name":"a"}')),
        (Answer(None), Answer[None], None, (204, None, b"")),
        (Answer(None), Answer[Item | None], None, (200, JSON, b"null")),
        (Answer(Item(name="a"), status=204), Answer[Item], None, (204, None, b"")),
        (Answer(Item(name="a")), Answer[Item], 201, (201, JSON, b'{"name":"a"}')),
        (Answer(Item(name="a"), status=202), Answer[Item], 201, (202, JSON, b'{"name":"a"}')),
    ],
    ids=str,
)
def test_answers(made: Any, returns: Any, status: int | None, expected: tuple[int, str | None, bytes]) -> None:
    assert returning(made, returns, status=status) == expected
    assert repr(Answer("a")) == "Answer('a')"


# ---- responses


async def test_a_response_is_the_answer() -> None:
    made = Response(b"x")

    async def handler() -> Response:
        return made

    plan = plan_of(handler)
    assert await answer(plan) is made
    assert "response = value" in source_of(plan)


async def test_a_lazy_response_is_asked_for_its_answer() -> None:
    async def handler(range: str = "") -> File | Redirect:
        return Redirect("/next") if range else File(b"0123456789")

    plan = plan_of(handler)
    response = await answer(plan, make_request(headers={"range": "bytes=2-3"}))
    assert (response.status, await content_of(response)) == (206, b"23")
    assert (await answer(plan, make_request(query="range=1"))).headers["location"] == "/next"


async def test_a_lazy_response_of_a_plain_handler() -> None:
    def handler() -> File:
        return File(b"0123456789")

    response = await answer(plan_of(handler), make_request(headers={"range": "bytes=2-3"}))
    assert (response.status, await content_of(response)) == (206, b"23")


# ---- streams


async def numbers() -> AsyncIterator[int]:
    yield 1
    yield 2


async def texts() -> AsyncGenerator[str, None]:
    yield "é"
    yield "b"


async def parts() -> AsyncIterator[bytes]:
    yield b"\x00"


async def markup() -> AsyncIterator[Html]:
    yield Html("<b>")


async def items() -> AsyncIterator[Item]:
    yield Wide(name="a")


async def anything():  # type: ignore[no-untyped-def]
    yield {"a": 1}
    yield "text"


async def events() -> AsyncIterator[Event[Item]]:
    yield Event(data=Wide(name="a"), id="1")


async def any_events() -> Any:
    yield Event(data={"a": 1})


def plain_numbers() -> Iterator[int]:
    yield from range(20_000)


def plain_texts() -> Iterator[str]:
    yield "é"
    yield "b"


def some_iterator() -> Iterator[int]:
    return iter([1, 2])


any_events.__annotations__["return"] = AsyncIterator[Event]  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]


async def asked_for() -> AsyncIterator[int]:
    return numbers()


GENERATORS: list[tuple[Any, str, bytes]] = [
    (numbers, "application/jsonl", b"1\n2\n"),
    (texts, TEXT, "éb".encode()),
    (parts, BINARY, b"\x00"),
    (markup, HTML, b"<b>"),
    (items, "application/jsonl", b'{"name":"a"}\n'),
    (anything, "application/jsonl", b'{"a":1}\n"text"\n'),
    (plain_numbers, "application/jsonl", "".join(f"{n}\n" for n in range(20_000)).encode()),
    (plain_texts, TEXT, "éb".encode()),
    (some_iterator, "application/jsonl", b"1\n2\n"),
    (asked_for, "application/jsonl", b"1\n2\n"),
    (events, "text/event-stream", b':\n\nid: 1\ndata: {"name":"a"}\n\n'),
    (any_events, "text/event-stream", b':\n\ndata: {"a":1}\n\n'),
]


@pytest.mark.parametrize(
    ("handler", "media_type", "body"), GENERATORS, ids=lambda value: getattr(value, "__name__", None)
)
async def test_generators_are_streams(handler: Any, media_type: str, body: bytes) -> None:
    response = await answer(plan_of(handler))
    assert (response.status, response.media_type) == (200, media_type)
    assert await content_of(response) == body


async def test_the_media_type_and_status_of_a_stream() -> None:
    response = await answer(plan_of(texts, media_type="text/csv", status=202))
    assert (response.status, response.media_type) == (202, "text/csv")


@pytest.mark.parametrize("plain", [False, True])
async def test_a_stream_that_is_left_half_way_is_closed(plain: bool) -> None:
    closed: list[str] = []

    async def slow() -> AsyncIterator[str]:
        try:
            while True:
                yield "x"
        finally:
            closed.append("closed")

    def slow_and_plain() -> Iterator[str]:
        try:
            while True:
                yield "x" * 40_000
        finally:
            closed.append("closed")

    response = await answer(plan_of(slow_and_plain if plain else slow))
    body: Any = response.body
    await anext(body)
    await body.aclose()
    assert closed == ["closed"]


async def test_a_plain_generator_that_is_slow_is_not_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooftree.binding.streams.PATIENCE", 0.0)

    def handler() -> Iterator[str]:
        yield ""
        yield "a"
        yield "b"

    body: Any = (await answer(plan_of(handler))).body
    assert [part async for part in body] == [b"a", b"b"]


async def test_items_of_what_is_no_generator() -> None:
    class Numbers:
        def __init__(self) -> None:
            self.left = [2, 1]

        def __aiter__(self) -> Numbers:
            return self

        async def __anext__(self) -> int:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

    async def handler() -> AsyncIterator[int]:
        return Numbers()

    assert await content_of(await answer(plan_of(handler))) == b"1\n2\n"


async def test_an_event_stream_encodes_its_declared_type() -> None:
    async def source() -> AsyncIterator[Item]:
        yield Wide(name="a")

    async def handler() -> EventStream[Item]:
        return EventStream(source(), ping=None)

    assert b'data: {"name":"a"}' in await content_of(await answer(plan_of(handler)))

    async def own() -> EventStream[Item]:
        return EventStream(source(), ping=None, encode_json=lambda item: b"own")

    assert b"data: own" in await content_of(await answer(plan_of(own)))


async def test_a_stream_object() -> None:
    async def handler() -> Stream:
        return Stream(["a", b"b"], "text/plain")

    assert await content_of(await answer(plan_of(handler))) == b"ab"


# ---- mistakes


async def test_a_value_of_another_type() -> None:
    async def handler() -> Item:
        return Odd()  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    with pytest.raises(EncodingError):
        await answer(plan_of(handler))


def test_a_type_that_cannot_be_sent() -> None:
    async def handler() -> Odd:
        return Odd()

    with refused(HandlerError, "H112") as said:
        plan_of(handler)
    assert said[0].startswith(
        "test_returns.test_a_type_that_cannot_be_sent.handler() returns Odd, which cannot be sent: "
    )
    assert said[0].endswith(" Return what can be, or name the type to send: returns=....")


class Point(NamedTuple):
    x: int
    y: int


async def test_a_tuple_that_nobody_declared_is_no_status() -> None:
    def handler():  # type: ignore[no-untyped-def]
        return {"id": 1}, 201

    def pair() -> tuple[int, int]:
        return 3, 201

    async def named():  # type: ignore[no-untyped-def]
        return Point(1, 2)

    with pytest.raises(UsageError) as raised:
        await answer(plan_of(handler))
    assert str(raised.value) == (
        "[U306] What answers GET / returned a tuple and declares no type; a status beside the data, as in "
        "'return data, 201', is not read from one. Return Answer(data, status=201), or declare '-> tuple[...]' where "
        "the tuple is the data."
    )
    assert (await answer(plan_of(pair))).body == b"[3,201]"
    assert (await answer(plan_of(named))).body == b"[1,2]"


async def test_a_coroutine_that_was_not_awaited() -> None:
    async def item() -> int:
        return 1

    def handler():  # type: ignore[no-untyped-def]
        return item()

    with pytest.raises(UsageError) as raised:
        await answer(plan_of(handler))
    assert str(raised.value) == (
        "[U502] The handler of GET / returned a coroutine that was not awaited. "
        "Write 'return await ...' in it; a handler that awaits is 'async def'."
    )

    async def other():  # type: ignore[no-untyped-def]
        return asyncio.get_running_loop().create_future()

    with pytest.raises(UsageError, match="returned a Future that was not awaited"):
        await answer(plan_of(other))


async def test_what_is_no_response_though_declared() -> None:
    async def broken() -> Response:
        return {"a": 1}  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    with pytest.raises(UsageError) as raised:
        await answer(plan_of(broken))
    line = broken.__code__.co_firstlineno
    assert str(raised.value) == (
        "[U503] test_returns.test_what_is_no_response_though_declared.broken() is annotated to return Response, "
        f"but returned dict. At tests/unit/binding/test_returns.py:{line}. Return that, or annotate what is returned."
    )

    async def item() -> Response:
        return Response()

    async def forgetful() -> Response:
        return item()  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    with pytest.raises(UsageError, match="returned a coroutine that was not awaited"):
        await answer(plan_of(forgetful))


async def test_what_is_no_text_though_declared() -> None:
    async def nothing() -> str:
        return None  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    with pytest.raises(UsageError, match="U305"):
        await answer(plan_of(nothing))


def test_what_nobody_declared() -> None:
    request = make_request()
    assert to_response({"a": 1}, request).body == b'{"a":1}'
    assert to_response("a", request).media_type == TEXT
    made = Response(b"")
    assert to_response(made, request) is made
