from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rooftree.routing import Pattern
from rooftree.routing.tree import Node

segments = st.lists(st.sampled_from(["a", "b", "5", "x.y", ""]), min_size=1, max_size=4)
pieces = st.sampled_from(["a", "b", "{%d}", "{%d:int}", "{%d}.y", "{%d:path}"])


def numbered(parts: list[str]) -> str:
    seen = 0
    for i, part in enumerate(parts):
        if "{" in part:
            parts[i] = part.replace("%d", f"p{i}")
        seen += part.endswith(":path}")
    return "/" + "/".join(parts) if seen < 2 else "/one"


patterns = st.lists(pieces, min_size=1, max_size=4).map(numbered)


@given(st.lists(patterns, min_size=1, max_size=8), segments)
def test_the_straight_way_is_the_one_that_a_walk_finds(texts: list[str], path: list[str]) -> None:
    root: Node[str] = Node()
    for text in texts:
        root.insert(Pattern(text)).setdefault("GET", text)
    seen: list[tuple[Mapping[str, str], tuple[Any, ...]]] = []
    straight, walked = root.straight(path, "GET"), root.walk(path, "GET", seen)
    assert straight is None or straight == walked


def test_a_walk_says_what_it_saw() -> None:
    root: Node[str] = Node()
    root.insert(Pattern("/{a}/x"))["GET"] = "get"
    root.insert(Pattern("/{a:int}/x"))["PUT"] = "put"
    seen: list[tuple[Mapping[str, str], tuple[Any, ...]]] = []
    assert root.walk(["5", "x"], "POST", seen) is None
    assert seen == [({"PUT": "put"}, (5,)), ({"GET": "get"}, ("5",))]
    assert root.straight(["", "x"], "GET") is None
    assert root.walk(["", "x"], "GET", seen) is None
