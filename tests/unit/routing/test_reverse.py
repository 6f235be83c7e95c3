from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import RouteError
from rooftree.routing import Group, Miss, Pattern, Reverser, Router, flatten


class Color(enum.Enum):
    RED = "red"


def index() -> None: ...
def detail() -> None: ...
def other() -> None: ...


class Items:
    def get(self) -> None: ...

    def post(self) -> None: ...


def reverser(*patterns: str, host: str | None = None) -> Reverser:
    group = Group(host=host)
    group.converter("color", Color)
    for number, pattern in enumerate(patterns):
        group.get(pattern, name=f"r{number}")(lambda: None)
    return Reverser(flatten(group))


@pytest.fixture
def shop() -> Reverser:
    app = Group()
    app.get("/")(index)
    group, products = Group("/shop", name="shop"), Group("/products", name="products")
    app.include(group)
    group.include(products)
    products.get("/{id:int}", name="detail")(detail)
    products.route("/items/{id}")(Items)
    app.get("/twice", name="twice")(other)
    app.get("/twice/{n:int}")(other)
    app.get("/unnamed")(lambda: None)
    app.mount("/legacy", index, name="legacy")
    return Reverser(flatten(app))


def test_by_handler_and_by_dotted_name(shop: Reverser) -> None:
    assert shop.url_for(index) == shop.url_for("index") == "/"
    assert shop.url_for(detail, id=7) == shop.url_for("shop.products.detail", id=7) == "/shop/products/7"
    assert shop.url_for(Items, id=7) == shop.url_for(Items.get, id=7) == shop.url_for(Items.post, id=7)
    assert shop.url_for("shop.products.items", id="a/b") == "/shop/products/items/a%2Fb"


def test_of_a_handlers_patterns_the_one_that_takes_most_values(shop: Reverser) -> None:
    assert shop.url_for(other) == "/twice"
    assert shop.url_for(other, n=5) == "/twice/5"
    assert shop.url_for(other, m=5) == "/twice?m=5"


def test_what_is_left_over_becomes_the_query(shop: Reverser) -> None:
    url = shop.url_for("index", q="oak & elm=ü", tags=["a", "b/c"], none=None, empty=[], on=True, when=date(2026, 1, 2))
    assert url == "/?q=oak%20%26%20elm%3D%C3%BC&tags=a&tags=b%2Fc&on=true&when=2026-01-02"
    assert shop.url_for(detail, id=7, price=Decimal("9.90"), color=Color.RED) == "/shop/products/7?price=9.90&color=red"
    assert shop.url_for("index", nothing=None) == "/"


def test_typed_parameters_are_written_by_their_converters() -> None:
    urls = reverser("/{a:float}/{b:uuid}/{c:date}/{d:color}/{e:path}/v{f}.x")
    url = urls.url_for("r0", a=1e-7, b=UUID(int=1), c=date(2026, 1, 2), d=Color.RED, e="a b/c", f="é;1")
    assert url == "/0.0000001/00000000-0000-0000-0000-000000000001/2026-01-02/red/a%20b/c/v%C3%A9;1.x"


def test_static_segments_are_encoded() -> None:
    assert reverser("/café/a b/{x}/").url_for("r0", x=1) == "/caf%C3%A9/a%20b/1/"


values = st.text(min_size=1).filter(lambda text: not {"\0", "\r", "\n"} & {*text} and text not in {".", ".."})


@given(values, st.integers(-(10**9), 10**9), st.lists(values.filter(lambda t: "/" not in t), min_size=1, max_size=4))
def test_a_url_leads_back_to_its_route_and_values(text: str, number: int, parts: list[str]) -> None:
    url = ROUND.url_for("r0", text=text, number=number, rest="/".join(parts))
    match = ROUTER.match("GET", url.encode("ascii"), b"")
    assert not isinstance(match, Miss)
    assert match == (0, (text, number, "/".join(parts)))


