"""Projection: what a declared type names is taken from a value of any class, and nothing else.

A function is compiled for each pair of a declared class and the class of a value.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeGuard

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
from rooftree.schema.plain import is_array, is_list, is_mapping
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


def is_single(value: object) -> bool:
    """Tell whether a value is one that msgspec encodes by itself and that has no parts."""
    return isinstance(value, SINGLE)


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Tell whether a value has items, and is no text and no mapping."""
    return isinstance(value, Iterable) and not isinstance(value, NOT_ARRAYS)


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
        result: Any = getattr(self, WAYS[type(node)])(node, value)
        return result

    def object(self, node: Object, value: Any) -> Any:
        """The fields that a class names, of a value of any class."""
        cls: type[Any] = value.__class__
        function = self.functions.get((id(node), cls))
        return (function or self.compile(node, cls))(value)

    def anything(self, node: Node, value: Any) -> Any:  # noqa: ARG002 - one signature for all
        """What is promised to no one leaves as it is, but for private fields."""
        return self.clean(value) if PRIVATE else value

    def alias(self, node: Alias, value: Any) -> Any:
        """What an alias stands for."""
        return self.project(node.target, value)

    def single(self, node: Node, value: Any) -> Any:
        """A single value is taken as it is."""
        if is_single(value):
            return value
        raise mismatch(node, value)

    def array(self, node: Array, value: Any) -> Any:
        """Each item of anything that has items."""
        if not is_iterable(value):
            raise mismatch(node, value)
        item, project = node.item, getattr(self, WAYS[type(node.item)])
        return [project(item, part) for part in value]

    def fixed(self, node: Fixed, value: Any) -> Any:
        """Each item of a tuple."""
        if not is_list(value) or len(value) != len(node.items):
            raise mismatch(node, value)
        return [self.project(item, part) for item, part in zip(node.items, value, strict=True)]

    def table(self, node: Table, value: Any) -> Any:
        """Each value of a mapping."""
        if not is_mapping(value):
            raise mismatch(node, value)
        return {key: self.project(node.value, part) for key, part in value.items()}

    def one_of(self, node: OneOf, value: Any) -> Any:
        """The member of a union whose class the value has, else the first that it fits."""
        if is_single(value) and any(isinstance(member, Leaf | Choice) for member in node.members):
            return value
        for member in node.members:  # the class itself, before what merely has the same attributes
            if isinstance(member, Object | Foreign) and type(value) is member.cls:
                return self.project(member, value)
        for member in node.members:
            if isinstance(member, Object | Foreign) and isinstance(member.cls, type) and isinstance(value, member.cls):
                return self.project(member, value)
        others = [member for member in node.members if not isinstance(member, Leaf | Choice)]
        if len(others) == 1 and not is_single(value):
            return self.project(others[0], value)
        for member in others:
            try:
                return self.project(member, value)
            except (ValueError, TypeError, AttributeError):
                continue
        raise mismatch(node, value)

    def foreign(self, node: Foreign, value: Any) -> Any:
        """What a Pydantic class names."""
        return foreign.project(node.cls, value)

    def clean(self, value: Any) -> Any:
        """Return a value of no declared type without the private fields of the structs in it."""
        if isinstance(value, msgspec.Struct):
            cls: type[Any] = value.__class__
            if (node := self.own.get(cls)) is None:
                node = self.own[cls] = translate(cls)
            return self.project(node, value)
        if is_mapping(value):
            return {key: self.clean(part) for key, part in value.items()}
        if is_array(value):
            return [self.clean(part) for part in value]
        return value

    # ---- classes

    def compile(self, node: Object, cls: type[Any]) -> Callable[[Any], Any]:
        """Write the function from a value of one class to what the declared class names."""
        if issubclass(cls, (*SINGLE, list)) or ("_fields" not in dir(cls) and issubclass(cls, tuple)):
            raise Mismatch(f"Expected `{node.cls.__qualname__}`, got `{cls.__qualname__}`")
        source = Source(f"projection of {cls.__qualname__} to {node.cls.__qualname__}")
        source.values.update(single=self.single, PLAIN=PLAIN, MISSING=MISSING, UNSET=msgspec.UNSET)
        with source.block("def projection(v):"):
            source.line("r = []" if node.as_array else "r = {}")
            if node.tag is not None:
                source.line(_store(node, node.tag[0], repr(node.tag[1])))
            for field in node.fields:
                if not is_private(field):
                    _write_field(self, source, node, field, cls)
            source.line("return r")
        function: Callable[[Any], Any] = source.build("projection")
        self.functions[id(node), cls] = function
        return function


WAYS: Final[dict[type[Node], str]] = {
    Object: "object",
    Array: "array",
    Table: "table",
    Fixed: "fixed",
    OneOf: "one_of",
    Foreign: "foreign",
    Anything: "anything",
    Alias: "alias",
    Leaf: "single",
    Choice: "single",
}


def _store(node: Object, wire: str, expression: str) -> str:
    return f"r.append({expression})" if node.as_array else f"r[{wire!r}] = {expression}"


def _write_field(projection: Projection, source: Source, node: Object, field: Field, cls: type[Any]) -> None:
    has_default, from_mapping = not field.required, issubclass(cls, Mapping)
    loaded = getattr(vars(cls).get(field.name), "loaded", None) if has_default else None
    if loaded is not None:  # a relation of a model, which raises where it is read and was not loaded
        source.line(f"x = {source.value(loaded, 'loaded')}(v)")
    elif from_mapping:
        otherwise = "MISSING" if field.wire == field.name else f"v.get({field.wire!r}, MISSING)"
        source.line(f"x = v.get({field.name!r}, {otherwise})")
    elif has_default:
        source.line(f"x = getattr(v, {field.name!r}, MISSING)")
    else:
        source.line(f"x = v.{field.name}")
    if from_mapping or (has_default and loaded is None):
        with source.block("if x is MISSING:"):
            absent = source.value(_absent(node, field), "absent")
            source.line(f"x = {absent}()")
    part = source.value(field.node, "n")
    if isinstance(field.node, Leaf | Choice):
        expression = f"x if type(x) in PLAIN else single({part}, x)"
    else:
        way = source.value(getattr(projection, WAYS[type(field.node)]), "way")
        expression = f"{way}({part}, x)"
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
    found = word_for(value) if is_single(value) or is_mapping(value) or is_list(value) else type(value).__qualname__
    return Mismatch(f"Expected `{expected(node)}`, got `{found}`")
