from __future__ import annotations

from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import UsageError
from rooftree.http import Response, cookie_line, parse_cookies

names = st.text("abcXYZ09!#$%&'*+-.^_`|~", min_size=1)


@pytest.mark.parametrize(
    ("lines", "cookies"),
    [
        ([], {}),
        ([b"a=1"], {"a": "1"}),
        ([b"a=1; b=2"], {"a": "1", "b": "2"}),
        ([b"a=1;b=2;;"], {"a": "1", "b": "2"}),
        ([b"a=1; a=2"], {"a": "1"}),
        ([b"a=1", b"b=2"], {"a": "1", "b": "2"}),  # HTTP/2 may send several
        ([b"\t a = 1 \t"], {"a": "1"}),
        ([b'a="1"; b="'], {"a": "1", "b": '"'}),
        ([b"a=1%3B2; b=%zz; c=%FF"], {"a": "1;2", "b": "%zz", "c": "%FF"}),
        ([b"a; =b; c=d"], {"c": "d"}),
        ([b"a=b=c"], {"a": "b=c"}),
        (["a=ü".encode()], {"a": "ü"}),
        ([b"a=\xfc"], {"a": "ü"}),
        ([b'a="b; c=d"'], {"a": '"b', "c": 'd"'}),  # quotes do not hide a separator, as in browsers
    ],
)
def test_parses(lines: list[bytes], cookies: dict[str, str]) -> None:
    assert parse_cookies([(b"host", b"x"), *((b"cookie", line) for line in lines)]) == cookies


def test_only_so_many_are_read() -> None:
    line = b";".join(b"c%d=1" % i for i in range(200))
    assert len(parse_cookies([(b"cookie", line), (b"cookie", line.replace(b"c", b"d"))])) == 256


def test_the_defaults_are_safe() -> None:
    assert cookie_line("a", "b") == b"a=b; Path=/; HttpOnly; SameSite=Lax; Secure"


