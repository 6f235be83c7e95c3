"""What binding knows of a handler, as plain data: for plans, for documentation, for ``rooftree routes``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin  # pyright: ignore[reportDeprecated]

import msgspec

from rooftree.base import DependencyError
from rooftree.binding.requirements import Requirement
from rooftree.binding.threads import ThreadPool
from rooftree.http import FormLimits

__all__ = [
    "REQUIRED",
    "BodyInfo",
    "CallKind",
    "DependencyInfo",
    "HandlerInfo",
    "ParameterInfo",
    "Provider",
    "Scope",
    "Source",
    "provided_value",
    "shown",
]

Source = Literal[
    "path", "query", "header", "cookie", "body", "form", "upload",
    "dependency", "provided", "request", "websocket", "stream", "after",
]  # fmt: skip
"""Where a value comes from; from ``dependency`` on, not from what the client sends in a typed form."""

Scope = Literal["app", "request", "call"]
CallKind = Literal["function", "coroutine", "generator", "async generator", "class", "either"]

REQUIRED: Final = inspect.Parameter.empty
"""The default of a parameter that has none."""


def shown(declared: Any) -> str:
    """Return a type as its author would write it, without constraints."""
    if declared is None or declared is type(None):
        return "None"
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        return shown(declared.__origin__)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin in {Union, UnionType}:  # pyright: ignore[reportDeprecated]
        return " | ".join(map(shown, arguments))
    if origin is not None and arguments:
        return f"{shown(origin)}[{', '.join('...' if item is ... else shown(item) for item in arguments)}]"
    name = getattr(declared, "__name__", None)
    return name if isinstance(name, str) else str(declared).replace("typing.", "")


class Provider(msgspec.Struct, eq=False, kw_only=True):
    """Something that gives values of a type.

    Attributes:
        type: What it gives.
        scope: How long a value lives.
        call: Makes it.
        value: The value, where it is made once for the application; unset until it is.
        constant: The value was there from the beginning.
        name: How people call it.
        place: File and line.
    """

    type: Any
    scope: Scope
    call: Callable[..., Any]
    value: Any = msgspec.UNSET
    constant: bool = False
    name: str = ""
    place: str | None = None


def provided_value(provider: Provider) -> Any:
    """Return a value of the application's own.

    Raises:
        DependencyError: D110 where the application has not been started.
    """
    if provider.value is msgspec.UNSET:
        raise DependencyError(
            "D110",
            f"{provider.name} makes its value at start-up, and the application has not been started.",
            "Start it: a server does, and so does 'async with Client(app)' in a test.",
            at=provider.place,
        )
    return provider.value


class ParameterInfo(msgspec.Struct, eq=False, kw_only=True):
    """One parameter of a handler or of a dependency.

    Attributes:
        name: As the function has it.
        source: Where its value comes from.
        type: With its constraints, without markers.
        wire: The name on the wire.
        default: ``REQUIRED`` where there is none.
        many: Every value of the name is taken, as a list.
        fields: It is a class whose fields are names on the wire.
        marked: Its author wrote the source beside its type.
        index: The place among the path's parameters.
        converted: The path's converter has made the value already.
        keyword: It is passed by name.
        dependency: What is called for it.
        provider: What it is taken from, once for the application.
        description: From ``Doc``.
    """

    name: str
    source: Source
    type: Any
    wire: str
    default: Any = REQUIRED
    many: bool = False
    fields: bool = False
    marked: bool = False
    index: int = -1
    converted: bool = False
    keyword: bool = False
    dependency: DependencyInfo | None = None
    provider: Provider | None = None
    description: str = ""

    @property
    def required(self) -> bool:
        """Whether a request without it is refused."""
        return self.default is REQUIRED

    @property
    def shown_type(self) -> str:
        """The type as its author would write it."""
        return shown(self.type)

    @property
    def typed(self) -> bool:
        """Whether it is read from what the client sent, so that it can be wrong."""
        return self.source in {"path", "query", "header", "cookie", "body", "form", "upload"}


class DependencyInfo(msgspec.Struct, eq=False, kw_only=True):
    """One call that is made before the handler, for its value or for what it does.

    Attributes:
        call: What is called.
        kind: How it is called.
        scope: ``"request"`` or ``"call"``; ``"app"`` where it is made at start-up.
        parameters: In the order of the signature.
        name: How people call it: ``"search()"``.
        place: File and line.
    """

    call: Callable[..., Any]
    kind: CallKind
    scope: Scope
    parameters: list[ParameterInfo]
    name: str
    place: str | None

    @property
    def cleans_up(self) -> bool:
        """Whether it goes on after the handler."""
        return self.kind in {"generator", "async generator"}


class BodyInfo(msgspec.Struct, eq=False, kw_only=True):
    """The body that a handler takes.

    Attributes:
        kind: ``typed`` is JSON or MessagePack, ``raw`` the bytes as they came, ``stream`` their parts.
        media_types: What is accepted; empty for anything.
        parameter: The one parameter that takes it, where it is not a form's many.
    """

    kind: Literal["typed", "raw", "form", "stream"]
    media_types: tuple[str, ...]
    parameter: ParameterInfo | None = None


class HandlerInfo(msgspec.Struct, eq=False, kw_only=True):
    """A handler.

    Attributes:
        handler: What is called.
        name: How people call it: ``"users.show()"``.
        place: File and line.
        kind: How it is called.
        parameters: In the order of the signature.
        effects: What runs before it for what it does.
        body: What it takes of the body.
        returns: The type of its answer; ``REQUIRED`` where none is declared.
        status: The status that was declared.
        media_type: The ``Content-Type`` that was declared.
        raises: Errors that callers may meet.
        summary: One line for people.
        description: More lines.
        websocket: It answers WebSocket handshakes.
        form_limits: What is taken of a form; ``None`` for the usual.
        strict_query: Names in the query string that nothing takes are refused.
        path: The name and type of each parameter of the path, in their order.
        requires: What the sender of a request has to be, all of it.
        keys: What overrides may replace here.
        overridden: Something was replaced when it was looked at.
        threads: Where plain calls run.
        again: Looks at the handler anew, with the overrides that are in force.
        watch: Is told how the plan is compiled again when one of the keys is overridden, or no longer.
    """

    handler: Callable[..., Any]
    name: str
    place: str | None
    kind: CallKind
    parameters: list[ParameterInfo]
    effects: list[DependencyInfo] = []
    body: BodyInfo | None = None
    returns: Any = REQUIRED
    status: int | None = None
    media_type: str | None = None
    raises: tuple[type[Exception], ...] = ()
    summary: str = ""
    description: str = ""
    websocket: bool = False
    form_limits: FormLimits | None = None
    strict_query: bool = False
    path: Mapping[str, type[Any]] = {}
    requires: tuple[Requirement, ...] = ()
    keys: frozenset[Hashable] = frozenset()
    overridden: bool = False
    threads: ThreadPool
    again: Callable[[], HandlerInfo]
    watch: Callable[[frozenset[Hashable], Callable[[bool], None]], None]

    def steps(self) -> list[DependencyInfo]:
        """Return every dependency that is called for a request, in the order of the calls."""
        order: list[DependencyInfo] = []
        known: set[int] = set()
        for effect in self.effects:
            _visit(effect, order, known)
        for parameter in self.parameters:
            if parameter.dependency is not None:
                _visit(parameter.dependency, order, known)
        return order

    def owned(self) -> list[tuple[DependencyInfo | HandlerInfo, ParameterInfo]]:
        """Return every parameter with its owner, those of dependencies first, in the order in which they are read."""
        owners: list[DependencyInfo | HandlerInfo] = [*self.steps(), self]
        return [(owner, parameter) for owner in owners for parameter in owner.parameters]

    def all_parameters(self) -> list[ParameterInfo]:
        """Return every parameter, those of dependencies first."""
        return [parameter for _, parameter in self.owned()]

    @property
    def taken(self) -> frozenset[str]:
        """The names of the path's parameters that the handler or a dependency takes."""
        return frozenset(p.wire for p in self.all_parameters() if p.source == "path")


def _visit(step: DependencyInfo, order: list[DependencyInfo], known: set[int]) -> None:
    if id(step) in known:
        return
    known.add(id(step))
    for parameter in step.parameters:
        if parameter.dependency is not None:
            _visit(parameter.dependency, order, known)
    order.append(step)
