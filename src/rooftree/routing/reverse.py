"""From a handler or a name, and values, back to the URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from rooftree.base import RouteError
from rooftree.routing.converters import text_of
from rooftree.routing.hosts import LABEL
from rooftree.routing.paths import SAFE, quote_segment
from rooftree.routing.patterns import Parameter
from rooftree.routing.routes import RouteInfo, handler_name

__all__ = ["Reverser"]

Target = str | Callable[..., Any]


class Reverser:
    """Makes URLs that lead to routes.

    ```python
    urls = Reverser(flatten(app))
    urls.url_for("shop.products.detail", id=7, tab="reviews")  # "/shop/products/7?tab=reviews"
    urls.url_for(detail, id=7)  # by the handler itself
    ```

    Args:
        routes: All routes of an application.
    """

    __slots__ = ("_by_handler", "_by_name", "_forms", "_routes")

    def __init__(self, routes: Iterable[RouteInfo]) -> None:
        self._routes: Final = [route for route in routes if route.kind != "mount"]
        self._by_handler: dict[int, list[RouteInfo]] = {}
        self._by_name: dict[str, list[RouteInfo]] = {}
        self._forms: dict[int, _Form] = {}
        for route in self._routes:
            declared = {id(thing): thing for thing in (route.target, getattr(route.handler, "__func__", route.handler))}
            for key in declared:
                self._by_handler.setdefault(key, []).append(route)
            if route.name:
                self._by_name.setdefault(route.name, []).append(route)
        for name, found in self._by_name.items():
            given = [route for route in found if route.named]
            self._by_name[name] = given or found

    def url_for(self, target: Target, /, **params: Any) -> str:
        """Return the path, percent-encoded, and a query string of the values that are no parameters of the pattern.

        Args:
            target: A handler, a class of handlers, or a dotted name.
            params: Values by name. In the query string a list repeats its name, and ``None`` is left out.

        Raises:
            RouteError: R301 for a target that no route has, R302 for a missing parameter, R303 for a value that
                would not lead back, R304 for a name that several routes have.
        """
        return self._form(target, params).path(params)

    def absolute_url(self, origin: str, target: Target, /, **params: Any) -> str:
        """Return the whole URL.

        Args:
            origin: Scheme, host and port of this application: ``"https://example.org:8443"``. A route that answers
                for a host of its own gets that host, with the same scheme and port.
            target: As for ``url_for``.
            params: As for ``url_for``; parameters of the host pattern are needed here.

        Raises:
            RouteError: As ``url_for``.
        """
        form = self._form(target, params)
        return form.origin(origin, params) + form.path(params)

    def _form(self, target: Target, params: Mapping[str, Any]) -> _Form:
        found = self._find(target)
        route = found[0]
        if len(found) > 1:
            fitting = [other for other in found if all(name in params for name in other.pattern.params)]
            route = max(fitting, key=lambda other: len(other.pattern.parameters), default=route)
        form = self._forms.get(id(route))
        if form is None:
            form = self._forms[id(route)] = _Form(route)
        return form

    def _find(self, target: Target) -> list[RouteInfo]:
        if not isinstance(target, str):
            found = self._by_handler.get(id(getattr(target, "__func__", target)))
            if found is None:
                raise RouteError(
                    "R301",
                    f"No route leads to {handler_name(target)}.",
                    "Declare one with @app.get(...), or include the group that it is in.",
                )
            return found
        found = self._by_name.get(target)
        if found is None:
            raise self._unknown(target)
        handlers = {id(route.target): route for route in found} if len(found) > 1 else {}
        if len(handlers) > 1 and not found[0].named:
            shown = ", ".join(f"{handler_name(route.handler)} at {route.place}" for route in handlers.values())
            raise RouteError(
                "R304",
                f"'{target}' is the name of {len(handlers)} handlers: {shown}.",
                "Give one of them 'name=', put them into groups with names, or pass the handler itself.",
            )
        return found

    def _unknown(self, name: str) -> RouteError:
        from difflib import get_close_matches

        close = get_close_matches(name, self._by_name, 3, 0.5)
        close += [known for known in self._by_name if known.endswith(f".{name}") and known not in close]
        remedy = f"Did you mean {' or '.join(map(repr, close))}?" if close else "'rooftree routes' lists the names."
        if name.startswith(("/", "http:", "https:")):
            remedy = f"A path is one already; to send a browser there, return Redirect('{name}')."
        return RouteError("R301", f"No route is called '{name}'.", remedy)


class _Form:
    """The compiled way from values to the URL of one route."""

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

    def path(self, params: Mapping[str, Any]) -> str:
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
            f"{params[parameter.name]!r} cannot be '{parameter.name}' of '{self.route.pattern.text}': {reason}.",
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
                        f"{one!r} cannot be '{name}' in the query of '{self.route.pattern.text}': {error}.",
                        "Pass a string, a number, a date, or a list of them.",
                        at=self.route.place,
                    ) from error
                pairs.append(f"{quote(name, safe='')}={quote(text, safe='')}")
        return "&".join(pairs)

    def origin(self, origin: str, params: Mapping[str, Any]) -> str:
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
