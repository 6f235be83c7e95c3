from __future__ import annotations

import pytest

from rooftree.routing.regexes import why_slow


@pytest.mark.parametrize(
    "source",
    [
        "[a-z]{2}",
        "[a-z0-9-]+",
        r"\d{4}-\d{2}",
        "(?:[a-z]{2})+",
        "(?:a|b){1,4}",
        "(?:en|de|fr)",
        "[a-z]+(?:-[a-z]+)?",
        "a+b+c+",
        "[]+*]+",
        r"\(a+\)+",
        "(?#a comment (a+)x",
        "(?x)a # )",
        "(?:a+)++",
        "(?P<year>[0-9]+)",
        "a{x}",
    ],
)
def test_plain_expressions_pass(source: str) -> None:
    assert why_slow(source) == ""


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("(a+)+", "a repeat stands inside a repeat"),
        ("(a*)*", "a repeat stands inside a repeat"),
        ("(?:[a-z]+-?){2,}", "a repeat stands inside a repeat"),
        ("(?P<x>(a+))*", "a repeat stands inside a repeat"),
        ("(x(a{1,})y){5}", "a repeat stands inside a repeat"),
        ("(a+){,9}", "a repeat stands inside a repeat"),
        ("(a|a)*", "alternatives stand inside a repeat"),
        ("(?:a|b){1,5}", "alternatives stand inside a repeat"),
        ("((a|b))+", "alternatives stand inside a repeat"),
        ("a*a*a*a*", "it has more than 3 open repeats"),
        ("a{1,17}b+c+d{3,}", "it has more than 3 open repeats"),
    ],
)
def test_slow_shapes_are_named(source: str, reason: str) -> None:
    assert why_slow(source) == reason
