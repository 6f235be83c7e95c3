from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.routing import WEBSOCKET, HostPattern, Miss, Pattern, Router, SlashPolicy
from rooftree.routing.patterns import Converters

Found = tuple[str, tuple[Any, ...]]


def router(*routes: str, slash: SlashPolicy = "redirect", mounts: Iterable[str] = ()) -> Router[str]:
    """Routes as ``"GET,POST host/pattern"``; what answers is that text itself."""
    made: Router[str] = Router(slash)
    for text in routes:
        methods, _, place = text.partition(" ")
        host, slash_sign, path = place.partition("/")
        made.add(Pattern(slash_sign + path), methods.split(","), text, HostPattern(host) if host else None)
    for text in mounts:
        host, slash_sign, path = text.partition("/")
        made.mount(Pattern(slash_sign + path), text, HostPattern(host) if host else None)
    made.compile()
    return made


def found(made: Router[str], path: str, method: str = "GET", host: str = "example.org") -> Found | None:
    match = made.match(method, path.encode("latin-1"), host.encode())
    return None if isinstance(match, Miss) else match


def missed(made: Router[str], path: str, method: str = "GET", host: str = "example.org") -> Miss[str]:
    match = made.match(method, path.encode("latin-1"), host.encode())
    assert isinstance(match, Miss), match
    return match


def test_a_static_path_is_found_with_a_result_made_before() -> None:
    made = router("GET /items")
    first = made.match("GET", b"/items", b"")
    assert first == ("GET /items", ())
    assert made.match("GET", b"/items", b"") is first


@pytest.mark.parametrize("path", ["/caf%C3%A9/a%20b", "/caf%c3%a9/a%20b", "/%63af%C3%A9/a%20%62", "/caf%C3%A9/%61%20b"])
def test_escapes_are_undone_before_static_paths_are_compared(path: str) -> None:
    assert found(router("GET /café/a b"), path) == ("GET /café/a b", ())


def test_an_escaped_slash_stays_inside_its_segment() -> None:
    made = router("GET /a/b", "GET /{x}")
    assert found(made, "/a%2Fb") == ("GET /{x}", ("a/b",))
    assert found(made, "/a/b") == ("GET /a/b", ())


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/items/new", ("GET /items/new", ())),
        ("/items/6ba7b810-9dad-11d1-80b4-00c04fd430c8", "GET /items/{a:uuid}"),
        ("/items/2026-01-02", "GET /items/{a:date}"),
        ("/items/5", ("GET /items/{a:int}", (5,))),
        ("/items/5.5", ("GET /items/{a:float}", (5.5,))),
        ("/items/ab", ("GET /items/{a:regex([a-z]{2})}", ("ab",))),
        ("/items/v5", ("GET /items/v{a:int}", (5,))),
        ("/items/vxy", ("GET /items/v{a}", ("xy",))),
        ("/items/x.json", ("GET /items/{a}.json", ("x",))),
        ("/items/abc", ("GET /items/{a}", ("abc",))),
        ("/items/a/b", ("GET /items/{a:path}", ("a/b",))),
        ("/items/a/b/", ("GET /items/{a:path}", ("a/b/",))),
    ],
)
def test_the_most_specific_pattern_answers_whatever_the_order(path: str, answer: Found | str) -> None:
    routes = [
        "GET /items/{a:path}", "GET /items/{a}", "GET /items/{a}.json", "GET /items/v{a}", "GET /items/v{a:int}",
        "GET /items/{a:regex([a-z]{2})}", "GET /items/{a:float}", "GET /items/{a:int}", "GET /items/{a:date}",
        "GET /items/{a:uuid}", "GET /items/new",
    ]  # fmt: skip
    for order in (routes, routes[::-1], random.Random(5).sample(routes, len(routes))):
        match = found(router(*order), path)
        assert match is not None
        assert match == answer or match[0] == answer


def test_patterns_of_one_rank_are_tried_in_order_of_declaration() -> None:
    routes = ["GET /{a:regex([ab])}", "GET /{a:regex([bc])}"]
    assert found(router(*routes), "/b") == (routes[0], ("b",))
    assert found(router(*routes[::-1]), "/b") == (routes[1], ("b",))


