"""Whether middleware and error handlers take what they will be called with: found at start-up, not by a visitor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rooftree.base import RouteError, place_of
from rooftree.routing import RouteInfo

__all__ = ["misfits"]


def misfits(infos: Iterable[RouteInfo]) -> Iterator[RouteError]:
    """Yield R119 for middleware and R120 for error handlers of other parameters than two, each once."""
    seen: set[int] = set()
    for info in infos:
        for layer in info.layers:
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            for middleware in layer.middleware:
                if not isinstance(middleware, type) and (taken := _misfit(middleware)) is not None:
                    yield RouteError(
                        "R119",
                        f"The middleware {_name(middleware)} takes {taken}, and is called with two arguments: the "
                        "request and what answers it.",
                        f"Write 'async def {_short(middleware)}(request: Request, call_next: CallNext) -> Response'.",
                        at=_place(middleware),
                    )
            for kind, handler in layer.errors.items():
                if (taken := _misfit(handler)) is not None:
                    yield RouteError(
                        "R120",
                        f"The handler {_name(handler)} of {kind.__name__} takes {taken}, and is called with two "
                        "arguments: the request and the error.",
                        f"Write 'async def {_short(handler)}(request: Request, error: {kind.__name__}) -> Response'.",
                        at=_place(handler),
                    )


def _misfit(call: Callable[..., Any]) -> str | None:
    """Return the parameters of what cannot be called with two arguments."""
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):  # written in C: it does not say
        return None
    try:
        signature.bind(None, None)
    except TypeError:
        bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
        return str(signature.replace(parameters=bare, return_annotation=signature.empty))
    return None


def _name(call: Callable[..., Any]) -> str:
    named = inspect.unwrap(call)
    name: str = getattr(named, "__qualname__", None) or type(named).__qualname__
    return f"{name.rpartition('<locals>.')[2]}()"


def _short(call: Callable[..., Any]) -> str:
    name = _name(call)[:-2].rpartition(".")[2]
    return name if name.isidentifier() and inspect.isroutine(call) else "__call__"


def _place(call: Callable[..., Any]) -> str | None:
    return place_of(call) or place_of(type(call))
