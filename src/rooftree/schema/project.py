"""Projection: what a declared type names is taken from a value of any class, and nothing else.

A function is compiled for each pair of a declared class and the class of a value.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, cast

import msgspec

from rooftree.schema import foreign
from rooftree.schema.exact import is_private
from rooftree.schema.limits import expected, word_for
from rooftree.schema.model import PRIVATE
from rooftree.schema.nodes import (
    NO_DEFAULT,
    Alias,
    Anything,
    Array,
    Choice,
    Field,
    Fixed,
    Foreign,
    Leaf,
    Node,
    Object,
    OneOf,
    Table,
)
from rooftree.schema.source import Source
from rooftree.schema.translate import translate

__all__ = ["Mismatch", "Projection"]

SINGLE: Final = (
    str, int, float, bool, type(None), bytes, bytearray, memoryview, Decimal, uuid.UUID,
    dt.datetime, dt.date, dt.time, dt.timedelta, enum.Enum,
)  # fmt: skip
PLAIN: Final = frozenset(SINGLE)
MISSING: Final = object()
NOT_ARRAYS: Final = (str, bytes, bytearray, memoryview, Mapping)


class Mismatch(TypeError):
    """A value that has not what its declared type names."""


class Projection:
    """The projections of one declared type, compiled as values of further classes come by."""

    def __init__(self) -> None:
        self.functions: dict[tuple[int, type[Any]], Callable[[Any], Any]] = {}
        self.own: dict[type[Any], Node] = {}

    def project(self, node: Node, value: Any) -> Any:
        """Return a value as something that msgspec encodes to exactly what the type names.

        Raises:
            Mismatch: The value lacks something, or is of another kind altogether.
        """
        match node:
            case Object():
                function = self.functions.get((id(node), type(value)))
                return (function or self.compile(node, type(value)))(value)
            case Array():
                return self.array(node, value)
            case Table():
                return self.table(node, value)
            case Fixed():
                return self.fixed(node, value)
            case OneOf():
                return self.one_of(node, value)
            case Foreign():
                return self.foreign(node, value)
            case Anything():
                return self.clean(value) if PRIVATE else value
            case Alias():
                return self.project(node.resolve(), value)
            case _:
                return self.single(node, value)

    def single(self, node: Node, value: Any) -> Any:
        if isinstance(value, SINGLE):
            return value
        raise mismatch(node, value)

    def array(self, node: Array, value: Any) -> Any:
        if isinstance(value, NOT_ARRAYS) or not isinstance(value, Iterable):
            raise mismatch(node, value)
        item = node.item
        return [self.project(item, part) for part in cast("Iterable[Any]", value)]

    def fixed(self, node: Fixed, value: Any) -> Any:
        if not isinstance(value, list | tuple) or len(cast("list[Any]", value)) != len(node.items):
            raise mismatch(node, value)
        return [self.project(item, part) for item, part in zip(node.items, cast("list[Any]", value), strict=True)]

    def table(self, node: Table, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise mismatch(node, value)
        return {key: self.project(node.value, part) for key, part in cast("Mapping[Any, Any]", value).items()}

    def one_of(self, node: OneOf, value: Any) -> Any:
        if isinstance(value, SINGLE):
            if any(isinstance(member, Leaf | Choice) for member in node.members):
                return value
        for member in node.members:  # the class itself, before what merely has the same attributes
            if isinstance(member, Object | Foreign) and type(value) is member.cls:
                return self.project(member, value)
        for member in node.members:
            if isinstance(member, Object | Foreign) and isinstance(member.cls, type) and isinstance(value, member.cls):
                return self.project(member, value)
        others = [member for member in node.members if not isinstance(member, Leaf | Choice)]
        if len(others) == 1 and not isinstance(value, SINGLE):
            return self.project(others[0], value)
        for member in others:
            try:
                return self.project(member, value)
            except (ValueError, TypeError, AttributeError):
                continue
        raise mismatch(node, value)

    def foreign(self, node: Foreign, value: Any) -> Any:
        return foreign.project(node.cls, value)

    def clean(self, value: Any) -> Any:
        """Return a value of no declared type without the private fields of the structs in it."""
        if isinstance(value, msgspec.Struct):
            cls = type(value)
            if (node := self.own.get(cls)) is None:
                node = self.own[cls] = translate(cls)
            return self.project(node, value)
        if isinstance(value, Mapping):
            return {key: self.clean(part) for key, part in cast("Mapping[Any, Any]", value).items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.clean(part) for part in cast("Iterable[Any]", value)]
        return value

    # ---- classes

    def compile(self, node: Object, cls: type[Any]) -> Callable[[Any], Any]:
        """Write the function from a value of one class to what the declared class names."""
        if issubclass(cls, SINGLE) or (issubclass(cls, list | tuple) and not hasattr(cls, "_fields")):
            raise Mismatch(f"Expected `{node.cls.__qualname__}`, got `{cls.__qualname__}`")
        source = Source(f"projection of {cls.__qualname__} to {node.cls.__qualname__}")
        source.values.update(
            project=self.project, single=self.single, PLAIN=PLAIN, MISSING=MISSING, UNSET=msgspec.UNSET
        )
        with source.block("def projection(v):"):
            source.line("r = []" if node.as_array else "r = {}")
            if node.tag is not None:
                source.line(_store(node, node.tag[0], repr(node.tag[1])))
            for field in node.fields:
                if not is_private(field):
                    _write_field(source, node, field, from_mapping=issubclass(cls, Mapping))
            source.line("return r")
        function: Callable[[Any], Any] = source.build("projection")
        self.functions[id(node), cls] = function
        return function


def _store(node: Object, wire: str, expression: str) -> str:
    return f"r.append({expression})" if node.as_array else f"r[{wire!r}] = {expression}"


def _write_field(source: Source, node: Object, field: Field, *, from_mapping: bool) -> None:
    has_default = not field.required
    if from_mapping:
        otherwise = "MISSING" if field.wire == field.name else f"v.get({field.wire!r}, MISSING)"
        source.line(f"x = v.get({field.name!r}, {otherwise})")
    elif has_default:
        source.line(f"x = getattr(v, {field.name!r}, MISSING)")
    else:
        source.line(f"x = v.{field.name}")
    if from_mapping or has_default:
        with source.block("if x is MISSING:"):
            absent = source.value(_absent(node, field), "absent")
            source.line(f"x = {absent}()")
    part = source.value(field.node, "n")
    if isinstance(field.node, Leaf | Choice):
        expression = f"x if type(x) in PLAIN else single({part}, x)"
    else:
        expression = f"project({part}, x)"
    if node.as_array:
        source.line(_store(node, field.wire, expression))
        return
    conditions = ["x is not UNSET", "x is not MISSING"] if has_default else ["x is not UNSET"]
    if node.kind == "struct" and node.cls.__struct_config__.omit_defaults and has_default:
        conditions.append(f"x != {source.value(field.make_default())}")
    with source.block(f"if {' and '.join(conditions)}:"):
        source.line(_store(node, field.wire, expression))


def _absent(node: Object, field: Field) -> Callable[[], Any]:
    def absent() -> Any:
        if field.required:
            raise Mismatch(f"`{node.cls.__qualname__}` has a field `{field.name}`, which is not there")
        value = field.make_default()
        return MISSING if value is NO_DEFAULT else value

    return absent


def mismatch(node: Node, value: Any) -> Mismatch:
    """Return the error for a value of another kind than its declared type."""
    found = word_for(value) if isinstance(value, (*SINGLE, Mapping, list)) else type(value).__qualname__
    return Mismatch(f"Expected `{expected(node)}`, got `{found}`")
