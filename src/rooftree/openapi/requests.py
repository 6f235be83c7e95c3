"""What an operation takes: parameters and body."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from rooftree.binding import HandlerInfo, ParameterInfo
from rooftree.openapi.shapes import FILE, TextField, schema_of, text_fields
from rooftree.routing import Parameter, RouteInfo
from rooftree.schema import Components

__all__ = ["as_data", "body_of", "parameters_of"]

NOT_PARAMETERS: Final = frozenset({"accept", "content-type", "authorization"})
"""Headers that OpenAPI has other words for, and would pass over (3.1, "Parameter Object")."""

IN_PATHS: Final = "^[^\\u0000-\\u001f\\u007f]+$"
"""Texts that stand in a path: no segment is empty, and the server refuses control characters in it."""
IN_MULTIPART: Final = "^[^\\u0000-\\u001f\\u007f]*$"
"""Names of the parts of a form."""


def parameters_of(route: RouteInfo, handler: HandlerInfo, components: Components) -> list[dict[str, Any]]:
    """Return the parameters of an operation, each once, as the objects of the document."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    in_path = {parameter.name: parameter for parameter in route.pattern.parameters}
    for parameter in handler.all_parameters():
        if parameter.source not in {"path", "query", "header", "cookie"}:
            continue
        if parameter.source == "path" and parameter.wire not in in_path:
            continue  # the host's
        for field in text_fields(parameter, components):
            if field.pattern or (parameter.source == "header" and field.name in NOT_PARAMETERS):
                continue
            made = _parameter(parameter, field, in_path.get(parameter.wire))
            found.setdefault((made["in"], made["name"]), made)
    for name, piece in in_path.items():
        missing = {"name": name, "in": "path", "required": True, "schema": _path_schema({"type": "string"}, piece)}
        found.setdefault(("path", name), missing)
    order = {"path": 0, "query": 1, "header": 2, "cookie": 3}
    return sorted(found.values(), key=lambda each: order[each["in"]])


def _parameter(parameter: ParameterInfo, field: TextField, piece: Parameter | None) -> dict[str, Any]:
    in_path = parameter.source == "path"
    schema = _path_schema(field.schema, piece) if in_path and piece is not None else field.schema
    made: dict[str, Any] = {"name": _title(field.name) if parameter.source == "header" else field.name}
    made["in"] = parameter.source
    if field.description:
        made["description"] = field.description
    if in_path or field.required:
        made["required"] = True
    elif parameter.source == "query" and field.may_be_empty:
        made["allowEmptyValue"] = True
        if "pattern" in schema:
            schema = {**schema, "pattern": f"^$|{schema['pattern']}"}
    if schema.get("deprecated"):
        made["deprecated"] = True
    return {**made, "schema": schema}


def _title(header: str) -> str:
    return "-".join(part.capitalize() for part in header.split("-"))


def _path_schema(schema: dict[str, Any], piece: Parameter) -> dict[str, Any]:
    """Return the schema of a path's parameter, with what its converter asks for."""
    if schema.get("type") != "string":
        return schema
    converter = piece.converter
    if "pattern" not in schema and converter.name not in {"str", "path"} and "format" not in schema:
        schema = {**schema, "pattern": f"^(?:{converter.pattern})$"}
    return schema if {"pattern", "format"} & schema.keys() else {**schema, "pattern": IN_PATHS}


def body_of(route: RouteInfo, handler: HandlerInfo, components: Components) -> dict[str, Any] | None:
    """Return the body that an operation takes, as the object of the document; `None` where it takes none."""
    body = handler.body
    if body is None:
        return None
    if body.kind == "form":
        return _form(handler, components, body.media_types, route)
    parameter = body.parameter
    needed = parameter is not None and parameter.required and body.kind == "typed"
    made: dict[str, Any] = {}
    if parameter is not None and parameter.description:
        made["description"] = parameter.description
    if body.kind == "typed" and parameter is not None:
        schema = schema_of(parameter.type, components)
        media: dict[str, Any] = {"schema": schema, **_examples(route)}
        made["content"] = dict.fromkeys(body.media_types, media)
    else:
        made["content"] = {"application/octet-stream": {"schema": dict(FILE), **_examples(route)}}
    return {**made, "required": True} if needed else made


def _form(handler: HandlerInfo, components: Components, media_types: Iterable[str], route: RouteInfo) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    properties: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    required: list[str] = []
    for parameter in handler.all_parameters():
        if parameter.source not in {"form", "upload"} or not (parameter.wire or parameter.fields):
            continue
        for field in text_fields(parameter, components):
            described = {**field.schema, "description": field.description} if field.description else field.schema
            if field.pattern:
                patterns[f"^{field.name}$"] = described
                continue
            properties[field.name] = described
            if field.required:
                required.append(field.name)
    if properties:
        schema["properties"] = properties
    if patterns:
        schema["patternProperties"] = patterns
    if required:
        schema["required"] = required
    schemas = dict.fromkeys(media_types, schema)
    schemas["multipart/form-data"] = {**schema, "propertyNames": {"pattern": IN_MULTIPART}}
    made: dict[str, Any] = {
        "content": {kind: {"schema": of_kind, **_examples(route)} for kind, of_kind in schemas.items()}
    }
    return {**made, "required": True} if required else made


def _examples(route: RouteInfo) -> dict[str, Any]:
    given = route.options.get("examples")
    return {"examples": {name: {"value": as_data(value)} for name, value in given.items()}} if given else {}


def as_data(value: Any) -> Any:
    """Return an example as plain data."""
    if hasattr(value, "__pydantic_serializer__"):
        value = value.__pydantic_serializer__.to_python(value, mode="json", by_alias=True)
    plain: Any = msgspec.to_builtins(value, enc_hook=str)
    return plain
