"""The compiled matcher: from method, path and host to what answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar, cast, final

from rooftree.routing.converters import MISMATCH
from rooftree.routing.hosts import HostPattern, labels_of
from rooftree.routing.options import SlashPolicy
from rooftree.routing.paths import join_segments, quote_segment, segments_of
from rooftree.routing.patterns import Pattern
from rooftree.routing.shapes import LONGEST, Shapes, text_of
from rooftree.routing.tree import Node, Params

__all__ = ["WEBSOCKET", "Match", "Miss", "Router"]

E = TypeVar("E")
Match = tuple[E, Params]

WEBSOCKET: Final = "WEBSOCKET"
"""The method under which WebSocket routes are added and looked for: a handshake and a plain GET are two things."""

MAX_HOSTS: Final = 1024
_ORDER: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@final
class Miss(Generic[E]):
    """Why nothing answers.

    Attributes:
        methods: What would answer this path by other methods; empty where the path itself is unknown.
        location: The path that is right but for its trailing slash, in canonical form, for a 308.
    """

    __slots__ = ("location", "methods")

    def __init__(self, methods: Mapping[str, Match[E]], location: str | None = None) -> None:
        self.methods = methods
        self.location = location

    @property
    def allow(self) -> str:
        """The value of ``Allow`` for a 405 or the answer to OPTIONS (RFC 9110 section 10.2.1); ``""`` for a 404."""
        names = {*self.methods, "OPTIONS"} - {WEBSOCKET} if self.methods else set[str]()
        known = [name for name in _ORDER if name in names]
        return ", ".join([*known, *sorted(names.difference(known))])

    def __repr__(self) -> str:
        return f"<Miss allow={self.allow!r} location={self.location!r}>"


class _Table(Generic[E]):
    """The routes and mounts of one host, or of those that ask for none."""

    __slots__ = ("longest_mount", "mounts", "root", "static")

    def __init__(self) -> None:
        self.static: dict[str, dict[bytes, Match[E]]] = {}  # by method: with many routes, fewer reads of cold memory
        self.root: Node[E] = Node()
        self.mounts: dict[tuple[str, ...], E] = {}
        self.longest_mount = -1

    def mounted(self, raw_path: bytes, segments: list[str] | None) -> Match[E] | None:
        """Return the mount of the longest prefix, and what is left of the path as it was sent."""
        if self.longest_mount < 0:
            return None
        if segments is None:
            segments = segments_of(raw_path, empty=True)
            if segments is None:
                return None
        for length in range(min(len(segments), self.longest_mount), -1, -1):
            endpoint = self.mounts.get(tuple(segments[:length]))
            if endpoint is not None:
                parts = raw_path.split(b"/", length + 1)
                rest = b"/" + parts[-1] if len(parts) == length + 2 else b""
                return endpoint, (rest,)
        return None


class Router(Generic[E]):
    """Finds what answers a request. Routes are added first, ``compile`` is called once, then ``match``.

    Args:
        slash: What happens to a path that is right but for its trailing slash: ``"redirect"`` answers 308 with the
            right one, ``"same"`` serves both, ``"strict"`` answers 404.

    A static path costs one dictionary lookup; its result is made at start-up. A path whose last segment is its one
    parameter costs two; one with parameters elsewhere one for each shape that there is of its length. ``E`` is whatever
    stands for a route.
    """

    __slots__ = (
        "_default", "_ends", "_exact", "_hosts", "_own_slashes", "_plain", "_server_wide", "_shapes", "_slash",
        "_slashes", "_static", "_tables",
    )  # fmt: skip

    def __init__(self, slash: SlashPolicy = "redirect") -> None:
        self._slash: Final = slash
        self._slashes = {slash}  # every policy that there is
        self._own_slashes: dict[int, SlashPolicy] = {}  # by the endpoint's identity
        self._tables: dict[tuple[object, ...] | None, tuple[HostPattern | None, _Table[E]]] = {}
        self._default: _Table[E] = _Table()
        self._static = self._default.static
        self._ends: dict[str, dict[bytes, tuple[E, Callable[[str], Any] | None, Mapping[str, object]]]] = {}
        self._shapes: Shapes[E] = Shapes(self._default.root)
        self._plain: tuple[tuple[_Table[E], Params], ...] = ((self._default, ()),)
        self._hosts: list[tuple[HostPattern, _Table[E]]] = []
        self._exact: dict[bytes, tuple[tuple[_Table[E], Params], ...]] = {}
        self._server_wide: Miss[E] = Miss({})

    def add(
        self,
        pattern: Pattern,
        methods: Iterable[str],
        endpoint: E,
        host: HostPattern | None = None,
        slash: SlashPolicy | None = None,
    ) -> None:
        """Add a route, with a policy of its own for the trailing slash where it has one.

        For a method that its pattern already has, the first one stays.
        """
        if slash is not None and slash != self._slash:
            self._slashes.add(slash)
            self._own_slashes[id(endpoint)] = slash
        table = self._table(host)
        ends = table.root.insert(pattern)
        for method in methods:
            ends.setdefault(method, endpoint)
        raw = pattern.raw
        if raw is not None:
            for method in methods:
                table.static.setdefault(method, {}).setdefault(raw, (endpoint, ()))

    def mount(self, prefix: Pattern, endpoint: E, host: HostPattern | None = None) -> None:
        """Add what answers every path below a prefix that no route of its host answers.

        The endpoint's parameters are the host's, then the rest of the path as it was sent: ``b"/a%2Fb"``, or ``b""``.
        """
        table = self._table(host)
        parts = tuple(part for part in prefix.segments if isinstance(part, str) and part)
        table.mounts.setdefault(parts, endpoint)
        table.longest_mount = max(table.longest_mount, len(parts))

    def _table(self, host: HostPattern | None) -> _Table[E]:
        if host is None:
            return self._default
        return self._tables.setdefault(host.key, (host, _Table()))[1]

    def compile(self) -> None:
        """Prepare for ``match``: HEAD follows GET, both forms of a path where they are the same, hosts in order."""
        self._hosts = sorted(
            ((host, table) for host, table in self._tables.values() if host is not None), key=lambda pair: pair[0].rank
        )
        every: dict[str, Match[E]] = {}
        for table in [self._default, *(table for _, table in self._hosts)]:
            for node in _nodes(table.root):
                if "GET" in node.methods:
                    node.methods.setdefault("HEAD", node.methods["GET"])
                every.update((name, (endpoint, ())) for name, endpoint in node.methods.items())
            if "GET" in table.static:
                table.static["HEAD"] = {**table.static["GET"], **table.static.get("HEAD", {})}
            if "same" in self._slashes:
                for paths in table.static.values():
                    for raw, match in list(paths.items()):
                        if raw != b"/" and self._has_slash("same", match[0]):
                            paths.setdefault(raw[:-1] if raw[-1:] == b"/" else raw + b"/", match)
            _gather(table.static)
        self._server_wide = Miss(every)  # what OPTIONS * asks for
        for prefix, node in _static_nodes(self._default.root):
            edge = node.only
            if edge is not None:  # below a static prefix nothing is more specific but a static path
                for name, endpoint in edge.node.methods.items():
                    self._ends.setdefault(name, {})[prefix] = endpoint, edge.take, node.children
        _gather(self._ends)
        self._shapes = Shapes(self._default.root)

    def match(self, method: str, raw_path: bytes, raw_host: bytes) -> Match[E] | Miss[E]:
        """Return what answers, with the values of the parameters of host and path; or why nothing does.

        Args:
            method: The request's method, or ``WEBSOCKET`` for a handshake.
            raw_path: The path as sent, percent-encoded.
            raw_host: The host as the client named it, with or without port; without routes for hosts it is not read.
        """
        if self._hosts:
            tables = self._exact.get(raw_host) or self._tables_of(raw_host)
            if len(tables) > 1:
                return self._search(tables, method, raw_path, segments_of(raw_path))
        paths = self._static.get(method)
        if paths is not None:
            hit = paths.get(raw_path)
            if hit is not None:
                return hit
        ends = self._ends.get(method)
        if ends is not None:
            prefix, _, last = raw_path.rpartition(b"/")
            end = ends.get(prefix)
            if end is not None:
                endpoint, take, children = end
                plain = last.isalnum() and len(last) <= LONGEST
                value: Any = last.decode("ascii") if plain else text_of(last)
                if value is not None and (plain or value not in children):  # of a static path, written another way
                    if take is not None:
                        value = take(value)
                    if value is not MISMATCH:
                        return endpoint, (value,)
        hit = self._shapes.find(method, raw_path)
        return hit or self._search(self._plain, method, raw_path, segments_of(raw_path))

    def _tables_of(self, raw_host: bytes) -> tuple[tuple[_Table[E], Params], ...]:
        labels = labels_of(raw_host)
        found = ((table, host.match(labels)) for host, table in self._hosts)
        tables = (*((table, params) for table, params in found if params is not None), *self._plain)
        if len(self._exact) < MAX_HOSTS:
            self._exact[raw_host] = tables
        return tables

    def _search(
        self,
        tables: tuple[tuple[_Table[E], Params], ...],
        method: str,
        raw_path: bytes,
        segments: list[str] | None,
    ) -> Match[E] | Miss[E]:
        if raw_path == b"*":
            return self._server_wide
        seen: list[tuple[Mapping[str, E], Params]] = []
        for table, host_params in tables:
            missed = len(seen)
            hit = self._routed(table, method, raw_path, segments, seen) or table.mounted(raw_path, segments)
            if hit is not None:
                return (hit[0], host_params + hit[1]) if host_params else hit
            if host_params:
                seen[missed:] = [(methods, host_params + params) for methods, params in seen[missed:]]
        if seen:
            methods: dict[str, Match[E]] = {}
            for ends, params in seen:
                for name, endpoint in ends.items():
                    methods.setdefault(name, (endpoint, params))
            return Miss(methods)
        if "redirect" in self._slashes and segments is not None:
            other = _other_form(segments)
            if other is not None and any(self._leads_on(table, method, other) for table, _ in tables):
                return Miss({}, join_segments(other))
        return cast("Miss[E]", NOTHING)

    def _routed(
        self,
        table: _Table[E],
        method: str,
        raw_path: bytes,
        segments: list[str] | None,
        seen: list[tuple[Mapping[str, E], Params]],
    ) -> Match[E] | None:
        paths = table.static.get(method)
        if paths is not None and raw_path in paths:
            return paths[raw_path]
        if segments is None:
            return None
        hit = table.root.walk(segments, method, seen)
        if hit is None and "same" in self._slashes:
            other = _other_form(segments)
            if other is not None:
                hit, others = self._walk(table, method, other, "same")
                seen += others
        return hit

    def _leads_on(self, table: _Table[E], method: str, segments: list[str]) -> bool:
        """Tell whether something that is redirected to answers a path, by whatever method."""
        hit, others = self._walk(table, method, segments, "redirect")
        return hit is not None or bool(others)

    def _walk(
        self, table: _Table[E], method: str, segments: list[str], slash: SlashPolicy
    ) -> tuple[Match[E] | None, list[tuple[Mapping[str, E], Params]]]:
        """Look for what answers the other form of a path, among the routes of one policy."""
        seen: list[tuple[Mapping[str, E], Params]] = []
        hit = table.root.walk(segments, method, seen)
        if self._own_slashes:
            hit = hit if hit is not None and self._has_slash(slash, hit[0]) else None
            kept = [({n: e for n, e in ends.items() if self._has_slash(slash, e)}, params) for ends, params in seen]
            seen = [(ends, params) for ends, params in kept if ends]
        return hit, seen

    def _has_slash(self, slash: SlashPolicy, endpoint: E) -> bool:
        return self._own_slashes.get(id(endpoint), self._slash) == slash


NOTHING: Final[Miss[Any]] = Miss({})


def _nodes(root: Node[E]) -> Iterator[Node[E]]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children.values())
        waiting.extend(edge.node for edge in node.edges)


def _static_nodes(root: Node[E]) -> Iterator[tuple[bytes, Node[E]]]:
    """Give each node that is reached without parameters, with its path in canonical form."""
    waiting = [(b"", root)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        waiting += [(b"%b/%b" % (path, quote_segment(name).encode()), child) for name, child in node.children.items()]


def _gather(tables: dict[str, dict[bytes, Any]]) -> None:
    """Write tables anew: what one look-up reads lies together in memory, with nothing of start-up between."""
    for name, table in tables.items():
        tables[name] = {bytes(bytearray(path)): (*found,) for path, found in table.items()}


def _other_form(segments: list[str]) -> list[str] | None:
    """Return the path with its trailing slash added or taken away; ``None`` for the root, which has one form."""
    if segments[-1]:
        return [*segments, ""]
    return segments[:-1] if len(segments) > 1 else None
