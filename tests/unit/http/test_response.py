from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from rooftree.base import UsageError
from rooftree.http import SWITCHED, LazyResponse, Response, WebSocketClosed, reason_of, start_of
from tests.unit.http.making import content_of, make_request


def test_the_defaults() -> None:
    response = Response(b"x")
    assert (response.body, response.status, response.media_type) == (b"x", 200, "application/octet-stream")
    assert (response.lines, response.length, response.after, response.own_headers) == (b"", None, None, None)
    assert repr(response) == "<Response 200 application/octet-stream>"
    assert SWITCHED.status == 101


def test_headers_are_made_on_first_use() -> None:
    response = Response(headers={"x-a": "1"})
    assert response.own_headers == [(b"x-a", b"1")]
    response = Response()
    response.headers["x-b"] = "2"
    assert response.own_headers == [(b"x-b", b"2")]


def test_work_for_afterwards_is_collected() -> None:
    async def work() -> None: ...

    response = Response()
    response.run_after(work)
    response.run_after(work)
    assert response.after == [work, work]


@pytest.mark.parametrize(
    ("status", "media_type", "start"),
    [
        (200, "text/plain", b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"),
        (204, None, b"HTTP/1.1 204 No Content\r\n"),
        (299, None, b"HTTP/1.1 299 \r\n"),
    ],
)
def test_the_start_of_an_answer(status: int, media_type: str | None, start: bytes) -> None:
    assert start_of(status, media_type) == start


def test_a_media_type_cannot_begin_another_header() -> None:
    with pytest.raises(ValueError, match=r"holds a control character\. Remove it\."):
        start_of(200, "text/plain\r\nset-cookie: a=b")


def test_reasons() -> None:
    assert reason_of(404) == "Not Found"
    assert reason_of(422) == "Unprocessable Content"  # whatever the version of Python
    assert reason_of(413) == "Content Too Large"
    assert reason_of(599) == ""


async def test_ending_a_stream_runs_its_finally() -> None:
    ended: list[str] = []

    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            yield b"b"
        finally:
            ended.append("ended")

    response = Response(parts())
    assert not isinstance(response.body, bytes | str)
    assert await anext(aiter(response.body)) == b"a"
    await response.aclose()
    assert ended == ["ended"]
    await response.aclose()
    await Response(b"").aclose()
    assert await content_of(Response("ü")) == "ü".encode()


async def test_an_answer_that_waits_for_the_request_must_say_how() -> None:
    with pytest.raises(NotImplementedError):
        await LazyResponse().respond(make_request())


def test_what_a_closed_websocket_says() -> None:
    assert str(WebSocketClosed()) == "WebSocket closed with 1006"
    assert str(WebSocketClosed(1000, "bye")) == "WebSocket closed with 1000 bye"
    assert (WebSocketClosed(1000, "bye").code, WebSocketClosed(1000, "bye").reason) == (1000, "bye")


@pytest.mark.parametrize("body", [None, {"a": 1}, 7])
def test_a_body_is_bytes_text_or_a_stream(body: object) -> None:
    make: Any = Response
    with pytest.raises(UsageError) as error:
        make(body, 201)
    assert str(error.value) == (
        f"[U305] The body of an answer is bytes, str or an asynchronous iterable, not {type(body).__name__}. "
        "Return what the handler declares; data is sent as JSON when it is returned itself, or in Answer(...)."
    )

    class Text(str):
        __slots__ = ()

    assert make(Text("x")).body == "x"
