"""Types -> nodes."""

from __future__ import annotations

import datetime as dt
import enum
import sys
import types
import typing
import uuid
from collections import abc
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin

import msgspec

from rooftree.schema.classes import outline_of
from rooftree.schema.constraints import CHECKED, NO_RULES, Rules, joined, rules_of
from rooftree.schema.faults import UnsupportedType
from rooftree.schema.hints import fill
from rooftree.schema.limits import expected, fit_rules, left_over, native_rules, takes
from rooftree.schema.nodes import (
    LATER,
    Alias,
    Anything,
    Array,
    Choice,
    Field,
    Fixed,
    Foreign,
    Leaf,
    LeafKind,
    Node,
    Object,
    OneOf,
    Opaque,
    Table,
)

__all__ = ["described", "is_class", "is_pydantic", "strip", "translate", "type_name"]

LEAVES: Final[dict[Any, LeafKind]] = {
    None: "null",
    type(None): "null",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    bytes: "bytes",
    bytearray: "bytes",
    memoryview: "bytes",
    Decimal: "decimal",
    dt.date: "date",
    dt.time: "time",
    dt.datetime: "datetime",
    dt.timedelta: "duration",
    uuid.UUID: "uuid",
}
ARRAYS: Final[dict[Any, type[Any]]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    abc.Sequence: list,
    abc.MutableSequence: list,
    abc.Collection: list,
    abc.Set: set,
    abc.MutableSet: set,
}
TABLES: Final = frozenset({dict, abc.Mapping, abc.MutableMapping})
UNIONS: Final = frozenset({types.UnionType, typing.Union})  # pyright: ignore[reportDeprecated] - what `Annotated[...] | None` is
NoneType: Final = types.NoneType
_type: Final = type
WRAPPERS: Final = frozenset({typing.Required, typing.NotRequired, typing.Final, typing.ClassVar})


def translate(type: Any, *, opaque: tuple[type[Any], ...] = (), outline: bool = False) -> Node:
    """Return a type as nodes.

    Args:
        type: Any type that `rooftree.schema` takes.
        opaque: Classes that are handed through as they are.
        outline: Do not look into classes: for an annotation of a class that is still being made.

    Raises:
        UnsupportedType: No rule covers it; the text says where.
    """
    return _Translator(opaque, outline).node(type)


def is_pydantic(cls: Any) -> bool:
    """Tell whether Pydantic validates a class, without importing it."""
    return "pydantic" in sys.modules and is_class(cls) and "__pydantic_validator__" in dir(cls)


def is_class(type: Any) -> bool:
    """Tell whether a type is a plain class: `list[int]` is none."""
    return isinstance(type, _type) and get_origin(type) is None


def type_name(type: Any) -> str:
    """Return a type as its author would write it."""
    return str(type.__qualname__) if is_class(type) else str(type).replace("typing.", "")