def test_a_dead_end_is_left_again() -> None:
    made = router("GET /a/{x:int}/c/{y}", "GET /{p}/5/c/d/e", "GET /a/5/{z:path}")
    assert found(made, "/a/5/c/d") == ("GET /a/5/{z:path}", ("c/d",))
    assert found(made, "/a/6/c/d") == ("GET /a/{x:int}/c/{y}", (6, "d"))
    assert found(made, "/a/5/c/d/e") == ("GET /a/5/{z:path}", ("c/d/e",))
    assert found(made, "/b/5/c/d/e") == ("GET /{p}/5/c/d/e", ("b",))
    assert found(made, "/b/5/c/d") is None


def test_a_method_is_looked_for_in_every_pattern_that_matches() -> None:
    made = router("GET /items/new", "POST /items/{a}", "PUT /items/{a:int}")
    assert found(made, "/items/new", "POST") == ("POST /items/{a}", ("new",))
    assert found(made, "/items/5", "POST") == ("POST /items/{a}", ("5",))
    assert missed(made, "/items/5", "GET").allow == "POST, PUT, OPTIONS"
    assert missed(made, "/items/new", "PUT").allow == "GET, HEAD, POST, OPTIONS"
    assert missed(made, "/items/5", "GET").methods == {
        "PUT": ("PUT /items/{a:int}", (5,)),
        "POST": ("POST /items/{a}", ("5",)),
    }


def test_a_path_parameter_takes_as_much_as_it_can() -> None:
    made = router("GET /w/{p:path}/edit", "GET /w/{p:path}")
    assert found(made, "/w/a/b") == ("GET /w/{p:path}", ("a/b",))
    assert found(made, "/w/a/edit") == ("GET /w/{p:path}/edit", ("a",))
    assert found(made, "/w/edit") == ("GET /w/{p:path}", ("edit",))


def test_what_stands_behind_a_path_parameter_matches_from_the_end() -> None:
    made = router("GET /w/{p:path}/edit", "GET /w/{p:path}/{n:int}/x")
    assert found(made, "/w/a/b/edit") == ("GET /w/{p:path}/edit", ("a/b",))
    assert found(made, "/w/edit/edit/edit") == ("GET /w/{p:path}/edit", ("edit/edit",))
    assert found(made, "/w/edit") is None
    assert found(made, "/w/a/5/x") == ("GET /w/{p:path}/{n:int}/x", ("a", 5))
    assert found(made, "/w/a/y/x") is None


@pytest.mark.parametrize(
    "path", ["/w/a%2F..%2Fb", "/w/%2Fetc", "/w/a%2F%2Fb", "/w/a//b", "/w/a/../b", "/w/", "/w/./a", "/w//a"]
)
def test_a_path_parameter_never_climbs(path: str) -> None:
    assert found(router("GET /w/{p:path}", slash="strict"), path) is None


@pytest.mark.parametrize(
    "path", ["//", "//items", "/items//", "/./items", "/items/.", "/items/..", "/x/../items", "/%2e/items"]
)
@pytest.mark.parametrize("slash", ["redirect", "same", "strict"])
def test_odd_segments_match_nothing(path: str, slash: SlashPolicy) -> None:
    miss = missed(router("GET /items", "GET /{a}", "GET /{a}/{b}", "GET /", slash=slash), path)
    assert miss.methods == {}
    assert miss.location is None
    assert miss.allow == ""


def test_head_follows_get_and_options_lists_the_rest() -> None:
    made = router("GET /a", "GET /b", "HEAD /b", "POST,PROPFIND /c", "GET /{x}/d")
    assert found(made, "/a", "HEAD") == ("GET /a", ())
    assert found(made, "/b", "HEAD") == ("HEAD /b", ())
    assert found(made, "/1/d", "HEAD") == ("GET /{x}/d", ("1",))
    assert missed(made, "/a", "OPTIONS").allow == "GET, HEAD, OPTIONS"
    assert missed(made, "/c", "HEAD").allow == "POST, OPTIONS, PROPFIND"
    assert missed(made, "*", "OPTIONS").allow == "GET, HEAD, POST, OPTIONS, PROPFIND"
    assert repr(missed(made, "/c")) == "<Miss allow='POST, OPTIONS, PROPFIND' location=None>"


