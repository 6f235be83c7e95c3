"""The outline of an OpenAPI document: as much of its structure as a comparison reads, checked before it is compared."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from rooftree.schema import Fault, Invalid, Schema, decoder

__all__ = ["faults_in"]

UNSET: Final = msgspec.UNSET
Unset = msgspec.UnsetType
Names = list[str] | Unset


class Described(Schema, rename="camel"):
    """A JSON Schema, in those members that lead further or are lists."""

    type: str | list[str] | Unset = UNSET
    properties: dict[str, Described | bool] | Unset = UNSET
    pattern_properties: dict[str, Described | bool] | Unset = UNSET
    required: Names = UNSET
    prefix_items: list[Described | bool] | Unset = UNSET
    items: Described | bool | Unset = UNSET
    additional_properties: Described | bool | Unset = UNSET
    property_names: Described | bool | Unset = UNSET
    content_schema: Described | bool | Unset = UNSET
    any_of: list[Described | bool] | Unset = UNSET
    one_of: list[Described | bool] | Unset = UNSET
    all_of: list[Described | bool] | Unset = UNSET
    enum: list[Any] | Unset = UNSET


class Media(Schema):
    """One form of a body or an answer: a Media Type Object."""

    schema: Described | bool | Unset = UNSET


class Valued(Schema):
    """A Parameter, Header or Request Body Object, or a reference to one."""

    schema: Described | bool | Unset = UNSET
    content: dict[str, Media] | Unset = UNSET


class Answered(Schema):
    """A Response Object, or a reference to one."""

    content: dict[str, Media] | Unset = UNSET
    headers: dict[str, Valued] | Unset = UNSET


class Operation(Schema, rename="camel"):
    """An Operation Object, or a WebSocket as Rooftree describes it."""

    parameters: list[Valued] | Unset = UNSET
    request_body: Valued | Unset = UNSET
    responses: dict[str, Answered] | Unset = UNSET
    security: list[dict[str, list[str]]] | Unset = UNSET
    message: Described | bool | Unset = UNSET


class Item(Schema):
    """A Path Item Object."""

    parameters: list[Valued] | Unset = UNSET
    get: Operation | Unset = UNSET
    put: Operation | Unset = UNSET
    post: Operation | Unset = UNSET
    delete: Operation | Unset = UNSET
    options: Operation | Unset = UNSET
    head: Operation | Unset = UNSET
    patch: Operation | Unset = UNSET
    trace: Operation | Unset = UNSET


class Shared(Schema, rename="camel"):
    """The Components Object."""

    schemas: dict[str, Described | bool] | Unset = UNSET
    responses: dict[str, Answered] | Unset = UNSET
    parameters: dict[str, Valued] | Unset = UNSET
    request_bodies: dict[str, Valued] | Unset = UNSET
    headers: dict[str, Valued] | Unset = UNSET


class Document(Schema, rename={"sockets": "x-websockets"}):
    """An OpenAPI Object."""

    paths: dict[str, Item]
    components: Shared | Unset = UNSET
    security: list[dict[str, list[str]]] | Unset = UNSET
    sockets: dict[str, Operation] | Unset = UNSET


def faults_in(document: object) -> list[Fault]:
    """Return what keeps plain data from being a document to compare: three faults at most, with their paths."""
    try:
        decoder(Document, max_errors=3).python(document)
    except Invalid as invalid:
        return list(invalid.errors)
    return []
