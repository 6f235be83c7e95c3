"""From groups to a flat list of routes: plain data that the matcher, the binder and the documentation are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from rooftree.base import RouteError
from rooftree.binding import Requirement, requirements_of
from rooftree.routing.groups import Declared, Group, Later, Mounted
from rooftree.routing.hosts import HostPattern
from rooftree.routing.options import ErrorHandler, Middleware, RouteOptions
from rooftree.routing.patterns import Converters, Pattern
from rooftree.routing.places import Place, show
from rooftree.routing.router import WEBSOCKET

__all__ = ["Layer", "RouteInfo", "flatten", "handler_name"]

Kind = Literal["http", "websocket", "mount"]

VERBS: Final = ("get", "head", "post", "put", "patch", "delete", "options", "websocket")


class Layer(msgspec.Struct, frozen=True, eq=False):
    """What one group, or a route itself, lays around a handler."""

    middleware: tuple[Middleware, ...] = ()
    dependencies: tuple[Any, ...] = ()
    errors: Mapping[type[Exception], ErrorHandler] = {}
    tags: tuple[str, ...] = ()
    transaction: Any = None
    requires: tuple[Requirement, ...] = ()


class RouteInfo(msgspec.Struct, frozen=True, eq=False):
    """One route.

    Attributes:
        pattern: The whole pattern, prefixes included; of a mount its prefix.
        methods: Names of methods, as declared; of a WebSocket route ``WEBSOCKET``; of a mount none.
        handler: What answers; of a class a bound method; of a mount the application.
        name: The dotted name, ``""`` where there is none.
        named: Whether the name was given, rather than taken from the handler.
        at: File and line of the declaration.
        layers: From the outermost group's to the route's own.
        options: As declared.
        host: The pattern of the host, ``None`` for any.
        kind: ``"http"``, ``"websocket"`` or ``"mount"``.
        target: What was declared: the handler, or the class or object that it is a method of.
    """

    pattern: Pattern
    methods: tuple[str, ...]
    handler: Callable[..., Any]
    name: str
    named: bool
    at: Place
    layers: tuple[Layer, ...]
    options: RouteOptions
    host: HostPattern | None = None
    kind: Kind = "http"
    target: Any = None

    @property
    def place(self) -> str:
        """File and line of the declaration: ``"app/users.py:14"``."""
        return show(self.at)

    @property
    def params(self) -> dict[str, type[Any]]:
        """The type of each parameter's value by name, the host's before the path's: the order of ``request.params``."""
        of_host = {p.name: p.converter.type for p in self.host.parameters} if self.host else {}
        return {**of_host, **self.pattern.params}

    @property
    def middleware(self) -> tuple[Middleware, ...]:
        """All middleware, the outermost first."""
        return tuple(middleware for layer in self.layers for middleware in layer.middleware)

    @property
    def dependencies(self) -> tuple[Any, ...]:
        """All dependencies that run for what they do, the outermost group's first."""
        return tuple(dependency for layer in self.layers for dependency in layer.dependencies)

    @property
    def errors(self) -> tuple[Mapping[type[Exception], ErrorHandler], ...]:
        """The error handlers of each layer that has some, the innermost first: the order to ask them in."""
        return tuple(layer.errors for layer in reversed(self.layers) if layer.errors)

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags, each once, the outermost group's first."""
        return tuple(dict.fromkeys(tag for layer in self.layers for tag in layer.tags))

    @property
    def requires(self) -> tuple[Requirement, ...]:
        """All that whoever asks has to be, each once, the outermost group's first."""
        return tuple(dict.fromkeys(each for layer in self.layers for each in layer.requires))

    @property
    def transaction(self) -> Any:
        """What the innermost layer says of transactions that says anything; ``None`` where none does."""
        return next((layer.transaction for layer in reversed(self.layers) if layer.transaction is not None), None)

    def __str__(self) -> str:
        host = self.host.text if self.host else ""
        return f"{','.join(self.methods) or self.kind} {host}{self.pattern.text}"


def handler_name(handler: Any) -> str:
    """Return how people call a handler: ``"users.show()"``, with the last part of its module's name."""
    named = getattr(handler, "__func__", handler)
    name = getattr(named, "__qualname__", None) or type(handler).__qualname__
    module = getattr(named, "__module__", None) or ""
    return ".".join(part for part in (module.rpartition(".")[2], name.rpartition("<locals>.")[2]) if part) + "()"


def flatten(group: Group) -> list[RouteInfo]:
    """Return every route of a group and the groups inside of it, in the order of their declaration.

    Raises:
        RouteError: R101 to R113 for a pattern, a host or a converter, R208 for a class without verbs.
    """
    return list(_flatten(group, _Around("", "", None, Converters(), ())))


def _objects(middleware: Iterable[Middleware], at: Place) -> tuple[Middleware, ...]:
    """Return middleware as it was given.

    Raises:
        RouteError: R117 for a class.
    """
    given = tuple(middleware)
    for each in given:
        if isinstance(each, type):
            raise RouteError(
                "R117",
                f"The class {each.__qualname__} was given as middleware, and would be made anew for each request.",
                f"Make an object of it: {each.__name__}(...).",
                at=show(at),
            )
    return given


