"""What cannot be meant: two routes for the same paths, routes that are never reached, names given twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rooftree.base import RouteError
from rooftree.routing.options import SlashPolicy
from rooftree.routing.patterns import Parameter
from rooftree.routing.routes import RouteInfo, handler_name

__all__ = ["check_routes", "find_conflicts"]

MAX_NOTES: Final = 20
_EVERYTHING: Final = frozenset(
    {".+", ".*", "[^/]+", "[^/]*", "(.+)", "(.*)", "(?s:.+)", "(?s:.*)", "[^/]{1,}", r"[\s\S]+"}
)
"""Regular expressions that take every segment, as people write them."""


def check_routes(routes: Sequence[RouteInfo], slash: SlashPolicy = "redirect") -> None:
    """Raise the first conflict among the routes of one application; the others are its notes.

    Raises:
        RouteError: As ``find_conflicts`` lists them.
    """
    found = find_conflicts(routes, slash)
    for other in found[1 : MAX_NOTES + 1]:
        found[0].add_note(str(other))
    if found:
        raise found[0]


def find_conflicts(routes: Sequence[RouteInfo], slash: SlashPolicy = "redirect") -> list[RouteError]:
    """Return every conflict among the routes of one application.

    R201 the same pattern and method twice; R202 two patterns that match the same paths; R203 a route or mount that
    is never reached; R205 a name given to two patterns; R206 two mounts at one prefix; R209 two patterns that differ
    in a trailing slash where the policy is ``"same"``; R212 an ``operation_id`` given twice.
    """
    return [
        *_same_paths(routes, slash),
        *_hidden_routes(routes),
        *_hidden_mounts(routes),
        *_same_names(routes),
        *_same_mounts(routes),
        *_same_operations(routes),
    ]


def _host_key(route: RouteInfo) -> tuple[object, ...] | None:
    return route.host.key if route.host else None


def _same_paths(routes: Iterable[RouteInfo], slash: SlashPolicy) -> Iterator[RouteError]:
    first: dict[tuple[object, ...], RouteInfo] = {}
    for route in routes:
        key = route.pattern.key
        if route.options.get("slash", slash) == "same" and len(key) > 1 and key[-1] == "":
            key = key[:-1]
        for method in route.methods:
            other = first.setdefault((_host_key(route), key, method), route)
            if other is not route:
                yield _conflict(other, route, method)


def _conflict(one: RouteInfo, two: RouteInfo, method: str) -> RouteError:
    handlers = f"{handler_name(one.handler)} at {one.place} and {handler_name(two.handler)}"
    if one.pattern.key != two.pattern.key:
        return RouteError(
            "R209",
            f"{method} '{one.pattern.text}' and '{two.pattern.text}' are the same path under slash=\"same\", "
            f"but lead to {handlers}.",
            "Keep one of them, or set the slash policy to 'strict'.",
            at=two.place,
        )
    if _written(one) == _written(two):
        return RouteError(
            "R201",
            f"{method} '{_written(two)}' leads to {handlers}.",
            "Keep one of them, or give one another pattern or method.",
            at=two.place,
        )
    return RouteError(
        "R202",
        f"{method} '{_written(one)}' and '{_written(two)}' match the same paths, but lead to {handlers}.",
        "Keep one of them, or tell them apart by a converter, as in {id:int}.",
        at=two.place,
    )


def _written(route: RouteInfo) -> str:
    return (route.host.text if route.host else "") + route.pattern.text


def _hidden_routes(routes: Sequence[RouteInfo]) -> Iterator[RouteError]:
    for index, route in enumerate(routes):
        if not any(_takes_everything(part) for part in route.pattern.parameters):
            continue
        for other_index, other in enumerate(routes):
            methods = [method for method in other.methods if method in route.methods]
            if methods and _host_key(route) == _host_key(other) and _hides(route, other, declared=index < other_index):
                yield RouteError(
                    "R203",
                    f"{methods[0]} '{_written(other)}' of {handler_name(other.handler)} is never reached: "
                    f"'{_written(route)}' of {handler_name(route.handler)} at {route.place} is tried before it "
                    "and takes every segment.",
                    "Narrow the regular expression, or drop one of the two.",
                    at=other.place,
                )


def _takes_everything(part: Parameter) -> bool:
    regex = part.converter.name == "regex" and part.converter.pattern in _EVERYTHING
    return regex and not part.prefix and not part.suffix


def _hides(route: RouteInfo, other: RouteInfo, *, declared: bool) -> bool:
    """Whether ``route`` takes, first, each segment that ``other`` takes; ``declared``: it was declared first."""
    mine, others = route.pattern.segments, other.pattern.segments
    if len(mine) != len(others) or route.pattern.key == other.pattern.key:
        return False
    for part, against in zip(mine, others, strict=True):
        if isinstance(part, str) or isinstance(against, str):
            if part != against:
                return False
        elif part.key != against.key:
            mine_rank, other_rank = part.converter.rank, against.converter.rank
            earlier = mine_rank < other_rank or (mine_rank == other_rank and declared)
            plain = not against.prefix and not against.suffix and not against.greedy
            if not _takes_everything(part) or not earlier or not plain:
                return False
    return True


def _hidden_mounts(routes: Sequence[RouteInfo]) -> Iterator[RouteError]:
    mounts = [route for route in routes if route.kind == "mount"]
    for route in routes if mounts else ():
        *before, last = route.pattern.segments
        if not isinstance(last, Parameter) or not last.greedy or not all(isinstance(part, str) for part in before):
            continue
        for mount in mounts:
            inside = mount.pattern.segments[: len(before)] == tuple(before) and mount.pattern.segments != ("",)
            if inside and _host_key(mount) == _host_key(route):
                yield RouteError(
                    "R203",
                    f"The mount at '{_written(mount)}' never sees {', '.join(route.methods)}: "
                    f"'{_written(route)}' of {handler_name(route.handler)} at {route.place} takes all below it.",
                    "Routes come before mounts: narrow the pattern, or make a mount of it.",
                    at=mount.place,
                )


def _same_names(routes: Iterable[RouteInfo]) -> Iterator[RouteError]:
    first: dict[str, RouteInfo] = {}
    for route in routes:
        if route.named:
            other = first.setdefault(route.name, route)
            if _written(other) != _written(route):
                yield RouteError(
                    "R205",
                    f"'{route.name}' names both '{_written(other)}' at {other.place} and '{_written(route)}'.",
                    "Give one of them another name, or put them into groups with names.",
                    at=route.place,
                )


def _same_mounts(routes: Iterable[RouteInfo]) -> Iterator[RouteError]:
    first: dict[tuple[object, ...], RouteInfo] = {}
    for route in routes:
        if route.kind == "mount":
            other = first.setdefault((_host_key(route), route.pattern.key), route)
            if other is not route:
                yield RouteError(
                    "R206",
                    f"Two applications are mounted at '{_written(route)}', the first at {other.place}.",
                    "Mount the second one at another prefix.",
                    at=route.place,
                )


def _same_operations(routes: Iterable[RouteInfo]) -> Iterator[RouteError]:
    first: dict[str, RouteInfo] = {}
    for route in routes:
        given = route.options.get("operation_id")
        if not given or route.options.get("hidden"):
            continue
        several = len(route.methods) > 1 or route.target is not route.handler
        for method in route.methods:
            other = first.setdefault(f"{given}.{method}" if several else given, route)
            if other is not route:
                yield RouteError(
                    "R212",
                    f"operation_id='{given}' is given to {', '.join(other.methods)} '{_written(other)}' at "
                    f"{other.place}, and to {', '.join(route.methods)} '{_written(route)}'.",
                    "Give each its own: generated clients have one function for each.",
                    at=route.place,
                )
                break
