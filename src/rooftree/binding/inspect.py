"""From a handler to what is known of it: ``inspect_handler``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rooftree.base import HandlerError
from rooftree.binding.bodies import TYPED
from rooftree.binding.info import BodyInfo, DependencyInfo, HandlerInfo, ParameterInfo
from rooftree.binding.markers import Dependency
from rooftree.binding.providers import Providers
from rooftree.binding.requirements import Requirement, check_of
from rooftree.binding.resolve import Resolver
from rooftree.binding.signatures import call_name, kind_of, place, read_signature
from rooftree.binding.sources import members

__all__ = ["inspect_handler"]

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def inspect_handler(
    handler: Callable[..., Any],
    path: Mapping[str, type[Any]],
    *,
    providers: Providers,
    options: Mapping[str, Any] | None = None,
    dependencies: Sequence[Any] = (),
    requires: Sequence[Requirement] = (),
    websocket: bool = False,
) -> HandlerInfo:
    """Return what is known of a handler.

    Args:
        handler: A function, a method, a partial or a callable object, plain or ``async``, or a generator.
        path: The type of each parameter of the pattern, in their order: ``str`` where the text itself is given.
        providers: What the application provides.
        options: Of the route: ``status``, ``returns``, ``media_type``, ``raises``, ``summary``, ``description``.
        dependencies: ``Depends(...)`` or functions that run before the handler for what they do.
        requires: What the sender has to be; checked before any dependency runs.
        websocket: The handler answers WebSocket handshakes.

    Raises:
        HandlerError: A parameter has no source, or two; the message names it, the function and the remedy.
        DependencyError: The graph of dependencies has a cycle or a hole, or one lives shorter than what needs it.
    """
    providers.check()
    given = options or {}
    resolver = Resolver(providers, path, websocket=websocket)
    first = [check_of(requires)] if requires else []
    effects = [_effect(resolver, dependency) for dependency in (*first, *dependencies)]
    signature = read_signature(handler)
    parameters = resolver.sources_of(handler, signature)
    summary, description = _texts(handler, given)
    info = HandlerInfo(
        handler=handler,
        name=call_name(handler),
        place=place(handler),
        kind=kind_of(handler),
        parameters=parameters,
        effects=effects,
        returns=given.get("returns", signature.returns),
        status=given.get("status"),
        media_type=given.get("media_type"),
        raises=(),
        summary=summary,
        description=description,
        websocket=websocket,
        form_limits=given.get("form_limits"),
        strict_query=given.get("strict_query", False),
        path=path,
        keys=frozenset(resolver.keys),
        overridden=not resolver.keys.isdisjoint(providers.overrides),
        threads=providers.threads,
        again=lambda: inspect_handler(
            handler,
            path,
            providers=providers,
            options=options,
            dependencies=dependencies,
            requires=requires,
            websocket=websocket,
        ),
        watch=providers.watch,
    )
    by_steps = [error for step in info.steps() for error in getattr(step.call, "__raises__", ())]
    by_types = [each for step in info.steps() for each in getattr(step.call, "__requires__", ())]
    info.requires = tuple(dict.fromkeys([*requires, *by_types]))
    info.raises = tuple(dict.fromkeys([*given.get("raises", ()), *by_steps]))
    info.body = _body_of(info)
    if websocket:
        _check_websocket(info)
    return info


def _effect(resolver: Resolver, dependency: Any) -> DependencyInfo:
    marker = dependency if isinstance(dependency, Dependency) else Dependency(dependency)
    return resolver.dependency(marker.call, marker.scope)


def _texts(handler: Callable[..., Any], options: Mapping[str, Any]) -> tuple[str, str]:
    text = inspect.getdoc(handler) if inspect.isroutine(handler) else ""
    first, _, rest = (text or "").partition("\n\n")
    return options.get("summary", " ".join(first.split())), options.get("description", rest.strip())


def _body_of(info: HandlerInfo) -> BodyInfo | None:
    """Return what a handler takes of the body.

    Raises:
        HandlerError: H105 where two parameters take it.
    """
    found = [(o, p) for o, p in info.owned() if p.source in {"body", "form", "upload", "stream"}]
    if not found:
        return None
    _check_beside_uploads(info)
    parts = {parameter.source for _, parameter in found}
    if parts <= {"form", "upload"}:
        return BodyInfo(kind="form", media_types=FORMS[1:] if "upload" in parts else FORMS)
    first = found[0][1]
    seen: list[tuple[DependencyInfo | HandlerInfo, ParameterInfo]] = []
    for owner, other in found:
        # a dependency may read the body once more; two parameters of one function would always be equal
        beside = next((known for known in seen if known[0] is owner), None)
        rival_owner, rival = beside or found[0]
        seen.append((owner, other))
        if beside or other.source != first.source or other.type != first.type:
            raise HandlerError(
                "H105",
                f"Both '{rival.name}: {rival.shown_type}' of {rival_owner.name} and "
                f"'{other.name}: {other.shown_type}' of {owner.name} take the body of the request, which has one.",
                "Put both into one Schema, or take one from the query or a form.",
                at=info.place,
            )
    if first.source == "stream":
        return BodyInfo(kind="stream", media_types=(), parameter=first)
    raw = [member for member in members(first.type) if member is not None] == [bytes]
    return BodyInfo(kind="raw" if raw else "typed", media_types=() if raw else TYPED, parameter=first)


def _check_beside_uploads(info: HandlerInfo) -> None:
    """Raise H122 for what would be read from the query where its author, beside a file, may mean the form."""
    owners: list[DependencyInfo | HandlerInfo] = [*info.steps(), info]
    for owner in owners:
        upload = next((p for p in owner.parameters if p.source == "upload"), None)
        guessed = next((p for p in owner.parameters if p.source == "query" and not p.marked), None)
        if upload is not None and guessed is not None:
            written = guessed.shown_type
            raise HandlerError(
                "H122",
                f"{owner.name} has a parameter '{guessed.name}: {written}' beside the file '{upload.name}': it may be "
                "meant from the form, or from the query.",
                f"Write '{guessed.name}: Form[{written}]' for the form, "
                f"'{guessed.name}: Annotated[{written}, Query()]' for the query.",
                at=owner.place,
            )


def _check_websocket(info: HandlerInfo) -> None:
    if info.kind not in {"coroutine", "either"}:
        fact = f"{info.name} answers a WebSocket, whose messages are awaited, but it is no 'async def'."
        raise HandlerError("H115", fact, "Make it 'async def'.", at=info.place)
    if info.body is not None:
        fact = f"{info.name} takes the body of the request, and a WebSocket handshake has none."
        raise HandlerError("H115", fact, "Receive it as a message.", at=info.place)
    if not any(parameter.source == "websocket" for parameter in info.parameters):
        fact = f"{info.name} answers a WebSocket, but has no parameter for it."
        raise HandlerError("H115", fact, "Add 'ws: WebSocket[Message]'.", at=info.place)
