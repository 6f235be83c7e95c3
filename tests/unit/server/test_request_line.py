from __future__ import annotations

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rooftree.server.refusal import Refused
from rooftree.server.request_line import (
    KNOWN_HOSTS,
    KNOWN_LINES,
    check_host,
    known_hosts,
    known_lines,
    plain_line,
    refusal_of_line,
    refusal_of_size,
    request_line,
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET / HTTP/1.1", ("GET", b"/", b"", "1.1", False, None)),
        (b"GET /a?b=c?d HTTP/1.1", ("GET", b"/a", b"b=c?d", "1.1", False, None)),
        (b"HEAD /%7E HTTP/1.1", ("HEAD", b"/%7E", b"", "1.1", True, None)),
        (b"GET / HTTP/1.0", ("GET", b"/", b"", "1.0", True, None)),
        (b"OPTIONS * HTTP/1.1", ("OPTIONS", b"*", b"", "1.1", False, None)),
        (b"GET http://a.b:80/c?d HTTP/1.1", ("GET", b"/c", b"d", "1.1", False, b"a.b:80")),
        (b"GET HTTPS://a.b HTTP/1.1", ("GET", b"/", b"", "1.1", False, b"a.b")),
        (b"GET http://a.b?d HTTP/1.1", ("GET", b"/", b"d", "1.1", False, b"a.b")),
        (b"GET //double HTTP/1.1", ("GET", b"//double", b"", "1.1", False, None)),
    ],
)
def test_a_line_is_read_and_known_from_then_on(line: bytes, expected: tuple[object, ...]) -> None:
    known_lines.clear()
    assert request_line(line, 100) == expected
    assert known_lines.get(line) == (expected[:3] if expected[3:] == ("1.1", False, None) else None)


PIECES = st.sampled_from([
    b"GET", b"POST", b"HEAD", b"get", b" ", b"  ", b"/", b"a", b"?", b"=", b"&", b"%20", b"%0d", b"%", b"\r\n", b"\n",
    b"\0", b"|", b"^", b"{", b"`",
    b"\t", b"\xff", b"#", b"\\", b"[", b"http://a", b"*", b" HTTP/1.1", b" HTTP/1.0", b":", b"x" * 80,
])  # fmt: skip


@given(st.lists(PIECES, max_size=9).map(b"".join))
@example(b"GET /a?b=%20 HTTP/1.1")
@example(b"GET /a\nHTTP/1.1")
@example(b"GET /%7f HTTP/1.1")
def test_a_plain_line_is_read_without_the_parser_as_with_it(line: bytes) -> None:
    known_lines.clear()
    plain = plain_line(line, 200)
    if plain is None:
        assert not known_lines
        return
    heard: list[bytes] = []

    class Heard:
        def on_url(self, url: bytes) -> None:
            heard.append(url)

    parser = httptools.HttpRequestParser(Heard())
    parser.feed_data(line + b"\r\nHost: a\r\n\r\n")
    assert b"".join(heard) == line.split(b" ")[1]
    assert (parser.get_method().decode(), parser.get_http_version()) == (plain[0], "1.1")
    assert known_lines.pop(line) == plain
    assert request_line(line, 200) == (*plain, "1.1", False, None)


@pytest.mark.parametrize("line", [b"GET /a?b=c?d HTTP/1.1", b"DELETE //x HTTP/1.1", b"OPTIONS /[a] HTTP/1.1"])
def test_a_plain_line_is_known_from_then_on(line: bytes) -> None:
    known_lines.clear()
    plain = plain_line(line, 100)
    assert plain is not None
    assert known_lines[line] == plain


@pytest.mark.parametrize(
    "line",
    [
        b"HEAD / HTTP/1.1",
        b"GET / HTTP/1.0",
        b"GET http://a/ HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET /%00 HTTP/1.1",
        b"BREW / HTTP/1.1",
        b"GET /" + b"a" * 90 + b" HTTP/1.1",
    ],
)
def test_a_line_that_is_not_plain_is_left_to_the_parser(line: bytes) -> None:
    assert plain_line(line, 100) is None


