"""From a signature to the source of each parameter, and to what has to be called for it.

The rule, in this order: a marker says it; the pattern of the path has the name; the type is one that the framework
hands over; the type has a provider; a plain value is from the query; a `Schema` or Pydantic model is the body.
Anything else is an error at start-up.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, get_args, get_origin

from rooftree.base import DependencyError, HandlerError
from rooftree.binding.after import After
from rooftree.binding.info import REQUIRED, DependencyInfo, ParameterInfo, Provider, Scope, Source, shown
from rooftree.binding.markers import BODY, Cookie, Dependent, Depends, Header, Named, Path, Query, Whole
from rooftree.binding.registry import Registry, check_dependency
from rooftree.binding.signatures import call_name, kind_of, place, read_signature
from rooftree.binding.sources import UNIONS, has_fields, is_list, is_optional, members, shape_of, strip
from rooftree.binding.websocket import WebSocket
from rooftree.http import FormData, Request, Stream, Upload
from rooftree.schema import Doc

__all__ = ["Resolver"]

SOURCES: Final[Mapping[type[Named], Source]] = {Path: "path", Query: "query", Header: "header", Cookie: "cookie"}
LIMITED: Final = ("header", "cookie", "path")


class Resolver:
    """Works out one handler, or one provider of the application's own.

    Attributes:
        keys: The identities of all that overrides may replace here.
    """

    def __init__(
        self, registry: Registry, path: Mapping[str, type[Any]], *, websocket: bool = False, scope: Scope = "request"
    ) -> None:
        self._registry = registry
        self._path = dict(path)
        self._order = list(path)
        self._websocket = websocket
        self._scope = scope
        self._made: dict[int, DependencyInfo] = {}
        self._running: list[tuple[int, str]] = []
        self.keys: set[int] = set()

    # ---- calls

    def dependency(self, call: Callable[..., Any], scope: Scope) -> DependencyInfo:
        """Return the call of a dependency, made ready; the same for each that asks, but for the scope ``call``.

        Raises:
            DependencyError: D101 for a cycle, D106 for what cannot be called.
            HandlerError: A parameter of it, or of what it needs, has no source.
        """
        check_dependency(call)
        self.keys.add(id(call))
        replaced = self._registry.overrides.get(id(call))
        if replaced is not None and replaced.call is not None:
            call = replaced.call
            check_dependency(call)
        key, name = id(call), call_name(call)
        if scope == "request" and key in self._made:
            return self._made[key]
        if key in [running for running, _ in self._running]:
            chain = " -> ".join([*(n for _, n in self._running), name])
            raise DependencyError(
                "D101", f"Dependencies need each other in a circle: {chain}.", "Take one out of it.", at=place(call)
            )
        self._running.append((key, name))
        info = DependencyInfo(
            call=call,
            kind=kind_of(call),
            scope=scope,
            parameters=self.parameters(call),
            name=name,
            place=place(call),
        )
        self._running.pop()
        self._made[key] = info
        return info

    def parameters(self, call: Callable[..., Any]) -> list[ParameterInfo]:
        """Return the parameters of a function with the source of each."""
        return [_Parameter(self, call, parameter).info() for parameter in read_signature(call).parameters]

    def current(self, provider: Provider) -> Provider:
        """Return what stands in for a provider, or itself."""
        self.keys.add(id(provider))
        return self._registry.overrides.get(id(provider), provider)

    def provider_of(self, type: Any) -> Provider | None:
        """Return what provides a type."""
        return self._registry.of_type(type)

    def provider_by(self, call: Callable[..., Any]) -> Provider | None:
        """Return the provider that a function is."""
        return self._registry.of_call(call)

    @property
    def path(self) -> Mapping[str, type[Any]]:
        """The parameters of the path."""
        return self._path

    @property
    def scope(self) -> Scope:
        """``"app"`` while a provider of the application's own is worked out."""
        return self._scope

    @property
    def websocket(self) -> bool:
        """Whether the handler answers WebSocket handshakes."""
        return self._websocket

    def index_of(self, name: str) -> int:
        """Return the place of a parameter among the path's."""
        return self._order.index(name)


