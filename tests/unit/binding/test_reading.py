"""What reaches a handler, from each part of a request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

import attrs
import msgspec
import pydantic
import pytest

from rooftree.base import FieldError, HandlerError, HTTPError, PayloadTooLarge, RequestInvalid
from rooftree.binding import Body, Cookie, Form, Header, Path, Providers, Query, inspect_handler
from rooftree.binding.markers import BODY
from rooftree.binding.refusal import Refusal
from rooftree.http import FormData, FormLimits, Request, Stream, Upload
from rooftree.schema import Ge, Gt, Len, Schema, decoder
from tests.unit.binding.kit import (
    FORM,
    JSON,
    answer,
    call,
    errors_of,
    make_request,
    plan_of,
    refusal_of,
    refused,
    source_of,
)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Owner(Schema):
    id: int
    email: str


class Item(Schema):
    name: Annotated[str, Len(1, 10)]
    price: Annotated[Decimal, Gt(0)]
    tags: list[str] = []
    owner: Owner | None = None


class Model(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=2)


@dataclass
class Plain:
    name: str
    size: int = 0
    tags: list[str] | None = None


@attrs.define
class Attrs:
    name: str


class Dict(TypedDict):
    name: str


# ---- path


def test_path() -> None:
    async def handler(id: int, name: str, when: date, maybe: int | None, word: Annotated[str, Len(2)]) -> list[Any]:
        return [id, name, when, maybe, word]

    path: dict[str, type[Any]] = dict.fromkeys(("id", "name", "when", "maybe", "word"), str)
    good = make_request(params=("-7", "é/a", "2026-01-31", "3", "ab"))
    assert call(handler, good, path=path) == [-7, "é/a", "2026-01-31", 3, "ab"]
    bad = make_request(params=("7.5", "x", "2026-02-30", "x", "a"))
    assert [(e.where, e.path) for e in errors_of(handler, bad, path=path)] == [
        ("path", ("id",)), ("path", ("when",)), ("path", ("maybe",)), ("path", ("word",)),
    ]  # fmt: skip


def test_a_path_that_cannot_be_wrong() -> None:
    async def handler(name: str, n: int) -> list[Any]:
        return [name, n]

    path: dict[str, type[Any]] = {"name": str, "n": int}
    assert call(handler, make_request(params=("a", 1)), path=path) == ["a", 1]
    assert "try" not in source_of(plan_of(handler, path))


def test_path_values_that_a_converter_made() -> None:
    async def handler(id: UUID, n: Annotated[int, Ge(10)]) -> list[Any]:
        return [id, n]

    path: dict[str, type[Any]] = {"id": UUID, "n": int}
    key = UUID(int=1)
    assert call(handler, make_request(params=(key, 10)), path=path) == [str(key), 10]
    (error,) = errors_of(handler, make_request(params=(key, 9)), path=path)
    assert (error.where, error.path, error.code) == ("path", ("n",), "greater_than_equal")


@pytest.mark.parametrize("text", ["1_0", " 1", "1 ", "+1", "٣", "¹", "0x10", "1e3", "--1", "", "9" * 5000, "½"])
def test_what_is_no_int(text: str) -> None:
    async def handler(id: int) -> int:
        return id

    (error,) = errors_of(handler, make_request(params=(text,)), path={"id": str})
    assert (error.where, error.path) == ("path", ("id",))


@pytest.mark.parametrize("text", ["0", "-1", "007", "9" * 18, "9" * 19, "9" * 40])
def test_what_is_an_int(text: str) -> None:
    async def handler(id: int) -> str:
        return str(id)

    assert call(handler, make_request(params=(text,)), path={"id": str}) == str(int(text))


# ---- query


def test_query() -> None:
    async def handler(  # noqa: PLR0917
        q: str,
        page: int = 1,
        exact: bool = False,
        color: Color | None = None,
        kind: Literal["a", "b"] = "a",
        price: Decimal | None = None,
        at: datetime | None = None,
    ) -> list[Any]:
        return [q, page, exact, color, kind, price, at]

    assert call(handler, make_request(query="q=oak")) == ["oak", 1, False, None, "a", None, None]
    everything = "q=%C3%A9+b&page=2&exact=true&color=red&kind=b&price=1.50&at=2026-01-31T10:00:00Z&more=1"
    assert call(handler, make_request(query=everything)) == [
        "é b", 2, True, "red", "b", "1.50", "2026-01-31T10:00:00Z",
    ]  # fmt: skip


def test_a_few_plain_names_are_looked_for_in_place() -> None:
    async def handler(q: str = "", page: int = 1) -> list[Any]:
        return [q, page]

    plan = plan_of(handler)
    assert "query.split(b'&')" in source_of(plan)
    for query, expected in [
        ("", ["", 1]),
        ("q=a&page=2", ["a", 2]),
        ("page=2", ["", 2]),
        ("q", ["", 1]),
        ("q==&page=", ["=", 1]),
        ("&&q=a&&", ["a", 1]),
        ("Q=a&pageX=3&xpage=4", ["", 1]),
        ("&".join(["x=1"] * 30) + "&q=a", ["a", 1]),
        ("q=a%26b&page=3", ["a&b", 3]),
        ("q=a+b", ["a b", 1]),
        ("%71=a", ["a", 1]),
        ("q=\xe9", None),
    ]:
        if expected is not None:
            assert call(handler, make_request(query=query)) == expected, query


def test_many_names_are_read_at_once() -> None:
    async def handler(  # noqa: PLR0917
        a: int = 0, b: int = 0, c: int = 0, d: int = 0, e: int = 0, f: int = 0, g: int = 0, h: int = 0, i: int = 0
    ) -> list[int]:
        return [a, b, c, d, e, f, g, h, i]

    assert "query.split" not in source_of(plan_of(handler))
    assert call(handler, make_request(query="a=1&i=9")) == [1, 0, 0, 0, 0, 0, 0, 0, 9]


@pytest.mark.parametrize("query", ["q=1&q=2", "q=%31&q=2", "q=1&page=1&q=1"])
def test_a_repeated_name_is_not_guessed(query: str) -> None:
    async def handler(q: int = 0, page: int = 1) -> int:
        return q

    assert errors_of(handler, make_request(query=query)) == [
        FieldError("query", ("q",), "repeated", "Expected one value, got 2", {"count": 2})
    ]


def test_lists() -> None:
    async def handler(
        ids: list[int],
        tags: set[str] | None = None,
        names: list[str] = ["x"],  # noqa: B006 - it is copied for each request
        pair: tuple[int, int] = (0, 0),
    ) -> list[Any]:
        names.append("!")
        return [ids, sorted(tags or ()), names, pair]

    plan = plan_of(handler)

    async def twice() -> None:
        for _ in range(2):  # a default is not shared between requests
            response = await answer(plan, make_request(query="ids=1&ids=2&tags=b&tags=a&tags=a&pair=1&pair=2"))
            assert response.body == b'[[1,2],["a","b"],["x","!"],[1,2]]'

    asyncio.run(twice())
    assert [(e.path, e.code) for e in errors_of(handler, make_request(query="ids=1&ids=x&pair=1"))] == [
        (("ids", 1), "type"),
        (("pair",), "length"),
    ]
    assert [e.path for e in errors_of(handler, make_request())] == [("ids",)]


def test_an_empty_text_is_no_number() -> None:
    async def handler(page: int = 1, q: str = "x", when: date | None = None) -> list[Any]:
        return [page, q, when]

    assert call(handler, make_request(query="page=&q=&when=")) == [1, "", None]

    async def required(page: int) -> int:
        return page

    assert [e.path for e in errors_of(required, make_request(query="page="))] == [("page",)]


def test_a_class_from_the_query() -> None:
    async def handler(filters: Annotated[Plain, Query()], page: int = 1) -> Plain:
        return filters

    assert call(handler, make_request(query="name=oak&size=3&tags=a&tags=b&page=2")) == {
        "name": "oak", "size": 3, "tags": ["a", "b"],
    }  # fmt: skip
    assert [(e.where, e.path) for e in errors_of(handler, make_request(query="size=x&page=y"))] == [
        ("query", ("name",)), ("query", ("size",)), ("query", ("page",)),
    ]  # fmt: skip


def test_a_class_from_the_query_with_a_default() -> None:
    async def handler(filters: Annotated[Plain | None, Query()] = None) -> str:
        return repr(filters)

    assert call(handler) == "None"
    assert call(handler, make_request(query="name=a")) == "Plain(name='a', size=0, tags=None)"
    assert [e.path for e in errors_of(handler, make_request(query="size=1"))] == [("name",)]


# ---- headers, cookies


def test_headers() -> None:
    async def handler(
        token: Annotated[str | None, Header("X-Token")] = None,
        n: Annotated[int, Header()] = 0,
        tags: Annotated[list[str], Header("x-tag")] = [],  # noqa: B006
        user_agent: Annotated[str, Header(), Len(0, 5)] = "",
    ) -> list[Any]:
        return [token, n, tags, user_agent]

    assert call(handler) == [None, 0, [], ""]
    given = [("x-token", "é"), ("N", "5"), ("x-tag", "a, b"), ("x-tag", "c,,"), ("user-agent", "x")]
    assert call(handler, make_request(headers=given)) == ["é", 5, ["a", "b", "c"], "x"]
    twice = [("x-token", "a"), ("x-token", "b")]
    assert call(handler, make_request(headers=twice)) == ["a, b", 0, [], ""]
    bad = make_request(headers={"n": "x", "user-agent": "123456"})
    assert [(e.where, e.path) for e in errors_of(handler, bad)] == [("header", ("n",)), ("header", ("user-agent",))]


def test_a_header_that_must_be_there() -> None:
    async def handler(token: Annotated[str, Header("x-token")], tags: Annotated[list[int], Header("x-tag")]) -> None:
        del token, tags

    assert errors_of(handler, make_request()) == [
        FieldError("header", ("x-token",), "missing", "Expected a value, got none"),
        FieldError("header", ("x-tag",), "missing", "Expected a value, got none"),
    ]


def test_cookies() -> None:
    async def handler(
        theme: Annotated[str, Cookie()] = "light", visits: Annotated[int | None, Cookie("n")] = None
    ) -> list[Any]:
        return [theme, visits]

    assert call(handler) == ["light", None]
    assert call(handler, make_request(headers={"cookie": "theme=dark; n=3"})) == ["dark", 3]
    bad = make_request(headers={"cookie": "n=x; ;;=;=x;n=4;\x7f=1"})
    assert [(e.where, e.path) for e in errors_of(handler, bad)] == [("cookie", ("n",))]


def test_a_cookie_that_must_be_there() -> None:
    async def handler(session: Annotated[str, Cookie()]) -> str:
        return session

    assert [e.code for e in errors_of(handler, make_request())] == ["missing"]


# ---- body


ITEM = {"name": "Oak", "price": "9.90", "tags": ["a"], "owner": {"id": 1, "email": "e"}}


async def take(data: Item) -> Item:
    return data


def test_json() -> None:
    assert call(take, make_request("POST", json=ITEM)) == ITEM


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/json ; q=1",
        "application/vnd.api+json", "application/problem+json; charset=utf-8",
    ],
)  # fmt: skip
def test_kinds_of_json(content_type: str) -> None:
    content = msgspec.json.encode(ITEM)
    request = make_request("POST", headers={"content-type": content_type}, content=content)
    assert call(take, request)["name"] == "Oak"


@pytest.mark.parametrize("content_type", ["application/msgpack", "application/x-msgpack", "application/vnd.msgpack"])
def test_messagepack(content_type: str) -> None:
    request = make_request("POST", headers={"content-type": content_type}, content=msgspec.msgpack.encode(ITEM))
    assert call(take, request) == ITEM


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "", "text/plain; application/json", "application/x-www-form-urlencoded", "+json", "json", "*/*"],
)
def test_a_body_that_does_not_say_that_it_is_data(content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    with pytest.raises(HTTPError) as raised:
        call(take, make_request("POST", headers=headers, content=b"{}"))
    assert raised.value.status == 415
    assert raised.value.headers == {"accept": "application/json, application/msgpack"}
    named = content_type or "no Content-Type"
    assert raised.value.detail == f"Expected a body as application/json or application/msgpack, got {named}."


def test_of_two_content_types_the_first_counts() -> None:
    request = make_request("POST", headers=[("content-type", "text/plain"), *JSON.items()], content=b"{}")
    with pytest.raises(HTTPError) as raised:
        call(take, request)
    assert raised.value.status == 415


def test_no_body() -> None:
    for request in (make_request("POST"), make_request("POST", headers=JSON)):
        error = refusal_of(take, request)
        assert (error.status, list(error.errors)) == (
            422,
            [FieldError("body", (), "missing", "Expected a body, got none")],
        )


def test_a_body_that_is_no_json() -> None:
    async def handler(data: Item, page: int) -> None:
        del data, page

    error = refusal_of(handler, make_request("POST", query="page=x", headers=JSON, content=b"{nope"))
    assert error.status == 400
    assert [(e.where, e.code) for e in error.errors] == [("body", "malformed"), ("query", "type")]


def test_every_error_at_once() -> None:
    async def handler(
        id: int,
        data: Item,
        verbose: bool = False,
        token: Annotated[int, Header("x-token")] = 0,
        theme: Annotated[Color, Cookie()] = Color.RED,
    ) -> None:
        del id, data, verbose, token, theme

    request = make_request(
        "POST",
        query="verbose=maybe",
        headers={"x-token": "x", "cookie": "theme=green"},
        json={"name": "", "price": "-1", "tags": [1], "owner": {"id": "x"}},
        params=("x",),
    )
    errors = errors_of(handler, request, path={"id": str})
    assert [(e.where, e.path, e.code) for e in errors] == [
        ("path", ("id",), "type"),
        ("body", ("name",), "too_short"),
        ("body", ("price",), "greater_than"),
        ("body", ("tags", 0), "type"),
        ("body", ("owner", "id"), "type"),
        ("body", ("owner", "email"), "missing"),
        ("query", ("verbose",), "type"),
        ("header", ("x-token",), "type"),
        ("cookie", ("theme",), "choice"),
    ]


def test_errors_are_capped() -> None:
    async def handler(items: list[Item], ids: list[int]) -> None:
        del items, ids

    query = "&".join(["ids=x"] * 500)
    assert len(errors_of(handler, make_request("POST", query=query, json=[{}] * 500))) == 50


def test_a_body_that_may_be_missing() -> None:
    async def handler(data: Item | None = None) -> str:
        return data.name if data else "none"

    assert call(handler) == "none"
    assert call(handler, make_request("POST", json=ITEM)) == "Oak"
    assert [e.path for e in errors_of(handler, make_request("POST", json={"name": "a"}))] == [("price",)]

    async def other(data: Item | None = None, page: int = 1) -> None:
        del data, page

    assert [e.where for e in errors_of(other, make_request("POST", query="page=x"))] == ["query"]


@pytest.mark.parametrize("type", [Plain, Attrs, Dict, Model, dict[str, str]], ids=str)
def test_kinds_of_bodies(type: Any) -> None:
    async def handler(data: Any) -> str:
        return str(data["name"] if data.__class__ is dict else data.name)

    handler.__annotations__["data"] = Annotated[type, BODY]
    assert call(handler, make_request("POST", json={"name": "Oak"})) == "Oak"
    assert {e.where for e in errors_of(handler, make_request("POST", json={"name": 1}))} == {"body"}


def test_the_body_as_it_came() -> None:
    async def handler(data: Body[bytes]) -> bytes:
        return data

    assert call(handler, make_request("POST", content=b"\x00a", headers={"content-type": "x/y"})) == "\x00a"
    assert call(handler, make_request("POST")) == ""

    async def bounded(data: Annotated[Body[bytes], Len(1, 3)], n: int = 0) -> bytes:
        return data

    assert call(bounded, make_request("POST", content=b"abc")) == "abc"
    assert [e.code for e in errors_of(bounded, make_request("POST"))] == ["too_short"]
    assert [e.code for e in errors_of(bounded, make_request("POST", content=b"abcd"))] == ["too_long"]

    async def optional(data: Body[bytes] | None = None, n: int = 0) -> str:
        return repr(data)

    assert call(optional) == "None"
    assert [e.where for e in errors_of(optional, make_request(query="n=x"))] == ["query"]


class Source:
    """A body that comes in parts."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = list(parts)

    async def receive(self) -> bytes:
        await asyncio.sleep(0)
        return self.parts.pop(0) if self.parts else b""


