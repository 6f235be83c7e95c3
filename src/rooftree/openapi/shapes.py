"""Types that come as text: the names and schemas of what a query, a form, a header or a cookie holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from rooftree.base import RooftreeError
from rooftree.binding import REQUIRED, ParameterInfo, takes_text
from rooftree.http import Upload
from rooftree.schema import NO_DEFAULT, Array, Components, Field, Leaf, Node, Object, OneOf, decoder, describe

__all__ = ["FILE", "TextField", "fields_of", "schema_of", "text_fields"]

FILE: Final[Mapping[str, Any]] = {
    "type": "string",
    "format": "binary",  # what tools that know only OpenAPI 3.0 look at
    "contentMediaType": "application/octet-stream",
}
OPAQUE: Final[Mapping[type[Any], Mapping[str, Any]]] = {Upload: FILE}
DEEPEST: Final = 6
"""Levels of classes within classes that are told apart in a query or a form."""


class TextField(msgspec.Struct, eq=False, kw_only=True):
    """One name of a query or form, or all names of one form.

    Attributes:
        name: On the wire; where `pattern` is set, a regular expression of the names.
        schema: Of its value.
        required: Whether a request without it is refused.
        description: For people.
        pattern: Whether `name` is a regular expression: fields of rows, `lines[0].price`.
        may_be_empty: Whether an empty text is none, as forms send it.
    """

    name: str
    schema: dict[str, Any]
    required: bool
    description: str = ""
    pattern: bool = False
    may_be_empty: bool = False


def schema_of(type: Any, components: Components, *, output: bool = False) -> dict[str, Any]:
    """Return the schema of a type."""
    return describe(type, components, output=output, opaque=OPAQUE)


def text_fields(parameter: ParameterInfo, components: Components) -> list[TextField]:
    """Return the names that a parameter is read from: one, or those of the fields of its class."""
    if parameter.fields:
        return list(fields_of(parameter.type, components, required=parameter.required))
    if parameter.source == "upload":
        schema: dict[str, Any] = {"type": "array", "items": dict(FILE)} if parameter.many else dict(FILE)
    else:
        schema = _of_text(_without_nothing(decoder(parameter.type).node), components)
    if parameter.default is not REQUIRED and parameter.default is not None:
        schema = _with_default(schema, parameter.default)
    return [
        TextField(
            name=parameter.wire,
            schema={key: value for key, value in schema.items() if key != "description"},
            required=parameter.required,
            description=parameter.description or str(schema.get("description", "")),
            may_be_empty=not parameter.required and not parameter.many and not takes_text(parameter.type),
        )
    ]


def _of_text(node: Node, components: Components) -> dict[str, Any]:
    """Return the schema of a value that is sent as text: of a Decimal its text alone, exact and unrounded."""
    return schema_of(node, components, output=isinstance(node, Leaf) and node.kind == "decimal")


def _with_default(schema: dict[str, Any], default: Any) -> dict[str, Any]:
    try:
        return {**schema, "default": msgspec.to_builtins(default, enc_hook=str)}
    except (TypeError, ValueError, RooftreeError):
        return schema


def fields_of(declared: Any, components: Components, *, required: bool) -> Iterator[TextField]:
    """Give the fields of a class as a query or a form has them: `owner.email` for a class within, rows by number."""
    node = _without_nothing(decoder(declared, opaque=(Upload,)).node)
    if isinstance(node, Object):
        yield from _of_object(node, components, "", required=required, depth=0, pattern=False)
        return
    schema = schema_of(declared, components)  # Pydantic's, or one of several classes
    for name, field in _properties(schema, components).items():
        needed = required and name in _resolved(schema, components).get("required", ())
        yield TextField(name=name, schema=field, required=needed, description=str(field.get("description", "")))


def _of_object(
    node: Object, components: Components, prefix: str, *, required: bool, depth: int, pattern: bool
) -> Iterator[TextField]:
    for field in node.fields:
        inner = _without_nothing(field.node)
        needed = required and field.required
        name = prefix + (re.escape(field.wire) if pattern else field.wire)
        rows = inner.item if isinstance(inner, Array) and isinstance(inner.item, Object) else None
        if rows is not None and depth < DEEPEST:
            start = f"{name if pattern else re.escape(name)}\\[[0-9]+\\]\\."
            yield from _of_object(rows, components, start, required=False, depth=depth + 1, pattern=True)
        elif isinstance(inner, Object) and depth < DEEPEST:
            start = f"{name}{'[.]' if pattern else '.'}"
            yield from _of_object(inner, components, start, required=needed, depth=depth + 1, pattern=pattern)
        else:
            yield _field(field, inner, components, name, required=needed, pattern=pattern)


def _field(field: Field, inner: Node, components: Components, name: str, *, required: bool, pattern: bool) -> TextField:
    schema = _of_text(inner, components)
    rules = field.rules
    if not field.required:
        default = field.make_default()
        if default is not None and default is not msgspec.UNSET and default is not NO_DEFAULT:
            schema = _with_default(schema, default)
    if rules.examples is not None:
        schema["examples"] = msgspec.to_builtins(list(rules.examples))
    nullable = inner is not field.node and not isinstance(inner, OneOf)
    return TextField(
        name=name,
        schema=schema,
        required=required,
        description=rules.description or "",
        pattern=pattern,
        may_be_empty=nullable and not (isinstance(inner, Leaf) and inner.kind == "str"),
    )


def _without_nothing(node: Node) -> Node:
    """Return a node without `None`: nothing that is sent as text means it but what is left out."""
    if not isinstance(node, OneOf):
        return node
    members = [member for member in node.members if not (isinstance(member, Leaf) and member.kind == "null")]
    return members[0] if len(members) == 1 else OneOf(members=members, rules=node.rules)


def _resolved(schema: Mapping[str, Any], components: Components) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        found: Mapping[str, Any] = components.get(reference.rpartition("/")[2], {})
        return found
    return schema


def _properties(schema: Mapping[str, Any], components: Components) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for member in (schema, *schema.get("anyOf", ())):
        found.update(_resolved(member, components).get("properties", {}))
    return found
