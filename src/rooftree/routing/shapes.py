"""Paths with parameters, found by one look-up for all their fixed parts.

A tree is walked from node to node, and with thousands of routes each step reads memory that no cache holds. So patterns
are also kept by their shape: how many segments they have, and which of them are parameters. A path is split once, and
for each shape of its length the parts that are fixed there are looked up together. What is found is what the tree
finds: the way on which each segment took the static child where there was one, and else the only parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar, cast

from rooftree.base import regex
from rooftree.routing.converters import MISMATCH
from rooftree.routing.paths import quote_segment, segments_of
from rooftree.routing.tree import Edge, Node, Params

__all__ = ["LONGEST", "Shapes", "text_of"]

E = TypeVar("E")

PLAIN: Final = regex(rb"[A-Za-z0-9_\-][A-Za-z0-9_\-.]*")
"""Segments that mean what they say: nothing is escaped, and none is ``.`` or ``..``."""
LONGEST: Final = 256
MOST: Final = 4
"""Shapes of one length that are tried; the patterns of others are left to the tree."""

Taken = tuple[tuple[int, Callable[[str], Any] | None, Any], ...]
"""Of each parameter its segment, what makes its value, and the texts there that lead elsewhere: a node's children."""


class Shapes(Generic[E]):
    """The patterns of a compiled tree whose parameters are each the only one at their place.

    Args:
        root: The tree.
    """

    __slots__ = ("_by_method",)

    def __init__(self, root: Node[E]) -> None:
        found: dict[str, dict[int, dict[tuple[int, ...], dict[bytes, tuple[E, Taken]]]]] = {}
        shared: dict[
            Taken, Taken
        ] = {}  # most patterns of a shape take the same: what is read for one is warm for others
        for parts, taken, methods in _ways(root):
            places = tuple(place for place, _, _ in taken)
            if not places or places == (len(parts) - 1,):  # found without it
                continue
            fixed = b"/".join(part for i, part in enumerate(parts) if i not in places)
            same = shared.setdefault(taken, taken)
            for method, endpoint in methods.items():
                lengths = found.setdefault(method, {})
                lengths.setdefault(len(parts), {}).setdefault(places, {})[fixed] = endpoint, same
        self._by_method = {
            method: {length: _getters(length, shapes) for length, shapes in lengths.items()}
            for method, lengths in found.items()
        }

    def find(self, method: str, raw_path: bytes) -> tuple[E, Params] | None:
        """Return what a path leads to for a method, with its values; ``None`` where that is the tree's to say."""
        lengths = self._by_method.get(method)
        if lengths is None:
            return None
        parts = raw_path.split(b"/")
        for fixed, table in lengths.get(len(parts), ()):
            found = table.get(b"/".join(fixed(parts)))
            if found is None:
                continue
            endpoint, taken = found
            params: list[Any] = []
            for place, take, elsewhere in taken:
                part = parts[place]
                value: Any = part.decode("ascii") if part.isalnum() and len(part) <= LONGEST else text_of(part)
                if value is None or value in elsewhere:
                    return None
                if take is not None:
                    value = take(value)
                    if value is MISMATCH:
                        return None
                params.append(value)
            return endpoint, tuple(params)
        return None


def text_of(part: bytes) -> str | None:
    """Return the text of one segment as it was sent; ``None`` where it is empty, is none, or is very long."""
    if len(part) > LONGEST:
        return None
    if PLAIN.fullmatch(part):
        return part.decode("ascii")
    segments = segments_of(b"/" + part)
    return segments[0] or None if segments is not None else None


def _getters(
    length: int, shapes: dict[tuple[int, ...], dict[bytes, tuple[E, Taken]]]
) -> list[tuple[Callable[[list[bytes]], tuple[bytes, ...]], dict[bytes, tuple[E, Taken]]]]:
    """Return the shapes of one length, those with most patterns first, each with what takes its fixed parts."""
    most = sorted(shapes.items(), key=lambda shape: -len(shape[1]))[:MOST]
    return [(_fixed(length, places), _gathered(table)) for places, table in most]


def _fixed(length: int, places: tuple[int, ...]) -> Callable[[list[bytes]], tuple[bytes, ...]]:
    others = [i for i in range(length) if i not in places]
    # the first is empty, before the first slash; alone it is given as it is, and as no parts: b""
    return cast("Callable[[list[bytes]], tuple[bytes, ...]]", itemgetter(*others))


def _gathered(table: dict[bytes, tuple[E, Taken]]) -> dict[bytes, tuple[E, Taken]]:
    """Write a table anew: what one look-up reads lies together in memory, with nothing of start-up between."""
    return {bytes(bytearray(path)): (*found,) for path, found in table.items()}


def _ways(root: Node[E]) -> Iterator[tuple[tuple[bytes, ...], Taken, dict[str, E]]]:
    """Give each node that is reached by static segments and only parameters, with the way to it."""
    waiting: list[tuple[Node[E], tuple[bytes, ...], Taken]] = [(root, (b"",), ())]
    while waiting:
        node, parts, taken = waiting.pop()
        yield parts, taken, node.methods
        for text, child in node.children.items():
            waiting.append((child, (*parts, quote_segment(text).encode()), taken))
        edge: Edge[E] | None = node.only
        if edge is not None:
            step = (len(parts), edge.take, frozenset(node.children))
            waiting.append((edge.node, (*parts, b""), (*taken, step)))
