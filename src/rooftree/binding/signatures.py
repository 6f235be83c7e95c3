"""Signatures: what a function's author wrote, with every annotation resolved."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Hashable
from typing import Any

import msgspec

from rooftree.base import HandlerError, place_of
from rooftree.binding.info import REQUIRED, CallKind

__all__ = ["Signature", "call_name", "identity", "kind_of", "place", "read_signature", "resolve_alias", "settle"]

_PASSED = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
_LIKELY = {
    "request": "Request", "session": "Session", "user": "User", "settings": "Settings", "app": "App",
    "ws": "WebSocket[Message]", "websocket": "WebSocket[Message]", "file": "Upload",
}  # fmt: skip
"""What parameters of these names mostly are."""


class Signature(msgspec.Struct, eq=False):
    """A signature.

    Attributes:
        parameters: In their order; their annotations are types, ``REQUIRED`` where there is none.
        returns: The type that is declared, ``REQUIRED`` where none is.
    """

    parameters: list[inspect.Parameter]
    returns: Any


def read_signature(call: Callable[..., Any]) -> Signature:
    """Return the signature of a function, a method, a partial, a class or a callable object.

    Raises:
        HandlerError: H101 for a parameter without a type, H102 for ``*args``, H104 for a name that nothing has at run
            time, H116 for what cannot be called.
    """
    name, at = call_name(call), place(call)
    if not callable(call):
        raise HandlerError("H116", f"{call!r} is no handler: it cannot be called.", "Hand over a function.", at=at)
    hints, bound = _hints(call, name, at), _bound_names(call)
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):
        fact = f"{name} does not say what parameters it takes."
        raise HandlerError("H116", fact, "Wrap it in a function with annotations.", at=at) from None
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name in bound:
            continue
        if parameter.kind in _PASSED:
            written = _PASSED[parameter.kind] + parameter.name
            raise HandlerError(
                "H102",
                f"{name} takes '{written}', and nothing in a request says what belongs there.",
                "Name each parameter; take 'request: Request' for the whole request.",
                at=at,
            )
        annotation = hints.get(parameter.name, REQUIRED)
        if annotation is REQUIRED:
            fact = f"{name} has a parameter '{parameter.name}' without a type, so it cannot be read from a request."
            likely = _LIKELY.get(parameter.name, "str")
            raise HandlerError("H101", fact, f"Write '{parameter.name}: {likely}' or whatever its type is.", at=at)
        parameters.append(parameter.replace(annotation=annotation))
    return Signature(parameters, hints.get("return", REQUIRED))


def _hints(call: Callable[..., Any], name: str, at: str | None) -> dict[str, Any]:
    target = _annotated(call)
    try:
        hints = typing.get_type_hints(target, include_extras=True)
    except NameError as error:
        missing = error.name or str(error)
        uses = [n for n, text in _written(target).items() if isinstance(text, str) and missing in text]
        where = (
            "An annotation" if not uses else "The return type" if uses[0] == "return" else f"The parameter '{uses[0]}'"
        )
        raise HandlerError(
            "H104",
            f"{where} of {name} names '{missing}', which does not exist at run time.",
            f"Import {missing} outside of 'if TYPE_CHECKING:', or define it at the top level of the module.",
            at=at,
        ) from None
    except (SyntaxError, TypeError, AttributeError) as error:
        fact = f"An annotation of {name} cannot be read: {error}."
        raise HandlerError("H104", fact, "Correct the annotation.", at=at) from None
    return {key: _plain_none(hint) for key, hint in hints.items()}


def _plain_none(hint: Any) -> Any:
    return None if hint is type(None) else hint


def _annotated(call: Callable[..., Any]) -> Any:
    """Return what carries the annotations of a callable."""
    target = _innermost(call)
    if inspect.isclass(target):
        return target.__init__ if inspect.isfunction(target.__init__) else target
    if inspect.isroutine(target):
        return target
    return type(target).__call__


def _innermost(call: Any) -> Any:
    """Take partials and decorators off a callable."""
    while True:
        inner: Any = call.func if _is_partial(call) else inspect.unwrap(call)
        if inner is call:
            return call
        call = inner


def _is_partial(call: Any) -> bool:
    return isinstance(call, functools.partial)


def _bound_names(call: Any) -> set[str]:
    """Return the names that a partial has given already: no request may give them again."""
    names: set[str] = set()
    while isinstance(call, functools.partial):
        names.update(call.keywords)
        call = call.func
    return names


def _written(target: Any) -> dict[str, Any]:
    """Return the annotations as they are written, where they can be had (from Python 3.14 on, they are evaluated)."""
    try:
        return dict(target.__annotations__)
    except NameError:
        return {}


def resolve_alias(declared: Any) -> Any:
    """Take the names off a type: ``type UserId = Annotated[int, Path("id")]`` is what it stands for."""
    while hasattr(declared, "__value__"):
        declared = declared.__value__
    return declared


def kind_of(call: Callable[..., Any]) -> CallKind:
    """Tell how a callable is called."""
    if inspect.isclass(call):
        return "class"
    while isinstance(call, functools.partial):
        call = call.func
    target = call if inspect.isroutine(call) else type(call).__call__
    if inspect.isasyncgenfunction(target):
        return "async generator"
    if inspect.iscoroutinefunction(target):
        return "coroutine"
    if inspect.isgeneratorfunction(target):
        return "generator"
    inner = inspect.unwrap(target)
    # a plain wrapper around an async function hands its coroutine on
    return "either" if inner is not target and inspect.iscoroutinefunction(inner) else "function"


def call_name(call: Any) -> str:
    """Return how people call it: ``"users.show()"``."""
    target = _innermost(call) if callable(call) else call
    qualified: str = getattr(target, "__qualname__", type(target).__qualname__).replace("<locals>.", "")
    module: str = getattr(target, "__module__", None) or ""
    return ".".join(part for part in (module.rpartition(".")[2], qualified) if part) + "()"


def place(call: Any) -> str | None:
    """Return file and line of what a callable was made of."""
    if not callable(call):
        return None
    target = _innermost(call)
    return place_of(target) or place_of(target.__class__)


def identity(thing: Any) -> Hashable:
    """Return what is equal for the same function: a method is another object each time that it is looked up."""
    if inspect.ismethod(thing):
        return id(thing.__self__), id(thing.__func__)
    return id(thing)


async def settle(result: Any) -> Any:
    """Return the value of what may have to be awaited."""
    return await result if inspect.isawaitable(result) else result