def test_a_handshake_and_a_get_are_two_things() -> None:
    made = router("GET /both", f"{WEBSOCKET} /both", f"{WEBSOCKET} /socket")
    assert found(made, "/both") == ("GET /both", ())
    assert found(made, "/both", WEBSOCKET) == ("WEBSOCKET /both", ())
    miss = missed(made, "/socket")
    assert WEBSOCKET in miss.methods
    assert miss.allow == "OPTIONS"


# ---- the trailing slash


def test_redirect_names_the_form_that_is_there() -> None:
    made = router("GET /a/", "GET /b", "POST /c/{x}/", "GET /")
    assert missed(made, "/a").location == "/a/"
    assert missed(made, "/b/").location == "/b"
    assert missed(made, "/c/5", "POST").location == "/c/5/"
    assert missed(made, "/c/5", "GET").location == "/c/5/"  # where it will hear that only POST is taken
    assert missed(made, "/d/").location is None
    assert missed(made, "/a/", "POST").location is None


def test_same_serves_both_forms() -> None:
    made = router("GET /a/", "GET /b", "GET /c/{x}/", "GET /", slash="same")
    assert found(made, "/a") == found(made, "/a/") == ("GET /a/", ())
    assert found(made, "/b") == found(made, "/b/") == ("GET /b", ())
    assert found(made, "/c/5") == found(made, "/c/5/") == ("GET /c/{x}/", ("5",))
    assert found(made, "/caf%C3") is None
    assert missed(made, "/", "POST").allow == "GET, HEAD, OPTIONS"
    assert missed(made, "/a", "POST").allow == missed(made, "/a/", "POST").allow == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("default", ["redirect", "same", "strict"])
def test_a_route_has_a_policy_of_its_own(default: SlashPolicy) -> None:
    made: Router[str] = Router(default)
    policies: list[SlashPolicy] = ["redirect", "same", "strict"]
    for slash in policies:
        for text in (f"/{slash}", f"/{slash}/x/", f"/{slash}/{{a}}", f"/{slash}/{{a}}/{{b}}/"):
            made.add(Pattern(text), ["GET"], text, slash=slash)
    made.compile()
    same = {"/same/": "/same", "/same/x": "/same/x/", "/same/5/": "/same/{a}", "/same/5/6": "/same/{a}/{b}/"}
    for path, own in same.items():
        hit = found(made, path)
        assert hit is not None
        assert hit[0] == own
        assert missed(made, path, "POST").allow == "GET, HEAD, OPTIONS"
    right = {"/redirect/": "/redirect", "/redirect/5/": "/redirect/5", "/redirect/5/6": "/redirect/5/6/"}
    for path, location in right.items():
        assert missed(made, path).location == location
        assert missed(made, path, "POST").location == location
    for path in ("/strict/", "/strict/5/", "/strict/5/6"):
        for method in ("GET", "POST"):
            miss = missed(made, path, method)
            assert (miss.location, miss.allow) == (None, "")


def test_strict_serves_the_declared_form_alone() -> None:
    made = router("GET /a/", "GET /b", slash="strict")
    assert found(made, "/a/") == ("GET /a/", ())
    for path in ("/a", "/b/"):
        assert missed(made, path).location is None


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("//evil.org/", None),
        ("//evil.org", None),
        ("/%2Fevil.org/", "/%2Fevil.org"),
        ("/\\evil.org/", "/%5Cevil.org"),
        ("/%5Cevil.org/", "/%5Cevil.org"),
        ("/\tevil/", "/%09evil"),
        ("/%09//evil.org/", None),
        ("/a%0d%0aset-cookie:x/", None),
        ("/caf%c3%a9/", "/caf%C3%A9"),
    ],
)
def test_a_redirect_never_leaves_the_site(path: str, location: str | None) -> None:
    assert missed(router("GET /{name}"), path).location == location


@given(st.binary(max_size=30).map(lambda raw: b"/" + raw))
def test_no_location_looks_like_a_host(raw: bytes) -> None:
    match = OPEN.match("GET", raw, b"")
    location = match.location if isinstance(match, Miss) else None
    if location is not None:
        assert location[0] == "/"
        assert location[1:2] not in {"/", "\\"}
        assert location.isascii()
        assert location.isprintable()
        assert " " not in location


OPEN = router("GET /{a}", "GET /{a}/{b}/")


# ---- hosts


