"""Where a value of a type can come from when only its type says so."""

from __future__ import annotations

import datetime as dt
import enum
import sys
import types
import typing
import uuid
from collections import abc
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from rooftree.binding.signatures import resolve_alias
from rooftree.schema import Schema

__all__ = ["Shape", "has_fields", "is_list", "is_optional", "is_pydantic", "members", "shape_of", "strip", "takes_text"]

Shape = Literal["scalar", "list", "body", "other"]

SCALARS: Final = frozenset(
    {str, int, float, bool, Decimal, dt.date, dt.time, dt.datetime, dt.timedelta, uuid.UUID}
)
LISTS: Final = frozenset(
    {list, set, frozenset, tuple, abc.Sequence, abc.Collection, abc.Iterable, abc.Set, abc.MutableSequence}
)
UNIONS: Final = frozenset({typing.Union, types.UnionType})


def strip(type: Any) -> tuple[Any, tuple[Any, ...]]:
    """Take aliases and ``Annotated`` off a type; return it and what was beside it, outer things last."""
    beside: tuple[Any, ...] = ()
    while True:
        type = resolve_alias(type)
        if get_origin(type) is Annotated:
            beside = (*type.__metadata__, *beside)
            type = type.__origin__
        elif isinstance(type, typing.NewType):
            type = type.__supertype__
        else:
            return type, beside


def members(type: Any) -> list[Any]:
    """Return the members of a union, bare; of anything else, itself."""
    bare, _ = strip(type)
    if get_origin(bare) in UNIONS:
        return [member for argument in get_args(bare) for member in members(argument)]
    return [None if bare is builtin_type(None) else bare]


builtin_type = type


def is_optional(type: Any) -> bool:
    """Tell whether ``None`` is one of a type's values."""
    return None in members(type)


def is_pydantic(cls: Any) -> bool:
    """Tell whether a class is a Pydantic model, without importing it."""
    models = sys.modules.get("pydantic.main")
    return models is not None and isinstance(cls, type) and issubclass(cls, models.BaseModel)


def shape_of(type: Any) -> Shape:
    """Return what a type is made for.

    ``scalar`` is one text of a query, ``list`` several; ``body`` is a `Schema` or a Pydantic model, or a union, list
    or dict of them; anything else is ``other``: nothing in a request says by itself that it belongs there.
    """
    shapes = {_shape(member) for member in members(type) if member is not None}
    return shapes.pop() if len(shapes) == 1 else "other"


def _shape(bare: Any) -> Shape:
    origin = get_origin(bare)
    if origin is Literal or (isinstance(bare, type) and (bare in SCALARS or issubclass(bare, enum.Enum))):
        return "scalar"
    cls = origin or bare
    if isinstance(cls, type) and (issubclass(cls, Schema) or is_pydantic(cls)):
        return "body"
    arguments = [argument for argument in get_args(bare) if argument is not ...]
    if origin in LISTS and arguments:
        inner = {shape_of(argument) for argument in arguments}
        return "list" if inner == {"scalar"} else "body" if inner == {"body"} else "other"
    if origin in {dict, abc.Mapping} and shape_of(arguments[1]) == "body":
        return "body"
    return "other"


def takes_text(type: Any) -> bool:
    """Tell whether the empty text may be a value; of a number or a date it is no value, as a form leaves it."""
    return any(not (isinstance(m, builtin_type) and m in SCALARS and m is not str) for m in members(type) if m is not None)


def is_list(type: Any) -> bool:
    """Tell whether a type takes every value of a name."""
    found = {(get_origin(member) or member) in LISTS for member in members(type) if member is not None}
    return True in found


def has_fields(type: Any) -> bool:
    """Tell whether a type is a class with named fields."""
    import msgspec

    for member in members(type):
        cls = get_origin(member) or member
        if isinstance(cls, builtin_type) and (
            issubclass(cls, msgspec.Struct)
            or hasattr(cls, "__dataclass_fields__")
            or hasattr(cls, "__attrs_attrs__")
            or is_pydantic(cls)
            or typing.is_typeddict(cls)
            or (issubclass(cls, tuple) and hasattr(cls, "_fields"))
        ):
            return True
    return False