def test_a_body_that_has_not_arrived_yet() -> None:
    content = msgspec.json.encode(ITEM)
    request = make_request("POST", headers=JSON, content=None, source=Source(content[:10], content[10:]))
    assert call(take, request)["name"] == "Oak"


def test_a_body_that_is_too_large() -> None:
    whole = make_request("POST", headers=JSON, content=b" " * 100)
    parts = make_request("POST", headers=JSON, content=None, source=Source(b" " * 60, b" " * 60))
    for request in (whole, parts):
        request.max_body = 99
        with pytest.raises(PayloadTooLarge):
            call(take, request)


def test_a_stream() -> None:
    async def handler(body: Stream) -> int:
        return sum([len(part) async for part in body])

    assert call(handler, make_request("POST", content=None, source=Source(b"ab", b"cde"))) == 5


def test_the_whole_request() -> None:
    async def handler(request: Request) -> list[Any]:
        return [request.method, await request.json()]

    assert call(handler, make_request("PUT", json=[1])) == ["PUT", [1]]


# ---- forms


def test_a_form() -> None:
    async def handler(data: Form[Plain], tags: Form[list[str]], size: Form[int] = 0) -> list[Any]:
        return [data.name, data.tags, tags, size]

    request = make_request("POST", headers=FORM, content=b"name=Oak&size=3&tags=a&tags=b")
    assert call(handler, request) == ["Oak", ["a", "b"], ["a", "b"], 3]
    bad = make_request("POST", headers=FORM, content=b"size=x&size=y")
    assert [(e.where, e.path, e.code) for e in errors_of(handler, bad)] == [
        ("form", ("name",), "missing"),
        ("form", ("size",), "type"),
        ("form", ("tags",), "missing"),
        ("form", ("size",), "repeated"),
    ]


