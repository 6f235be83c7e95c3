"""Which provider gives which type, and what stands in for it in a test."""

from __future__ import annotations

import inspect
from collections import abc
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, get_args, get_origin

from rooftree.base import DependencyError, place_of
from rooftree.binding.info import REQUIRED, Provider, Scope, shown
from rooftree.binding.signatures import call_name, identity, kind_of, place, read_signature
from rooftree.binding.sources import strip

__all__ = ["SCOPES", "Registry", "check_dependency", "make_provider"]

SCOPES: Final = ("app", "request", "call")
_GENERATORS: Final = frozenset(
    {abc.Iterator, abc.Generator, abc.Iterable, abc.AsyncIterator, abc.AsyncGenerator, abc.AsyncIterable}
)


class Registry:
    """Providers by type and by function, with the overrides that are in force."""

    def __init__(self) -> None:
        self.by_type: dict[Any, Provider] = {}
        self.by_call: dict[Hashable, Provider] = {}
        self.overrides: dict[Hashable, Provider] = {}
        self.policed: Callable[[Any, Sequence[Any]], bool] = _never
        """Tells whether the table of a model, or a relation to include, has a policy, so that `Found` goes by it."""

    def add(self, provider: Provider, *types: Any) -> None:
        """Take a provider in.

        Raises:
            DependencyError: D105 where another one gives the type.
        """
        for given in types:
            known = self.by_type.get(given)
            if known is not None:
                raise DependencyError(
                    "D105",
                    f"{provider.name} provides {shown(given)}, and so does {known.name}"
                    f"{f' at {known.place}' if known.place else ''}.",
                    "Take one out, or give one a type of its own: app.provide(..., type=...). In a test, override it.",
                    at=provider.place,
                )
        self.by_type.update(dict.fromkeys(types, provider))
        self.by_call[identity(provider.call)] = provider

    def of_type(self, type: Any) -> Provider | None:
        """Return what provides a type."""
        try:
            return self.by_type.get(type)
        except TypeError:  # something in it cannot be hashed
            return None

    def of_call(self, call: Callable[..., Any]) -> Provider | None:
        """Return the provider that was made of a function."""
        return self.by_call.get(identity(call))


def _never(_table: Any, _include: Sequence[Any]) -> bool:
    return False


def make_provider(call: Callable[..., Any], scope: Scope, type: Any = None) -> Provider:
    """Return a function as a provider of what it returns.

    Raises:
        DependencyError: D104 where it does not say what it returns, D106 where it cannot be a dependency.
    """
    name, at = call_name(call), place(call)
    if scope not in SCOPES:
        raise DependencyError("D107", f"{name} has the scope {scope!r}.", f"Choose one of {', '.join(SCOPES)}.", at=at)
    check_dependency(call)
    given = type if type is not None else provided_type(call)
    if given in {REQUIRED, None}:
        raise DependencyError(
            "D104",
            f"{name} does not say what it provides: it has no return type.",
            "Annotate it: 'def ...() -> Pricing:', or name it: app.provide(..., type=Pricing).",
            at=at,
        )
    return Provider(type=given, scope=scope, call=call, name=name, place=at)


def provided_type(call: Callable[..., Any]) -> Any:
    """Return the type that a function gives: of a generator what it yields, of a class the class itself."""
    if inspect.isclass(call):
        return call
    returns = read_signature(call).returns
    if kind_of(call) in {"generator", "async generator"}:
        bare, _ = strip(returns)
        return get_args(bare)[0] if get_origin(bare) in _GENERATORS else REQUIRED
    return strip(returns)[0] if returns is not REQUIRED else REQUIRED


def check_dependency(call: Any) -> None:
    """Raise where something cannot be a dependency.

    Raises:
        DependencyError: D106 for what cannot be called, or is wrapped into a context manager.
    """
    if not callable(call):
        fact = f"{call!r} is no dependency: it cannot be called."
        raise DependencyError("D106", fact, "Write Depends(function), without calling the function.", at=place_of(call))
    inner = inspect.unwrap(call)
    if inner is not call and kind_of(inner) in {"generator", "async generator"} and kind_of(call) == "function":
        raise DependencyError(
            "D106",
            f"{call_name(call)} is decorated with a context manager, and would give the manager instead of its value.",
            "Take the decorator off: what follows the 'yield' of a dependency cleans up by itself.",
            at=place(call),
        )
