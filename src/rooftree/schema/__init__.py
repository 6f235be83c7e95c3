"""Types -> validators, converters, encoders, JSON Schema. msgspec is the fast path."""

from typing import TYPE_CHECKING

from rooftree.base import later
from rooftree.schema.constraints import Doc, Ge, Gt, Le, Len, Lt, MultipleOf, Pattern, Private
from rooftree.schema.decode import Decoder, decoder, validate
from rooftree.schema.encode import Encoder, encoder
from rooftree.schema.faults import MAX_FAULTS, EncodingError, Fault, Invalid, UnsupportedType
from rooftree.schema.model import Schema, SchemaMeta
from rooftree.schema.nodes import NO_DEFAULT, Array, Choice, Field, Leaf, Node, Object, OneOf, Opaque
from rooftree.schema.patterns import exact_pattern
from rooftree.schema.text import text_reader
from rooftree.schema.translate import type_name

if TYPE_CHECKING:
    from rooftree.schema.components import REF_TEMPLATE, Components, renamed
    from rooftree.schema.description import describe
    from rooftree.schema.naming import SchemaName

__all__ = [
    "MAX_FAULTS",
    "NO_DEFAULT",
    "REF_TEMPLATE",
    "Array",
    "Choice",
    "Components",
    "Decoder",
    "Doc",
    "Encoder",
    "EncodingError",
    "Fault",
    "Field",
    "Ge",
    "Gt",
    "Invalid",
    "Le",
    "Leaf",
    "Len",
    "Lt",
    "MultipleOf",
    "Node",
    "Object",
    "OneOf",
    "Opaque",
    "Pattern",
    "Private",
    "Schema",
    "SchemaMeta",
    "SchemaName",
    "UnsupportedType",
    "decoder",
    "describe",
    "encoder",
    "exact_pattern",
    "renamed",
    "text_reader",
    "type_name",
    "validate",
]

# JSON Schema is written when somebody asks for it
if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(
        __name__,
        {
            "REF_TEMPLATE": "components",
            "Components": "components",
            "SchemaName": "naming",
            "describe": "description",
            "renamed": "components",
        },
    )