def test_fields_of_a_form_that_were_left_empty() -> None:
    async def handler(n: Form[int | None] = None, q: Form[str] = "x") -> list[Any]:
        return [n, q]

    assert call(handler, make_request("POST", headers=FORM, content=b"n=&q=")) == [None, ""]
    bad = make_request("POST", headers=FORM, content=b"n=&q=1&q=2")
    assert [e.path for e in errors_of(handler, bad)] == [("q",)]


def test_a_form_with_a_default() -> None:
    async def handler(data: Form[Plain] | None = None) -> str:
        return repr(data)

    assert call(handler, make_request("POST", headers=FORM)) == "None"


def multipart(*parts: tuple[str, str | None, bytes]) -> Request:
    lines: list[bytes] = []
    for name, filename, content in parts:
        disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
        lines += [b"--x", f"content-disposition: {disposition}".encode(), b"", content]
    body = b"\r\n".join([*lines, b"--x--", b""])
    return make_request("POST", headers={"content-type": "multipart/form-data; boundary=x"}, content=body)


def test_uploads() -> None:
    async def handler(title: Form[str], photo: Upload, more: list[Upload], missing: Upload | None = None) -> list[Any]:
        return [title, photo.filename, await photo.read(), [f.filename for f in more], missing]

    request = multipart(
        ("title", None, b"T"), ("photo", "a.png", b"P"), ("more", "1.txt", b"1"), ("more", "2.txt", b"2")
    )
    assert call(handler, request) == ["T", "a.png", "UA==", ["1.txt", "2.txt"], None]
    bad = multipart(("photo", "a", b"1"), ("photo", "b", b"2"))
    assert [(e.where, e.path, e.code) for e in errors_of(handler, bad)] == [
        ("form", ("title",), "missing"),
        ("form", ("photo",), "repeated"),
        ("form", ("more",), "missing"),
    ]


