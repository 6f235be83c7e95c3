from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rooftree.routing import Pattern
from rooftree.routing.tree import Node


def test_a_walk_says_what_it_saw() -> None:
    root: Node[str] = Node()
    root.insert(Pattern("/{a}/x"))["GET"] = "get"
    root.insert(Pattern("/{a:int}/x"))["PUT"] = "put"
    seen: list[tuple[Mapping[str, str], tuple[Any, ...]]] = []
    assert root.walk(["5", "x"], "POST", seen) is None
    assert seen == [({"PUT": "put"}, (5,)), ({"GET": "get"}, ("5",))]
    assert root.walk(["", "x"], "GET", seen) is None
