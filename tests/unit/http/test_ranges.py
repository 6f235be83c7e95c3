from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.http.ranges import parse_range


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        ("bytes=0-3", [(0, 4)]),
        ("bytes=0-", [(0, 100)]),
        ("bytes=90-", [(90, 100)]),
        ("bytes=-10", [(90, 100)]),
        ("bytes=-1000", [(0, 100)]),
        ("bytes=0-1000", [(0, 100)]),
        ("bytes=99-99", [(99, 100)]),
        ("Bytes = 0-3", [(0, 4)]),
        ("bytes=0-3, 10-13", [(0, 4), (10, 14)]),
        ("bytes=10-13,0-3", [(0, 4), (10, 14)]),
        ("bytes=0-3,4-7", [(0, 8)]),
        ("bytes=0-9,5-7,3-12", [(0, 13)]),
        ("bytes=0-3,500-", [(0, 4)]),
        ("bytes=100-", []),
        ("bytes=500-600", []),
        ("bytes=-0", []),
        ("bytes=0-49,50-99", None),  # the whole in pieces
        ("bytes=3-0", None),
        ("bytes=3-0,5-6", None),
        ("bytes=a-b", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=1-2-3", None),
        ("bytes=0-3,", None),
        ("bytes=+1-2", None),
        ("bytes=٠-٣", None),
        ("bytes 0-3", None),
        ("items=0-3", None),
        ("", None),
        ("bytes=" + "9" * 19 + "-", None),
        ("bytes=" + ",".join(f"{i * 5}-{i * 5}" for i in range(16)), [(i * 5, i * 5 + 1) for i in range(16)]),
        ("bytes=" + ",".join(f"{i * 5}-{i * 5}" for i in range(17)), None),
    ],
)
def test_ranges(header: str, spans: list[tuple[int, int]] | None) -> None:
    assert parse_range(header, 100) == spans


def test_nothing_has_no_parts() -> None:
    assert parse_range("bytes=0-", 0) == []
    assert parse_range("bytes=-5", 0) == []


@given(
    st.text() | st.from_regex(r"bytes=[0-9]{0,4}-[0-9]{0,4}(,[0-9]{0,4}-[0-9]{0,4}){0,5}", fullmatch=True),
    st.integers(0, 5000),
)
def test_spans_lie_within_and_apart(header: str, size: int) -> None:
    spans = parse_range(header, size)
    end = -1
    for first, last in spans or ():
        assert end < first < last <= size
        end = last
