"""Groups of routes, and handlers declared without a group."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Never, TypeVar, Unpack, cast

from rooftree.base import RouteError, no_option
from rooftree.binding import Requirement, requirements_of
from rooftree.routing.converters import CustomConverter
from rooftree.routing.options import (
    INCLUDED_ELSEWHERE,
    OPTIONS_ELSEWHERE,
    ErrorHandler,
    Layers,
    Middleware,
    RouteOptions,
)
from rooftree.routing.places import Place, caller, show
from rooftree.routing.router import WEBSOCKET

if TYPE_CHECKING:
    from rooftree.db import Transaction

__all__ = [
    "Declared",
    "Group",
    "Later",
    "Mounted",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "route",
    "websocket",
]

H = TypeVar("H", bound=Callable[..., Any])
E = TypeVar("E", bound=Callable[..., Any])
X = TypeVar("X")

_OPTIONS: Final = frozenset(RouteOptions.__annotations__)
_MARK: Final = "__rooftree_routes__"
_LATER: Final = "__rooftree_declare__"
"""What a class has that declares routes as a whole: a class method that returns them."""
_METHOD: Final = "[A-Za-z0-9!#$%&'*+.^_`|~-]+"


class Declared:
    """A route as it was written: pattern, methods, handler, options and place, not yet looked at."""

    __slots__ = ("at", "handler", "methods", "options", "pattern")

    def __init__(
        self, pattern: str, methods: tuple[str, ...] | None, handler: Any, options: RouteOptions, at: Place
    ) -> None:
        self.pattern = pattern
        self.methods = methods
        self.handler = handler
        self.options = options
        self.at = at


class Later:
    """Routes that are made when the application is built: what a part returns that declares them as a whole.

    Attributes:
        declare: Returns the routes; its ``StartupError`` is one of the application.
    """

    __slots__ = ("declare",)

    def __init__(self, declare: Callable[[], Sequence[Declared]]) -> None:
        self.declare = declare


class Mounted:
    """An ASGI or WSGI application below a prefix."""

    __slots__ = ("app", "at", "max_body", "name", "prefix")

    def __init__(self, prefix: str, app: Callable[..., Any], name: str, max_body: int | None, at: Place) -> None:
        self.prefix = prefix
        self.max_body = max_body
        self.app = app
        self.name = name
        self.at = at


def _declare(
    pattern: str, methods: Iterable[str] | None, options: RouteOptions, add: Callable[[Declared], None]
) -> Callable[[X], X]:
    at = caller()
    _check_declaration(pattern, options, at)
    names = None if methods is None else tuple(dict.fromkeys(method.upper() for method in methods))
    for name in names or ():
        if not (name.isascii() and name.isalpha()) and not re.fullmatch(_METHOD, name):
            raise RouteError(
                "R112", f"'{name}' of '{pattern}' is not an HTTP method.", "Use a name like GET.", at=show(at)
            )
    if names == ():
        raise RouteError("R112", f"'{pattern}' has no methods.", "Name one, or leave 'methods' out.", at=show(at))

    def decorate(handler: X) -> X:
        add(Declared(pattern, names, handler, options, at))
        return handler

    return decorate


def _check_declaration(pattern: object, options: RouteOptions, at: Place) -> None:
    """Raise where what was given is no pattern, or an option that there is not: unknown ones would do nothing."""
    if not isinstance(pattern, str):
        raise RouteError(
            "R114",
            f"A route was given {getattr(pattern, '__qualname__', repr(pattern))} in place of its pattern.",
            "Write the pattern in parentheses: @app.get('/path').",
            at=show(at),
        )
    unknown = min(options.keys() - _OPTIONS, default=None)
    if unknown is None:
        return
    from difflib import get_close_matches

    close = next(iter(get_close_matches(unknown, _OPTIONS, 1)), None)
    remedy = OPTIONS_ELSEWHERE.get(unknown) or (
        f"Did you mean '{close}'?" if close else f"There are {', '.join(sorted(_OPTIONS))}."
    )
    raise RouteError("R115", f"'{pattern}' has no option '{unknown}'.", remedy, at=show(at))


class Verbs:
    """Declares routes: one method for each HTTP verb, each a decorator that returns the handler as it is."""

    def __init__(self, add: Callable[[Declared], None]) -> None:
        self._add: Final = add

    def get(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for GET, and HEAD with it."""
        return _declare(pattern, ("GET",), options, self._add)

    def post(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for POST."""
        return _declare(pattern, ("POST",), options, self._add)

    def put(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for PUT."""
        return _declare(pattern, ("PUT",), options, self._add)

    def patch(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for PATCH."""
        return _declare(pattern, ("PATCH",), options, self._add)

    def delete(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for DELETE."""
        return _declare(pattern, ("DELETE",), options, self._add)

    def head(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for HEAD where it is not the one for GET."""
        return _declare(pattern, ("HEAD",), options, self._add)

    def options(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for OPTIONS, in place of the automatic answer."""
        return _declare(pattern, ("OPTIONS",), options, self._add)

    def form(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for a page with a form: GET shows it, POST sends it.

        >>> @app.form("/contact")
        ... async def contact(form: ContactForm) -> Page | Redirect:
        ...     if data := await form.validate():
        ...         return Redirect("/thanks")
        ...     return render("contact.html", form=form)
        """
        return _declare(pattern, ("GET", "POST"), options, self._add)

    def websocket(self, pattern: str = "", **options: Unpack[RouteOptions]) -> Callable[[H], H]:
        """Declare a handler for WebSocket handshakes."""
        return _declare(pattern, (WEBSOCKET,), options, self._add)

    def route(
        self, pattern: str = "", methods: Iterable[str] | None = None, **options: Unpack[RouteOptions]
    ) -> Callable[[X], X]:
        """Declare a handler for several methods, or a class or object whose methods are named by verbs.

        A class is made once for the application, without arguments; where it needs some, hand over an object.

        Args:
            pattern: The path, below the group's prefix.
            methods: Names of HTTP methods; GET without them. A class's own methods say which it takes.
            options: See ``RouteOptions``.
        """
        return _declare(pattern, methods, options, self._add)


class Group(Verbs):
    """Routes that share a prefix, a host, middleware, dependencies, error handlers, tags or a name.

    Args:
        prefix: Goes before the pattern of each route: ``"/api"``; it may hold parameters.
        host: The pattern of the host that the routes answer for: ``"{tenant}.example.org"``. An inner group's own
            takes the place of an outer one's.
        middleware: Runs around each route, the first outermost, inside of the outer groups' middleware.
        dependencies: ``Depends(...)`` that run before each handler, the outer groups' first.
        errors: Who answers for which exceptions; inner groups are asked before outer ones.
        transaction: The option ``transaction`` of each route that does not say it itself; WebSockets have none.
        requires: What whoever asks for any of the routes has to be, beside what each asks for itself.
        tags: Headings in the API's documentation, after the outer groups'.
        name: Goes with a dot before the names of the routes: ``"shop"`` and ``"detail"`` make ``"shop.detail"``.

    ```python
    items = Group("/items", name="items")


    @items.get("/{id}")
    async def detail(id: int) -> dict[str, int]:
        return {"id": id}


    app.include(items)
    ```
    """

    def __init__(
        self,
        prefix: str = "",
        *,
        host: str | None = None,
        middleware: Sequence[Middleware] = (),
        dependencies: Sequence[Any] = (),
        errors: Mapping[type[Exception], ErrorHandler] | None = None,
        transaction: bool | Transaction | None = None,
        requires: Requirement | Sequence[Requirement] = (),
        tags: Sequence[str] = (),
        name: str = "",
    ) -> None:
        self.at: Final = caller()
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            raise RouteError(
                "R101",
                f"The prefix '{prefix}' of a group must start with '/' and must not end with it.",
                f"Write '/{prefix.strip('/')}', and the rest in the patterns." if prefix.strip("/") else "Write ''.",
                at=show(self.at),
            )
        self.prefix: Final = prefix
        self.host: Final = host
        self.middleware: Final = Layers(middleware)
        self.dependencies: Final = list(dependencies)
        self.errors: Final = dict(errors or {})
        self.transaction: Final = transaction
        self.requires: Final = requirements_of(requires, at=show(self.at))
        self.tags: Final = tuple(tags)
        self.name: Final = name
        self.members: Final[list[Declared | Mounted | Group | Later]] = []
        super().__init__(self.members.append)
        self.converters: Final[dict[str, tuple[type[Any], Place]]] = {}

    def include(self, *parts: Group | ModuleType | Callable[..., Any], **elsewhere: Never) -> None:
        """Take in groups, handlers declared without a group, or all such handlers of a module, in their order.

        Raises:
            UsageError: U109 for an option: a group has its own.
            RouteError: R207 where a part holds no routes, or is a group that this one is inside of.
        """
        if elsewhere:
            raise no_option("include()", elsewhere, INCLUDED_ELSEWHERE)
        for part in parts:
            if isinstance(part, Group):
                if part is self or part.holds(self):
                    raise RouteError(
                        "R207", "A group is included in itself.", "Include it in another one.", at=show(caller())
                    )
                self.members.append(part)
            else:
                self.members.extend(_declared_in(part))

    def holds(self, group: Group) -> bool:
        """Whether ``group`` was included here or in a group included here."""
        return any(part is group or part.holds(group) for part in self.members if isinstance(part, Group))

    def mount(self, prefix: str, app: Callable[..., Any], *, name: str = "", max_body: int | None = None) -> None:
        """Hand every path below a prefix that no route answers to an ASGI or WSGI application.

        Args:
            prefix: A path without parameters, below the group's; ``""`` or ``"/"`` takes everything that is left.
            app: The application: a Flask, Django, FastAPI or Starlette app, or any other.
            name: A name for logs and ``rooftree routes``.
            max_body: Bytes of request body that are handed on; the setting ``max_body`` without it.
        """
        self.members.append(Mounted(prefix, app, name, max_body, caller()))

    def error(self, *types: type[Exception]) -> Callable[[E], E]:
        """Declare who answers for exceptions of these types, raised by this group's routes.

        ```python
        @app.error(OutOfStock)
        async def out_of_stock(request: Request, error: OutOfStock) -> Response: ...
        ```

        Raises:
            RouteError: R116 for what is no type of exception, as the number of a status.
        """
        for kind in types or (None,):
            if not _is_exception(kind):
                raise RouteError(
                    "R116",
                    f"An error handler was declared for {kind!r}, which is no type of exception.",
                    "Write @app.error(NotFound), or @app.error(HTTPError) and look at the 'status' of the error.",
                    at=show(caller()),
                )

        def decorate(handler: E) -> E:
            for kind in types:
                self.errors[kind] = handler
            return handler

        return decorate

    def converter(self, name: str, declared: type[enum.Enum | CustomConverter[Any]]) -> None:
        """Register a converter for the patterns of this group and the groups inside of it.

        Args:
            name: As patterns name it: ``{color:color}``.
            declared: An enum, matched by its values, or a class with ``pattern``, ``parse`` and ``format``.
        """
        self.converters[name] = (declared, caller())


def _is_exception(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Exception)


def _declared_in(part: ModuleType | Callable[..., Any]) -> list[Declared | Later]:
    if isinstance(part, ModuleType):
        inside = part.__name__ + "."
        own = [value for value in vars(part).values() if (getattr(value, "__module__", "") + ".").startswith(inside)]
        found = [declared for value in dict.fromkeys(filter(callable, own)) for declared in _declared_by(value)]
        shown = f"The module {part.__name__}"
    else:
        found = [_named(part, each, caller()) if isinstance(each, Later) else each for each in _declared_by(part)]
        shown = f"{part.__qualname__}()" if hasattr(part, "__qualname__") else f"A {type(part).__name__}"
    if not found:
        raise RouteError(
            "R207",
            f"{shown} was included, but declares no routes.",
            "Mark handlers with @get('/...') of rooftree, or include a Group.",
            at=show(caller()),
        )
    return found


def _named(part: Any, later: Later, place: Place) -> Later:
    """Return what a class declares that was included itself: not nothing, as one among those of a module."""

    def declare() -> Sequence[Declared]:
        if not (found := later.declare()):
            raise RouteError(
                "R207",
                f"{part.__qualname__} was included, but declares no routes.",
                f"Write class {part.__name__}(Resource[Item], path='/items'): it takes a model in brackets and a path.",
                at=show(place),
            )
        return found

    return Later(declare)


def _marks(handler: Any) -> list[Declared]:
    own: Mapping[str, Any] = getattr(handler, "__dict__", {})  # not inherited: a subclass declares its own
    return cast("list[Declared]", own.get(_MARK, []))


def _declared_by(part: Any) -> list[Declared | Later]:
    """Return the routes of a handler, or of a class that declares them as a whole."""
    declare = getattr(part, _LATER, None) if isinstance(part, type) else None
    return [Later(declare)] if declare is not None else [*_marks(part)]


def _mark(declared: Declared) -> None:
    marks = _marks(declared.handler)
    if not marks:
        setattr(declared.handler, _MARK, marks)
    marks.insert(0, declared)  # decorators apply from the inside out; the order on the page counts


_marker: Final = Verbs(_mark)
get = _marker.get
"""Declare a handler for GET without an app or group; it is collected by ``include``."""
post = _marker.post
"""Declare a handler for POST without an app or group; it is collected by ``include``."""
put = _marker.put
"""Declare a handler for PUT without an app or group; it is collected by ``include``."""
patch = _marker.patch
"""Declare a handler for PATCH without an app or group; it is collected by ``include``."""
delete = _marker.delete
"""Declare a handler for DELETE without an app or group; it is collected by ``include``."""
head = _marker.head
"""Declare a handler for HEAD without an app or group; it is collected by ``include``."""
options = _marker.options
"""Declare a handler for OPTIONS without an app or group; it is collected by ``include``."""
websocket = _marker.websocket
"""Declare a WebSocket handler without an app or group; it is collected by ``include``."""
route = _marker.route
"""Declare a handler for several methods without an app or group; it is collected by ``include``."""