class _Around(msgspec.Struct, frozen=True, eq=False):
    prefix: str
    name: str
    host: HostPattern | None
    converters: Converters
    layers: tuple[Layer, ...]

    def enter(self, group: Group) -> _Around:
        converters = self.converters
        if group.converters:
            converters = Converters(converters.by_name)
            for name, (declared, at) in group.converters.items():
                converters.add(name, declared, at=show(at))
        host = HostPattern(group.host, converters, at=show(group.at)) if group.host is not None else self.host
        # the mapping itself, not a copy: an error handler may be declared after the group was included
        layer = Layer(
            _objects(group.middleware, group.at),
            tuple(group.dependencies),
            group.errors,
            group.tags,
            group.transaction,
            group.requires,
        )
        return _Around(
            self.prefix + group.prefix,
            _dotted(self.name, group.name) or self.name,
            host,
            converters,
            (*self.layers, layer),
        )

    def pattern(self, text: str, at: Place) -> Pattern:
        if text and not text.startswith("/"):
            raise RouteError("R101", f"The pattern '{text}' does not start with '/'.", f"Write '/{text}'.", at=show(at))
        pattern = Pattern(self.prefix + text, self.converters, at=show(at))
        for parameter in self.host.parameters if self.host else ():
            if parameter.name in pattern.params:
                raise RouteError(
                    "R104",
                    f"'{pattern.text}' and its host '{self.host.text if self.host else ''}' both have a parameter "
                    f"'{parameter.name}'.",
                    "Give each a name of its own.",
                    at=show(at),
                )
        return pattern


def _flatten(group: Group, around: _Around) -> Iterator[RouteInfo]:
    inside = around.enter(group)
    for member in group.members:
        if isinstance(member, Group):
            yield from _flatten(member, inside)
        elif isinstance(member, Mounted):
            yield _mount(member, inside)
        elif isinstance(member, Later):
            for declared in member.declare():
                yield from _route(declared, inside)
        else:
            yield from _route(member, inside)


def _mount(member: Mounted, around: _Around) -> RouteInfo:
    # a mount is a prefix: "/legacy", "/legacy/" and, below a prefix, "" mean the same
    text = member.prefix.rstrip("/")
    pattern = around.pattern(text, member.at) if around.prefix + text else Pattern("/", at=show(member.at))
    if pattern.parameters:
        raise RouteError(
            "R206",
            f"The mount at '{pattern.text}' has a parameter, '{pattern.parameters[0].name}', in its prefix.",
            "Mount below a path without parameters.",
            at=show(member.at),
        )
    return RouteInfo(
        pattern=pattern,
        methods=(),
        handler=member.app,
        name=_dotted(around.name, member.name),
        named=bool(member.name),
        at=member.at,
        layers=around.layers,
        options={} if member.max_body is None else {"max_body": member.max_body},
        host=around.host,
        kind="mount",
        target=member.app,
    )


def _route(member: Declared, around: _Around) -> Iterator[RouteInfo]:
    pattern = around.pattern(member.pattern, member.at)
    given = member.options.get("name", "")
    layer = Layer(
        _objects(member.options.get("middleware", ()), member.at),
        tuple(member.options.get("dependencies", ())),
        member.options.get("errors", {}),
        tuple(member.options.get("tags", ())),
        member.options.get("transaction"),
        requirements_of(member.options.get("requires", ()), at=show(member.at)),
    )
    for methods, handler in _handlers(member):
        yield RouteInfo(
            pattern=pattern,
            methods=methods,
            handler=handler,
            name=_dotted(around.name, given or _own_name(member.handler)),
            named=bool(given),
            at=member.at,
            layers=(*around.layers, layer),
            options=member.options,
            host=around.host,
            kind="websocket" if methods == (WEBSOCKET,) else "http",
            target=member.handler,
        )


def _handlers(member: Declared) -> Iterator[tuple[tuple[str, ...], Callable[..., Any]]]:
    handler = member.handler
    if callable(handler) and not isinstance(handler, type):
        yield member.methods or ("GET",), handler
        return
    kind = handler if isinstance(handler, type) else type(handler)
    verbs = [verb for verb in VERBS if callable(getattr(handler, verb, None))]
    if not verbs or member.methods is not None:
        fact = (
            f"{kind.__qualname__} of '{member.pattern}' has none of the methods {', '.join(VERBS)}"
            if not verbs
            else f"{kind.__qualname__} of '{member.pattern}' is a class, whose methods say what it answers, "
            f"but {', '.join(member.methods or ())} is asked for"
        )
        raise RouteError(
            "R208", f"{fact}.", "Declare it with route(pattern), and name its methods by verbs.", at=show(member.at)
        )
    instance = _instance(handler, member) if isinstance(handler, type) else handler
    for verb in verbs:
        yield (verb.upper(),), getattr(instance, verb)


def _instance(kind: type[Any], member: Declared) -> Any:
    import inspect

    needed = [
        parameter.name
        for parameter in inspect.signature(kind).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    ]
    if needed:
        raise RouteError(
            "R208",
            f"{kind.__qualname__} of '{member.pattern}' needs {', '.join(needed)} to be made.",
            f"Hand over an object: app.route('{member.pattern}')({kind.__qualname__}(...)); or take it as a parameter "
            "of its methods.",
            at=show(member.at),
        )
    return kind()


_HUMP = "(?<=[a-z0-9])(?=[A-Z])"


def _own_name(handler: Any) -> str:
    name = getattr(handler, "__name__", "")
    if isinstance(handler, type) or not name:
        name = re.sub(_HUMP, "_", name or type(handler).__name__).lower()
    return name if name.isidentifier() else ""


def _dotted(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and inner else inner
