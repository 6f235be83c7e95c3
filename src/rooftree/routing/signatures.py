"""Whether a handler takes what its pattern gives."""

from __future__ import annotations

from collections.abc import Collection

from rooftree.base import RouteError, place_of
from rooftree.http import Request
from rooftree.routing.routes import RouteInfo, handler_name

__all__ = ["check_signature"]


def check_signature(route: RouteInfo, taken: Collection[str] = ()) -> None:
    """Raise where a route's pattern has a parameter that nothing takes.

    Args:
        route: A route of kind ``"http"`` or ``"websocket"``.
        taken: Names of parameters that something beside the handler takes: its dependencies.

    Raises:
        RouteError: R204. A handler that takes the whole ``Request``, or ``**`` anything, takes every parameter.
    """
    left = [name for name in route.params if name not in taken]
    if not left:
        return
    import inspect

    parameters = inspect.signature(route.handler).parameters
    for parameter in parameters.values():
        whole = parameter.annotation is Request or parameter.annotation in {"Request", "rooftree.Request"}
        if whole or parameter.kind is parameter.VAR_KEYWORD:
            return
    for name in left:
        if name not in parameters:
            kind = route.params[name].__name__
            short = getattr(route.handler, "__name__", handler_name(route.handler).removesuffix("()"))
            raise RouteError(
                "R204",
                f"'{route.pattern.text}' has a parameter '{name}' that {handler_name(route.handler)} does not take."
                if name in route.pattern.params
                else f"The host '{route.host.text if route.host else ''}' of '{route.pattern.text}' has a parameter "
                f"'{name}' that {handler_name(route.handler)} does not take.",
                f"Add '{name}: {kind}' to {short}(), or drop {{{name}}}.",
                at=place_of(route.handler) or route.place,
            )
