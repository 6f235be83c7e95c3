from __future__ import annotations

import pytest

from rooftree.http import Response
from rooftree.server.answer import KNOWN_HEADS, Head, head_of, known_heads, learn_head
from rooftree.server.refusal import bare_answer

DATE = b"date: now\r\n\r\n"


def head(
    response: Response, length: int | None, *, version: str = "1.1", keep: bool = True, only: bool = False
) -> Head:
    return head_of(response, length, version=version, keep_alive=keep, head_only=only, date=DATE)


def test_a_plain_head_is_learnt() -> None:
    known_heads.clear()
    start = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n"
    assert learn_head(200, "text/plain", 5) == start
    assert known_heads == {(200, "text/plain", 5): start}
    assert learn_head(204, "text/plain", 0) == b"HTTP/1.1 204 No Content\r\n"
    assert learn_head(204, "text/plain", 5) is None
    for length in range(3 * KNOWN_HEADS):
        learn_head(200, None, length)
    assert len(known_heads) <= KNOWN_HEADS


def test_the_application_frames_nothing() -> None:
    headers = {"Content-Length": "999", "Transfer-Encoding": "chunked", "Connection": "keep-alive", "X-Own": "1"}
    made = head(Response(b"", 200, None, headers), 5)
    assert made.data == b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-own: 1\r\ndate: now\r\n\r\n"
    assert not made.close


def test_lines_of_the_application_come_before_the_date_which_may_be_its_own() -> None:
    response = Response(b"", 200, "text/html", {"Date": "then", "Content-Type": "text/css"})
    response.lines = b"x-frame-options: DENY\r\n"
    assert head(response, 0).data == (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/css\r\ncontent-length: 0\r\nx-frame-options: DENY\r\ndate: then\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("version", "keep", "only", "line", "chunked"),
    [
        ("1.1", True, False, b"transfer-encoding: chunked\r\n", True),
        ("1.1", False, False, b"transfer-encoding: chunked\r\nconnection: close\r\n", True),
        ("1.0", True, False, b"connection: close\r\n", False),
        ("1.0", True, True, b"connection: keep-alive\r\n", False),
        ("1.1", True, True, b"transfer-encoding: chunked\r\n", True),
    ],
)
def test_a_body_of_unknown_length(version: str, keep: bool, only: bool, line: bytes, chunked: bool) -> None:
    made = head(Response(b"", 200, None), None, version=version, keep=keep, only=only)
    assert made.data == b"HTTP/1.1 200 OK\r\n" + line + DATE
    assert (made.close, made.chunked, made.bodiless) == (b"close" in line, chunked, only)


def test_head_may_say_the_length_of_what_get_would_send() -> None:
    made = head(Response(b"", 200, None, {"content-length": "1234"}), 0, only=True)
    assert b"content-length: 1234\r\n" in made.data
    assert b"content-length: 0\r\n" in head(Response(b"", 200, None, {"content-length": "-1"}), 0, only=True).data


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body(status: int) -> None:
    made = head(Response(b"x", status, "text/plain", {"Content-Type": "text/css", "ETag": '"1"'}), 1)
    assert made.bodiless
    assert b"content" not in made.data.split(b"\r\n", 1)[1]
    assert b'etag: "1"' in made.data


def test_a_bare_answer_closes() -> None:
    assert bare_answer(400, "No.", DATE, b"x: 1\r\n") == (
        b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncontent-length: 72\r\n"
        b"connection: close\r\nx: 1\r\ndate: now\r\n\r\n"
        b'{"type":"about:blank","title":"Bad Request","status":400,"detail":"No."}'
    )
