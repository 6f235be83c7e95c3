"""The form of the URLs of one route: its constant parts, and how values are written between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from rooftree.base import RouteError
from rooftree.routing.converters import text_of
from rooftree.routing.hosts import LABEL
from rooftree.routing.paths import SAFE, quote_segment
from rooftree.routing.patterns import Parameter
from rooftree.routing.routes import RouteInfo

__all__ = ["UrlForm", "Way"]

Way = Callable[..., str]
"""Makes the URL of values, given in an order that is known."""
MAX_BITS: Final = 64
"""Whole numbers below it are written as they are; of larger ones not all have a text in a URL."""


class UrlForm:
    """How the URL of one route is made of values.

    Args:
        route: The route.
    """

    __slots__ = ("constant", "needed", "parts", "route")

    def __init__(self, route: RouteInfo) -> None:
        self.route = route
        self.needed = frozenset(route.params)
        parts: list[str | Parameter] = []
        for part in route.pattern.segments:
            parts.append("/")
            parts.append(quote_segment(part) if isinstance(part, str) else part)
        self.parts: list[str | Parameter] = parts
        self.constant = None if route.pattern.parameters else "".join(map(str, parts))

    def way(self, head: str, names: Sequence[str]) -> Way:
        """Return what makes the URL of values in the order of these names."""

        def careful(*values: Any) -> str:
            return head + self.path(dict(zip(names, values, strict=True)))

        holes = [part for part in self.parts if isinstance(part, Parameter)]
        in_order = [hole.name for hole in holes] == list(names[: len(holes)])
        if not in_order or len(self.needed) > len(holes) or any(hole.converter.key != ("str",) for hole in holes):
            return careful
        shape = head.replace("%", "%%") + "".join(map(_shape_of, self.parts))
        if len(names) > len(holes):
            shape += "?" + "&".join(f"{quote_segment(name).replace('%', '%%')}=%s" for name in names[len(holes) :])

        if not names:
            fixed = shape % ()
            return lambda: fixed

        def quick(*values: Any) -> str:
            return shape % values if all(map(_is_plain, values)) else careful(*values)

        def quick_one(value: Any) -> str:
            if value.__class__ is str and value.isascii() and value.replace("-", "").isalnum():
                return shape % value
            return quick(value)

        return quick_one if len(names) == 1 else quick

    def path(self, params: Mapping[str, Any]) -> str:
        """Return the path, with a query of what it does not take."""
        path = self.constant
        if path is None:
            path = "".join([part if isinstance(part, str) else self._segment(part, params) for part in self.parts])
        if len(params) > len(self.needed) or not self.needed.issuperset(params):
            query = self._query(params)
            return f"{path}?{query}" if query else path
        return path

    def _segment(self, parameter: Parameter, params: Mapping[str, Any]) -> str:
        text = self._text(parameter, params)
        whole = f"{parameter.prefix}{text}{parameter.suffix}"
        if whole in {".", ".."}:
            raise self._unfit(parameter, params, "browsers and servers drop '.' and '..' segments")
        if whole.isascii() and whole.replace("-", "").isalnum():
            return whole
        from urllib.parse import quote

        return quote(whole, safe=SAFE + "/" if parameter.greedy else SAFE)

    def _text(self, parameter: Parameter, params: Mapping[str, Any]) -> str:
        try:
            value = params[parameter.name]
        except KeyError:
            raise RouteError(
                "R302",
                f"The URL of '{self.route.pattern.text}' needs '{parameter.name}', "
                f"and was given {', '.join(map(repr, params)) or 'nothing'}.",
                f"Pass {parameter.name}=...",
                at=self.route.place,
            ) from None
        try:
            text = parameter.converter.format(value)
        except (ValueError, TypeError) as error:
            raise self._unfit(parameter, params, str(error)) from error
        if not text or "\0" in text or "\r" in text or "\n" in text:
            reason = "it is empty" if not text else "it holds a NUL or a line break"
            raise self._unfit(parameter, params, reason)
        return text

    def _unfit(self, parameter: Parameter, params: Mapping[str, Any], reason: str) -> RouteError:
        return RouteError(
            "R303",
            f"{_shown(params[parameter.name])} cannot be '{parameter.name}' of '{self.route.pattern.text}': {reason}.",
            f"Pass a value that {{{parameter.name}:{parameter.converter.name}}} takes.",
            at=self.route.place,
        )

    def _query(self, params: Mapping[str, Any]) -> str:
        from urllib.parse import quote

        pairs: list[str] = []
        for name, value in params.items():
            if name in self.needed or value is None:
                continue
            many = isinstance(value, (list, tuple, set, frozenset))
            for one in cast("Iterable[Any]", value if many else (value,)):
                try:
                    text = text_of(one)
                except (TypeError, ValueError) as error:
                    raise RouteError(
                        "R303",
                        f"{_shown(one)} cannot be '{name}' in the query of '{self.route.pattern.text}': {error}.",
                        "Pass a string, a number, a date, or a list of them.",
                        at=self.route.place,
                    ) from error
                pairs.append(f"{quote(name, safe='')}={quote(text, safe='')}")
        return "&".join(pairs)

    def origin(self, origin: str, params: Mapping[str, Any]) -> str:
        """Return the origin: that of the route's own host, where it has one."""
        if self.route.host is None:
            return origin
        labels: list[str] = []
        for part in self.route.host.labels:
            if isinstance(part, str):
                labels.append(part)
                continue
            label = f"{part.prefix}{self._text(part, params)}{part.suffix}".lower()
            if not re.fullmatch(LABEL, label):
                raise self._unfit(part, params, "a label of a host is made of letters, digits and '-'")
            labels.append(label)
        scheme, _, authority = origin.partition("://")
        after = authority.rpartition("]")[2]
        port = after[after.find(":") :] if ":" in after else ""
        return f"{scheme}://{'.'.join(labels)}{port}"


def _shape_of(part: str | Parameter) -> str:
    """Return a part of a path for the operator ``%``."""
    if isinstance(part, str):
        return part.replace("%", "%%")
    return f"{quote_segment(part.prefix)}\0{quote_segment(part.suffix)}".replace("%", "%%").replace("\0", "%s")


def _shown(value: object) -> str:
    try:
        return repr(value)
    except ValueError:  # more digits than Python writes
        return "A number that long"


def _is_plain(value: Any) -> bool:
    """Tell whether a value stands in a URL as it is: not quoted, written otherwise, left out, repeated or refused."""
    if value.__class__ is str:
        return value.isascii() and value.replace("-", "").isalnum()
    return value.__class__ is int and value.bit_length() < MAX_BITS