async def test_limits_of_a_form() -> None:
    async def handler(title: Form[str], more: list[Upload], page: Annotated[int, Query()] = 1) -> str:
        return f"{title} {len(more)}"

    limits = FormLimits(max_files=1, max_field_size=3)
    plan = plan_of(handler, form_limits=limits)
    one = [("title", None, b"abc"), ("more", "1.txt", b"1")]
    assert (await answer(plan, multipart(*one))).body == "abc 1"
    with pytest.raises(HTTPError) as refused:
        await plan(multipart(("title", None, b"abcd"), ("more", "1.txt", b"1")))
    assert refused.value.status == 413
    for query in (b"", b"page=none"):  # whatever is found wrong first
        request = multipart(*one, ("more", "2.txt", b"2"))
        request.query_string = query
        with pytest.raises(RequestInvalid) as said:
            await plan(request)
        assert "1 file" in str(said.value.errors[0].message)


class Picture(Schema):
    title: str
    file: Upload
    more: list[Upload] = []


def test_a_class_with_files() -> None:
    async def handler(data: Form[Picture]) -> list[Any]:
        return [data.title, data.file.filename, [f.filename for f in data.more]]

    request = multipart(("title", None, b"T"), ("file", "a.png", b"P"), ("more", "b", b""), ("more", "c", b""))
    assert call(handler, request) == ["T", "a.png", ["b", "c"]]
    assert [e.path for e in errors_of(handler, multipart(("title", None, b"T"), ("x", None, b"")))] == [("file",)]


