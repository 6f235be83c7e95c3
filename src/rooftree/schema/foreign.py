"""Pydantic models: validated, serialized and described by Pydantic itself, which is never imported from here."""

from __future__ import annotations

import re
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from rooftree.schema.faults import Fault

__all__ = [
    "classes_of",
    "dump",
    "dump_json",
    "faults_of",
    "is_malformed",
    "project",
    "schema_of",
    "tags_of",
    "validate",
]

CODES: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "greater_than": "greater_than",
    "greater_than_equal": "greater_than_equal",
    "less_than": "less_than",
    "less_than_equal": "less_than_equal",
    "multiple_of": "multiple_of",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "bytes_too_short": "too_short",
    "bytes_too_long": "too_long",
    "too_short": "too_short",
    "too_long": "too_long",
    "string_pattern_mismatch": "pattern",
    "enum": "choice",
    "literal_error": "choice",
    "union_tag_invalid": "tag",
    "union_tag_not_found": "missing",
    "finite_number": "not_finite",
    "value_error": "value",
    "assertion_error": "value",
}
"""Pydantic's names of errors in ours; others that end in ``_type`` are ``type``, in ``_parsing`` are ``format``."""
LIMITS: Final[dict[str, str]] = {
    "gt": "limit",
    "ge": "limit",
    "lt": "limit",
    "le": "limit",
    "min_length": "limit",
    "max_length": "limit",
}


def validate(cls: Any, data: Any, *, json: bool) -> tuple[Any, list[Fault]]:
    """Return the model that plain data is, and what is wrong with it."""
    try:
        if json:
            return cls.__pydantic_validator__.validate_json(msgspec.json.encode(data)), []
        return cls.__pydantic_validator__.validate_python(data), []
    except ValueError as error:
        return None, faults_of(error)


def faults_of(error: Any) -> list[Fault]:
    """Return the errors of a Pydantic ``ValidationError`` as faults."""
    return [_fault(item) for item in error.errors(include_url=False, include_input=False)]


def is_malformed(faults: list[Fault]) -> bool:
    """Tell whether Pydantic could not read the text at all."""
    return any(fault.code == "json_invalid" for fault in faults)


def _fault(error: dict[str, Any]) -> Fault:
    kind: str = error["type"]
    code = CODES.get(kind)
    if code is None:
        code = "type" if kind.endswith("_type") else "format" if kind.endswith("_parsing") else kind
    context: dict[str, Any] = error.get("ctx", {})
    params = {LIMITS.get(name, name): value for name, value in context.items() if name != "error"}
    return Fault(tuple(error["loc"]), code, error["msg"], params)


def dump(value: Any) -> Any:
    """Return a Pydantic value as plain data, in the way of its JSON."""
    return value.__pydantic_serializer__.to_python(value, mode="json", by_alias=True)


def dump_json(value: Any) -> bytes:
    """Return a Pydantic value as JSON."""
    text: bytes = value.__pydantic_serializer__.to_json(value, by_alias=True)
    return text


def project(cls: Any, value: Any) -> Any:
    """Return what a Pydantic class names of a value, as plain data.

    Raises:
        ValueError: Pydantic's ``ValidationError``, where the value is not of the class and lacks something.
    """
    if not isinstance(value, cls):
        value = cls.__pydantic_validator__.validate_python(value, from_attributes=True)
    return cls.__pydantic_serializer__.to_python(value, mode="json", by_alias=True, warnings=False)


def schema_of(cls: Any, template: str, *, output: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the JSON Schema of a Pydantic class, and the components that it names."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(cls).json_schema(ref_template=template, mode="serialization" if output else "validation")
    return schema, schema.pop("$defs", {})


def classes_of(cls: Any) -> dict[str, Any]:
    """Return the classes that a Pydantic class is made of, by the names that Pydantic's schema has for them.

    A name that two of them have is left out: Pydantic makes longer ones of those.
    """
    found: dict[str, Any] = {}
    twice: set[str] = set()
    waiting, seen = [cls], set[int]()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, type):
            name = re.sub("[^a-zA-Z0-9.\\-_]", "_", current.__name__)
            if found.setdefault(name, current) is not current:
                twice.add(name)
            waiting.extend(field.annotation for field in _fields(current).values())
        if get_origin(current) is not Literal:
            waiting.extend(get_args(current))
    return {name: each for name, each in found.items() if name not in twice}


def tags_of(cls: Any) -> dict[str, str]:
    """Return the values of those fields of a Pydantic class that can have one only, by their names on the wire."""
    found: dict[str, str] = {}
    for name, field in _fields(cls).items():
        if get_origin(field.annotation) is Literal and len(values := get_args(field.annotation)) == 1:
            found[field.serialization_alias or field.alias or name] = str(values[0])
    return found


def _fields(cls: Any) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(cls, "__pydantic_fields__", {})
    return fields
