"""What an expression does: which ones may be evaluated twice, and which calls of the framework's own names are known.

Calls are known by their names alone, which an application may give another meaning. So what is written for a known call
first looks whether the name means what it usually does, and gives up by an ``AttributeError`` where it does not: then
the unit is made again, and whatever the application calls is called once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from jinja2 import nodes

from rooftree.templates.values import VALUE_FILTERS

__all__ = ["MARKING", "Way", "is_constant", "is_pure", "message_of", "needs_looking_up", "way_of"]

PURE_FILTERS: Final = frozenset(VALUE_FILTERS) | frozenset(
    {
        "abs", "capitalize", "center", "count", "currency", "d", "date", "datetime", "default", "e", "enumerate",
        "escape", "filesizeformat", "first", "float", "forceescape", "format", "int", "join", "last", "length", "list",
        "lower", "max", "min", "number", "percent", "relative", "replace", "reverse", "round", "safe", "sort", "string",
        "striptags", "sum", "time", "title", "tojson", "trim", "truncate", "unique", "upper", "urlencode", "wordcount",
    }
)  # fmt: skip
"""Filters that only look at their values."""
PURE_METHODS: Final = frozenset(
    {"casefold", "decode", "endswith", "isoformat", "lower", "removeprefix", "removesuffix", "startswith", "upper"}
)
"""Methods of texts, bytes and dates, which change nothing."""
MARKING: Final = {
    "_": "gettext", "gettext": "gettext", "ngettext": "ngettext", "pgettext": "pgettext", "npgettext": "npgettext",
}  # fmt: skip
"""The names of the functions that mark texts, and which function each is."""
_PURE: Final = (
    nodes.Name,
    nodes.Literal,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.CondExpr,
    nodes.BinExpr,
    nodes.UnaryExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Concat,
    nodes.Test,
    nodes.Keyword,
    nodes.Pair,
)


class Way(NamedTuple):
    """A call of ``url`` for a route that it names.

    Attributes:
        key: The name of the route and those of the values: the key of ``rooftree.routing.Ways``.
        values: The values.
    """

    key: tuple[str, ...]
    values: list[nodes.Expr]


def is_pure(node: nodes.Node) -> bool:
    """Tell whether an expression may be evaluated a second time without anyone noticing."""
    match node:
        case nodes.Call():
            pure = _is_known(node)
        case nodes.Filter():
            pure = node.name in PURE_FILTERS and node.node is not None
        case _:
            pure = isinstance(node, _PURE)
    return pure and all(map(is_pure, node.iter_child_nodes()))


def needs_looking_up(node: nodes.Expr) -> bool:
    """Tell whether a pure expression is written in another way where attributes are read as Python reads them."""
    written = (nodes.Getattr, nodes.Call)
    return isinstance(node, written) or next(_all_of(node, *written), None) is not None


def is_constant(template: nodes.Template, given: frozenset[str]) -> bool:
    """Tell whether what a template makes depends on nothing but these names."""
    if any(name.name not in given for name in template.find_all(nodes.Name)):
        return False
    if any(one.name not in VALUE_FILTERS for one in template.find_all(nodes.Filter)):
        return False
    others = (nodes.Call, nodes.Test, nodes.Block, nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    return next(_all_of(template, *others), None) is None


def message_of(node: nodes.Node) -> str | None:
    """Return the message of ``_("...")`` without values."""
    if isinstance(node, nodes.Call) and _is_known(node) and isinstance(node.node, nodes.Name) and not node.kwargs:
        first = node.args[0] if len(node.args) == 1 else None
        if MARKING.get(node.node.name) == "gettext" and isinstance(first, nodes.Const) and type(first.value) is str:
            return first.value
    return None


def way_of(node: nodes.Call) -> Way | None:
    """Return the way that ``url("products.detail", slug=product.slug)`` asks for."""
    if not isinstance(node.node, nodes.Name) or node.node.name != "url" or len(node.args) != 1:
        return None
    (target,) = node.args
    if node.dyn_args or node.dyn_kwargs or not isinstance(target, nodes.Const) or type(target.value) is not str:
        return None
    names = [keyword.key for keyword in node.kwargs]
    if len(set(names)) < len(names):
        return None
    return Way((target.value, *names), [keyword.value for keyword in node.kwargs])


def _all_of(node: nodes.Node, *types: type[nodes.Node]) -> Iterator[nodes.Node]:
    return node.find_all(types)


def _is_known(node: nodes.Call) -> bool:
    if node.dyn_args or node.dyn_kwargs:
        return False
    if isinstance(node.node, nodes.Getattr):
        return node.node.attr in PURE_METHODS
    return way_of(node) is not None or (isinstance(node.node, nodes.Name) and node.node.name in MARKING)
