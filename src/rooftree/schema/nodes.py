"""A type as plain data: what the walkers, the second pass, the projection and the JSON Schema read.

Node
├── Anything      object, Any, a type variable that nobody bound
├── Leaf          null, bool, int, float, str, bytes, decimal, date, time, datetime, duration, uuid
├── Choice        an enum, a Literal
├── Array         list[X], set[X], frozenset[X], tuple[X, ...]
├── Fixed         tuple[X, Y]
├── Table         dict[K, V]
├── OneOf         X | Y | None
├── Object        Schema, Struct, dataclass, attrs, TypedDict, NamedTuple
├── Foreign       a Pydantic model, a Pydantic dataclass
├── Opaque        a class that is handed through as it is (an upload)
└── Alias         a type alias that names itself
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import msgspec

from rooftree.schema.constraints import NO_RULES, Rules

__all__ = [
    "LATER",
    "NO_DEFAULT",
    "Alias",
    "Anything",
    "Array",
    "Choice",
    "Field",
    "Fixed",
    "Foreign",
    "Leaf",
    "LeafKind",
    "Node",
    "Object",
    "OneOf",
    "Opaque",
    "Table",
    "children",
    "reachable",
]

LeafKind = Literal[
    "null", "bool", "int", "float", "str", "bytes", "decimal", "date", "time", "datetime", "duration", "uuid"
]


NO_DEFAULT: Final = object()
"""Stands where a field has no default."""


class Node(msgspec.Struct, eq=False, kw_only=True):
    """One type, with what its annotation says about it.

    Attributes:
        rules: Every constraint, in values of the type itself.
        unchecked: Those of them that msgspec does not check when it decodes.
    """

    rules: Rules = NO_RULES
    unchecked: Rules = NO_RULES


class Anything(Node):
    """No promise is made; `variable` is the TypeVar that stands here."""

    variable: Any = None


class Leaf(Node):
    """A single value. `cls` is the Python type."""

    kind: LeafKind
    cls: Any


class Choice(Node):
    """One of some values; `members` has the Python value of each value on the wire, in order."""

    cls: Any
    members: list[tuple[Any, Any]]


class Array(Node):
    """Any number of items of one type, made into a `build`."""

    build: type[Any]
    item: Node


class Fixed(Node):
    """A tuple of so many items, each of its own type."""

    items: list[Node]


class Table(Node):
    """A dict."""

    key: Node
    value: Node


class OneOf(Node):
    """A union; `unset` where `msgspec.UnsetType` is one of its members."""

    members: list[Node]
    unset: bool = False


class Field(msgspec.Struct, eq=False, kw_only=True):
    """A field of an Object.

    Attributes:
        name: The attribute, or the key of a TypedDict.
        wire: The name on the wire.
        rules: What the field's annotation says of the field: private, description.
        metadata: All that the annotation says beside the type, for whoever shows the field to people.
        default: A default, or `NO_DEFAULT`; `factory` likewise makes one.
    """

    name: str
    wire: str
    node: Node
    rules: Rules = NO_RULES
    metadata: tuple[Any, ...] = ()
    required: bool = True
    default: Any = NO_DEFAULT
    factory: Any = NO_DEFAULT

    def make_default(self) -> Any:
        """Return the default; `NO_DEFAULT` where the key is simply absent."""
        return self.default if self.factory is NO_DEFAULT else self.factory()


class Object(Node):
    """A class with named fields.

    Attributes:
        cls: The class; `type` is it with its arguments, as msgspec takes it.
        tag: The name of the member that tells classes apart, and this class's value of it.
        as_array: Its fields stand in an array on the wire.
        finish: What the class itself wants to run over a new value (`__post_init__`, validators).
    """

    kind: Literal["struct", "dataclass", "attrs", "typeddict", "namedtuple"]
    cls: Any
    type: Any
    fields: list[Field] = []
    tag: tuple[str, str | int] | None = None
    as_array: bool = False
    forbid_unknown: bool = False
    finish: Callable[[Any], None] | None = None


class Foreign(Node):
    """A class that Pydantic validates and serializes."""

    cls: Any


class Opaque(Node):
    """A class whose values are only ever handed through."""

    cls: Any


LATER: Final = Anything()
"""Stands where a type is translated later: in a field, in an alias."""


class Alias(Node):
    """A type alias that names itself."""

    name: str
    target: Node


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below one."""
    match node:
        case Array():
            yield node.item
        case Fixed():
            yield from node.items
        case Table():
            yield node.key
            yield node.value
        case OneOf():
            yield from node.members
        case Object():
            for field in node.fields:
                yield field.node
        case Alias():
            yield node.target
        case _:
            return


def reachable(node: Node) -> list[Node]:
    """Return a node and all below it, each once."""
    seen: dict[int, Node] = {}
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if id(current) not in seen:
            seen[id(current)] = current
            waiting.extend(children(current))
    return list(seen.values())