def test_the_whole_form() -> None:
    async def handler(form: FormData, n: int = 0) -> list[Any]:
        return [form.get("a"), n]

    assert call(handler, make_request("POST", headers=FORM, content=b"a=1")) == ["1", 0]
    bad = make_request("POST", query="n=x", headers=FORM, content=b"a=1")
    assert [e.where for e in errors_of(handler, bad)] == ["query"]


def test_a_form_that_is_none() -> None:
    async def handler(a: Form[str]) -> None:
        del a

    with pytest.raises(HTTPError) as raised:
        call(handler, make_request("POST", json={}))
    assert raised.value.status == 415


# ---- plain handlers


def test_a_plain_handler_reads_the_same() -> None:
    def handler(
        id: Annotated[int, Path()], data: Item, q: Sequence[int] = (), n: Annotated[int, Header()] = 0
    ) -> list[Any]:
        return [id, data.name, q, n]

    good = make_request("POST", query="q=1", json=ITEM, params=("1",), headers={"n": "2"})
    assert call(handler, good, path={"id": str}) == [1, "Oak", [1], 2]
    bad = make_request("POST", query="q=x", json={}, params=("x",), headers={"n": "y"})
    assert {e.where for e in errors_of(handler, bad, path={"id": str})} == {"path", "body", "query", "header"}


