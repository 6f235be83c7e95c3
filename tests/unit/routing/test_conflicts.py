from __future__ import annotations

from collections.abc import Callable

import pytest

from rooftree.base import RouteError
from rooftree.routing import Group, SlashPolicy, check_routes, find_conflicts, flatten


def one() -> None: ...


def two() -> None: ...


async def application(*arguments: object) -> None: ...


def conflicts(declare: Callable[[Group], object], slash: SlashPolicy = "redirect") -> list[str]:
    group = Group()
    declare(group)
    return [str(error) for error in find_conflicts(flatten(group), slash)]


HERE = "tests/unit/routing/test_conflicts.py"


def test_one_pattern_and_method_twice() -> None:
    group = Group()
    group.get("/items/{id}")(one)
    group.route("/items/{id}", ["POST", "GET"])(two)
    routes = flatten(group)
    assert [str(error) for error in find_conflicts(routes)] == [
        (
            f"[R201] GET '/items/{{id}}' leads to test_conflicts.one() at {routes[0].place} and test_conflicts.two(). "
            f"At {routes[1].place}. Keep one of them, or give one another pattern or method."
        )
    ]
    assert routes[0].place.startswith(f"{HERE}:")
    assert routes[0].place != routes[1].place


def test_two_patterns_for_the_same_paths() -> None:
    def declare(group: Group) -> None:
        group.get("/items/{a}")(one)
        group.get("/items/{b:str}")(two)

    (text,) = conflicts(declare)
    assert text.startswith(
        f"[R202] GET '/items/{{a}}' and '/items/{{b:str}}' match the same paths, "
        f"but lead to test_conflicts.one() at {HERE}:"
    )
    assert text.endswith("Keep one of them, or tell them apart by a converter, as in {id:int}.")


def test_hosts_tell_apart_unless_they_match_the_same() -> None:
    def declare(second: str) -> Callable[[Group], None]:
        def inside(group: Group) -> None:
            for host, handler in (("{a}.example.org", one), (second, two)):
                part = Group(host=host)
                part.get("/x")(handler)
                group.include(part)
            group.get("/x")(one)

        return inside

    assert conflicts(declare("api.example.org")) == []
    (text,) = conflicts(declare("{b}.example.org"))
    assert text.startswith("[R202] GET '{a}.example.org/x' and '{b}.example.org/x' match the same paths")


def test_what_is_told_apart_is_no_conflict() -> None:
    def declare(group: Group) -> None:
        group.get("/items/{a}")(one)
        group.post("/items/{b}")(two)
        group.get("/items/{c:int}")(one)
        group.get("/items/v{d}")(one)
        group.get("/items/new")(one)
        group.get("/items/{a}/x")(one)
        group.get("/items/{b}/y")(two)
        group.websocket("/items/{a}")(one)
        group.get("/same")(one)
        group.get("/same/")(one)
        group.get("/{rest:path}")(one)
        group.get("/{lang:regex([a-z]{2})}")(one)
        group.mount("/", application)

    assert conflicts(declare) == []


def test_a_trailing_slash_does_not_tell_apart_where_both_are_the_same() -> None:
    def declare(group: Group) -> None:
        group.get("/a")(one)
        group.get("/a/")(two)
        group.get("/")(two)

    (text,) = conflicts(declare, "same")
    assert text.startswith(
        "[R209] GET '/a' and '/a/' are the same path under slash=\"same\", but lead to test_conflicts.one() at "
    )
    assert text.endswith("Keep one of them, or set the slash policy to 'strict'.")
    assert conflicts(declare, "strict") == []


@pytest.mark.parametrize("hidden", ["/{b}", "/{b:regex([a-z]+)}"])
def test_a_regex_that_takes_everything_hides_what_comes_after(hidden: str) -> None:
    def declare(group: Group) -> None:
        group.get("/items/{a:regex(.+)}/x")(one)
        group.get(f"/items{hidden}/x")(two)

    (text,) = conflicts(declare)
    assert text.startswith(
        f"[R203] GET '/items{hidden}/x' of test_conflicts.two() is never reached: '/items/{{a:regex(.+)}}/x' "
        f"of test_conflicts.one() at {HERE}:"
    )
    assert " is tried before it and takes every segment. At " in text
    assert text.endswith("Narrow the regular expression, or drop one of the two.")