def strip(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Take NewType, Annotated and the like off a type; return it and the metadata found, inner ones first."""
    bare: Any = annotation
    metadata: tuple[Any, ...] = ()
    while True:
        origin = get_origin(bare)
        if origin is Annotated:
            metadata = (*bare.__metadata__, *metadata)
            bare = bare.__origin__
        elif origin in WRAPPERS or getattr(origin, "_name", None) == "ReadOnly":
            bare = get_args(bare)[0]
        elif hasattr(bare, "__supertype__"):  # NewType
            bare = bare.__supertype__
        else:
            return bare, metadata


class _Translator:
    """One run; remembers classes, so that a type that contains itself ends."""

    def __init__(self, opaque: tuple[type[Any], ...], outline: bool) -> None:
        self.opaque = opaque
        self.outline = outline
        self.objects: dict[Any, Object] = {}
        self.aliases: dict[Any, Alias] = {}
        self.at: list[str] = []

    def fail(self, fact: str) -> UnsupportedType:
        place = f" - at `{'.'.join(self.at)}`" if self.at else ""
        return UnsupportedType(f"{fact}{place}")

    def node(self, annotation: Any) -> Node:
        """Translate a type with all that its annotation says."""
        bare, metadata = strip(annotation)
        node = self.alias(bare) if _is_alias(bare) else self.bare(bare)
        if metadata:
            try:
                rules = rules_of(metadata)
                given = rules_of(item for item in metadata if isinstance(item, msgspec.Meta))
            except (TypeError, ValueError) as error:
                raise self.fail(str(error)) from None
            self.constrain(node, rules, given)
        return node

    def bare(self, type: Any) -> Node:
        """Translate a type that has no annotation around it."""
        origin = get_origin(type)
        if type is Any or type is object or isinstance(type, TypeVar):
            return Anything(variable=type if isinstance(type, TypeVar) else None)
        if origin in UNIONS:
            return self.union(type)
        if origin is Literal:
            return Choice(cls=None, members=[(value, value) for value in _literal_values(type)])
        try:
            kind = LEAVES.get(type)
        except TypeError:  # a list where a type is meant
            raise self.fail(f"`{type_name(type)}` is no type that can be used here") from None
        if kind is not None:
            return Leaf(kind=kind, cls=NoneType if type is None else type)
        return self.container(type, origin) or self.class_node(type, origin or type)

    def constrain(self, node: Node, rules: Rules, given: Rules) -> None:
        """Put rules on a node; `given` are those that msgspec sees in the annotation by itself."""
        if isinstance(node, OneOf):
            self.constrain_members(node, rules, given)
            return
        try:
            rules = fit_rules(node, rules)
        except TypeError as error:
            raise self.fail(str(error)) from None
        if isinstance(node, Object | Foreign | Alias) or (isinstance(node, Anything) and not self.outline):
            return  # shared by all its uses, or nothing to check; the field keeps what its annotation says of it
        told = given if self.at and not self.outline else native_rules(node, rules)
        node.unchecked = joined(node.unchecked, left_over(rules, told))
        node.rules = joined(node.rules, rules)

    def constrain_members(self, node: OneOf, rules: Rules, given: Rules) -> None:
        for name in CHECKED:
            if getattr(rules, name) is not None and not takes(node, name):
                raise self.fail(f"`{expected(node)}` takes no `{name}`")
        for member in node.members:
            fitting = {name: getattr(rules, name) for name in CHECKED if takes(member, name)}
            seen = {name: getattr(given, name) for name in fitting}
            self.constrain(member, rules_of((Rules(**fitting),)), rules_of((Rules(**seen),)))
        node.rules = joined(node.rules, described(rules))

    def union(self, type: Any) -> Node:
        members: list[Node] = []
        arguments = get_args(type)
        for argument in arguments:
            if argument is not msgspec.UnsetType:
                member = self.node(argument)
                members.extend(member.members if isinstance(member, OneOf) else [member])
        unset = msgspec.UnsetType in arguments
        return members[0] if len(members) == 1 and not unset else OneOf(members=members, unset=unset)

    def alias(self, type: Any) -> Node:
        if (running := self.aliases.get(type)) is not None:
            return running
        self.aliases[type] = running = Alias(name=str(type), target=LATER)
        if (origin := get_origin(type)) is None:
            value = type.__value__
        else:
            value = fill(origin.__value__, dict(zip(origin.__type_params__, get_args(type), strict=False)))
        running.target = self.node(value)
        del self.aliases[type]
        if running.target is running:
            raise self.fail(f"`{running.name}` stands for nothing but itself")
        return running.target

    def container(self, type: Any, origin: Any) -> Node | None:
        kind = origin or type
        arguments = get_args(type)
        if kind is tuple:
            if origin is None:
                return Array(build=tuple, item=Anything())
            if len(arguments) == 2 and arguments[1] is ...:
                return Array(build=tuple, item=self.node(arguments[0]))
            return Fixed(items=[self.node(argument) for argument in arguments])
        if (build := ARRAYS.get(kind)) is not None:
            return Array(build=build, item=self.node(arguments[0]) if arguments else Anything())
        if kind in TABLES:
            key, value = arguments or (Any, Any)
            return Table(key=self.node(key), value=self.node(value))
        return None

    # ---- classes

    def class_node(self, type: Any, cls: Any) -> Node:
        if self.outline or (is_class(cls) and cls in self.opaque):
            return Opaque(cls=type)
        if is_class(cls) and issubclass(cls, enum.Enum):
            return Choice(cls=cls, members=[(member.value, member) for member in cls])
        if is_pydantic(type):
            return Foreign(cls=type)
        if (known := self.objects.get(type)) is not None:
            return known
        if (outlined := outline_of(type, cls)) is None:
            raise self.fail(f"`{type_name(type)}` is not supported: it is no type that can be read from data")
        node, fields = outlined
        self.objects[type] = node
        for field, annotation in fields:
            node.fields.append(self.field(node, field, annotation))
        return node

    def field(self, owner: Object, field: Field, annotation: Any) -> Field:
        self.at.append(field.name if self.at else f"{type_name(owner.type)}.{field.name}")
        field.node = self.node(annotation)
        field.metadata = metadata = strip(annotation)[1]
        field.rules = rules_of(metadata) if metadata else NO_RULES
        self.at.pop()
        return field


def described(rules: Rules) -> Rules:
    """Return what rules say for people alone."""
    said = ("title", "description", "examples", "extra", "private")
    return rules_of((Rules(**{name: getattr(rules, name) for name in said}),))


def _is_alias(type: Any) -> bool:
    return _type(get_origin(type) or type).__name__ == "TypeAliasType"


def _literal_values(type: Any) -> list[Any]:
    values: list[Any] = []
    for argument in get_args(type):
        values.extend(_literal_values(argument) if get_origin(argument) is Literal else [argument])
    return values