# ---- odd things


def test_names_that_mean_something_to_the_plan() -> None:
    async def handler(  # noqa: PLR0917
        request: int, value: int, name: int, text: int, response: int, handler: int, exits: int, content: int, int_: int
    ) -> list[int]:
        return [request, value, name, text, response, handler, exits, content, int_]

    query = "&".join(f"{n}={i}" for i, n in enumerate(handler.__annotations__) if n != "return")
    assert call(handler, make_request(query=query)) == list(range(9))


def test_names_on_the_wire_are_only_text() -> None:
    name = "x'];import os#\\\n"

    async def handler(a: str = "") -> str:
        return a

    handler.__annotations__["a"] = Annotated[str, Query(name)]
    assert call(handler, make_request(query="x%27%5D%3Bimport+os%23%5C%0A=1")) == "1"


def test_a_type_that_cannot_be_read() -> None:
    class Odd:
        pass

    async def handler(a: int) -> None:
        del a

    handler.__annotations__["a"] = Annotated[Odd, Query()]
    with refused(HandlerError, "H110") as said:
        plan_of(handler)
    assert said[0].startswith(
        "test_reading.test_a_type_that_cannot_be_read.handler() has a parameter 'a: Odd' that cannot be read: "
    )
    assert said[0].endswith(" Choose another type for it.")


async def test_a_rule_of_the_applications_own_that_changes_its_mind() -> None:
    # the fast path refused the request, and the slow one finds nothing: it is still refused
    (parameter,) = inspect_handler(take, {}, providers=Providers()).parameters
    error = await Refusal([(parameter, decoder(Item))], FormLimits()).explain(make_request("POST", json=ITEM))
    assert (type(error), error.status) == (HTTPError, 422)
