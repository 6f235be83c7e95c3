from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.http import http_date, parse_http_date

LAST = 253402300799


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777),
        (" Sun, 06 Nov 1994 08:49:37 GMT\t", 784111777),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
        ("Sun Nov  6 08:49:37 1994", 784111777),
        ("Thu Nov 16 08:49:37 1994", 784975777),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LAST),
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800),  # a leap second
        ("Thu, 29 Feb 2024 00:00:00 GMT", 1709164800),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("Sun, 06 Nov 1994 08:49:37 +0100", None),
        ("Sun, 06 Nox 1994 08:49:37 GMT", None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("Sun, 00 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 0000 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 24:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:60:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:61 GMT", None),
        ("Sun, ٠٦ Nov 1994 08:49:37 GMT", None),
        ("1994-11-06T08:49:37Z", None),
        ("", None),
    ],
)
def test_parses_the_three_forms(text: str, seconds: int | None) -> None:
    assert parse_http_date(text) == seconds


def test_a_year_of_two_digits_is_never_far_ahead() -> None:
    this = time.gmtime().tm_year
    near = parse_http_date(f"Sunday, 06-Nov-{(this + 50) % 100:02d} 08:49:37 GMT")
    far = parse_http_date(f"Sunday, 06-Nov-{(this + 51) % 100:02d} 08:49:37 GMT")
    assert near is not None
    assert far is not None
    assert far < near


@given(st.integers(0, LAST))
def test_what_is_written_is_read(seconds: int) -> None:
    assert parse_http_date(http_date(seconds)) == seconds


@given(st.integers(0, 2**31))
def test_the_standard_library_writes_the_same(seconds: int) -> None:
    assert http_date(seconds) == formatdate(seconds, usegmt=True)


def test_what_no_date_can_say_is_the_nearest_one() -> None:
    assert http_date(-5) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert http_date(1e15) == "Fri, 31 Dec 9999 23:59:59 GMT"
    assert http_date(0.9) == "Thu, 01 Jan 1970 00:00:00 GMT"


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT"))
def test_text_of_any_kind_is_a_date_or_none(text: str) -> None:
    parsed = parse_http_date(text)
    assert parsed is None or isinstance(parsed, int)
