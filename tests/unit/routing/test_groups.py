from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import pytest

from rooftree.base import RouteError
from rooftree.http import Request, Response
from rooftree.routing import CallNext, Group, flatten, get
from tests.unit.routing import declared, elsewhere


def lines(group: Group) -> list[str]:
    return [f"{route} {route.name}" for route in flatten(group)]


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_each_verb_is_a_decorator_that_returns_the_handler(verb: str) -> None:
    group = Group("/x")

    def handler() -> None: ...

    assert getattr(group, verb)("/y")(handler) is handler
    (route,) = flatten(group)
    assert (route.methods, route.pattern.text, route.handler, route.kind) == ((verb.upper(),), "/x/y", handler, "http")


def test_a_websocket_is_a_kind_of_its_own() -> None:
    group = Group()

    @group.websocket("/room")
    async def room() -> None: ...

    (route,) = flatten(group)
    assert (route.kind, route.methods) == ("websocket", ("WEBSOCKET",))


def test_handlers_are_collected_from_a_module_in_their_order() -> None:
    group = Group("/m", name="m")
    group.include(declared)
    assert lines(group) == [
        "GET /m/listing m.listing",
        "GET /m/detail/{id:int} m.one",
        "POST /m/detail/{id:int} m.detail",
        "WEBSOCKET /m/room m.room",
        "GET,POST /m/both m.both",
        "GET /m/things m.things",
    ]
    assert flatten(group)[1].place == "tests/unit/routing/declared.py:15"


def test_handlers_and_groups_are_included_one_by_one() -> None:
    inner = Group("/inner")
    inner.get("/a")(declared.plain)
    group = Group()
    group.include(declared.listing, inner, elsewhere.other)
    assert lines(group) == [
        "GET /listing listing",
        "GET /inner/a plain",
        "PUT /other other",
        "PATCH /other other",
        "DELETE /other other",
        "HEAD /other other",
        "OPTIONS /other other",
    ]


def test_what_was_included_may_still_grow() -> None:
    inner, outer = Group("/inner"), Group()
    outer.include(inner)
    inner.get("/late")(declared.plain)
    assert lines(outer) == ["GET /inner/late plain"]


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (types.ModuleType("empty"), "The module empty"),
        (declared.plain, "plain()"),
        (functools.partial(declared.plain), "A partial"),
        (["/path", declared.plain], "A list"),
    ],
)
def test_a_part_without_routes_is_refused(part: Any, shown: str) -> None:
    with pytest.raises(RouteError) as error:
        Group().include(part)
    assert error.value.code == "R207"
    assert error.value.fact.startswith(shown)
    assert error.value.fact.endswith(" was included, but declares no routes.")
    assert error.value.remedy == "Mark handlers with @get('/...') of rooftree, or include a Group."
    assert str(error.value.at).startswith("tests/unit/routing/test_groups.py:")


def test_a_group_is_not_included_in_itself() -> None:
    one, two, three = Group(), Group(), Group()
    one.include(two)
    two.include(three)
    for group, part in ((one, one), (three, one), (two, one)):
        with pytest.raises(
            RouteError, match=r"\[R207\] A group is included in itself\. At .* Include it in another one\."
        ):
            group.include(part)


@pytest.mark.parametrize(
    ("prefix", "remedy"),
    [("api", "Write '/api', and the rest in the patterns."), ("/api/", "Write '/api',"), ("/", "Write ''.")],
)
def test_a_prefix_starts_with_a_slash_and_does_not_end_with_one(prefix: str, remedy: str) -> None:
    with pytest.raises(RouteError) as error:
        Group(prefix)
    assert str(error.value).startswith(
        f"[R101] The prefix '{prefix}' of a group must start with '/' and must not end with it."
    )
    assert error.value.remedy.startswith(remedy)


@pytest.mark.parametrize("methods", [["GE T"], [""], ["GET\r\n"]])
def test_a_method_is_a_token(methods: list[str]) -> None:
    with pytest.raises(RouteError) as error:
        Group().route("/x", methods)
    assert error.value.code == "R112"
    assert error.value.fact == f"'{methods[0].upper()}' of '/x' is not an HTTP method."


