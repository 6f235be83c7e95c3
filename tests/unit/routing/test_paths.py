from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.http import ConnectionInfo, Fields, Request
from rooftree.routing.paths import (
    MAX_PATH,
    MAX_SEGMENTS,
    join_segments,
    quote_path,
    quote_segment,
    redirect_url,
    segments_of,
)


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        (b"/", [""]),
        (b"/a/b", ["a", "b"]),
        (b"/a/b/", ["a", "b", ""]),
        (b"/a%2Fb/c", ["a/b", "c"]),
        (b"/a%2fb", ["a/b"]),
        (b"/caf%C3%A9", ["café"]),
        (b"/%7Euser/%61", ["~user", "a"]),
        (b"/a+b", ["a+b"]),
        (b"/.well-known/x.json", [".well-known", "x.json"]),
        (b"/...", ["..."]),
        (b"/%25", ["%"]),
        (b"/%2541", ["%41"]),
        (b"/a\tb", ["a\tb"]),
        (b"/" + b"a" * (MAX_PATH - 1), ["a" * (MAX_PATH - 1)]),
        (b"/a" * MAX_SEGMENTS, ["a"] * MAX_SEGMENTS),
    ],
)
def test_a_path_is_split_before_it_is_decoded(raw: bytes, segments: list[str]) -> None:
    assert segments_of(raw) == segments


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"*",
        b"a/b",
        b"a.b",
        b"//",
        b"//evil",
        b"/a//b",
        b"/a//",
        b"/.",
        b"/./a",
        b"/a/..",
        b"/a/../b",
        b"/a/%2e%2e/b",
        b"/a/.%2E/b",
        b"/%2e",
        b"/a%00b",
        b"/a%0Ab",
        b"/a%0db",
        b"/a\0b",
        b"/a\rb",
        b"/a\nb",
        b"/%",
        b"/%4",
        b"/%zz",
        b"/%c3%28",
        b"/%ff",
        b"/%ed%a0%80",
        b"/caf\xc3\xa9",
        b"/" + b"a" * MAX_PATH,
        b"/a" * (MAX_SEGMENTS + 1),
    ],
)
def test_paths_that_name_nothing(raw: bytes) -> None:
    assert segments_of(raw) is None


def test_empty_segments_pass_for_mounts_only() -> None:
    assert segments_of(b"/a//b", empty=True) == ["a", "", "b"]
    assert segments_of(b"//a", empty=True) == ["", "a"]
    assert segments_of(b"/a//../b", empty=True) is None


segment = st.text(min_size=1).filter(lambda text: text not in {".", ".."} and not {"\0", "\r", "\n"} & {*text})


@given(st.lists(segment, min_size=1, max_size=5))
def test_segments_come_back_from_their_canonical_path(segments: list[str]) -> None:
    path = join_segments(segments)
    assert path.isascii()
    assert "\\" not in path
    assert not path.startswith("//")
    assert segments_of(path.encode()) == segments


@given(st.binary(max_size=60))
def test_no_bytes_get_an_odd_segment_through(raw: bytes) -> None:
    segments = segments_of(b"/" + raw)
    if segments is not None:
        assert "" not in segments[:-1]
        assert "." not in segments
        assert ".." not in segments
        assert not {"\0", "\r", "\n"} & {*"".join(segments)}


def test_quoting_keeps_what_a_path_may_hold() -> None:
    assert quote_segment("a/b c;v=1,2:@!$&'()*+~é\\") == "a%2Fb%20c;v=1,2:@!$&'()*+~%C3%A9%5C"
    assert quote_path("a/b c") == "a/b%20c"


def request(query: bytes, root_path: str = "") -> Request:
    return Request("GET", b"/x/", query, Fields([]), b"example.org", ConnectionInfo(), root_path=root_path)


@pytest.mark.parametrize(
    ("query", "root_path", "location"),
    [
        (b"", "", "/x"),
        (b"a=1&b=%20", "", "/x?a=1&b=%20"),
        (b"", "/shop é", "/shop%20%C3%A9/x"),
        (b"u=https://e.org/?a[]=1", "", "/x?u=https://e.org/?a%5B%5D=1"),
        (b'a=\r\nset-cookie: x\xff#"<>\\^`{|}', "", "/x?a=%0D%0Aset-cookie:%20x%FF%23%22%3C%3E%5C%5E%60%7B%7C%7D"),
    ],
)
def test_a_redirect_keeps_the_query_and_nothing_that_breaks_a_header(
    query: bytes, root_path: str, location: str
) -> None:
    assert redirect_url(request(query, root_path), "/x") == location
