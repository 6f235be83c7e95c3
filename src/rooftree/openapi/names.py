"""Paths and operations: what they are called in the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from rooftree.binding import HandlerInfo
from rooftree.openapi.answers import is_page
from rooftree.routing import Pattern, RouteInfo, quote_segment

__all__ = ["METHODS", "Operation", "Routes", "duplicates", "operations_in", "path_of"]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""Those that a document can describe."""

Routes = Iterable[tuple[RouteInfo, HandlerInfo | None]]
"""What an application has: its routes with what binding knows of their handlers, nothing for a mounted application."""


class Operation(msgspec.Struct, eq=False, kw_only=True):
    """One method of one path.

    Attributes:
        path: As the document has it.
        method: In lower case.
        id: What generated clients call it.
        given: Whether its author has chosen the id.
        route: The route.
        handler: Its handler.
    """

    path: str
    method: str
    id: str
    given: bool
    route: RouteInfo
    handler: HandlerInfo


def is_described(route: RouteInfo, handler: HandlerInfo) -> bool:
    """Tell whether a route belongs into the document: it says so itself, or it does not answer with pages."""
    hidden = route.options.get("hidden")
    return not (is_page(handler) if hidden is None else hidden)


def path_of(pattern: Pattern) -> str:
    """Return the path of a pattern as a template: the names of its parameters in braces, anything else escaped."""
    parts: list[str] = []
    for segment in pattern.segments:
        if isinstance(segment, str):
            parts.append(quote_segment(segment))
        else:
            parts.append(f"{quote_segment(segment.prefix)}{{{segment.name}}}{quote_segment(segment.suffix)}")
    return "/" + "/".join(parts)


def operations_in(routes: Routes) -> list[Operation]:
    """Return what the document describes, in the order of declaration, each with an id of its own.

    The id is the one that its author has chosen, else the dotted name of the route, with the method behind it where
    one declaration takes several. Names that several routes have get the path behind them: of these, none depends on
    the order or on other routes but in having a namesake.
    """
    found = list(_operations(routes))
    names = Counter(operation.id for operation in found)
    for operation in found:
        if names[operation.id] > 1 and not operation.given:
            operation.id = f"{operation.id}.{operation.method}{_words(operation.path)}"
    return found


def _operations(routes: Routes) -> Iterator[Operation]:
    for route, handler in routes:
        if handler is None or route.kind != "http" or not is_described(route, handler):
            continue
        given = route.options.get("operation_id", "")
        several = len(route.methods) > 1 or route.target is not route.handler
        for method in route.methods:
            lower = method.lower()
            if lower not in METHODS:
                continue
            own = given or route.name or f"{lower}{_words(path_of(route.pattern))}"
            if several and (given or route.name):
                own = f"{own}.{lower}"
            yield Operation(
                path=path_of(route.pattern), method=lower, id=own, given=bool(given), route=route, handler=handler
            )


def _words(path: str) -> str:
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in path).split()
    return "".join(f"_{word}" for word in words)


def duplicates(routes: Routes) -> list[list[Operation]]:
    """Return those operations whose names others have too, by name."""
    found: dict[str, list[Operation]] = {}
    for operation in _operations(routes):
        found.setdefault(operation.id, []).append(operation)
    return [same for same in found.values() if len(same) > 1]
