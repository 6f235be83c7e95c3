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

__all__ = [
    "UNIONS",
    "Shape",
    "class_of",
    "classes_of",
    "has_fields",
    "is_list",
    "is_pydantic",
    "members",
    "only_member",
    "shape_of",
    "strip",
    "takes_text",
]

Shape = Literal["scalar", "list", "body", "other"]

SCALARS: Final = frozenset({str, int, float, bool, Decimal, dt.date, dt.time, dt.datetime, dt.timedelta, uuid.UUID})
LISTS: Final = frozenset(
    {list, set, frozenset, tuple, abc.Sequence, abc.Collection, abc.Iterable, abc.Set, abc.MutableSequence}
)
TABLES: Final = frozenset({dict, abc.Mapping})
UNIONS: Final = frozenset({typing.Union, types.UnionType})  # pyright: ignore[reportDeprecated]


def strip(declared: Any) -> tuple[Any, tuple[Any, ...]]:
    """Take aliases and ``Annotated`` off a type; return it and what was beside it, outer things last."""
    if type(declared) is type:  # most are
        return declared, ()
    beside: tuple[Any, ...] = ()
    while True:
        declared = resolve_alias(declared)
        if get_origin(declared) is Annotated:
            beside = (*declared.__metadata__, *beside)
            declared = declared.__origin__
        elif isinstance(declared, typing.NewType):
            declared = declared.__supertype__
        else:
            return declared, beside


def class_of(bare: Any) -> Any:
    """Return the class of a type with arguments: ``Page`` of ``Page[Item]``; of anything else, itself."""
    return get_origin(bare) or bare


def members(declared: Any) -> list[Any]:
    """Return the members of a union, bare; of anything else, itself."""
    if type(declared) is type:
        return [None if declared is types.NoneType else declared]
    bare, _ = strip(declared)
    if get_origin(bare) in UNIONS:
        return [member for argument in get_args(bare) for member in members(argument)]
    return [None if bare is type(None) else bare]


def only_member(declared: Any) -> Any:
    """Return the one member of ``X | None``, or the type as it is."""
    found = [member for member in members(declared) if member is not None]
    return found[0] if len(found) == 1 else strip(declared)[0]


def is_pydantic(cls: Any) -> bool:
    """Tell whether a class is a Pydantic model, without importing it."""
    models = sys.modules.get("pydantic.main")
    return models is not None and isinstance(cls, type) and issubclass(cls, models.BaseModel)


def shape_of(declared: Any) -> Shape:
    """Return what a type is made for.

    ``scalar`` is one text of a query, ``list`` several; ``body`` is a `Schema` or a Pydantic model, or a union, list
    or dict of them; anything else is ``other``: nothing in a request says by itself that it belongs there.
    """
    shapes: set[Shape] = {_shape(member) for member in members(declared) if member is not None}
    return shapes.pop() if len(shapes) == 1 else "other"


def _shape(bare: Any) -> Shape:
    cls, arguments = class_of(bare), [argument for argument in get_args(bare) if argument is not ...]
    if cls is Literal:
        return "scalar"
    if cls in LISTS and arguments:
        inner = {shape_of(argument) for argument in arguments}
        return "list" if inner == {"scalar"} else "body" if inner == {"body"} else "other"
    if cls in TABLES and arguments:
        return "body" if shape_of(arguments[1]) == "body" else "other"
    if not isinstance(cls, type):
        return "other"
    if cls in SCALARS or issubclass(cls, enum.Enum):
        return "scalar"
    return "body" if issubclass(cls, Schema) or is_pydantic(cls) else "other"


def takes_text(declared: Any) -> bool:
    """Tell whether an empty text may be a value: of numbers and dates it is none, as a form leaves a field empty."""
    return any(member is not None and (member is str or member not in SCALARS) for member in members(declared))


def is_list(declared: Any) -> bool:
    """Tell whether a type takes every value of a name."""
    return any(class_of(member) in LISTS for member in members(declared))


def has_fields(declared: Any) -> bool:
    """Tell whether a type is a class with named fields, or has one among its members."""
    return any(_has_fields(class_of(member)) for member in members(declared))


def _has_fields(cls: Any) -> bool:
    # a NamedTuple is a tuple that names its fields
    return isinstance(cls, type) and (
        any(hasattr(cls, name) for name in ("__struct_fields__", "__dataclass_fields__", "__attrs_attrs__"))
        or is_pydantic(cls)
        or typing.is_typeddict(cls)
        or "_field_defaults" in vars(cls)
    )


def classes_of(declared: Any, depth: int = 6) -> list[Any]:
    """Return the classes that a type is made of; of an alias that names itself as far down as ``depth``."""
    found: list[Any] = []
    for member in members(declared):
        found.append(class_of(member))
        if depth and class_of(member) is not Literal:
            found += [cls for argument in get_args(member) for cls in classes_of(argument, depth - 1)]
    return found