class _Parameter:
    """One parameter on its way to a :class:`ParameterInfo`."""

    def __init__(self, resolver: Resolver, call: Callable[..., Any], parameter: inspect.Parameter) -> None:
        self.resolver = resolver
        self.call = call
        self.name = parameter.name
        self.keyword = parameter.kind is parameter.KEYWORD_ONLY
        self.default: Any = parameter.default
        self.markers: list[Any] = []
        self.type = self._without_markers(parameter.annotation)
        if isinstance(self.default, Depends):
            self.markers.append(self.default)
            self.default = REQUIRED

    @property
    def owner(self) -> str:
        """How people call the function."""
        return call_name(self.call)

    def _without_markers(self, annotation: Any) -> Any:
        bare, beside = strip(annotation)
        self.markers += [item for item in beside if _is_marker(item)]
        rest = tuple(item for item in beside if not _is_marker(item))
        if get_origin(bare) in UNIONS and not self.markers:
            inner = [self._without_markers(argument) for argument in get_args(bare)]
            if self.markers:
                bare = inner[0]
                for member in inner[1:]:
                    bare = bare | member if member is not None else bare | None
        elif not rest and not self.markers:
            return annotation
        return Annotated[(bare, *rest)] if rest else bare

    def info(self) -> ParameterInfo:
        """Return the parameter with its source.

        Raises:
            HandlerError: It has none.
        """
        if len(self.markers) > 1:
            raise self.error(
                "H108",
                f"has two sources, {self.markers[0]!r} and {self.markers[1]!r}",
                "Leave the one that is meant.",
            )
        if isinstance(self.default, Named | Whole | Dependent):
            raise self.error(
                "H108",
                f"has {self.default!r} as its default",
                f"Write '{self.name}: Annotated[{shown(self.type)}, {self.default!r}]'.",
            )
        found = self._by_marker(self.markers[0]) if self.markers else self._by_name_or_type()
        if self.resolver.scope == "app" and found.source != "provided":
            raise DependencyError(
                "D103",
                f"{self.owner} makes something once for the application, but its parameter "
                f"'{self.name}: {shown(self.type)}' {self._lives(found)}.",
                "Give it the scope 'request', or take the parameter out.",
                at=place(self.call),
            )
        return found

    def _lives(self, found: ParameterInfo) -> str:
        if found.dependency is not None:
            return f"comes from {found.dependency.name}, which runs for each request"
        return f"comes from each request's {found.source}"

    def error(self, code: str, fact: str, remedy: str) -> HandlerError:
        """Return an error of this parameter."""
        return HandlerError(
            code, f"{self.owner} has a parameter '{self.name}: {shown(self.type)}' that {fact}.", remedy, at=place(self.call)
        )

    def made(self, source: Source, **more: Any) -> ParameterInfo:
        """Return the parameter with what every source has in common."""
        _, beside = strip(self.type)
        said = next((item.documentation for item in reversed(beside) if isinstance(item, Doc)), "")
        parts: dict[str, Any] = {"wire": self.name, "default": self.default, "description": said, **more}
        return ParameterInfo(name=self.name, source=source, type=self.type, keyword=self.keyword, **parts)

    # ---- by marker

    def _by_marker(self, marker: Any) -> ParameterInfo:
        if isinstance(marker, Depends):
            return self._depends(marker.call, marker.scope)
        if isinstance(marker, Whole):
            return self._body() if marker is BODY else self._form()
        if isinstance(marker, Named):
            return self._named(marker)
        return self._depends(marker.dependency_of(self.name, self.type, self.default is None), "request")

    def _depends(self, call: Callable[..., Any], scope: Scope) -> ParameterInfo:
        provider = self.resolver.provider_by(call)
        if provider is not None and scope == "request":
            return self._provided(provider)
        if self.resolver.scope == "app":
            raise DependencyError(
                "D103",
                f"{self.owner} makes something once for the application, but its parameter "
                f"'{self.name}: {shown(self.type)}' comes from {call_name(call)}, which runs for each request.",
                f"Provide it for the application too: app.provide({call_name(call).rpartition('.')[2][:-2]}, scope='app').",
                at=place(self.call),
            )
        return self.made("dependency", dependency=self.resolver.dependency(call, scope))

    def _provided(self, provider: Provider) -> ParameterInfo:
        current = self.resolver.current(provider)
        if current.scope == "app":
            return self.made("provided", provider=current)
        assert current.call is not None
        if self.resolver.scope == "app":
            raise DependencyError(
                "D103",
                f"{self.owner} makes something once for the application, but its parameter "
                f"'{self.name}: {shown(self.type)}' comes from {current.name}, which runs for each request.",
                f"Give {self.owner} the scope 'request', or {current.name} the scope 'app'.",
                at=place(self.call),
            )
        return self.made("dependency", dependency=self.resolver.dependency(current.call, current.scope))

    def _named(self, marker: Named) -> ParameterInfo:
        source = SOURCES[type(marker)]
        wire = marker.name or (self.name.replace("_", "-") if source == "header" else self.name)
        if source == "path":
            return self._path(wire)
        if source in LIMITED and has_fields(self.type):
            remedy = "Take each value as a parameter of its own."
            raise self.error("H109", f"is a class, and a {source} is one text", remedy)
        if source == "query" and has_fields(self.type):
            return self.made("query", wire=marker.name, fields=True)
        if source == "header":
            wire = wire.lower()
        elif source == "cookie" and is_list(self.type):
            raise self.error("H109", "is a list, and a cookie is one text", "Take one value, and split it.")
        return self.made(source, wire=wire, many=is_list(self.type))

    def _body(self) -> ParameterInfo:
        self._refuse_model()
        return self.made("body", wire="")

    def _form(self) -> ParameterInfo:
        self._refuse_model()
        if _only(self.type) is FormData:
            return self.made("form", wire="")
        if has_fields(self.type):
            return self.made("form", wire="", fields=True)
        return self.made("form", many=is_list(self.type))

    def _path(self, wire: str) -> ParameterInfo:
        types = self.resolver.path
        if wire not in types:
            known = ", ".join(f"{{{name}}}" for name in types) or "none"
            raise self.error(
                "H107",
                f"comes from the path, but the pattern has no {{{wire}}}: its parameters are {known}",
                f"Add {{{wire}}} to the pattern, or take Path() out.",
            )
        given = types[wire]
        if given is str and (is_list(self.type) or shape_of(self.type) == "body" or has_fields(self.type)):
            raise self.error("H109", "comes from the path, where each parameter is one text", "Take one plain value.")
        accepted = [object if member is Any else member for member in members(self.type)]
        if given not in {str, object} and not any(isinstance(m, type) and issubclass(given, m) for m in accepted):
            raise self.error(
                "H119",
                f"does not fit the pattern, whose {{{wire}}} gives {shown(given)}",
                f"Write '{self.name}: {shown(given)}', or another converter in the pattern.",
            )
        return self.made(
            "path", wire=wire, index=self.resolver.index_of(wire), converted=given is not str, default=REQUIRED
        )

    # ---- by name, by type

    def _by_name_or_type(self) -> ParameterInfo:
        if self.name in self.resolver.path:
            return self._path(self.name)
        only = _only(self.type)
        handed = self._handed_over(only)
        if handed is not None:
            return handed
        provider = self.resolver.provider_of(only)
        if provider is not None:
            return self._provided(provider)
        shape = shape_of(self.type)
        if shape in {"scalar", "list"}:
            return self.made("query", many=shape == "list")
        if shape == "body":
            return self._body()
        raise self._no_source(only)

    def _handed_over(self, only: Any) -> ParameterInfo | None:
        """Return the parameter where its type is one that the framework itself hands over."""
        cls = get_origin(only) or only
        if cls is Request:
            return self.made("request")
        if cls is After:
            if self.resolver.websocket:
                raise self.error("H115", "belongs to an answer, and a WebSocket has none", "Do the work in the handler.")
            return self.made("after")
        if cls is FormData:
            return self.made("form", wire="")
        if cls is Stream:
            return self.made("stream")
        if cls is Upload:
            return self.made("upload")
        if is_list(self.type) and any(_only(argument) is Upload for argument in get_args(only)):
            return self.made("upload", many=True)
        if cls is WebSocket:
            if not self.resolver.websocket:
                raise self.error(
                    "H115", "is for WebSocket routes, and this is none", "Declare the handler with @app.websocket(...)."
                )
            return self.made("websocket")
        return None

    def _refuse_model(self) -> None:
        for member in members(self.type):
            cls = get_origin(member) or member
            if hasattr(cls, "__rooftree_model__"):
                name = shown(cls)
                raise self.error(
                    "H118",
                    "is a Model, and a Model never binds from a request: whoever sends one could set every column",
                    f"Name the fields that may come in: class {name}Input(Input[{name}], fields=(...)).",
                )

    def _no_source(self, only: Any) -> HandlerError | DependencyError:
        self._refuse_model()
        written = shown(self.type)
        if self.type is REQUIRED or only in {object, Any} or has_fields(self.type) or get_origin(only) is not None:
            remedy = f"Write '{self.name}: Body[{written}]' if it is the body"
        elif only in {dict, list, tuple, set, bytes}:
            remedy = f"Write '{self.name}: Body[{written}]' if it is the body"
        else:
            return DependencyError(
                "D102",
                f"{self.owner} has a parameter '{self.name}: {written}', and nothing provides {written}.",
                f"Provide it: app.provide(a function that returns {written}); or say where it comes from: "
                f"Annotated[{written}, Depends(...)], Body[{written}], Annotated[{written}, Query()].",
                at=place(self.call),
            )
        return self.error(
            "H103",
            "no rule covers: by its type alone it may be the body, or something to provide",
            f"{remedy}; Annotated[{written}, Depends(...)] if a function makes it; app.provide(...) if it has a provider.",
        )


def _is_marker(item: object) -> bool:
    return isinstance(item, Named | Whole | Depends) or (not isinstance(item, type) and isinstance(item, Dependent))


def _only(type: Any) -> Any:
    """Return the one member of ``X | None``, or the type as it is."""
    found = [member for member in members(type) if member is not None]
    return found[0] if len(found) == 1 else strip(type)[0]
