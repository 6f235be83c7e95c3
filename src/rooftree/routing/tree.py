"""The tree that dynamic paths are matched by: one node for each segment, what is most specific first.

The work for one path is bounded: below a node a segment is looked at once for each edge, and a node is entered once
for each position. A pattern holds one ``:path`` parameter at most, so a walk enters no node more often than the path
has segments, whatever the path and the patterns are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from rooftree.routing.converters import MISMATCH
from rooftree.routing.patterns import Parameter, Pattern

__all__ = ["Edge", "Node", "Params"]

E = TypeVar("E")
Params = tuple[Any, ...]


class Edge(Generic[E]):
    """The way from a node to the next by a parameter."""

    __slots__ = ("greedy", "key", "node", "rank", "take")

    def __init__(self, parameter: Parameter) -> None:
        self.key = parameter.key
        self.rank = (parameter.converter.rank, -len(parameter.prefix) - len(parameter.suffix))
        self.greedy = parameter.greedy
        self.take: Callable[[str], Any] | None = parameter.taker()
        self.node: Node[E] = Node()

    def spans(self, depth: int, end: int, params: Params) -> list[Step[E]]:
        """Return each way to take several segments from ``depth`` on, the one to try first last.

        What stands behind the parameter is more specific than its end; there, the longest is tried first.
        """
        more = range(depth + 1, end) if self.node.children or self.node.edges else ()
        return [(self, depth, stop, params) for stop in (end, *more)]


Step = tuple[Edge[E], int, int, Params]
"""An edge to try: the segments from one depth to another, with the values so far."""


class Node(Generic[E]):
    """What may follow one segment, and what ends here."""

    __slots__ = ("children", "edges", "methods", "only")

    def __init__(self) -> None:
        self.children: dict[str, Node[E]] = {}
        self.edges: list[Edge[E]] = []  # the least specific first: they are taken from the end
        self.methods: dict[str, E] = {}
        self.only: Edge[E] | None = None  # where there is one edge, which takes one segment

    def insert(self, pattern: Pattern) -> dict[str, E]:
        """Return the methods that end at a pattern, growing the tree as needed."""
        node = self
        for part in pattern.segments:
            node = node.children.setdefault(part, Node()) if isinstance(part, str) else node._edge(part).node
        return node.methods

    def _edge(self, parameter: Parameter) -> Edge[E]:
        for edge in self.edges:
            if edge.key == parameter.key:
                return edge
        edge = Edge[E](parameter)
        # edges of one rank are tried in the order they were declared in
        place = next((i for i, other in enumerate(self.edges) if other.rank <= edge.rank), len(self.edges))
        self.edges.insert(place, edge)
        self.only = edge if len(self.edges) == 1 and not edge.greedy else None
        return edge

    def walk(
        self, segments: list[str], method: str, seen: list[tuple[Mapping[str, E], Params]]
    ) -> tuple[E, Params] | None:
        """Return what a path leads to for a method, with the values on the way.

        Args:
            segments: The decoded segments.
            method: The request's method.
            seen: Filled with the methods of the patterns that match the path but lack the method.
        """
        node, depth, end = self, 0, len(segments)
        params: Params = ()
        waiting: list[Step[E]] = []
        while True:
            if depth == end:
                endpoint = node.methods.get(method)
                if endpoint is not None:
                    return endpoint, params
                if node.methods:
                    seen.append((node.methods, params))
            else:
                segment = segments[depth]
                for edge in node.edges if segment else ():
                    waiting += edge.spans(depth, end, params) if edge.greedy else ((edge, depth, depth + 1, params),)
                child = node.children.get(segment)
                if child is not None:
                    node, depth = child, depth + 1
                    continue
            while waiting:
                edge, depth, stop, params = waiting.pop()
                value: Any = segments[depth] if stop - depth == 1 else "/".join(segments[depth:stop])
                if edge.take is not None:
                    value = edge.take(value)
                if value is not MISMATCH:
                    node, depth, params = edge.node, stop, (*params, value)
                    break
            else:
                return None