@pytest.mark.parametrize(
    "seen",
    [
        "/items/{b:int}/x",  # tried before
        "/items/{b}/y",
        "/items/{b}/x/y",
        "/items/{b}.json/x",
        "/items/new/x",
        "/items/{b:path}/x",
        "/things/{b}/x",
    ],
)
def test_a_regex_hides_nothing_else(seen: str) -> None:
    def declare(group: Group) -> None:
        group.get(seen)(two)
        group.get("/items/{a:regex(.+)}/x")(one)
        group.post("/items/{a}/x")(one)

    assert conflicts(declare) == []


def test_a_regex_hides_behind_equal_parameters_too() -> None:
    def declare(group: Group) -> None:
        group.get("/{k:int}/{b}")(two)
        group.get("/{l:int}/{a:regex(.*)}")(one)

    (text,) = conflicts(declare)
    assert text.startswith("[R203] GET '/{k:int}/{b}' of test_conflicts.two() is never reached")


def test_a_regex_declared_later_hides_no_regex() -> None:
    def declare(group: Group) -> None:
        group.get("/{b:regex([a-z]+)}")(two)
        group.get("/{a:regex(.+)}")(one)
        group.get("/v{a:regex(.+)}")(one)

    assert conflicts(declare) == []


def test_a_route_that_takes_all_below_hides_a_mount() -> None:
    def declare(group: Group) -> None:
        group.get("/old/{rest:path}")(one)
        group.mount("/old/app", application)
        group.mount("/new", application)
        part = Group(host="h.org")
        part.mount("/old/app", application)
        group.include(part)

    (text,) = conflicts(declare)
    assert text.startswith(
        "[R203] The mount at '/old/app' never sees GET: '/old/{rest:path}' of test_conflicts.one() at "
    )
    assert text.endswith("Routes come before mounts: narrow the pattern, or make a mount of it.")


def test_a_route_with_parameters_before_its_end_hides_no_mount() -> None:
    def declare(group: Group) -> None:
        group.get("/{a}/{rest:path}")(one)
        group.get("/{rest:path}/x")(one)
        group.mount("/old", application)

    assert conflicts(declare) == []


def test_one_mount_at_a_prefix() -> None:
    def declare(group: Group) -> None:
        group.mount("/old", application)
        group.mount("/old/", application)

    (text,) = conflicts(declare)
    assert text.startswith(f"[R206] Two applications are mounted at '/old', the first at {HERE}:")
    assert text.endswith("Mount the second one at another prefix.")


def test_a_name_that_was_given_is_given_once() -> None:
    def declare(group: Group) -> None:
        group.get("/a", name="x")(one)
        group.post("/a", name="x")(two)
        group.get("/b", name="x")(two)
        group.get("/c")(one)
        group.get("/d")(one)

    (text,) = conflicts(declare)
    assert text.startswith(f"[R205] 'x' names both '/a' at {HERE}:")
    assert " and '/b'. At " in text
    assert text.endswith("Give one of them another name, or put them into groups with names.")


def test_the_first_conflict_is_raised_with_the_others_as_notes() -> None:
    group = Group()
    for _ in range(3):
        group.get("/a")(one)
        group.mount("/m", application)
    with pytest.raises(RouteError) as error:
        check_routes(flatten(group))
    assert error.value.code == "R201"
    notes = error.value.__notes__
    assert [note[:6] for note in notes] == ["[R201]", "[R206]", "[R206]"]
    check_routes([])


def test_an_operation_has_an_id_of_its_own() -> None:
    def declare(group: Group) -> None:
        group.get("/a", operation_id="show")(one)
        group.post("/b", operation_id="show")(two)
        group.get("/c", operation_id="show", hidden=True)(two)
        group.route("/d", ["GET", "POST"], operation_id="both")(one)
        group.get("/e", operation_id="other")(one)

    (text,) = conflicts(declare)
    assert text.startswith(f"[R212] operation_id='show' is given to GET '/a' at {HERE}:")
    assert ", and to POST '/b'. At " in text
    assert text.endswith("Give each its own: generated clients have one function for each.")