def test_a_route_has_a_method() -> None:
    with pytest.raises(RouteError, match=r"\[R112\] '/x' has no methods\. At .* Name one, or leave 'methods' out\."):
        Group().route("/x", [])


def test_a_decorator_without_parentheses_is_told() -> None:
    verb: Any = Group().get

    def index() -> None: ...

    with pytest.raises(RouteError) as error:
        verb(index)
    assert error.value.code == "R114"
    assert "index in place of its pattern" in error.value.fact
    assert error.value.remedy == "Write the pattern in parentheses: @app.get('/path')."
    assert (error.value.at or "").startswith("tests/unit/routing/test_groups.py:")


@pytest.mark.parametrize(
    ("option", "remedy"),
    [
        ("status_code", "Write status=201."),
        ("sttus", "Did you mean 'status'?"),
        ("timeuot", "Did you mean 'timeout'?"),
        ("methods", "Write @app.route(pattern, methods=[...])."),
        ("zzz", "There are csrf, dependencies, deprecated, description,"),
    ],
)
def test_an_option_that_there_is_not_is_refused(option: str, remedy: str) -> None:
    verb: Any = Group().post
    with pytest.raises(RouteError, match=rf"\[R115\] '/x' has no option '{option}'\. At ") as error:
        verb("/x", **{option: 1})
    assert error.value.remedy.startswith(remedy)


@pytest.mark.parametrize("kind", [404, KeyboardInterrupt, "NotFound", None])
def test_errors_are_named_by_types_of_exceptions(kind: Any) -> None:
    group = Group()
    with pytest.raises(RouteError, match=r"\[R116\] An error handler was declared for .*, which is no type") as error:
        group.error(*([] if kind is None else [kind]))
    assert "HTTPError" in error.value.remedy
    assert not group.errors


def test_error_handlers_are_declared_by_type() -> None:
    group = Group(errors={KeyError: declared.plain})

    @group.error(ValueError, TypeError)
    async def answer(request: Request, error: Exception) -> Response:
        return Response()

    assert group.errors == {KeyError: declared.plain, ValueError: answer, TypeError: answer}


def test_a_marked_handler_serves_two_groups() -> None:
    @get("/x")
    def handler() -> None: ...

    one, two = Group("/1"), Group("/2")
    one.include(handler)
    two.include(handler)
    assert (lines(one), lines(two)) == (["GET /1/x handler"], ["GET /2/x handler"])


def test_a_subclass_does_not_inherit_marks() -> None:
    class Sub(declared.Things):
        pass

    with pytest.raises(RouteError, match="R207"):
        Group().include(Sub)


async def middleware(request: Request, call_next: CallNext) -> Response:
    return await call_next(request)


def test_layers_lie_from_the_outer_group_to_the_route() -> None:
    def on_key(request: Request, error: KeyError) -> str:
        return "outer"

    dependencies: list[Callable[[], None]] = [lambda: None, lambda: None, lambda: None]
    outer = Group(
        "/o", middleware=[middleware], dependencies=[dependencies[0]], errors={KeyError: on_key}, tags=["a", "b"]
    )
    inner = Group("/i", dependencies=[dependencies[1]], tags=["b", "c"])
    outer.include(inner)
    inner.get(
        "/x",
        middleware=[middleware],
        dependencies=[dependencies[2]],
        errors={ValueError: on_key},
        tags=["d"],
        status=201,
    )(declared.plain)
    (route,) = flatten(outer)
    assert route.pattern.text == "/o/i/x"
    assert route.middleware == (middleware, middleware)
    assert route.dependencies == tuple(dependencies)
    assert route.tags == ("a", "b", "c", "d")
    assert route.errors == ({ValueError: on_key}, {KeyError: on_key})
    assert route.options.get("status") == 201

    @outer.error(OSError)
    def late(request: Request, error: OSError) -> str:
        return "late"

    assert OSError in route.errors[1]  # declared after the list was made, and still asked


def test_a_form_is_shown_by_get_and_sent_by_post() -> None:
    group = Group("/shop")

    @group.form("/contact", name="contact")
    def contact() -> str:
        return ""

    (info,) = flatten(group)
    assert (info.methods, str(info.pattern.text), info.name) == (("GET", "POST"), "/shop/contact", "contact")