PATTERN = "/x/{text}/v{number:int}/{rest:path}/end"
ROUND = reverser(PATTERN)
ROUTER: Router[int] = Router()
ROUTER.add(Pattern(PATTERN), ["GET"], 0)
ROUTER.compile()


def test_a_whole_url_has_the_host_of_its_group() -> None:
    urls = reverser("/x/{id}", host="{tenant}.shop-{n:int}.example.org")
    for origin, host in (
        ("https://example.org", "https://acme.shop-5.example.org"),
        ("http://example.org:8000", "http://acme.shop-5.example.org:8000"),
        ("http://[::1]:8000", "http://acme.shop-5.example.org:8000"),
        ("http://[::1]", "http://acme.shop-5.example.org"),
    ):
        assert urls.absolute_url(origin, "r0", tenant="Acme", n=5, id=1, q=2) == f"{host}/x/1?q=2"
    assert urls.url_for("r0", id=1) == "/x/1"
    assert urls.url_for("r0", id=1, tenant="acme", n=5) == "/x/1"


def test_a_whole_url_without_a_host_of_its_own(shop: Reverser) -> None:
    assert shop.absolute_url("https://example.org", "index", q=1) == "https://example.org/?q=1"


def failure(urls: Reverser, target: Any, **params: Any) -> RouteError:
    with pytest.raises(RouteError) as error:
        urls.url_for(target, **params)
    return error.value


def test_an_unknown_name_is_answered_with_those_near(shop: Reverser) -> None:
    assert str(failure(shop, "shop.product.detail")) == (
        "[R301] No route is called 'shop.product.detail'. Did you mean 'shop.products.detail' or 'shop.products.items'?"
    )
    assert failure(shop, "detail").remedy == "Did you mean 'shop.products.detail'?"
    assert failure(shop, "zzzz").remedy == "'rooftree routes' lists the names."
    assert failure(shop, "legacy").code == "R301"
    assert failure(shop, "/cart").remedy == (
        "A path is one already; to send a browser there, return Redirect('/cart')."
    )


def test_a_handler_without_a_route(shop: Reverser) -> None:
    def lost() -> None: ...

    assert str(failure(shop, lost)) == (
        "[R301] No route leads to test_reverse.lost(). "
        "Declare one with @app.get(...), or include the group that it is in."
    )


def test_a_missing_parameter(shop: Reverser) -> None:
    error = failure(shop, detail, pk=7)
    assert error.code == "R302"
    assert error.fact == "The URL of '/shop/products/{id:int}' needs 'id', and was given 'pk'."
    assert error.remedy == "Pass id=..."
    assert str(error.at).startswith("tests/unit/routing/test_reverse.py:")
    assert failure(shop, detail).fact.endswith("needs 'id', and was given nothing.")


@pytest.mark.parametrize(
    ("pattern", "value", "reason"),
    [
        ("/{x:int}", "seven", "expected int, got str"),
        ("/{x:color}", "green", "'green' is not a valid Color"),
        ("/{x}", "", "it is empty"),
        ("/{x}", "a\nb", "it holds a NUL or a line break"),
        ("/{x}", "..", "browsers and servers drop '.' and '..' segments"),
        ("/.{x}", ".", "browsers and servers drop '.' and '..' segments"),
        ("/{x}", object, "type has no text in a URL"),
        ("/{x:path}", "a/../b", "a path has no empty, '.' or '..' segments and does not start with '/'"),
    ],
)
def test_a_value_that_would_not_lead_back(pattern: str, value: object, reason: str) -> None:
    error = failure(reverser(pattern), "r0", x=value)
    assert error.code == "R303"
    assert error.fact == f"{value!r} cannot be 'x' of '{pattern}': {reason}."
    assert error.remedy.startswith("Pass a value that {x:")


def test_a_value_that_is_no_label_of_a_host() -> None:
    urls = reverser("/", host="{tenant}.example.org")
    for value in ("a.b", "-a", "evil.org/", "a b"):
        with pytest.raises(
            RouteError, match=r"\[R303\] .* cannot be 'tenant' of '/': a label of a host is made of letters"
        ):
            urls.absolute_url("https://example.org", "r0", tenant=value)


