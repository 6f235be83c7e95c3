from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.http import accepted_encoding, accepted_language, accepted_type, quality_values


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("", ()),
        ("a", (("a", 1.0),)),
        ("a;q=0.5, B", (("b", 1.0), ("a", 0.5))),
        ("a;q=0.5,b;q=0.5", (("a", 0.5), ("b", 0.5))),
        ("text/html;level=1;q=0.3", (("text/html", 0.3),)),
        ("a ; Q = 0.125 ; x=y", (("a", 0.125),)),
        ("a;q=", (("a", 0.0),)),
        ("a;q=2", (("a", 0.0),)),
        ("a;q=1.001", (("a", 0.0),)),
        ("a;q=nan", (("a", 0.0),)),
        ("a;q=٠", (("a", 0.0),)),
        ("a;q=1.000", (("a", 1.0),)),
        ("a b,,;q=1, c", (("c", 1.0),)),
    ],
)
def test_quality_values(header: str, values: tuple[tuple[str, float], ...]) -> None:
    assert quality_values(header) == values


def test_only_so_many_entries_count() -> None:
    assert len(quality_values("a," * 100)) == 64


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        (";;;", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/msgpack", "application/msgpack"),
        ("application/json, application/msgpack", "application/json"),
        ("application/json;q=0.5, application/msgpack", "application/msgpack"),
        ("application/*;q=0.5, application/json;q=0.1", "application/msgpack"),
        ("application/json;q=0, */*", "application/msgpack"),
        ("text/html", None),
        ("application/json;q=0, application/msgpack;q=0", None),
    ],
)
def test_media_types(header: str | None, chosen: str | None) -> None:
    assert accepted_type(header, ["application/json", "application/msgpack"]) == chosen
    assert accepted_type(header, []) is None


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, None),
        ("", None),
        ("gzip", "gzip"),
        ("gzip, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "br"),
        ("identity", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=0", None),
        ("deflate", None),
        ("gzip;q=0.2, gzip", "gzip"),
    ],
)
def test_encodings(header: str | None, chosen: str | None) -> None:
    assert accepted_encoding(header, ["zstd", "br", "gzip"]) == chosen


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, None),
        ("", None),
        ("fr", None),
        ("de", "de"),
        ("de-CH", "de"),
        ("de-CH, en;q=0.9", "de"),
        ("en-GB", "en-GB"),
        ("en", "en-GB"),
        ("pt", "pt_BR"),
        ("pt-br", "pt_BR"),
        ("fr, *;q=0.1", "de"),
        ("*, de;q=0", "en-GB"),
        ("de;q=0", None),
        ("de-AT, de;q=0", None),
        ("xx-yy-zz, en-GB;q=0.1", "en-GB"),
    ],
)
def test_languages(header: str | None, chosen: str | None) -> None:
    assert accepted_language(header, ["de", "en-GB", "pt_BR"]) == chosen


def test_a_tag_that_is_no_language_costs_nothing() -> None:
    # each part is looked up without its end: of a thousand parts that would be a thousand copies of what is left
    assert accepted_language("de-" + "x-" * 31 + "x", ("en", "de")) is None
    assert accepted_language("de-" + "x-" * 7000 + "x, en", ("de", "en")) == "en"
    assert accepted_language("de-CH-x-a-b-c-d-e", ("en", "de")) == "de"


@given(st.text() | st.text("abz*/;q=01., -"))
def test_rubbish_chooses_an_offer_or_none(header: str) -> None:
    assert accepted_type(header, ["a/b", "c/d"]) in {"a/b", "c/d", None}
    assert accepted_encoding(header, ["a", "b"]) in {"a", "b", None}
    assert accepted_language(header, ["a", "b-z"]) in {"a", "b-z", None}
    assert all(0 <= quality <= 1 for _, quality in quality_values(header))
