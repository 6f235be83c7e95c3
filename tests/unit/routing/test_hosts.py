from __future__ import annotations

import pytest

from rooftree.base import RouteError
from rooftree.routing.hosts import HostPattern


@pytest.mark.parametrize(
    ("text", "host", "values"),
    [
        ("example.org", "example.org", ()),
        ("Example.ORG", "example.org", ()),
        ("example.org", "www.example.org", None),
        ("example.org", "example.com", None),
        ("{tenant}.example.org", "acme.example.org", ("acme",)),
        ("{tenant}.example.org", "example.org", None),
        ("{tenant}.example.org", "a.b.example.org", None),
        ("{tenant}.example.org", ".example.org", None),
        ("{a}.{b:int}.org", "x.5.org", ("x", 5)),
        ("{a}.{b:int}.org", "x.y.org", None),
        ("shop-{n:int}.org", "shop-7.org", (7,)),
        ("shop-{n:int}.org", "shop-.org", None),
        ("shop-{n:int}.org", ".org", None),
        ("bücher.example", "xn--bcher-kva.example", ()),
        ("localhost", "localhost", ()),
        ("127.0.0.1", "127.0.0.1", ()),
    ],
)
def test_a_host_matches_label_by_label(text: str, host: str, values: tuple[object, ...] | None) -> None:
    assert HostPattern(text).match(host.split(".")) == values


def test_an_address_is_one_label() -> None:
    assert HostPattern("[::1]").match(["[::1]"]) == ()
    assert HostPattern("[::1]").match(["[::2]"]) is None


def test_the_most_specific_host_sorts_first() -> None:
    patterns = [HostPattern(text) for text in ("{a}.{b}.org", "{a}.example.org", "a.org", "a.example.org")]
    assert [p.text for p in sorted(patterns, key=lambda p: p.rank)] == [
        "a.example.org",
        "a.org",
        "{a}.example.org",
        "{a}.{b}.org",
    ]
    assert HostPattern("{a}.org").key == HostPattern("{b}.org").key
    assert repr(patterns[2]) == "HostPattern('a.org')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org",
        "example.org:8000",
        "a..b",
        "-a.org",
        "a b.org",
        "{a}{b}.org",
        "{a:path}.org",
        "é" * 70 + ".org",
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(RouteError) as error:
        HostPattern(text, at="app.py:3")
    assert str(error.value) == (
        f"[R111] '{text}' is not the pattern of a host name. At app.py:3. "
        f"Write names of labels and parameters that take "
        "one label each, without scheme and port: 'api.example.org', '{tenant}.example.org'."
    )


def test_a_parameter_of_a_host_is_named_once() -> None:
    with pytest.raises(RouteError, match=r"\[R104\] '\{a\}\.\{a\}' has two parameters called 'a'"):
        HostPattern("{a}.{a}")
