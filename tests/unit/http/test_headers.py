from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.http import Fields, Headers, ResponseHeaders

RAW = [(b"host", b"example.org"), (b"accept", b"a"), (b"accept", b"b"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]


def test_request_headers_by_name() -> None:
    headers = Headers(RAW)
    assert headers["Host"] == "example.org"
    assert headers["ACCEPT"] == "a, b"
    assert headers["cookie"] == "a=1; b=2"
    assert headers.get_all("accept") == ["a", "b"]
    assert headers.get("missing") is None
    assert "accept" in headers
    assert "x" not in headers
    nothing: object = 5
    assert nothing not in headers
    assert list(headers) == ["host", "accept", "cookie"]
    assert len(headers) == 3
    with pytest.raises(KeyError, match="missing"):
        headers["missing"]


def test_secrets_are_not_shown() -> None:
    shown = repr(Headers([*RAW, (b"authorization", b"Bearer secret"), (b"proxy-authorization", b"secret")]))
    assert shown == (
        "Headers({'host': 'example.org', 'accept': 'b', 'cookie': '***', 'authorization': '***', "
        "'proxy-authorization': '***'})"
    )


def test_response_headers() -> None:
    headers = ResponseHeaders({"X-A": "1"})
    headers["x-a"] = "2"
    headers.add("X-A", "3")
    headers.setdefault("x-a", "4")
    headers.setdefault("x-b", "5")
    assert headers["X-a"] == "2, 3"
    assert headers.get("x-b") == "5"
    assert headers.get("x-c") is None
    assert headers.get("x-c", "d") == "d"
    assert headers.get_all("x-a") == ["2", "3"]
    assert list(headers) == ["x-a", "x-b"]
    assert len(headers) == 3
    assert "x-A" in headers
    headers.remove("X-A")
    assert headers.pairs == [(b"x-b", b"5")]
    with pytest.raises(KeyError):
        headers["x-a"]
    assert repr(headers) == "ResponseHeaders([('x-b', '5')])"
    assert ResponseHeaders().pairs == []


def test_vary_names_each_header_once() -> None:
    headers = ResponseHeaders()
    headers.vary("Accept")
    headers.vary("accept")
    headers.vary("Origin")
    assert headers["vary"] == "Accept, Origin"
    headers["vary"] = "*"
    headers.vary("Accept")
    assert headers["vary"] == "*"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ü", "a\0", "-", "a/b"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    message = f"{name!r} is not a header name: use letters, digits, '-', '_' and '.'."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ResponseHeaders({name: "x"})


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=c", "a\n", "a\r", "a\0", "\x7f", "\x1b[0m"])
def test_a_value_cannot_begin_another_header(value: str) -> None:
    message = f"The value of header 'x-a' holds a control character: {value!r}. Remove or encode it."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ResponseHeaders().add("x-a", value)


def test_a_value_must_be_latin_1() -> None:
    with pytest.raises(ValueError, match=r"The value of header 'x-a' is not Latin-1: '€'\. Percent-encode it\."):
        ResponseHeaders().add("x-a", "€")
    headers = ResponseHeaders({"x-a": "ü\tb"})
    assert headers["x-a"] == "ü\tb"


@given(st.text(), st.text())
def test_no_text_breaks_out(name: str, value: str) -> None:
    headers = ResponseHeaders()
    try:
        headers[name] = value
    except ValueError:
        assert headers.pairs == []
    for pair in headers.pairs:
        line = b"%b: %b" % pair
        assert not set(line) & {0, 10, 13}


@pytest.mark.parametrize(
    ("pairs", "sender"),
    [
        ([], "program"),
        ([(b"accept", b"*/*")], "program"),
        ([(b"authorization", b"Bearer abc")], "program"),
        ([(b"authorization", b"Basic abc")], "unknown"),
        ([(b"cookie", b"a=b")], "unknown"),
        ([(b"cookie", b"a=b"), (b"sec-fetch-site", b"same-origin")], "own page"),
        ([(b"sec-fetch-site", b"none"), (b"cookie", b"a=b")], "own page"),
        ([(b"sec-fetch-site", b"cross-site")], "unknown"),
    ],
)
def test_who_sends_a_request(pairs: list[tuple[bytes, bytes]], sender: str) -> None:
    assert Fields(pairs).find_sender() == sender


def test_the_names_that_there_are() -> None:
    fields = Fields(RAW)
    assert fields.find_names() is fields.names
    assert fields.names == {b"host", b"accept", b"cookie"}
