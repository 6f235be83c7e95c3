"""From a handler or a name, and values, back to the URL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, Final

from rooftree.base import RouteError
from rooftree.routing.routes import RouteInfo, handler_name
from rooftree.routing.urlform import UrlForm, Way

__all__ = ["Reverser", "Ways"]

Target = str | Callable[..., Any]
MOST_WAYS: Final = 64


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

    __slots__ = ("_by_handler", "_by_name", "_forms", "_routes", "_ways")

    def __init__(self, routes: Iterable[RouteInfo]) -> None:
        self._routes: Final = [route for route in routes if route.kind != "mount"]
        self._by_handler: dict[int, list[RouteInfo]] = {}
        self._by_name: dict[str, list[RouteInfo]] = {}
        self._forms: dict[int, UrlForm] = {}
        self._ways: dict[tuple[str, str], Ways] = {}
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
        language = self.language(params)
        form = self.form(target, params)
        return self.head(form.route, language) + form.path(params)

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
        language = self.language(params)
        form = self.form(target, params)
        return form.origin(origin, params) + self.head(form.route, language) + form.path(params)

    def ways(self, prefix: str = "") -> Ways:
        """Return the ways to URLs for those who make the same ones again and again: compiled templates.

        Args:
            prefix: What every path begins with: where the application is mounted.
        """
        key = prefix, self.language({})
        known = self._ways.get(key)
        if known is None:
            if len(self._ways) >= MOST_WAYS:
                self._ways.clear()
            known = self._ways[key] = Ways(self, *key)
        return known

    def language(self, params: dict[str, Any]) -> str:
        """Return the language that URLs are made in, and take out of the values what only says so."""
        del params
        return ""

    def head(self, route: RouteInfo, language: str) -> str:
        """Return what the paths of a route begin with in a language."""
        del route, language
        return ""

    def form(self, target: Target, params: Collection[str]) -> UrlForm:
        """Return the form of the URL to a target, of its routes the one that takes most of these parameters."""
        found = self._find(target)
        route = found[0]
        if len(found) > 1:
            fitting = [other for other in found if all(name in params for name in other.pattern.params)]
            route = max(fitting, key=lambda other: len(other.pattern.parameters), default=route)
        form = self._forms.get(id(route))
        if form is None:
            form = self._forms[id(route)] = UrlForm(route)
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


class Ways(dict[tuple[str, ...], Way]):
    """By a target's name and the names of values: what makes the URL of such values, found once.

    ```python
    ways["shop.products.detail", "id", "tab"](7, "reviews")  # "/shop/products/7?tab=reviews"
    ```

    It raises what ``url_for`` does. Keys are not what came from outside: each is kept.
    """

    __slots__ = ("_language", "_prefix", "_reverser")

    def __init__(self, reverser: Reverser, prefix: str, language: str) -> None:
        super().__init__()
        self._reverser = reverser
        self._prefix = prefix
        self._language = language

    def __missing__(self, key: tuple[str, ...]) -> Way:
        target, *names = key
        if any(name.startswith("_") for name in names):  # may name another language
            way: Way = partial(self._named, target, names)
        else:
            form = self._reverser.form(target, names)
            way = form.way(self._prefix + self._reverser.head(form.route, self._language), names)
        self[key] = way
        return way

    def _named(self, target: str, names: Sequence[str], *values: Any) -> str:
        return self._prefix + self._reverser.url_for(target, **dict(zip(names, values, strict=True)))
