"""Hashed names, and references in style sheets that follow them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.static.css import rewrite
from rooftree.static.names import digest_of, hashed_name, may_be_served, split_hashed

DIGEST = "0123456789ab"


@pytest.mark.parametrize(
    ("name", "hashed"),
    [
        ("site.css", f"site.{DIGEST}.css"),
        ("a/b.min.js", f"a/b.min.{DIGEST}.js"),
        ("LICENSE", f"LICENSE.{DIGEST}"),
        ("a.b/LICENSE", f"a.b/LICENSE.{DIGEST}"),
        (".well-known/x", f".well-known/x.{DIGEST}"),
    ],
)
def test_a_digest_goes_into_a_name_and_out_again(name: str, hashed: str) -> None:
    assert hashed_name(name, DIGEST) == hashed
    assert split_hashed(hashed) == (name, DIGEST)


@given(st.from_regex(r"[a-z]{1,5}(/[a-z.]{1,8}[a-z])?(\.[a-z]{1,4})?", fullmatch=True))
def test_every_name_comes_back(name: str) -> None:
    assert split_hashed(hashed_name(name, digest_of(name.encode()))) == (name, digest_of(name.encode()))


@pytest.mark.parametrize("name", ["site.css", "site.0123.css", f"site.{DIGEST.upper()}.css", f"a.{DIGEST}.x/y"])
def test_other_names_hold_no_digest(name: str) -> None:
    assert split_hashed(name) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a/b", True), (".env", False), ("a/.git/x", False), (".well-known/security.txt", True), ("a/.well-known", True)],
)
def test_hidden_files_stay_hidden(name: str, shown: bool) -> None:
    assert may_be_served(name) is shown


FILES = {"css/a.png": "css/a.X.png", "roof.svg": "roof.X.svg", "css/base.css": "css/base.X.css", "a b.png": "a b.X.png"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("url(a.png)", "url(a.X.png)"),
        ("url( 'a.png' )", "url( 'a.X.png' )"),
        ('url("../roof.svg#gable")', 'url("../roof.X.svg#gable")'),
        ("url(../roof.svg?v=1)", "url(../roof.X.svg?v=1)"),
        ("url(../a%20b.png)", "url(../a%20b.X.png)"),
        ('@import "base.css" screen;', '@import "base.X.css" screen;'),
        ("@import url(base.css);", "@import url(base.X.css);"),
        ("url(missing.png)", "url(missing.png)"),
        ("url(../../roof.svg)", "url(../../roof.svg)"),
        ("url(data:image/png;base64,AA)", "url(data:image/png;base64,AA)"),
        ("url(https://example.org/a.png)", "url(https://example.org/a.png)"),
        ("url(//example.org/a.png)", "url(//example.org/a.png)"),
        ("url(/a.png)", "url(/a.png)"),
        ("url(#gable)", "url(#gable)"),
        ("curl(a.png)", "curl(a.png)"),
    ],
)
def test_references_follow(before: str, after: str) -> None:
    assert rewrite(before, "css/site.css", FILES.get) == after
