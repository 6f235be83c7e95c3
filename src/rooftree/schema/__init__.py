"""Types -> validators, converters, encoders, JSON Schema. msgspec is the fast path."""

from rooftree.schema.constraints import Doc, Ge, Gt, Le, Len, Lt, MultipleOf, Pattern, Private
from rooftree.schema.decode import Decoder, decoder, validate
from rooftree.schema.describe import Components, describe
from rooftree.schema.encode import Encoder, encoder
from rooftree.schema.faults import MAX_FAULTS, EncodingError, Fault, Invalid, UnsupportedType
from rooftree.schema.model import Schema, SchemaMeta

__all__ = [
    "MAX_FAULTS",
    "Components",
    "Decoder",
    "Doc",
    "Encoder",
    "EncodingError",
    "Fault",
    "Ge",
    "Gt",
    "Invalid",
    "Le",
    "Len",
    "Lt",
    "MultipleOf",
    "Pattern",
    "Private",
    "Schema",
    "SchemaMeta",
    "UnsupportedType",
    "decoder",
    "describe",
    "encoder",
    "validate",
]
