"""Paths found by the shape of their patterns: the same as in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.routing import Pattern
from rooftree.routing.shapes import LONGEST, MOST, Shapes
from rooftree.routing.tree import Node

segments = st.lists(st.sampled_from(["a", "b", "5", "x.y", "", ".", "%61"]), min_size=1, max_size=4)
pieces = st.sampled_from(["a", "b", "{%d}", "{%d:int}", "{%d}.y", "{%d:path}"])


def numbered(parts: list[str]) -> str:
    seen = 0
    for i, part in enumerate(parts):
        if "{" in part:
            parts[i] = part.replace("%d", f"p{i}")
        seen += part.endswith(":path}")
    return "/" + "/".join(parts) if seen < 2 else "/one"


def tree(*texts: str) -> Node[str]:
    root: Node[str] = Node()
    for text in texts:
        root.insert(Pattern(text)).setdefault("GET", text)
    return root


def shapes(*texts: str) -> Shapes[str]:
    return Shapes(tree(*texts))


@given(st.lists(st.lists(pieces, min_size=1, max_size=4).map(numbered), min_size=1, max_size=8), segments)
def test_what_is_found_is_what_a_walk_finds(texts: list[str], path: list[str]) -> None:
    root = tree(*texts)
    seen: list[tuple[Mapping[str, str], tuple[Any, ...]]] = []
    found = Shapes(root).find("GET", b"/" + "/".join(path).encode())
    assert found is None or found == root.walk(path, "GET", seen)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (b"/users/ada/posts/7", ("/users/{user}/posts/{post:int}", ("ada", 7))),
        (b"/users/me/posts/7", None),  # the static way is first, and is not one of these
        (b"/users/ada/posts/x", None),
        (b"/users/a%20%C3%A4%2F/posts/7", ("/users/{user}/posts/{post:int}", ("a \u00e4/", 7))),
        (b"/users/%6De/posts/7", None),
        (b"/users/a%2/posts/7", None),
        (b"/users/%2e%2e/posts/7", None),
        (b"/users/\xe4/posts/7", None),
        (b"/users/.a/posts/7", ("/users/{user}/posts/{post:int}", (".a", 7))),
        (b"/users/../posts/7", None),
        (b"/users//posts/7", None),
        (b"/users/" + b"a" * LONGEST + b"/posts/7", ("/users/{user}/posts/{post:int}", ("a" * LONGEST, 7))),
        (b"/users/" + b"a" * (LONGEST + 1) + b"/posts/7", None),
        (b"/x-y/z_1", ("/{a}/{b}", ("x-y", "z_1"))),
        (b"/users", None),
        (b"*", None),
    ],
)
def test_what_is_found(path: bytes, found: tuple[str, tuple[Any, ...]] | None) -> None:
    made = shapes("/users/{user}/posts/{post:int}", "/users/me/posts", "/{a}/{b}", "/users")
    assert made.find("GET", path) == found
    assert made.find("PUT", path) is None


def test_a_place_that_several_parameters_may_take_is_left_to_the_tree() -> None:
    assert shapes("/{a:int}/x", "/{a}/x", "/{rest:path}/y/z").find("GET", b"/5/x") is None


def test_only_some_shapes_are_tried_those_with_most_patterns_first() -> None:
    single = ["/a/{x}/c/d/e", "/b/a/{x}/d/e", "/c/a/b/{x}/e", "/d/{x}/{y}/d/e", "/e/{x}/c/{y}/e"]
    made = shapes(*single, *(f"/f/{n}/{{x}}/d/{{y}}" for n in range(3)))
    assert made.find("GET", b"/f/1/q/d/r") == ("/f/1/{x}/d/{y}", ("q", "r"))
    hits = [text for text in single if made.find("GET", text.replace("{x}", "q").replace("{y}", "r").encode())]
    assert len(hits) == MOST - 1
