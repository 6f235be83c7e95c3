"""Where one parameter's value comes from.

The rule, in this order: a marker says it; the pattern of the path has the name; the type is one that the framework
hands over; the type has a provider, or makes its values itself (`MadeByType`); a plain value is from the query; a
`Schema` or Pydantic model is the body. Anything else is an error at start-up.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Union, get_args, get_origin  # pyright: ignore[reportDeprecated]

from rooftree.base import DependencyError, HandlerError
from rooftree.binding.after import After
from rooftree.binding.found import NOTHING, finder, key_names
from rooftree.binding.info import REQUIRED, ParameterInfo, Provider, Source, shown
from rooftree.binding.markers import (
    BODY,
    Called,
    Cookie,
    Dependency,
    Dependent,
    Find,
    Header,
    MadeByType,
    Named,
    Path,
    Query,
    Whole,
)
from rooftree.binding.signatures import call_name, place
from rooftree.binding.sources import (
    UNIONS,
    class_of,
    classes_of,
    has_fields,
    is_list,
    members,
    only_member,
    shape_of,
    strip,
)
from rooftree.binding.websocket import WebSocket
from rooftree.http import FormData, Request, Stream, Upload
from rooftree.schema import Doc

__all__ = ["Parameter"]

SOURCES: Final[Mapping[type[Named], Source]] = {Path: "path", Query: "query", Header: "header", Cookie: "cookie"}
HANDED_OVER: Final[Mapping[Any, Source]] = {
    Request: "request",
    After: "after",
    FormData: "form",
    Stream: "stream",
    Upload: "upload",
    WebSocket: "websocket",
}
AMBIGUOUS: Final = frozenset({object, Any, dict, list, tuple, set, bytes})


class Parameter:
    """A parameter as its author wrote it, on its way to a ``ParameterInfo``.

    Attributes:
        name: Its name.
        type: Its type without markers.
        owner: How people call the function.
        at: Where that is.
    """

    def __init__(self, call: Callable[..., Any], parameter: inspect.Parameter) -> None:
        self.name = parameter.name
        self.owner, self.at = call_name(call), place(call)
        self._keyword = parameter.kind is parameter.KEYWORD_ONLY
        self._default: Any = parameter.default
        self._markers: list[Any] = []
        self._unmade: list[type[Named]] = []
        self.type = self._without_markers(parameter.annotation)
        if isinstance(self._default, Dependency):
            self._markers.append(self._default)
            self._default = REQUIRED

    def _without_markers(self, annotation: Any) -> Any:
        bare, beside = strip(annotation)
        found = [item for item in beside if _is_marker(item)]
        self._unmade += [item for item in beside if isinstance(item, type) and issubclass(item, Named)]
        self._markers += found
        if get_origin(bare) in UNIONS and not found:
            before = len(self._markers)
            inner = tuple(self._without_markers(argument) for argument in get_args(bare))
            if len(self._markers) == before:
                return annotation
            bare = Union[inner]  # noqa: UP007  # pyright: ignore[reportDeprecated]
        elif not found:
            return annotation
        rest = tuple(item for item in beside if not _is_marker(item))
        return Annotated[(bare, *rest)] if rest else bare

    def __str__(self) -> str:
        return f"'{self.name}: {shown(self.type)}'"

    def error(self, code: str, fact: str, remedy: str) -> HandlerError:
        """Return an error of this parameter: ``fact`` goes on after "has a parameter 'x: X' that"."""
        return HandlerError(code, f"{self.owner} has a parameter {self} that {fact}.", remedy, at=self.at)

    def made(self, source: Source, **more: Any) -> ParameterInfo:
        """Return what is known of it, with what every source has in common."""
        _, beside = strip(self.type)
        said = next((item.documentation for item in reversed(beside) if isinstance(item, Doc)), "")
        parts: dict[str, Any] = {"wire": self.name, "default": self._default, "description": said, **more}
        parts["marked"] = bool(self._markers)
        return ParameterInfo(name=self.name, source=source, type=self.type, keyword=self._keyword, **parts)

    def find(
        self,
        path: Mapping[str, type[Any]],
        provider_of: Callable[[Any], Provider | None],
        *,
        websocket: bool,
        policed: Callable[[Any, Sequence[Any]], bool],
    ) -> ParameterInfo | Dependency | Provider:
        """Return its source, or what has to be called for it.

        Raises:
            HandlerError: H103 and H107 to H119: it has no source, two, or one that does not go with its type.
            DependencyError: D102 where nothing provides its type.
        """
        self._check_markers()
        if self._markers:
            return self._by_marker(self._markers[0], path, policed)
        if self.name in path:
            return self._from_path(self.name, path)
        only = only_member(self.type)
        found = self._handed_over(only, websocket=websocket) or provider_of(only)
        if found is not None:
            return found
        if isinstance(cls := class_of(only), type) and isinstance(cls, MadeByType):
            optional = self._default is None or None in members(self.type)
            return Dependency(cls.__dependency__(self.name, only, optional))
        shape = shape_of(self.type)
        if shape in {"scalar", "list"}:
            return self.made("query", many=shape == "list")
        self._refuse_model()
        if shape == "body":
            return self.made("body", wire="")
        raise self._no_source(only)

    # ---- by marker

    def _check_markers(self) -> None:
        """Raise where a source is not said as it has to be: H108."""
        if self._unmade:
            kind = self._unmade[0].__name__
            remedy = f"Write '{self.name}: Annotated[{shown(strip(self.type)[0])}, {kind}()]'."
            raise self.error("H108", f"has the class {kind} as its source", remedy)
        if len(self._markers) > 1:
            fact = f"has two sources, {self._markers[0]!r} and {self._markers[1]!r}"
            raise self.error("H108", fact, "Leave the one that is meant.")
        given = self._markers[0] if self._markers else self._default
        if isinstance(given, Named) and given.unknown:
            kind, type_ = type(given).__name__, shown(strip(self.type)[0])
            remedy = f"Write limits beside it and the default behind: 'Annotated[{type_}, {kind}(), Ge(1)] = 1'."
            raise self.error("H108", f"has {kind}({given.unknown[0]}=...), which takes no more than a name", remedy)
        if isinstance(given, Called):
            remedy = f"Write '{self.name}: {given.kind}[{shown(self.type)}]'."
            raise self.error("H108", f"has {given!r} in place of {given.kind}[...]", remedy)
        if isinstance(self.type, Whole):
            remedy = f"Write the type in brackets: '{self.name}: {self.type.kind}[Item]'."
            raise self.error("H108", "says its source and no type", remedy)
        if isinstance(self._default, Named | Whole):
            remedy = f"Write '{self.name}: Annotated[{shown(self.type)}, {self._default!r}]'."
            name = getattr(self._default, "name", "")
            if not isinstance(name, str):  # a default, as other frameworks have it there
                kind = type(self._default).__name__
                remedy = f"Write '{self.name}: Annotated[{shown(self.type)}, {kind}()] = {name!r}'."
            raise self.error("H108", f"has {self._default!r} as its default", remedy)

    def _by_marker(
        self, marker: Any, path: Mapping[str, type[Any]], policed: Callable[[Any, Sequence[Any]], bool]
    ) -> ParameterInfo | Dependency:
        if isinstance(marker, Dependency):
            return marker
        if isinstance(marker, Path):
            return self._from_path(marker.name or self.name, path)
        if isinstance(marker, Named):
            return self._named(marker)
        if isinstance(marker, Find):
            return self._found(marker, path, policed)
        if not isinstance(marker, Whole):
            return Dependency(marker.dependency_of(self.name, self.type, self._default is None))
        self._refuse_model()
        if marker is BODY:
            return self.made("body", wire="")
        if only_member(self.type) is FormData:
            return self.made("form", wire="")
        if has_fields(self.type):
            return self.made("form", wire="", fields=True)
        return self.made("form", many=is_list(self.type))

    def _found(
        self, marker: Find, path: Mapping[str, type[Any]], policed: Callable[[Any, Sequence[Any]], bool]
    ) -> ParameterInfo | Dependency:
        model = only_member(self.type)
        if not hasattr(model, "__table_info__"):
            raise self.error(
                "H120",
                "is to be found by its key, and is no Model",
                "Write Found[...] of a Model, or Depends(...) of a function that loads it.",
            )
        names = key_names(model, self.name, path)
        if names is not None:
            concerned = policed(model.__table_info__, marker.include)
            return Dependency(finder(model, names, marker.include, policed=concerned, action=marker.action))
        if self._default is None:
            return self.made("provided", provider=NOTHING)
        columns = [column.name for column in model.__table_info__.key]
        wanted = f"neither {{{self.name}}} nor {{{columns[0]}}}"
        if len(columns) > 1:
            wanted = "not all of " + ", ".join(f"{{{name}}}" for name in columns)
        raise self.error(
            "H121",
            f"is found by its key in the path, but the pattern has {wanted}",
            f"Add it to the pattern, or write '{self.name}: Found[{shown(model)}] | None = None'.",
        )

    def _named(self, marker: Named) -> ParameterInfo:
        source = SOURCES[type(marker)]
        if source == "query" and has_fields(self.type):
            return self.made("query", wire="", fields=True)
        if has_fields(self.type):
            raise self.error("H109", f"is a class, and a {source} is one text", "Take each value by itself.")
        if source == "cookie" and is_list(self.type):
            raise self.error("H109", "is a list, and a cookie is one text", "Take one text, and split it.")
        wire = marker.name or (self.name.replace("_", "-") if source == "header" else self.name)
        return self.made(source, wire=wire.lower() if source == "header" else wire, many=is_list(self.type))

    def _from_path(self, wire: str, path: Mapping[str, type[Any]]) -> ParameterInfo:
        if wire not in path:
            known = ", ".join(f"{{{name}}}" for name in path) or "none"
            raise self.error(
                "H107",
                f"comes from the path, but the pattern has no {{{wire}}}: its parameters are {known}",
                f"Add {{{wire}}} to the pattern, or take Path() out.",
            )
        given = path[wire]
        if given is str and (is_list(self.type) or shape_of(self.type) == "body" or has_fields(self.type)):
            raise self.error("H109", "comes from the path, where each parameter is one text", "Take one plain value.")
        accepted = [object if member is Any else member for member in members(self.type)]
        if given not in {str, object} and not any(isinstance(m, type) and issubclass(given, m) for m in accepted):
            raise self.error(
                "H119",
                f"does not fit the pattern, whose {{{wire}}} gives {shown(given)}",
                f"Write '{self.name}: {shown(given)}', or another converter in the pattern.",
            )
        index = list(path).index(wire)
        return self.made("path", wire=wire, index=index, converted=given is not str, default=REQUIRED)

    # ---- by type

    def _handed_over(self, only: Any, *, websocket: bool) -> ParameterInfo | None:
        """Return the parameter where its type is one that the framework itself hands over."""
        if is_list(self.type) and any(only_member(argument) is Upload for argument in get_args(only)):
            return self.made("upload", many=True)
        source = HANDED_OVER.get(class_of(only))
        if source == "after" and websocket:
            raise self.error("H115", "belongs to an answer, and a WebSocket has none", "Do the work in the handler.")
        if source == "websocket" and not websocket:
            remedy = "Declare the handler with @app.websocket(...)."
            raise self.error("H115", "is for WebSocket routes, and this is none", remedy)
        if source == "form":
            return self.made("form", wire="")
        return None if source is None else self.made(source)

    def _refuse_model(self) -> None:
        for cls in classes_of(self.type):
            if hasattr(cls, "__table_info__"):
                name = shown(cls)
                raise self.error(
                    "H118",
                    f"has the Model {name}, and a Model never binds from a request: whoever sends one could set every "
                    "column",
                    f"Name the fields that may come in: class New{name}(Input[{name}], fields=(...)).",
                )

    def _no_source(self, only: Any) -> HandlerError | DependencyError:
        written = shown(self.type)
        if has_fields(self.type) or get_origin(only) is not None or only in AMBIGUOUS:
            return self.error(
                "H103",
                "no rule covers: it may be the body, or something that is provided",
                f"Write '{self.name}: Body[{written}]' for the body, 'Annotated[{written}, Depends(...)]' where a "
                f"function makes it, or app.provide(...) a function that returns it.",
            )
        return DependencyError(
            "D102",
            f"{self.owner} has a parameter {self}, and nothing provides {written}.",
            f"Provide it: app.provide(a function that returns {written}), or write "
            f"'Annotated[{written}, Depends(...)]'.",
            at=self.at,
        )


def _is_marker(item: object) -> bool:
    return isinstance(item, Named | Whole | Called | Dependency | Find) or (
        not isinstance(item, type) and isinstance(item, Dependent)
    )
