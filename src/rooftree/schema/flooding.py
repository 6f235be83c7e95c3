"""A look at data before msgspec makes sets and dicts of it: their sender may have chosen keys of one hash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import GenericAlias
from typing import Any, Final

import msgspec

from rooftree.schema.hashes import CROWDED, FEW, LOOKED_AT, has_array_keys, is_crowded
from rooftree.schema.nodes import Anything, Array, Fixed, Leaf, Node, Object, OneOf, Table, reachable
from rooftree.schema.plain import is_dict, is_list, number_of
from rooftree.schema.walk import Origin, Walk

__all__ = ["Guard", "guard_of"]

_CHOSEN: Final = frozenset({"int", "decimal", "uuid"})
"""Single values of which any number can share a hash; of floats and times a few can."""
_SECRET: Final = frozenset({"str", "bytes", "null", "bool"})
"""Those that have no hash that can be chosen, or no choice of values."""


class Guard:
    """Looks at data of one type.

    Args:
        node: The type, one that msgspec decodes.
        read: Makes plain data of it.
        origin: What it is.
    """

    __slots__ = ("_matters", "_node", "_origin", "_read")

    def __init__(self, node: Node, read: Callable[[Any], Any], origin: Origin) -> None:
        self._node = node
        self._read = read
        self._origin: Origin = origin
        self._matters = {
            id(part) for part in reachable(node) if any(_keys_of(inner) is not None for inner in reachable(part))
        }

    @property
    def is_needed(self) -> bool:
        """Whether the type has a set or a dict whose keys a sender could choose."""
        return bool(self._matters) or (
            self._origin == "msgpack" and any(isinstance(part, Anything) for part in reachable(self._node))
        )

    def refusal(self, data: Any) -> Exception | None:
        """Return why data is not to be decoded; ``None`` where it may be."""
        if len(data) <= LOOKED_AT:
            return None
        if self._origin == "msgpack" and has_array_keys(data):
            return msgspec.ValidationError("Expected no `array` as a key of an `object`")
        if not self._matters:
            return None
        try:
            self._look(self._node, self._read(data))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return error
        return None

    def _look(self, node: Node, data: Any) -> None:
        if id(node) not in self._matters:
            return
        keys = _keys_of(node)
        if keys is not None and (is_list(data) or is_dict(data)):
            self._look_at_keys(keys, [*data])
        for part, item in self._inside(node, data):
            self._look(part, item)

    def _inside(self, node: Node, data: Any) -> Iterable[tuple[Node, Any]]:
        """Return what of the data is for which type directly below one."""
        match node:
            case Array() if is_list(data) and id(node.item) in self._matters:
                return ((node.item, item) for item in data)
            case Fixed() if is_list(data):
                return zip(node.items, data, strict=False)
            case Table() if is_dict(data) and id(node.value) in self._matters:
                return ((node.value, item) for item in data.values())
            case OneOf():
                return ((member, data) for member in node.members if _may_be(member, data))
            case Object():
                return _fields(node, data)
            case _:
                return ()

    def _look_at_keys(self, node: Node, raw: Sequence[Any]) -> None:
        if len(raw) <= FEW:
            return
        if isinstance(node, Leaf) and node.kind in {"int", "uuid"}:
            # not strict: more than what is taken, all of it in C
            keys = msgspec.convert(raw, GenericAlias(list, (node.cls,)), strict=False)
        elif isinstance(node, Anything):
            keys = raw
        else:
            walk = Walk(1, 10 * len(raw) + 1000, origin=self._origin)
            keys = [walk.run(node, walk.key(node, part)) for part in raw if not walk.faults]
            if walk.faults:
                raise msgspec.ValidationError(walk.faults[0].message)
        try:
            crowded = is_crowded([_hashable(key) for key in keys])
        except TypeError:
            raise msgspec.ValidationError("Expected a hashable key") from None
        if crowded:
            raise msgspec.ValidationError(CROWDED)


def _hashable(key: Any) -> Any:
    """Return a key as msgspec makes it: an array is a tuple there."""
    return tuple(map(_hashable, key)) if is_list(key) else number_of(key)


def guard_of(node: Node, read: Callable[[Any], Any], origin: Origin) -> Guard | None:
    """Return what looks at data of a type; ``None`` where nobody has to."""
    guard = Guard(node, read, origin)
    return guard if guard.is_needed else None


def _keys_of(node: Node) -> Node | None:
    """Return the type of the keys of a set or dict, where they can be chosen to share a hash."""
    if isinstance(node, Array) and node.build in {set, frozenset}:
        keys = node.item
    elif isinstance(node, Table):
        keys = node.key
    else:
        return None
    return keys if any(_is_chosen(part, keys) for part in reachable(keys)) else None


def _is_chosen(part: Node, keys: Node) -> bool:
    """Tell whether any number of keys can be made to share a hash by a value: in a tuple or an object, nearly any."""
    if isinstance(part, Leaf):
        return part.kind in _CHOSEN or (part is not keys and part.kind not in _SECRET)
    return isinstance(part, Anything)


def _fields(node: Object, data: Any) -> Iterable[tuple[Node, Any]]:
    if node.as_array and is_list(data):
        return zip((field.node for field in node.fields), data[node.tag is not None :], strict=False)
    if is_dict(data):
        return ((field.node, data[field.wire]) for field in node.fields if field.wire in data)
    return ()


def _may_be(node: Node, data: Any) -> bool:
    """Tell whether such data may be of a member of a union: of tagged classes, of the one whose tag it has."""
    if not isinstance(node, Object) or node.tag is None:
        return True
    name, value = node.tag
    if node.as_array:
        return is_list(data) and bool(data) and bool(data[0] == value)
    return is_dict(data) and bool(data.get(name) == value)
