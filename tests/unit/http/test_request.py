from __future__ import annotations

import os
from typing import Any

import pytest

from rooftree.base import ClientDisconnected, HTTPError, PayloadTooLarge, RequestInvalid
from rooftree.http import ConnectionInfo, Fields, Request, TrustedProxies
from tests.unit.http.making import Arriving, make_request

TRUSTED = ConnectionInfo("http", ("127.0.0.1", 1), None, TrustedProxies(["*"]))


def test_the_parts_of_a_request() -> None:
    request = make_request(
        "POST", b"/a%20b/%2F", b"x=1&y=a+b", [(b"cookie", b"a=1"), (b"content-type", b"Text/Plain; x")]
    )
    assert request.path == "/a b//"
    assert request.query == {"x": ["1"], "y": ["a b"]}
    assert request.query is request.query
    assert request.cookies == {"a": "1"}
    assert request.cookies is request.cookies
    assert request.headers["cookie"] == "a=1"
    assert request.headers is request.headers
    assert request.content_type == "text/plain"
    assert request.url == "http://example.org/a%20b/%2F?x=1&y=a+b"
    assert (request.scheme, request.host, request.client) == ("http", "example.org", ("203.0.113.9", 4711))
    assert request.prefix == ""
    request.state["a"] = 1
    assert request.state == {"a": 1}
    assert repr(request) == "<Request POST /a%20b/%2F>"


def test_cookies_of_the_same_fields_are_read_once_and_are_each_requests_own() -> None:
    fields = Fields([(b"cookie", b"a=1")])
    first, second = (Request("GET", b"/", b"", fields, b"localhost", ConnectionInfo()) for _ in range(2))
    first.cookies["a"] = "changed"
    assert second.cookies == {"a": "1"}


def test_without_a_query_or_a_type() -> None:
    request = make_request()
    assert (request.url, request.content_type, request.query) == ("http://example.org/", "", {})


def test_each_request_has_an_id_of_its_own() -> None:
    first, second = make_request(), make_request()
    assert first.id == first.id
    assert first.id != second.id
    assert first.id[:12] == second.id[:12]
    assert first.id.isalnum()


def test_ids_of_another_process_begin_otherwise() -> None:
    here = make_request().id
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, make_request().id.encode())
        os._exit(0)
    os.waitpid(child, 0)
    there = os.read(reader, 100).decode()
    os.close(reader)
    os.close(writer)
    assert len(there) == len(here)
    assert there[:12] != here[:12]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-1.2_3", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("", False),
        ("a b", False),
        ("ü", False),
        ("a\t", False),
    ],
)
def test_an_id_is_taken_from_a_trusted_proxy(given: str, kept: bool) -> None:
    headers = [(b"x-request-id", given.encode("latin-1"))]
    assert (make_request(headers=headers, connection=TRUSTED).id == given) is kept
    assert make_request(headers=headers).id != given


async def test_a_body_that_came_along() -> None:
    request = make_request(content=b'{"a": 1}')
    assert await request.body() == b'{"a": 1}'
    assert await request.text() == '{"a": 1}'
    assert await request.json() == {"a": 1}
    assert [part async for part in request.stream()] == [b'{"a": 1}']
    assert [part async for part in make_request().stream()] == []


@pytest.mark.parametrize("parts", [[], [b"abc"], [b"a", b"b", b"c"]])
async def test_a_body_that_arrives(parts: list[bytes]) -> None:
    request = make_request(arriving=Arriving(parts))
    assert await request.body() == b"".join(parts)
    assert await request.body() == b"".join(parts)  # again


async def test_a_stream_is_read_once() -> None:
    request = make_request(arriving=Arriving([b"a", b"b"]))
    assert [part async for part in request.stream()] == [b"a", b"b"]
    with pytest.raises(RuntimeError, match=r"The body of this request was already read as a stream\."):
        await request.body()


async def test_a_body_that_is_too_large() -> None:
    for request in (
        make_request(content=b"abcd", max_body=3),
        make_request(arriving=Arriving([b"ab", b"cd"]), max_body=3),
    ):
        with pytest.raises(PayloadTooLarge) as caught:
            await request.body()
        assert (caught.value.status, caught.value.limit) == (413, 3)
    with pytest.raises(PayloadTooLarge):
        [part async for part in make_request(content=b"abcd", max_body=3).stream()]
    assert await make_request(content=b"abc", max_body=3).body() == b"abc"


async def test_a_body_that_is_announced_as_too_large_is_not_waited_for() -> None:
    for length, taken in (
        (b"4", False),
        (b"9" * 19, False),
        (b"3", True),
        (b"9" * 20, True),
        (b"odd", True),
    ):
        arriving = Arriving([b"abc"])
        headers = [(b"content-type", b"text/plain"), (b"content-length", length)]
        request = make_request(headers=headers, arriving=arriving, max_body=3)
        if taken:  # what the server let through is counted as it comes
            assert await request.body() == b"abc"
        else:
            with pytest.raises(PayloadTooLarge):
                await request.body()
            assert await arriving.receive() == b"abc", "nothing was asked for"


async def test_a_client_that_goes_away() -> None:
    with pytest.raises(ClientDisconnected):
        await make_request(arriving=Arriving([b"a"], cut=True)).body()


async def test_a_body_that_cannot_be_read() -> None:
    with pytest.raises(RequestInvalid) as caught:
        await make_request(content=b"ab\xff").text()
    assert caught.value.status == 400
    assert caught.value.errors[0].message == "Expected UTF-8 text, got the byte 0xff at position 2"
    for content in (b"{", b"", b"\xff", b'"\xff"', b"[" * 100_000):
        with pytest.raises(RequestInvalid) as caught:
            await make_request(content=content).json()
        assert (caught.value.status, caught.value.errors[0].code) == (400, "json")


async def test_a_form_is_read_once() -> None:
    request = make_request(
        "POST", headers=[(b"content-type", b"application/x-www-form-urlencoded")], content=b"a=1&a=2"
    )
    form = await request.form()
    assert form.fields == {"a": ["1", "2"]}
    assert await request.form() is form
    await request.aclose()
    await make_request().aclose()


async def test_no_form() -> None:
    for headers, named in (([], "no Content-Type"), ([(b"content-type", b"application/json")], "application/json")):
        with pytest.raises(HTTPError) as caught:
            await make_request("POST", headers=headers, content=b"{}").form()
        assert caught.value.status == 415
        assert caught.value.detail == (
            f"Expected a form as application/x-www-form-urlencoded or multipart/form-data, got {named}."
        )
        assert caught.value.headers == {"accept": "application/x-www-form-urlencoded, multipart/form-data"}


async def test_a_form_of_nothing() -> None:
    form = await make_request("POST", content=b"").form()
    assert form.fields == {}
    assert form.files == {}


def test_requests_are_themselves() -> None:
    first, second = make_request(), make_request()
    assert first != second
    assert len({first, second}) == 2


def test_the_defaults_of_a_connection() -> None:
    connection = ConnectionInfo()
    seen: tuple[Any, ...] = (connection.scheme, connection.client, connection.server, connection.trusted)
    assert seen == ("http", None, None, None)
    assert Request("GET", b"/", b"", Fields([]), b"", connection).max_body == 2 * 1024 * 1024
