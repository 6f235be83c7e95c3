"""Problem documents (RFC 9457): what an operation answers where something is wrong, by status."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_type_hints

import msgspec

from rooftree.base import HTTPError, RequestInvalid, RooftreeError
from rooftree.binding import HandlerInfo, sent_as
from rooftree.http import reason_of
from rooftree.openapi.shapes import schema_of
from rooftree.routing import RouteInfo
from rooftree.schema import Components, SchemaName

__all__ = ["Problems"]

PROBLEM_JSON: Final = "application/problem+json"
SAFE: Final = frozenset({"get", "head", "options", "trace"})

PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, as RFC 9457 has it.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Names the kind of problem."},
        "title": {"type": "string", "description": "A short name of the kind of problem."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is so in this case."},
        "instance": {"type": "string", "format": "uri-reference", "description": "Names this very occurrence."},
    },
    "required": ["type", "title", "status"],
}
FAULT: Final[Mapping[str, Any]] = {
    "type": "object",
    "title": "FieldProblem",
    "description": "One thing wrong with one value of the request.",
    "properties": {
        "detail": {"type": "string", "description": "What is wrong, for people."},
        "in": {"enum": ["path", "query", "header", "cookie", "body", "form"]},
        "pointer": {"type": "string", "description": "The way to the value in the body: #/owner/emails/0 (RFC 6901)."},
        "parameter": {"type": "string", "description": "The name of the parameter or field."},
        "code": {"type": "string", "description": "A stable name of the rule that is broken."},
        "params": {"type": "object", "description": "What the rule's text needs, such as its limit."},
    },
    "required": ["detail", "in", "code"],
}

TEXTS: Final[Mapping[str, tuple[int, str]]] = {
    "BadRequest": (400, "The request cannot be read."),
    "Unauthorized": (401, "Nobody is signed in, or by something that is not taken."),
    "Forbidden": (403, "Whoever is signed in may not do this."),
    "Forgery": (403, "A page of another site has sent the request."),
    "Signature": (403, "The link is not one that was given out here, was changed, or has expired."),
    "NotFound": (404, "Nothing is there."),
    "PayloadTooLarge": (413, "The body is larger than what is taken here."),
    "UnsupportedMediaType": (415, "The body is of a kind that is not taken here."),
    "Invalid": (422, "Values of the request cannot be used; each is listed."),
    "TooManyRequests": (429, "It was asked too often."),
    "Unavailable": (503, "It took too long."),
}
"""The framework's own reasons, in the order of their statuses."""
WITH_FAULTS: Final = frozenset({"BadRequest", "Invalid", "PayloadTooLarge"})


class Reason(msgspec.Struct, frozen=True):
    """One reason for an answer: what it says, and the schema of its body."""

    text: str
    schema: str


