"""What has changed between two documents of an API, and what of it breaks those who ask it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from rooftree.openapi.compare import Table, compare, resolve

__all__ = ["Change", "changes"]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Change(msgspec.Struct, frozen=True):
    """One change.

    Attributes:
        breaking: Whether a client that worked may fail.
        where: The operation and the place in it: `POST /items, body.price`, `GET /items, answer 200.items[].name`.
        what: What has changed.
    """

    breaking: bool
    where: str
    what: str


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return what has changed between two documents, what breaks first, else in the order of the old one.

    Names of parameters in paths mean nothing to whoever asks; names of schemas, texts and examples neither.
    """
    found = [*_operations(old, new)]
    return sorted(found, key=lambda change: not change.breaking)


def _operations(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = _by_place(old), _by_place(new)
    for place, (name, operation) in before.items():
        if place not in after:
            yield Change(True, name, "the operation was removed")
            continue
        for breaking, where, what in _operation(old, new, operation, after[place][1]):
            yield Change(breaking, f"{name}{f', {where}' if where else ''}", what)
    for place, (name, _) in after.items():
        if place not in before:
            yield Change(False, name, "the operation is new")


def _by_place(document: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, Mapping[str, Any]]]:
    """Return operations and WebSockets by method and path, the names in which count only by their places."""
    found: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {}
    for path, item in document.get("paths", {}).items():
        shared = item.get("parameters", [])
        for method in METHODS:
            if method in item:
                operation = item[method]
                if shared:
                    operation = {**operation, "parameters": [*shared, *operation.get("parameters", [])]}
                found[method, _nameless(path)] = f"{method.upper()} {path}", operation
    for path, socket in document.get("x-websockets", {}).items():
        found["websocket", _nameless(path)] = f"WebSocket {path}", socket
    return found


def _nameless(path: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", path)


Found = tuple[bool, str, str]


def _operation(
    old: Mapping[str, Any], new: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Found]:
    if before.get("operationId") != after.get("operationId"):
        yield True, "", f"the operationId is {after.get('operationId')!r} and was {before.get('operationId')!r}"
    if after.get("deprecated") and not before.get("deprecated"):
        yield False, "", "the operation is deprecated"
    yield from _security(old, new, before, after)
    yield from _parameters(old, new, before, after)
    yield from _body(old, new, before, after)
    yield from _answers(old, new, before, after)
    yield from _message(old, new, before, after)


def _security(
    old: Mapping[str, Any], new: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Found]:
    ways: list[Table] = before.get("security", old.get("security")) or [{}]
    now: list[Table] = after.get("security", new.get("security")) or [{}]
    for way in ways:
        if not any(_is_less(other, way) for other in now):
            yield True, "security", f"{_way(way)} is no longer enough: it takes {' or '.join(map(_way, now))}"


def _is_less(way: Mapping[str, Any], than: Mapping[str, Any]) -> bool:
    """Tell whether one way to be let in asks for nothing more than another."""
    return all(scheme in than and set(roles) <= set(than[scheme]) for scheme, roles in way.items())


def _way(way: Mapping[str, Any]) -> str:
    parts = [f"{scheme} ({', '.join(roles)})" if roles else scheme for scheme, roles in way.items()]
    return " and ".join(parts) or "nobody in particular"


def _parameters(
    old: Mapping[str, Any], new: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Found]:
    was, now = _named(old, before), _named(new, after)
    for key, parameter in was.items():
        where = _place(parameter)
        other = now.get(key)
        if other is None:
            yield True, where, "the parameter was removed"
            continue
        if other.get("required") and not parameter.get("required"):
            yield True, where, "the parameter is required"
        for breaking, inner, what in compare(old, new, parameter.get("schema", {}), other.get("schema", {}), sent=True):
            yield breaking, f"{where}{inner}", what
    for key, parameter in now.items():
        if key not in was:
            needed = bool(parameter.get("required"))
            yield needed, _place(parameter), f"the {'required ' if needed else ''}parameter is new"


def _named(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the parameters by place and name; those of the path by their order."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    position = 0
    for given in operation.get("parameters", []):
        parameter = resolve(document, given)
        name = str(parameter.get("name", ""))
        if parameter.get("in") == "path":
            name, position = str(position), position + 1
        elif parameter.get("in") == "header":
            name = name.lower()
        found[str(parameter.get("in", "")), name] = parameter
    return found


def _place(parameter: Mapping[str, Any]) -> str:
    return f"{parameter.get('in')} parameter '{parameter.get('name')}'"


def _body(
    old: Mapping[str, Any], new: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Found]:
    was = resolve(old, before.get("requestBody") or {})
    now = resolve(new, after.get("requestBody") or {})
    if was and not now:
        yield True, "body", "no body is taken any more"
        return
    if now.get("required") and not was.get("required"):
        yield True, "body", "a body is required"
    if not was:
        return
    kinds = now.get("content", {})
    for kind in was.get("content", {}):
        if kind not in kinds:
            yield True, "body", f"{kind} is no longer taken"
    yield from _contents(old, new, was.get("content", {}), kinds, "body", sent=True)


def _contents(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    where: str,
    *,
    sent: bool,
) -> Iterator[Found]:
    """Give what has changed in the forms of one value that there are in both; what holds for several is told once."""
    known: list[tuple[Any, Any]] = []
    told: list[Found] = []
    for kind, media in before.items():
        if kind not in after:
            continue
        schemas = media.get("schema", {}), after[kind].get("schema", {})
        if schemas not in known:
            known.append(schemas)
            for change in compare(old, new, *schemas, sent=sent):
                if change not in told:
                    told.append(change)
                    yield change[0], f"{where}{change[1]}", change[2]


def _answers(
    old: Mapping[str, Any], new: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Found]:
    was, now = before.get("responses", {}), after.get("responses", {})
    for status, given in was.items():
        if status not in now:
            # who was told of an error that does not come any more loses nothing
            yield status.startswith(("2", "3", "d")), f"answer {status}", "the status was removed"
            continue
        answer, other = resolve(old, given), resolve(new, now[status])
        kinds = other.get("content", {})
        for kind in answer.get("content", {}):
            if kind not in kinds:
                yield True, f"answer {status}", f"{kind} is no longer answered"
        yield from _contents(old, new, answer.get("content", {}), kinds, f"answer {status}", sent=False)
        headers = {name.lower(): resolve(new, header) for name, header in other.get("headers", {}).items()}
        for name, header in answer.get("headers", {}).items():
            if name.lower() not in headers:
                yield True, f"answer {status}", f"the header {name} was removed"
                continue
            schemas = resolve(old, header).get("schema", {}), headers[name.lower()].get("schema", {})
            for breaking, inner, what in compare(old, new, *schemas, sent=False):
                yield breaking, f"answer {status}, header '{name}'{inner}", what
    for status in now:
        if status not in was:
            yield False, f"answer {status}", "the status is new"


def _message(
    old: Mapping[str, Any], new: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Found]:
    """Give what has changed in the messages of a WebSocket, which go both ways: what breaks either way breaks."""
    schemas = before.get("message", {}), after.get("message", {})
    found: dict[tuple[str, str], bool] = {}
    for sent in (True, False):
        for breaking, inner, what in compare(old, new, *schemas, sent=sent):
            found[inner, what] = breaking or found.get((inner, what), False)
    for (inner, what), breaking in found.items():
        yield breaking, f"message{inner}", what
