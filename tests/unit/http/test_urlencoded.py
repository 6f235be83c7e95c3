from __future__ import annotations

from contextlib import suppress
from typing import Literal
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import RequestInvalid
from rooftree.http import parse_urlencoded

texts = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"", {}),
        (b"a=1", {"a": ["1"]}),
        (b"a=1&b=2&a=3", {"a": ["1", "3"], "b": ["2"]}),
        (b"a", {"a": [""]}),
        (b"a=", {"a": [""]}),
        (b"=a", {"": ["a"]}),
        (b"&&a=1&", {"a": ["1"]}),
        (b"=x&&y=1", {"": ["x"], "y": ["1"]}),
        (b"a=b=c", {"a": ["b=c"]}),
        (b"a+b=c+d", {"a b": ["c d"]}),
        (b"a%2Bb=%26%3D", {"a+b": ["&="]}),
        (b"a=1;b=2", {"a": ["1;b=2"]}),  # WHATWG: only & separates
        (b"n=J%C3%BCrgen", {"n": ["Jürgen"]}),
        ("n=Jürgen".encode(), {"n": ["Jürgen"]}),
        (b"n=%C3\xbc", {"n": ["ü"]}),  # half of it encoded
        (b"a=%&b=%2&c=%zz&d=%2g", {"a": ["%"], "b": ["%2"], "c": ["%zz"], "d": ["%2g"]}),
        (b"?a=1", {"?a": ["1"]}),
        (b"a=%00", {"a": ["\0"]}),
    ],
)
def test_parses_as_browsers_write(data: bytes, fields: dict[str, list[str]]) -> None:
    assert parse_urlencoded(data) == fields


@pytest.mark.parametrize("data", [b"a=1&b=%FF", b"a=1&b=\xff", b"a=1&b=%C3", b"a=1&b=%ED%A0%80", b"a=1&b=%C0%AF"])
@pytest.mark.parametrize("where", ["query", "form"])
def test_what_is_not_utf8_is_refused(data: bytes, where: Literal["query", "form"]) -> None:
    with pytest.raises(RequestInvalid) as caught:
        parse_urlencoded(data, where=where)
    assert caught.value.status == 400
    (error,) = caught.value.errors
    assert (error.where, error.path, error.code) == (where, ("b",), "utf8")
    assert error.message == "Expected percent-encoded UTF-8 text"


def test_too_many_fields_are_refused() -> None:
    assert len(parse_urlencoded(b"&".join(b"%d=" % i for i in range(1000)))) == 1000
    with pytest.raises(RequestInvalid) as caught:
        parse_urlencoded(b"&" * 1000)
    (error,) = caught.value.errors
    assert (caught.value.status, error.code, error.params) == (400, "too_many", {"limit": 1000})
    assert error.message == "Expected at most 1000 fields"


def test_a_field_that_is_too_long_is_refused() -> None:
    assert parse_urlencoded(b"a=123&b=1", max_field_size=5) == {"a": ["123"], "b": ["1"]}
    with pytest.raises(RequestInvalid) as caught:
        parse_urlencoded(b"a=1&b=1234", max_field_size=5)
    (error,) = caught.value.errors
    assert (error.path, error.code, error.message) == (("b",), "too_long", "Expected at most 5 bytes")


@given(st.lists(st.tuples(texts, texts), max_size=20), st.booleans())
def test_what_was_encoded_comes_back(pairs: list[tuple[str, str]], plus: bool) -> None:
    data = urlencode(pairs, quote_via=quote_plus if plus else quote).encode()
    expected: dict[str, list[str]] = {}
    for name, value in pairs:
        expected.setdefault(name, []).append(value)
    assert parse_urlencoded(data) == expected


@given(st.binary() | st.text("%&=+aF0;").map(str.encode))
def test_bytes_of_any_kind_are_parsed_or_refused(data: bytes) -> None:
    fields: dict[str, list[str]] = {}
    with suppress(RequestInvalid):
        fields = parse_urlencoded(data, max_fields=5, max_field_size=10)
    assert sum(map(len, fields.values())) <= 5