@pytest.mark.parametrize("target", [b"/a|b^c?d=e", rb"/?q={a|b}^`\\", b"/?text=one%0D%0Atwo%09three%7f"])
def test_what_browsers_leave_as_it_is_and_lines_of_a_text_in_a_query_are_taken(target: bytes) -> None:
    known_lines.clear()
    line = b"GET " + target + b" HTTP/1.1"
    path, _, query = target.partition(b"?")
    assert plain_line(line, 100) == ("GET", path, query)
    assert request_line(line, 100)[:3] == ("GET", path, query)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET  / HTTP/1.1", 400),
        (b"GET / HTTP/1.1 ", 400),
        (b"GET /", 400),
        (b"", 400),
        (b"GET / RTSP/1.0", 505),
        (b"GET / HTTP/2.0", 505),
        (b"GET /" + b"a" * 100 + b" HTTP/1.1", 414),
        (b"CONNECT a:80 HTTP/1.1", 501),
        (b"GET * HTTP/1.1", 400),
        (b"GET a/b HTTP/1.1", 400),
        (b"GET ftp://a/b HTTP/1.1", 400),
        (b"GET http://a?b/c HTTP/1.1", 400),
        (b"GET /%00 HTTP/1.1", 400),
        (b"GET /%0d%0A HTTP/1.1", 400),
        (b"GET /%7f HTTP/1.1", 400),
        (b"GET /a#b HTTP/1.1", 400),
        (b"GET /a\\b HTTP/1.1", 400),
        (b"GET /a`b HTTP/1.1", 400),
        (b"GET /?q=%00 HTTP/1.1", 400),
        (b'GET /?q="a" HTTP/1.1', 400),
        (b"GET /?q=a#b HTTP/1.1", 400),
        (b"GET /?q=\xc3\xa9 HTTP/1.1", 400),
        (b"GET /\xc3\xa9 HTTP/1.1", 400),
        (b"GET /\x00 HTTP/1.1", 400),
    ],
)
def test_a_line_that_breaks_the_rules_is_refused_and_not_kept(line: bytes, status: int) -> None:
    known_lines.clear()
    with pytest.raises(Refused) as raised:
        request_line(line, 100)
    assert raised.value.status == status
    assert not known_lines


def test_made_up_targets_do_not_fill_the_memory() -> None:
    known_lines.clear()
    for i in range(3 * KNOWN_LINES):
        request_line(b"GET /%d HTTP/1.1" % i, 100)
    assert len(known_lines) <= KNOWN_LINES
    known_lines.clear()
    request_line(b"GET /" + b"a" * 300 + b" HTTP/1.1", 1000)
    assert not known_lines


@pytest.mark.parametrize("host", [b"a", b"a.b:80", b"127.0.0.1:8000", b"[::1]:80", b"[2001:db8::1]", b"a_b", b"xn--a"])
def test_a_host_that_is_one(host: bytes) -> None:
    known_hosts.clear()
    assert check_host(host, "1.1") == host
    assert host in known_hosts


@pytest.mark.parametrize(
    "host",
    [b"", b"a b", b"a,b", b"user@a", b"a/b", b"a:b", b"a:", b"a:123456", b"[::1", b"::1", b"a" * 256, b"a?b", b"\xe4"],
)
def test_a_host_that_is_none(host: bytes) -> None:
    with pytest.raises(Refused) as raised:
        check_host(host, "1.1")
    assert raised.value.status == 400
    assert host not in known_hosts


def test_a_missing_host_is_for_http_1_0_alone() -> None:
    assert check_host(None, "1.0") == b""
    with pytest.raises(Refused, match="missing"):
        check_host(None, "1.1")


def test_made_up_hosts_do_not_fill_the_memory() -> None:
    for i in range(3 * KNOWN_HOSTS):
        check_host(b"h%d" % i, "1.1")
    assert len(known_hosts) <= KNOWN_HOSTS


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET / HTTP/9.9", 505),
        (b"GET /" + b"a" * 100 + b" HTTP/1.1", 414),
        (b"GET / HTTP/1.1", None),
        (b"get / HTTP/1.1", None),
        (b"\x16\x03\x01", None),
    ],
)
def test_why_llhttp_did_not_take_a_line(line: bytes, status: int | None) -> None:
    refused = refusal_of_line(line, 50)
    assert (refused.status if refused else None) == status


def test_what_a_head_that_is_too_long_deserves() -> None:
    assert refusal_of_size(b"GET / HTTP/1.1\r\nX: " + b"x" * 100, 50).status == 431
    assert refusal_of_size(b"GET /" + b"x" * 100, 50).status == 414
    assert refusal_of_size(b"X" * 100, 50).status == 400
