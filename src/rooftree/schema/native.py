"""Nodes -> the types that msgspec is given: constraints in its own words, those it refuses left out."""

from __future__ import annotations

from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec

from rooftree.schema.constraints import NO_RULES, Rules
from rooftree.schema.limits import meta_of, native_rules
from rooftree.schema.nodes import Anything, Array, Choice, Fixed, Foreign, Leaf, Node, Object, OneOf, Opaque, Table

__all__ = ["native_type"]


def native_type(node: Node) -> Any:
    """Return the type that msgspec decodes, with rules that it does not know beside it, where it passes over them.

    Raises:
        TypeError: msgspec has no such type; the walker decodes it.
    """
    bare = _bare(node)
    metadata: list[msgspec.Meta | Rules] = []
    if (meta := meta_of(native_rules(node, node.rules))) is not None:
        metadata.append(meta)
    if node.rules is not NO_RULES:
        metadata.append(node.rules)
    for item in metadata:
        bare = Annotated[bare, item]
    return bare


def _bare(node: Node) -> Any:
    match node:
        case Anything():
            return Any if node.variable is None else node.variable
        case Leaf() | Foreign() | Opaque():
            return node.cls
        case Choice():
            return Literal[tuple(value for value, _ in node.members)] if node.cls is None else node.cls
        case Array():
            item: Any = native_type(node.item)
            return GenericAlias(node.build, (item, ...) if node.build is tuple else (item,))
        case Fixed():
            return GenericAlias(tuple, tuple(native_type(item) for item in node.items))
        case Table():
            return GenericAlias(dict, (native_type(node.key), native_type(node.value)))
        case OneOf():
            members = [native_type(member) for member in node.members]
            return _union([*members, msgspec.UnsetType] if node.unset else members)
        case Object():
            return node.type
        case _:
            raise TypeError("msgspec has no type for an alias that names itself")


def _union(members: list[Any]) -> Any:
    union = members[0]
    for member in members[1:]:
        union = union | member
    return union