def test_a_host_of_its_own_is_asked_first() -> None:
    made = router(
        "GET api.example.org/x", "GET {tenant}.example.org/x", "GET {tenant}.example.org/y/{n:int}", "GET /x", "GET /z"
    )
    assert found(made, "/x", host="api.example.org") == ("GET api.example.org/x", ())
    assert found(made, "/x", host="acme.example.org") == ("GET {tenant}.example.org/x", ("acme",))
    assert found(made, "/y/5", host="acme.example.org") == ("GET {tenant}.example.org/y/{n:int}", ("acme", 5))
    assert found(made, "/y/5", host="api.example.org") == ("GET {tenant}.example.org/y/{n:int}", ("api", 5))
    assert found(made, "/x", host="example.org") == ("GET /x", ())
    assert found(made, "/z", host="acme.example.org") == ("GET /z", ())
    assert found(made, "/y/5", host="example.org") is None
    assert missed(made, "/y/5", "POST", "acme.example.org").methods == {
        "GET": ("GET {tenant}.example.org/y/{n:int}", ("acme", 5)),
        "HEAD": ("GET {tenant}.example.org/y/{n:int}", ("acme", 5)),
    }


@pytest.mark.parametrize(
    "host",
    [
        "api.example.org",
        "API.Example.Org",
        "api.example.org:8000",
        "api.example.org.",
        "api.example.org.:80",
        "api.example.org:",
    ],
)
def test_case_port_and_final_dot_of_a_host_do_not_count(host: str) -> None:
    assert found(router("GET api.example.org/x"), "/x", host=host) == ("GET api.example.org/x", ())


def test_an_address_is_a_host_too() -> None:
    made = router("GET [::1]/x", "GET 127.0.0.1/y")
    for host in ("[::1]", "[::1]:8000"):
        assert found(made, "/x", host=host) is not None
    assert found(made, "/y", host="127.0.0.1:80") is not None


@pytest.mark.parametrize("host", ["", ":", "evil", "\xff.example.org", "a.b.example.org", ".example.org"])
def test_a_strange_host_gets_what_is_for_any(host: str) -> None:
    made = router("GET {tenant}.example.org/x", "GET /x")
    assert found(made, "/x", host=host) == ("GET /x", ())


def test_the_memory_of_hosts_is_bounded() -> None:
    made = router("GET {tenant}.example.org/x")
    for number in range(3000):
        assert found(made, "/x", host=f"t{number}.example.org") == ("GET {tenant}.example.org/x", (f"t{number}",))
    assert len(made._exact) == 1024


def test_a_redirect_counts_the_routes_of_the_host() -> None:
    made = router("GET api.example.org/x")
    assert missed(made, "/x/", host="api.example.org").location == "/x"
    assert missed(made, "/x/").location is None


# ---- mounts


def test_a_mount_answers_below_its_prefix_what_no_route_does() -> None:
    made = router("GET /legacy/new", "GET /x", mounts=["/legacy", "/legacy/deep/er"])
    assert found(made, "/legacy/new") == ("GET /legacy/new", ())
    assert found(made, "/legacy/new", "POST") == ("/legacy", (b"/new",))
    assert found(made, "/legacy") == ("/legacy", (b"",))
    assert found(made, "/legacy/") == ("/legacy", (b"/",))
    assert found(made, "/legacy/a%2Fb/%FF//c") is None  # not UTF-8
    assert found(made, "/legacy/a%2Fb//c/") == ("/legacy", (b"/a%2Fb//c/",))
    assert found(made, "/legac%79/a") == ("/legacy", (b"/a",))
    assert found(made, "/legacy/deep") == ("/legacy", (b"/deep",))
    assert found(made, "/legacy/deep/er/x") == ("/legacy/deep/er", (b"/x",))
    assert found(made, "/legacy/deep/erx") == ("/legacy", (b"/deep/erx",))
    assert found(made, "/legacyx") is None
    assert found(made, "//legacy/x") is None
    assert found(made, "/legacy/../x") is None
    assert found(made, "/legacy/%2e%2e/x") is None