class Problems:
    """The answers to what is wrong, of all operations of one document.

    Attributes:
        shared: Answers that several operations have, by name: the `components.responses` of the document.
    """

    def __init__(self, components: Components) -> None:
        self.shared: dict[str, Any] = {}
        self._components = components

    def of(self, route: RouteInfo, method: str, handler: HandlerInfo) -> dict[str, Any]:
        """Return the answers of one operation by status."""
        own = reasons(route, method, handler)
        raised = handler.raises
        found: dict[str, Any] = {}
        statuses = {TEXTS[name][0] for name in own}
        by_status: dict[int | None, list[type[Exception]]] = {}
        for error in raised:
            status = status_of(error)
            by_status.setdefault(status, []).append(error)
        for status in sorted({*statuses, *(each for each in by_status if each is not None)}):
            names = [name for name in own if TEXTS[name][0] == status]
            found[str(status)] = self._answer(status, names, by_status.get(status, []), route)
        if None in by_status:
            found["default"] = self._answer(None, [], by_status[None], route)
        return found

    def _answer(
        self, status: int | None, names: Sequence[str], errors: Sequence[type[Exception]], route: RouteInfo
    ) -> dict[str, Any]:
        if len(names) == 1 and not errors and not route.errors:
            return self._shared(names[0])
        parts: list[tuple[str, dict[str, Any]]] = []
        for name in names:
            handler = _handler_of(_class_of(name), route)
            parts.append((TEXTS[name][1], self._framework_schema(name) if handler is None else self._handled(handler)))
        for error in errors:
            handler = _handler_of(error, route)
            parts.append((_text(error, status), self._schema(error) if handler is None else self._handled(handler)))
        description = "\n\n".join(dict.fromkeys(text for text, _ in parts))
        return {"description": description, **_content([content for _, content in parts])}

    def _shared(self, name: str) -> dict[str, Any]:
        if name not in self.shared:
            self.shared[name] = {"description": TEXTS[name][1], **self._framework_schema(name), **_headers(name)}
        return {"$ref": f"#/components/responses/{name}"}

    def _framework_schema(self, name: str) -> dict[str, Any]:
        schema = self._invalid() if name in WITH_FAULTS else self._problem()
        return {"content": {PROBLEM_JSON: {"schema": schema}}}

    def _component(self, name: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        used, is_new = self._components.name_for((Problems, name), None, SchemaName.plain(name, "rooftree"))
        if is_new:
            self._components[used] = dict(make())
        return {"$ref": f"#/components/schemas/{used}"}

    def _problem(self) -> dict[str, Any]:
        return self._component("Problem", lambda: PROBLEM)

    def _invalid(self) -> dict[str, Any]:
        def make() -> Mapping[str, Any]:
            fault = self._component("FieldProblem", lambda: FAULT)
            errors = {"type": "array", "items": fault, "description": "Everything that is wrong."}
            properties = {**PROBLEM["properties"], "errors": errors}
            return {**PROBLEM, "title": "InvalidProblem", "properties": properties}

        return self._component("InvalidProblem", make)

    def _schema(self, error: type[Exception]) -> dict[str, Any]:
        """Return the content of the answer to an error that the framework answers."""
        answer = answered_by(error)
        if isinstance(answer, RequestInvalid) or issubclass(error, RequestInvalid):
            schema = self._invalid()
        elif issubclass(error, HTTPError) and error.type != "about:blank":
            schema = self._named(error)
        else:
            schema = self._problem()
        return {"content": {PROBLEM_JSON: {"schema": schema}}}

    def _named(self, error: type[HTTPError]) -> dict[str, Any]:
        """Return the schema of a kind of problem that has a URI of its own."""
        status = status_of(error)
        used, is_new = self._components.name_for(error, None, SchemaName.plain(error.__name__, error.__module__))
        if is_new:
            members: dict[str, Any] = {"type": {"const": error.type}}
            if status is not None:
                members["status"] = {"const": status}
            if error.title:
                members["title"] = {"const": error.title}
            schema: dict[str, Any] = {"title": error.__name__}
            if text := _doc(error):
                schema["description"] = text
            schema["allOf"] = [self._problem(), {"type": "object", "properties": members, "required": ["type"]}]
            self._components[used] = schema
        return {"$ref": f"#/components/schemas/{used}"}

    def _handled(self, handler: Callable[..., Any]) -> dict[str, Any]:
        """Return the content of an answer that the application makes itself, as far as its handler says."""
        try:
            returns = get_type_hints(handler).get("return", Any)
        except (NameError, TypeError):
            returns = Any
        for sent in sent_as(type(None) if returns is None else returns):
            if sent.kind == "data":
                schema = schema_of(sent.type, self._components, output=True)
                return {"content": {media_type: {"schema": schema} for media_type in sent.media_types}}
        return {}


def _headers(name: str) -> dict[str, Any]:
    if name == "Unauthorized":
        text = "How to say who you are (RFC 9110 section 11.6.1)."
        return {"headers": {"WWW-Authenticate": {"description": text, "schema": {"type": "string"}}}}
    if name == "TooManyRequests":
        return {"headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}}
    return {}


def reasons(route: RouteInfo, method: str, handler: HandlerInfo) -> list[str]:
    """Return the names of the framework's own reasons to refuse a request of an operation."""
    found: set[str] = set()
    options = route.options
    typed = [p for p in handler.all_parameters() if p.typed]
    if any(p.source != "path" or p.type is not str for p in typed):
        found.add("Invalid")
    if any(p.source in {"query", "path"} for p in typed):
        found.add("BadRequest")
    body = handler.body
    if body is not None:
        found.add("PayloadTooLarge")
        if body.kind in {"typed", "form"}:
            found |= {"BadRequest", "UnsupportedMediaType"}
    if any(part.converter.name != "str" or part.prefix or part.suffix for part in route.pattern.parameters):
        found.add("NotFound")
    if method not in SAFE and options.get("csrf", True):
        found.add("Forgery")
    if options.get("signed"):
        found.add("Signature")
    if "limit" in options:
        found.add("TooManyRequests")
    if "timeout" in options:
        found.add("Unavailable")
    if handler.requires or any(hasattr(step.call, "__rooftree_user__") for step in handler.steps()):
        found.add("Unauthorized")
    if any(each.test is not None or each.parts for each in handler.requires):
        found.add("Forbidden")
    return [name for name in TEXTS if name in found]


def _class_of(name: str) -> type[Exception]:
    return RequestInvalid if name in WITH_FAULTS else HTTPError


def answered_by(error: type[Exception]) -> HTTPError | None:
    """Return what the framework answers to one of its own errors; `None` for others."""
    if not issubclass(error, RooftreeError):
        return None
    try:
        return error("", "").to_http()
    except TypeError:  # made otherwise
        return None


def status_of(error: type[Exception]) -> int | None:
    """Return the status that an error is answered with; `None` where only its handler knows."""
    answer = answered_by(error)
    if answer is not None:
        return answer.status
    status = getattr(error, "status", None)
    return status if isinstance(status, int) and 400 <= status <= 599 else None


def _handler_of(error: type[Exception], route: RouteInfo) -> Callable[..., Any] | None:
    for layer in route.errors:
        for base in error.__mro__:
            if base in layer:
                return layer[base]
    return None


def _text(error: type[Exception], status: int | None) -> str:
    detail = getattr(error, "detail", "")
    return _doc(error) or str(detail or "") or (reason_of(status) if status is not None else "") or error.__name__


def _doc(error: type[Exception]) -> str:
    text = error.__dict__.get("__doc__")
    return inspect.cleandoc(text) if isinstance(text, str) else ""


def _content(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the content of an answer that has several reasons: each schema once."""
    schemas: dict[str, list[Any]] = {}
    for part in parts:
        for media_type, media in part.get("content", {}).items():
            known = schemas.setdefault(media_type, [])
            if media["schema"] not in known:
                known.append(media["schema"])
    if not schemas:
        return {}
    return {
        "content": {
            media_type: {"schema": found[0] if len(found) == 1 else {"anyOf": found}}
            for media_type, found in schemas.items()
        }
    }