def test_every_attribute() -> None:
    line = cookie_line(
        "a",
        "b",
        max_age=60,
        expires=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        path="/x",
        domain="example.org",
        secure=True,
        http_only=False,
        same_site="none",
        partitioned=True,
    )
    assert line == (
        b"a=b; Max-Age=60; Expires=Wed, 02 Jan 2030 03:04:05 GMT; Domain=example.org; Path=/x; SameSite=None; "
        b"Partitioned; Secure"
    )
    assert cookie_line("a", "", same_site=None, secure=False, expires=0) == (
        b"a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly"
    )


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a b", {}, "[U301] The cookie name 'a b' is not a token. Use letters, digits, '-', '_' and '.'."),
        ("a\r\n", {}, "[U301] The cookie name 'a\\r\\n' is not a token. Use letters, digits, '-', '_' and '.'."),
        ("", {}, "[U301] The cookie name '' is not a token. Use letters, digits, '-', '_' and '.'."),
        (
            "a",
            {"path": "/;b"},
            (
                "[U302] The path '/;b' of cookie 'a' is not a path. Start it with '/' and leave out ';' and control "
                "characters."
            ),
        ),
        (
            "a",
            {"domain": "x; Secure"},
            "[U302] The domain 'x; Secure' of cookie 'a' is not a host name. Use ASCII labels.",
        ),
        (
            "a",
            {"same_site": "Lax\r\n"},
            (
                "[U302] The same_site 'Lax\\r\\n' of cookie 'a' is none of 'lax', 'strict', 'none'. "
                "Choose one of these, "
                "or None."
            ),
        ),
        (
            "a",
            {"expires": datetime(2030, 1, 1)},  # noqa: DTZ001 - the mistake that is meant
            (
                "[U302] The time at which cookie 'a' ends has no time zone: datetime.datetime(2030, 1, 1, 0, 0). "
                "Use datetime.now(UTC) + ..., or max_age=."
            ),
        ),
        (
            "__Secure-a",
            {"secure": False},
            (
                "[U303] The cookie '__Secure-a' has secure=False, but __Secure- promises that it "
                "travels over HTTPS only. "
                "Drop secure=False."
            ),
        ),
        (
            "__host-a",
            {"secure": False},
            (
                "[U303] The cookie '__host-a' has secure=False, but __Host- promises that it travels over HTTPS only. "
                "Drop secure=False."
            ),
        ),
        (
            "a",
            {"secure": False, "same_site": "none"},
            (
                "[U303] The cookie 'a' has secure=False, but same_site='none' promises that it "
                "travels over HTTPS only. "
                "Drop secure=False."
            ),
        ),
        (
            "a",
            {"secure": False, "partitioned": True},
            (
                "[U303] The cookie 'a' has secure=False, but partitioned promises that it travels over HTTPS only. "
                "Drop secure=False."
            ),
        ),
        (
            "__Host-a",
            {"domain": "example.org"},
            (
                "[U303] The cookie '__Host-a' has a domain or a path, but __Host- promises one host and the path '/'. "
                "Drop domain= and path=, or the prefix."
            ),
        ),
        (
            "__Host-a",
            {"path": "/x"},
            (
                "[U303] The cookie '__Host-a' has a domain or a path, but __Host- promises one host and the path '/'. "
                "Drop domain= and path=, or the prefix."
            ),
        ),
    ],
)
def test_what_browsers_refuse_is_refused_here(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        cookie_line(name, "", **options)
    assert str(caught.value) == message


def test_a_value_that_browsers_would_drop_is_refused() -> None:
    assert cookie_line("a", "x" * 4094)
    with pytest.raises(UsageError) as caught:
        cookie_line("a", "x" * 4095)
    assert str(caught.value) == (
        "[U304] The cookie 'a' has 4097 bytes, browsers keep at most 4096. "
        "Keep the data on the server and a key to it in the cookie."
    )


@given(names, st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_comes_back(name: str, value: str) -> None:
    line = cookie_line(name, value)
    pair, *attributes = line.split(b"; ")
    assert attributes == [b"Path=/", b"HttpOnly", b"SameSite=Lax", b"Secure"]
    assert parse_cookies([(b"cookie", b"other=1; " + pair)])[name] == value
    assert b"\r" not in line
    assert b"\n" not in line


@given(st.text(max_size=100))
def test_text_that_is_no_unicode_harms_nothing(value: str) -> None:
    assert cookie_line("a", value).isascii()


@given(st.binary())
def test_bytes_of_any_kind_are_parsed(line: bytes) -> None:
    for name, value in parse_cookies([(b"cookie", line)]).items():
        assert name
        assert ";" not in name
        assert isinstance(value, str)


def test_the_standard_library_reads_what_is_set() -> None:
    jar = SimpleCookie(cookie_line("a", "b c", max_age=3).decode())
    assert (jar["a"].value, jar["a"]["max-age"], jar["a"]["samesite"]) == ("b%20c", "3", "Lax")


def test_a_response_sets_and_deletes() -> None:
    response = Response(b"")
    response.set_cookie("a", "1")
    response.delete_cookie("b", path="/x")
    assert response.headers.get_all("Set-Cookie") == [
        "a=1; Path=/; HttpOnly; SameSite=Lax; Secure",
        "b=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/x; HttpOnly; SameSite=Lax; Secure",
    ]


def test_only_what_nobody_decided_is_loosened() -> None:
    response = Response(b"")
    response.loosen_cookies()
    assert response.own_headers is None
    response.headers["x-a"] = "1"
    response.set_cookie("a", "1")
    response.set_cookie("b", "1", secure=True)
    response.set_cookie("__Host-c", "1")
    response.set_cookie("d", "1", same_site="none")
    response.set_cookie("e", "1", partitioned=True)
    response.loosen_cookies()
    secure = {line.partition("=")[0]: line.endswith("Secure") for line in response.headers.get_all("set-cookie")}
    assert secure == {"a": False, "b": True, "__Host-c": True, "d": True, "e": True}
