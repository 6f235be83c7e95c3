"""Requests that mean harm: refused in time, never a failure of ours."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from typing import Annotated, Any

import hypothesis
import pytest
from hypothesis import strategies as st

from rooftree.base import HTTPError, RequestInvalid
from rooftree.binding import Cookie, Form, Header, Query
from rooftree.http import Response
from rooftree.schema import Schema
from tests.unit.binding.kit import FORM, JSON, call, errors_of, make_request, plan_of, refusal_of


class Node(Schema):
    name: str = ""
    next: Node | None = None
    more: list[Node] = []


class Filters(Schema):
    q: str = ""
    page: int = 1
    tags: list[str] = []


async def search(q: str = "", page: int = 1) -> list[Any]:
    return [q, page]


async def tree(data: Node) -> str:
    return data.name


async def listed(ids: list[int] = []) -> int:  # noqa: B006
    return len(ids)


async def filtered(filters: Annotated[Filters, Query()]) -> str:
    return filters.q


async def form(filters: Form[Filters]) -> str:
    return filters.q


@pytest.mark.parametrize("handler", [search, listed, filtered])
@pytest.mark.parametrize("query", ["&".join(f"x{i}=1" for i in range(100_000)), "&" * 1_000_000, "q=1&" * 100_000])
def test_100_000_query_parameters(handler: Any, query: str) -> None:
    start = time.perf_counter()
    error = refusal_of(handler, make_request(query=query))
    assert error.status == 400
    assert time.perf_counter() - start < 2  # it takes a few milliseconds; a minute of work would be the attack


def test_100_000_form_fields() -> None:
    content = b"&".join(b"x%d=1" % i for i in range(100_000))
    assert refusal_of(form, make_request("POST", headers=FORM, content=content)).status == 400


def test_a_thousand_wrong_values_are_told_in_part() -> None:
    assert len(errors_of(listed, make_request(query="&".join(["ids=x"] * 1000)))) == 50


@pytest.mark.parametrize("depth", [100, 5_000, 200_000])
@pytest.mark.parametrize("opening", [b'{"next":', b'{"more":[', b"["])
def test_deep_nesting(opening: bytes, depth: int) -> None:
    request = make_request("POST", headers=JSON, content=opening * depth)
    assert refusal_of(tree, request).status in {400, 422}


def test_deep_nesting_that_is_complete() -> None:
    depth = 100_000
    request = make_request("POST", headers=JSON, content=b'{"next":' * depth + b"{}" + b"}" * depth)
    assert [error.code for error in errors_of(tree, request)] == ["too_deep"]


def test_keys_given_twice() -> None:
    request = make_request("POST", headers=JSON, content=b'{"name":"a","name":"b","name":"c"}')
    assert call(tree, request) == "c"  # the last one, as msgspec and every browser read it


@pytest.mark.parametrize(
    "text", ["9" * 100_000, "-" + "9" * 100_000, "1e999999999", "0" * 50_000 + "1", "٣" * 100, "\x00", "1\n", "NaN"]
)
def test_numbers_that_are_none(text: str) -> None:
    start = time.perf_counter()
    from urllib.parse import quote

    assert [e.path for e in errors_of(search, make_request(query=f"page={quote(text)}"))] == [("page",)]
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("query", [b"q=\xff", b"q=%ff", b"%ff=1&q=1", b"q=%ed%a0%80"])
def test_text_that_is_no_utf8(query: bytes) -> None:
    error = refusal_of(search, make_request(query=query))
    assert error.status == 400
    assert error.errors[0].code == "utf8"


@pytest.mark.parametrize(
    "query", ["q=%", "q=%4", "q=%zz", "%%%", "=", "==", "=&=&", "q[]=1", "q[0]=1", "q.x=1", "🙂=🙂"]
)
def test_odd_queries_are_only_odd(query: str) -> None:
    assert call(search, make_request(query=query))[1] == 1
    assert isinstance(call(filtered, make_request(query=query)) if "q[" not in query and "q." not in query else "", str)


async def headers(
    token: Annotated[str, Header("x-token")] = "", theme: Annotated[str, Cookie()] = "", n: Annotated[int, Cookie()] = 0
) -> list[Any]:
    return [token, theme, n]


def test_header_values_are_latin_1() -> None:
    every = bytes(range(0x20, 0x100)).decode("latin-1")
    assert call(headers, make_request(headers={"x-token": every})) == [every, "", 0]


@pytest.mark.parametrize(
    "cookie", [";" * 10_000, "=" * 1000, "theme", "theme=", 'theme="', "n", "\xff=\xff; theme=\xe9", "a=b;" * 2000]
)
def test_garbage_in_cookies(cookie: str) -> None:
    found = call(headers, make_request(headers={"cookie": cookie}))
    assert found[2] == 0


def test_a_thousand_headers_of_one_name() -> None:
    given = [("x-token", "a" * 100)] * 1000
    assert len(call(headers, make_request(headers=given))[0]) == 1000 * 102 - 2


# ---- anything at all


async def everything(  # noqa: PLR0917
    id: int,
    q: str = "",
    page: int | None = None,
    tags: list[int] = [],  # noqa: B006
    token: Annotated[float | None, Header("x-token")] = None,
    theme: Annotated[bool | None, Cookie()] = None,
    data: Node | None = None,
) -> list[Any]:
    return [id, q, page, tags, token, theme, data]


PLANS = [
    plan_of(everything, {"id": str}),
    plan_of(search),
    plan_of(listed),
    plan_of(filtered),
    plan_of(form),
    plan_of(tree),
    plan_of(headers),
]
names = st.sampled_from([b"q", b"page", b"tags", b"ids", b"%71", b"", b"q[]", b"tags[0]"])
values = st.one_of(
    st.binary(max_size=20), st.sampled_from([b"1", b"-1", b"true", b"%", b"%ff", b"\xff", b"x" * 1000, b"1e5", b"+"])
)
queries = st.one_of(
    st.binary(max_size=60),
    st.lists(st.tuples(names, values), max_size=8).map(lambda pairs: b"&".join(a + b"=" + b for a, b in pairs)),
)
content_types = st.sampled_from(
    ["application/json", "application/msgpack", "text/plain", "", "application/x-www-form-urlencoded",
     "multipart/form-data; boundary=x", "multipart/form-data", "application/json; charset=utf-16", ";", "é"]
)  # fmt: skip
bodies = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"{}", b"[]", b"null", b'{"name":1}', b'{"more":[{"name":"\\ud800"}]}',
                     b"\x81\xa4name\x01", b"q=1&page=2",
                     b'--x\r\ncontent-disposition: form-data; name="q"\r\n\r\n1\r\n--x--\r\n']),
)  # fmt: skip


@hypothesis.given(
    plan=st.sampled_from(PLANS),
    query=queries,
    content_type=content_types,
    body=bodies,
    token=st.text(st.characters(max_codepoint=0xFF), max_size=20),
    cookie=st.text(st.characters(max_codepoint=0xFF), max_size=40),
    id=st.text(max_size=20),
    method=st.sampled_from(["GET", "POST"]),
)
def test_whatever_comes_is_answered_or_refused(  # noqa: PLR0917
    plan: Any, query: bytes, content_type: str, body: bytes, token: str, cookie: str, id: str, method: str
) -> None:
    request = make_request(
        method,
        query,
        headers=[("content-type", content_type), ("x-token", token), ("cookie", cookie)],
        content=body,
        params=(id,),
    )
    outcome: Response | HTTPError
    try:
        outcome = asyncio.run(plan(request))
    except HTTPError as error:
        outcome = error
    assert outcome.status in {200, 400, 413, 415, 422}
    if isinstance(outcome, RequestInvalid):
        assert 1 <= len(outcome.errors) <= 50


def test_refusing_keeps_nothing() -> None:
    plan = plan_of(everything, {"id": str})

    async def refuse(times: int) -> None:
        for i in range(times):
            with pytest.raises(RequestInvalid):
                await plan(
                    make_request(query=f"page=x{i}", headers={"content-type": "application/json"}, params=("x",))
                )

    asyncio.run(refuse(300))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    asyncio.run(refuse(300))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 50_000
