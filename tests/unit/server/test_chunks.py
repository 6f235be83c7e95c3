"""The end of a body in chunks: found without looking into the chunks, however they are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.server.chunks import LONGEST_LINE, ChunkWalk


def ends(pieces: list[bytes]) -> tuple[int, bool]:
    """Walk through the pieces; return how many bytes belong to the body, and whether its end was found."""
    walk, passed = ChunkWalk(), 0
    for piece in pieces:
        taken = walk.end_in(piece)
        assert 0 <= taken <= len(piece)
        passed += taken
        if walk.ended or walk.lost:
            break
        assert taken == len(piece)
    return passed, walk.ended


contents = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.sampled_from(
        [b"\r\n", b"\r\n\r\n", b"\r\n0\r\n\r\n", b"0\r\n\r\n" * 5, b"5\r\nhello\r\n", b"\r\n\r\nX: 1\r\n\r\n"]
    ),
)
lines = st.sampled_from([b"%x", b"%X", b"0%x", b"0000000000000000000000%x", b"%x;a", b'%x;a="b"', b"%x;;"])
trailers = st.lists(st.sampled_from([b"a: b\r\n", b"Content-Length: 5\r\n", b"c:\r\n"]), max_size=3)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    parts = [draw(lines) % len(c) + b"\r\n" + c + b"\r\n" for c in draw(st.lists(contents, max_size=5))]
    last = draw(st.sampled_from([b"0", b"000", b"0;a=b"]))
    return b"".join([*parts, last, b"\r\n", *draw(trailers), b"\r\n"])


@given(body=bodies(), behind=contents, cuts=st.lists(st.integers(0, 300), max_size=6))
def test_the_end_is_found_however_the_bytes_are_cut(body: bytes, behind: bytes, cuts: list[int]) -> None:
    data = body + behind
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    assert ends([data[a:b] for a, b in itertools.pairwise(places)]) == (len(body), True)
    assert ends([data[i : i + 1] for i in range(len(data))]) == (len(body), True)


@pytest.mark.parametrize(
    "data",
    [b"5\nhello\n0\n\n", b"-5\r\nhello\r\n", b"0x5\r\n", b"g\r\n", b"\r\n", b" 5\r\n", b"5 \r\n", b"1" * 17 + b"\r\n"],
)
def test_what_is_no_chunk_has_no_end(data: bytes) -> None:
    assert ends([data + b"0\r\n\r\n"]) == (len(data) + 5, False)


@pytest.mark.parametrize("size", [1, 64, 100_000])
def test_a_line_without_an_end_is_kept_no_longer_than_a_line_may_be(size: int) -> None:
    walk = ChunkWalk()
    for _ in range(100_000 // size + 1):
        walk.end_in(b"5;" + b"x" * size)
    assert walk.lost
    assert len(walk._line) <= LONGEST_LINE + 1


def test_empty_lines_in_a_chunk_are_passed_in_one_go() -> None:
    content = b"\r\n\r\n" * 250_000
    data = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    assert ends([data]) == (len(data), True)
