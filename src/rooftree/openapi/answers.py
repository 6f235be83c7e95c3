"""What an operation answers with when it has gone well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rooftree.binding import REQUIRED, AnswerInfo, HandlerInfo, SentInfo, sent_as
from rooftree.http import reason_of
from rooftree.openapi.requests import as_data
from rooftree.openapi.shapes import FILE, schema_of
from rooftree.routing import RouteInfo
from rooftree.schema import Components

__all__ = ["answers_of", "is_page"]

EMPTY: Final = frozenset({204, 205, 304})
LOCATION: Final[Mapping[str, Any]] = {
    "Location": {"description": "Where to go on.", "schema": {"type": "string", "format": "uri-reference"}}
}


def is_page(handler: HandlerInfo) -> bool:
    """Tell whether every answer of a handler is for people: a page, markup, a redirect."""
    sent = [each.kind for each in sent_as(handler.returns, handler.media_type)]
    return set(sent) <= {"page", "html", "redirect"}


def answers_of(route: RouteInfo, handler: HandlerInfo, components: Components) -> dict[str, Any]:
    """Return the answers by status, those that the option `responses` names included."""
    found: dict[str, Any] = {}
    returns = handler.returns
    for sent in sent_as(returns, handler.media_type):
        for name, answer in _of(sent, handler.status, components).items():
            _merge(found, name, answer)
    for status, given in route.options.get("responses", {}).items():
        info = given if isinstance(given, AnswerInfo) else AnswerInfo(returns=given)
        made = _declared(status, info, components)
        if str(status) in found and info.returns is None:  # more about the one that is known
            made = {**found[str(status)], **{key: value for key, value in made.items() if key != "content"}}
        found[str(status)] = made
    return found


def _of(sent: SentInfo, declared: int | None, components: Components) -> dict[str, Any]:
    status = declared or 200
    if status in EMPTY:
        return {str(status): {"description": reason_of(status)}}
    match sent.kind:
        case "nothing":
            return {str(declared or 204): {"description": reason_of(declared or 204)}}
        case "redirect":
            return {"303": {"description": reason_of(303), "headers": dict(LOCATION)}}
        case "file":
            content = _content(sent, dict(FILE))
            partial = {"description": "The part that was asked for.", "content": content}
            return {
                "200": {"description": "The file.", "content": content},
                "206": partial,
                "304": {"description": "It has not changed."},
                "412": {"description": "It is not what the request expects."},
                "416": {"description": "The file has no such part."},
            }
        case _:
            answer = {"description": _description(sent, status), "content": _content(sent, _schema(sent, components))}
            return {str(status): answer}


def _description(sent: SentInfo, status: int) -> str:
    if sent.kind == "items":
        return "A stream of lines, each JSON of its own; the schema is of one."
    if sent.kind == "events":
        return "A stream of events; the schema is of one."
    return reason_of(status) or f"Status {status}"


def _schema(sent: SentInfo, components: Components) -> dict[str, Any]:
    match sent.kind:
        case "data" | "items":
            return schema_of(sent.type, components, output=True)
        case "events":
            return _event(sent.type, components)
        case "text" | "html" | "page":
            return {"type": "string"}
        case "bytes":
            return dict(FILE)
        case _:
            return {}


def _event(data: Any, components: Components) -> dict[str, Any]:
    """Return the schema of one event: its fields (WHATWG HTML, section 9.2.6), and what is in its data."""
    text: dict[str, Any] = {"type": "string"}
    if data not in {str, bytes, Any, object, REQUIRED}:
        text |= {"contentMediaType": "application/json", "contentSchema": schema_of(data, components, output=True)}
    properties: dict[str, Any] = {
        "data": text,
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer"},
    }
    return {"type": "object", "properties": properties}


def _content(sent: SentInfo, schema: dict[str, Any]) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": schema} if schema else {}
    return dict.fromkeys(sent.media_types, media)


def _declared(status: int, info: AnswerInfo, components: Components) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": info.description or reason_of(status) or f"Status {status}"}
    if info.headers:
        answer["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in info.headers.items()
        }
    if info.returns is None:
        return answer
    for sent in sent_as(info.returns, info.media_type):
        content = _content(sent, _schema(sent, components))
        for media in content.values():
            if info.examples:
                media["examples"] = {name: {"value": as_data(value)} for name, value in info.examples.items()}
        answer.setdefault("content", {}).update(content)
    return answer


def _merge(found: dict[str, Any], status: str, answer: dict[str, Any]) -> None:
    known = found.get(status)
    if known is None:
        found[status] = answer
        return
    if "content" in answer:
        known["content"] = {**known.get("content", {}), **answer["content"]}
    if "headers" in answer:
        known["headers"] = {**known.get("headers", {}), **answer["headers"]}