def test_a_mount_at_the_root_takes_what_is_left() -> None:
    made = router("GET /x", "GET h.org/y", mounts=["/", "h.org/", "{t}.io/m"])
    assert found(made, "/x/") == ("/", (b"/x/",))
    assert found(made, "/") == ("/", (b"/",))
    assert found(made, "//x") == ("/", (b"//x",))
    assert found(made, "/x", "POST") == ("/", (b"/x",))
    assert found(made, "/x", host="h.org") == ("h.org/", (b"/x",))  # a host's own come first
    assert found(made, "/m/a", host="shop.io") == ("{t}.io/m", ("shop", b"/a"))


# ---- bounds


class Counting:
    """A converter that counts how often it is asked, and never says yes."""

    pattern = "[a-z]"
    asked = 0

    def parse(self, text: str) -> str:
        Counting.asked += 1
        raise ValueError(text)

    def format(self, value: str) -> str:
        return value


def asked_for(patterns: Iterable[str], path: bytes) -> int:
    converters = Converters()
    converters.add("never", Counting)
    made: Router[str] = Router()
    for text in patterns:
        made.add(Pattern(text, converters), ["GET"], text)
    made.compile()
    Counting.asked = 0
    assert isinstance(made.match("GET", path, b""), Miss)
    return Counting.asked


def test_work_grows_with_the_patterns_and_not_with_their_combinations() -> None:
    # 2 ** 10 patterns of "a" and "{x}" in every place: each ends in a parameter that never matches
    patterns = [
        "".join(f"/{{p{i}}}" if bit else "/a" for i, bit in enumerate(bits)) + "/{x:never}"
        for bits in itertools.product((False, True), repeat=10)
    ]
    # once for each form of the trailing slash, and once by the short way
    assert asked_for(patterns, b"/a" * 11) <= 2 * len(patterns) + 1


def test_work_for_a_path_parameter_grows_with_the_segments() -> None:
    patterns = ["/{p:path}/{x:never}/end", "/{p:path}/{y}/{x:never}/end", "/{p:path}/{y}/{z}/{x:never}/{w}"]
    for segments in (10, 100, 250):
        assert asked_for(patterns, b"/a" * segments) <= 2 * 3 * segments


PARTS: list[tuple[str, Callable[[str], bool]]] = [
    ("a", "a".__eq__),
    ("b", "b".__eq__),
    ("{{p{0}:int}}", str.isdigit),
    ("{{p{0}}}", bool),
    ("x{{p{0}}}", lambda text: len(text) > 1 and text[0] == "x"),
]
patterns = st.lists(st.integers(0, len(PARTS) - 1), min_size=1, max_size=4)
paths = st.lists(st.sampled_from(["a", "b", "5", "x5", "xa", "c"]), min_size=1, max_size=4)


@given(st.lists(patterns, min_size=1, max_size=12), paths)
def test_the_tree_finds_what_looking_at_every_pattern_finds(drawn: list[list[int]], path: list[str]) -> None:
    texts = ["/" + "/".join(PARTS[part][0].format(i) for i, part in enumerate(parts)) for parts in drawn]
    made = router(*(f"GET {text}" for text in texts), slash="strict")
    match = found(made, "/" + "/".join(path))
    fitting = {
        f"GET {text}"
        for text, parts in zip(texts, drawn, strict=True)
        if len(parts) == len(path) and all(PARTS[part][1](text) for part, text in zip(parts, path, strict=True))
    }
    assert (match is None) == (not fitting)
    assert match is None or match[0] in fitting


# ---- a last segment that is the one parameter


def test_a_last_parameter_gives_way_to_a_static_path_of_the_same_method_alone() -> None:
    made = router("GET /items/{id}", "POST /items/new", "GET /items/old", "GET /{top}")
    assert found(made, "/items/7") == ("GET /items/{id}", ("7",))
    assert found(made, "/items/new") == ("GET /items/{id}", ("new",))
    assert found(made, "/items/old") == ("GET /items/old", ())
    assert found(made, "/items/ol%64") == ("GET /items/old", ())
    assert found(router("GET /items/{id}", "GET /items/a|b"), "/items/a|b") == ("GET /items/a|b", ())
    assert found(made, "/x.y-z_") == ("GET /{top}", ("x.y-z_",))


@pytest.mark.parametrize("last", ["a b", "é", "a+b", "x" * 300, "..."])
def test_a_last_parameter_of_any_text_is_found(last: str) -> None:
    made = router("GET /items/{id}")
    assert found(made, f"/items/{quote(last)}") == ("GET /items/{id}", (last,))
