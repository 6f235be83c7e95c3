from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from typing import Any

import pytest

from rooftree.base import RouteError
from rooftree.routing import Group, flatten, handler_name


class Color(enum.Enum):
    RED = "red"


class Items:
    made = 0

    def __init__(self, store: str = "default") -> None:
        Items.made += 1
        self.store = store

    async def get(self, id: int) -> str:
        return self.store

    async def delete(self, id: int) -> None: ...

    async def websocket(self) -> None: ...


def plain() -> None: ...


def test_a_class_answers_the_verbs_that_its_methods_are_named_by() -> None:
    group = Group("/shop", name="shop")
    assert group.route("/items/{id:int}")(Items) is Items
    before = Items.made
    routes = flatten(group)
    assert Items.made == before + 1  # one object for all verbs
    assert [(str(route), route.name, route.kind) for route in routes] == [
        ("GET /shop/items/{id:int}", "shop.items", "http"),
        ("DELETE /shop/items/{id:int}", "shop.items", "http"),
        ("WEBSOCKET /shop/items/{id:int}", "shop.items", "websocket"),
    ]
    assert routes[0].target is Items
    assert handler_name(routes[0].handler) == "test_routes.Items.get()"


def test_an_object_answers_as_its_class_would() -> None:
    group = Group()
    items = Items("mine")
    group.route("/items")(items)
    routes = flatten(group)
    assert [route.methods for route in routes] == [("GET",), ("DELETE",), ("WEBSOCKET",)]
    assert getattr(routes[0].handler, "__self__", None) is items
    assert routes[0].name == "items"


class NoVerbs:
    def fetch(self) -> None: ...


class Needy:
    def __init__(self, store: str, *rest: str, size: int = 1, limit: int, **more: str) -> None: ...

    def get(self) -> None: ...


@pytest.mark.parametrize(
    ("handler", "methods", "message"),
    [
        (
            NoVerbs,
            None,
            "[R208] NoVerbs of '/x' has none of the methods get, head, post, put, patch, delete, options, websocket.",
        ),
        (
            NoVerbs(),
            None,
            "[R208] NoVerbs of '/x' has none of the methods get, head, post, put, patch, delete, options, websocket.",
        ),
        (
            Items,
            ["GET"],
            "[R208] Items of '/x' is a class, whose methods say what it answers, but GET is asked for.",
        ),
        (Needy, None, "[R208] Needy of '/x' needs store, limit to be made."),
    ],
)
def test_a_class_that_cannot_serve_says_why(handler: Any, methods: list[str] | None, message: str) -> None:
    group = Group()
    group.route("/x", methods)(handler)
    with pytest.raises(RouteError) as error:
        flatten(group)
    assert str(error.value).startswith(message + " At tests/unit/routing/test_routes.py:")


def test_the_remedies_for_classes() -> None:
    group = Group()
    group.route("/x")(Needy)
    with pytest.raises(RouteError) as error:
        flatten(group)
    assert error.value.remedy == (
        "Hand over an object: app.route('/x')(Needy(...)); or take it as a parameter of its methods."
    )
    group = Group()
    group.get("/x")(Items)
    with pytest.raises(RouteError) as error:
        flatten(group)
    assert error.value.remedy == "Declare it with route(pattern), and name its methods by verbs."


def test_prefixes_names_and_hosts_nest() -> None:
    shop = Group("/shop/{tenant}", name="shop", host="{sub}.example.org")
    products, unnamed, moved = Group("/products", name="products"), Group("/u"), Group("/moved", host="other.org")
    shop.include(products, unnamed, moved)
    products.get("/{id:int}", name="detail")(plain)
    products.get()(plain)
    products.get("/")(plain)
    unnamed.get("/x")(plain)
    moved.get("/x")(lambda: None)
    routes = flatten(shop)
    assert [(str(route), route.name, route.named) for route in routes] == [
        ("GET {sub}.example.org/shop/{tenant}/products/{id:int}", "shop.products.detail", True),
        ("GET {sub}.example.org/shop/{tenant}/products", "shop.products.plain", False),
        ("GET {sub}.example.org/shop/{tenant}/products/", "shop.products.plain", False),
        ("GET {sub}.example.org/shop/{tenant}/u/x", "shop.plain", False),
        ("GET other.org/shop/{tenant}/moved/x", "", False),
    ]
    assert routes[0].params == {"sub": str, "tenant": str, "id": int}
    assert list(routes[0].params) == ["sub", "tenant", "id"]
    assert routes[4].params == {"tenant": str}


