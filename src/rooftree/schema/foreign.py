"""Pydantic models: validated, serialized and described by Pydantic itself, which is never imported from here."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from rooftree.schema.faults import Fault

__all__ = ["dump", "dump_json", "faults_of", "is_malformed", "project", "schema_of", "validate"]

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
