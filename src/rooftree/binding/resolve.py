"""From a signature to the source of each parameter, and to the calls that have to be made for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from rooftree.base import DependencyError
from rooftree.binding.info import DependencyInfo, ParameterInfo, Provider, Scope
from rooftree.binding.markers import Dependency
from rooftree.binding.parameters import Parameter
from rooftree.binding.registry import Registry, check_dependency
from rooftree.binding.signatures import Signature, call_name, identity, kind_of, place, read_signature

__all__ = ["Resolver"]


class Resolver:
    """Works out one handler, or one provider of the application's own.

    Attributes:
        keys: The identities of all that overrides may replace here.
    """

    def __init__(
        self, registry: Registry, path: Mapping[str, type[Any]], *, websocket: bool = False, for_app: bool = False
    ) -> None:
        self.keys: set[Hashable] = set()
        self._registry = registry
        self._path = path
        self._websocket = websocket
        self._for_app = for_app
        self._made: dict[Hashable, DependencyInfo] = {}
        self._running: list[tuple[Hashable, str]] = []

    def parameters(self, call: Callable[..., Any]) -> list[ParameterInfo]:
        """Return the parameters of a function with the source of each.

        Raises:
            HandlerError: One has no source.
            DependencyError: What one needs cannot be had.
        """
        return self.sources_of(call, read_signature(call))

    def sources_of(self, call: Callable[..., Any], signature: Signature) -> list[ParameterInfo]:
        """Return the same where the signature has been read already."""
        return [self._resolved(Parameter(call, parameter)) for parameter in signature.parameters]

    def dependency(self, call: Callable[..., Any], scope: Scope) -> DependencyInfo:
        """Return the call of a dependency; the same for each that asks, but for the scope ``call``.

        Raises:
            DependencyError: D101 for a cycle, D106 for what cannot be called.
            HandlerError: A parameter of it, or of what it needs, has no source.
        """
        check_dependency(call)
        self.keys.add(identity(call))
        replaced = self._registry.overrides.get(identity(call))
        if replaced is not None:
            call = replaced.call
        key, name = identity(call), call_name(call)
        if scope == "request" and key in self._made:
            return self._made[key]
        if any(key == running for running, _ in self._running):
            chain = " -> ".join([*(n for _, n in self._running), name])
            fact = f"Dependencies need each other in a circle: {chain}."
            raise DependencyError("D101", fact, "Take one of them out of it.", at=place(call))
        self._running.append((key, name))
        info = DependencyInfo(
            call=call, kind=kind_of(call), scope=scope, parameters=self.parameters(call), name=name, place=place(call)
        )
        self._running.pop()
        if scope == "request":
            self._made[key] = info
        return info

    def _resolved(self, parameter: Parameter) -> ParameterInfo:
        found = parameter.find(
            self._path, self._registry.of_type, websocket=self._websocket, policed=self._registry.policed
        )
        if isinstance(found, Dependency):
            provider = self._registry.of_call(found.call)
            if provider is None or found.scope == "call":
                self._must_be_per_request(parameter, call_name(found.call))
                return parameter.made("dependency", dependency=self.dependency(found.call, found.scope))
            found = provider
        if isinstance(found, Provider):
            return self._provided(parameter, found)
        self._must_be_per_request(parameter, f"the {found.source} of each request")
        return found

    def _provided(self, parameter: Parameter, provider: Provider) -> ParameterInfo:
        self.keys.add(id(provider))
        provider = self._registry.overrides.get(id(provider), provider)
        if provider.scope == "app":
            return parameter.made("provided", provider=provider)
        self._must_be_per_request(parameter, provider.name)
        return parameter.made("dependency", dependency=self.dependency(provider.call, provider.scope))

    def _must_be_per_request(self, parameter: Parameter, origin: str) -> None:
        if self._for_app:
            raise DependencyError(
                "D103",
                f"{parameter.owner} makes something once for the application, but its parameter {parameter} comes "
                f"from {origin}, which is new for each request.",
                f"Give {parameter.owner} the scope 'request', or what it needs the scope 'app'.",
                at=parameter.at,
            )