def test_converters_hold_in_their_group_and_inside_of_it() -> None:
    class Shade(enum.Enum):
        DARK = "dark"

    outer, inner, beside = Group(), Group("/i"), Group("/b")
    outer.include(inner, beside)
    outer.converter("color", Color)
    inner.converter("shade", Shade)
    inner.get("/{c:color}/{s:shade}")(plain)
    assert flatten(outer)[0].params == {"c": Color, "s": Shade}
    beside.get("/{s:shade}")(plain)
    with pytest.raises(RouteError, match=r"\[R105\] '/b/\{s:shade\}' names a converter 'shade' that is not known"):
        flatten(outer)


def test_a_converter_that_is_taken_names_its_place() -> None:
    group = Group()
    group.converter("int", Color)
    with pytest.raises(
        RouteError, match=r"\[R110\] There is already a converter 'int'\. At tests/unit/routing/test_routes\.py:"
    ):
        flatten(group)


@pytest.mark.parametrize(
    ("prefix", "pattern", "message"),
    [
        ("", "items", "[R101] The pattern 'items' does not start with '/'. At tests/unit/routing/test_routes.py:"),
        ("/api", "items", "[R101] The pattern 'items' does not start with '/'."),
        ("", "", "[R101] The pattern '' does not start with '/'."),
    ],
)
def test_a_pattern_starts_with_a_slash(prefix: str, pattern: str, message: str) -> None:
    group = Group(prefix)
    group.get(pattern)(plain)
    with pytest.raises(RouteError) as error:
        flatten(group)
    assert str(error.value).startswith(message)
    assert error.value.remedy == f"Write '/{pattern}'."


def test_host_and_path_name_their_parameters_apart() -> None:
    group = Group("/{id}", host="{id}.example.org")
    group.get("/x")(plain)
    with pytest.raises(RouteError) as error:
        flatten(group)
    assert error.value.code == "R104"
    assert error.value.fact == "'/{id}/x' and its host '{id}.example.org' both have a parameter 'id'."


def test_a_host_that_is_none_names_the_place_of_its_group() -> None:
    with pytest.raises(RouteError, match=r"\[R111\] 'a b' is not .* At tests/unit/routing/test_routes\.py:"):
        flatten(Group(host="a b"))


async def application(*arguments: object) -> None: ...


@pytest.mark.parametrize(
    ("prefix", "where", "text"),
    [("", "/legacy", "/legacy"), ("", "/legacy/", "/legacy"), ("/g", "/x", "/g/x"), ("/g", "", "/g"), ("/g", "/", "/g"),
     ("", "/", "/"), ("", "", "/")],
)  # fmt: skip
def test_a_mount_is_a_prefix(prefix: str, where: str, text: str) -> None:
    group = Group(prefix, name="g")
    group.mount(where, application, name="old")
    (route,) = flatten(group)
    assert (route.pattern.text, route.kind, route.methods, route.name) == (text, "mount", (), "g.old")
    assert route.handler is application
    assert str(route) == f"mount {text}"
    assert route.place.startswith("tests/unit/routing/test_routes.py:")


def test_a_mount_has_no_parameters() -> None:
    group = Group("/{tenant}")
    group.mount("/x", application)
    with pytest.raises(RouteError) as error:
        flatten(group)
    assert str(error.value).startswith(
        "[R206] The mount at '/{tenant}/x' has a parameter, 'tenant', in its prefix. At "
    )
    assert error.value.remedy == "Mount below a path without parameters."


class Callable_:  # noqa: N801
    def __call__(self) -> None: ...


@pytest.mark.parametrize(
    ("handler", "name", "shown"),
    [
        (plain, "plain", "test_routes.plain()"),
        (lambda: None, "", "test_routes.<lambda>()"),
        (functools.partial(plain), "partial", "functools.partial()"),
        (Callable_(), "callable_", "test_routes.Callable_()"),
        (Items("x").get, "get", "test_routes.Items.get()"),
    ],
)
def test_what_a_handler_is_called(handler: Callable[..., Any], name: str, shown: str) -> None:
    group = Group()
    group.get("/x")(handler)
    assert flatten(group)[0].name == name
    assert handler_name(handler) == shown