def test_a_value_without_text_in_the_query(shop: Reverser) -> None:
    error = failure(shop, index, q={"a": 1})
    assert error.code == "R303"
    assert error.fact == "{'a': 1} cannot be 'q' in the query of '/': dict has no text in a URL."
    assert error.remedy == "Pass a string, a number, a date, or a list of them."


def test_a_name_that_several_handlers_have() -> None:
    app, one, two = Group(), Group("/1"), Group("/2")
    app.include(one, two)
    one.get("/x")(index)
    two.get("/x")(functools.update_wrapper(lambda: None, index))
    error = failure(Reverser(flatten(app)), "index")
    assert error.code == "R304"
    assert error.fact.startswith(
        "'index' is the name of 2 handlers: test_reverse.index() at tests/unit/routing/test_reverse.py:"
    )
    assert error.remedy == "Give one of them 'name=', put them into groups with names, or pass the handler itself."


def test_a_given_name_comes_before_the_names_of_handlers() -> None:
    app = Group()
    app.get("/a")(index)
    app.get("/b", name="index")(other)
    urls = Reverser(flatten(app))
    assert urls.url_for("index") == "/b"
    assert urls.url_for(index) == "/a"


VALUES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["a-b", "-", "..", "Zoë", "a b", "100%s", "%", "1\n2"]),
    st.integers(),
    st.sampled_from([10**39, 10**50, 10**5000, -(1 << 64)]),
    st.booleans(),
    st.none(),
    st.lists(st.integers(), max_size=2),
    st.sampled_from([Color.RED, Decimal("1.5"), date(2026, 1, 2), object()]),
)


@given(first=VALUES, second=VALUES, query=VALUES)
def test_a_way_leads_where_url_for_does(first: Any, second: Any, query: Any) -> None:
    patterns = ("/a é/{a}/v.{b}.html", "/{b}/{a}", "/n/{a:int}/{b}", "/{a:path}", "/plain")
    urls = reverser(*patterns)
    given = {"a": first, "b": second, "q~r": query}
    for number in range(len(patterns)):
        for names in (("a", "b"), ("b", "a", "q~r"), ("a", "b", "q~r"), ("a",), ("a", "q~r"), ("q~r",), ()):
            values = {name: given[name] for name in names}
            way = functools.partial(urls.ways("/at%")[(f"r{number}", *names)], *values.values())
            assert outcome(way).removeprefix("/at%") == outcome(functools.partial(urls.url_for, f"r{number}", **values))


def outcome(make: Callable[[], str]) -> str:
    try:
        return make()
    except RouteError as error:
        return str(error)


def test_ways_are_found_once_and_raise_what_url_for_raises(shop: Reverser) -> None:
    ways = shop.ways()
    assert shop.ways() is ways
    assert ways["twice",] is ways["twice",]
    assert (ways["twice",](), ways["twice", "n"](3)) == ("/twice", "/twice?n=3")
    assert ways["twice", "_x"](3) == shop.url_for("twice", _x=3) == "/twice?_x=3"
    with pytest.raises(RouteError, match="R301"):
        ways["shop.products.detial", "id"]
    with pytest.raises(RouteError, match="R302"):
        ways["shop.products.detail",]()


def test_ways_to_a_host_with_a_parameter_keep_it_out_of_the_query() -> None:
    urls = reverser("/{a}", host="{shop}.example.org")
    assert urls.ways()["r0", "a", "shop"]("x", "oak") == "/x"


def test_ways_are_kept_for_a_few_prefixes(shop: Reverser) -> None:
    first = shop.ways("/0")
    for number in range(1, 65):
        shop.ways(f"/{number}")
    assert shop.ways("/0") is not first
    assert shop.ways("/0")["twice",]() == "/0/twice"
