"""Providers: functions that make what handlers ask for by its type."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Hashable
from contextlib import asynccontextmanager, contextmanager
from inspect import isawaitable
from typing import Any

import msgspec

from rooftree.base import DependencyError, UsageError
from rooftree.binding.cleanup import Exit, exit_of, first_value, next_value, unwind
from rooftree.binding.info import DependencyInfo, ParameterInfo, Provider, Scope, provided_value
from rooftree.binding.registry import Registry, make_provider
from rooftree.binding.resolve import Resolver
from rooftree.binding.signatures import call_name, identity, kind_of, place
from rooftree.binding.threads import ThreadPool

__all__ = ["Providers"]

Recompile = Callable[[bool], None]
"""Is told whether something that the plan needs is overridden."""


class Providers(Registry):
    """What an application provides, the values that live as long as it does, and its threads.

    Attributes:
        threads: Where plain ``def`` handlers and dependencies run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.threads = ThreadPool()
        self._plans: list[tuple[frozenset[Hashable], Recompile]] = []
        self._order: list[tuple[Provider, DependencyInfo]] | None = None
        self._running = False

    # ---- declaring

    def provide(self, call: Callable[..., Any], *, scope: Scope = "request", type: Any = None) -> None:
        """Make a function the source of what it returns.

        Args:
            call: Plain or ``async``, a generator whose rest cleans up, or a class. Its parameters are injected.
            scope: ``app`` once, made at start-up; ``request`` once for each request; ``call`` for each that asks.
            type: What it provides, where the return type is not it.

        Raises:
            DependencyError: D104 without a return type, D105 where another provides the type, D106 and D107 for what
                cannot be a dependency or a scope.
        """
        provider = make_provider(call, scope, type)
        self.add(provider, provider.type)
        self._order = None

    def value(self, value: object, *types: Any) -> None:
        """Provide something that is there already, under its own type or the types given.

        Raises:
            DependencyError: D105 where another provides the type.
        """
        kinds = types or (type(value),)
        name = f"the {kinds[0].__name__} given"
        self.add(
            Provider(type=kinds[0], scope="app", call=lambda: value, value=value, constant=True, name=name), *kinds
        )

    def renew_value(self, value: object) -> None:
        """Put another value of the same type in the place of one that is there already."""
        provider = self.by_type[type(value)]
        provider.value = value

    # ---- the application's own

    def check(self) -> None:
        """Check that everything with the scope ``app`` can be made.

        Raises:
            DependencyError: D101 for a cycle, D102 for a missing provider, D103 for one that lives shorter.
        """
        if self._order is None:
            order: list[tuple[Provider, DependencyInfo]] = []
            done: set[int] = set()
            for provider in {id(p): p for p in self.by_type.values()}.values():
                self._visit(provider, order, done, [])
            self._order = order

    def _visit(
        self, provider: Provider, order: list[tuple[Provider, DependencyInfo]], done: set[int], path: list[Provider]
    ) -> None:
        provider = self.overrides.get(id(provider), provider)
        if provider.constant or provider.scope != "app" or id(provider) in done:
            return
        if provider in path:
            chain = " -> ".join(p.name for p in [*path[path.index(provider) :], provider])
            raise DependencyError(
                "D101",
                f"Dependencies need each other in a circle: {chain}.",
                "Take one of them out of it.",
                at=provider.place,
            )
        call = provider.call
        parameters = Resolver(self, {}, for_app=True).parameters(call)
        for needed in [parameter.provider for parameter in parameters if parameter.provider is not None]:
            self._visit(needed, order, done, [*path, provider])
        done.add(id(provider))
        info = DependencyInfo(
            call=call, kind=kind_of(call), scope="app", parameters=parameters, name=call_name(call), place=place(call)
        )
        order.append((provider, info))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Make what lives as long as the application, in the order in which one needs another; close it at the end.

        Raises:
            DependencyError: As ``check``; or whatever a provider raises: what was made before is closed.
        """
        self.check()
        made, exits = list(self._order or ()), list[Exit]()
        self._running = True
        try:
            for provider, info in made:
                provider.value = await _make(info, exits)
            yield
        except BaseException as error:
            failure = await unwind(exits, error)
            if failure is error or failure is None:
                raise
            raise failure from error
        else:
            failure = await unwind(exits, None)
            if failure is not None:
                raise failure
        finally:
            self._running = False
            for provider, _ in made:
                provider.value = msgspec.UNSET
            self.threads.close()

    # ---- overrides

    def watch(self, keys: frozenset[Hashable], recompile: Recompile) -> None:
        """Remember a plan, to be compiled again when something with one of these keys is overridden."""
        self._plans.append((keys, recompile))

    @contextmanager
    def override(self, original: Any, replacement: Callable[..., Any]) -> Generator[None]:
        """Let another function stand in, for tests: every plan that it touches is compiled again, and again at the end.

        Args:
            original: A dependency's function, a provider, or a type that one provides.
            replacement: Takes parameters as any dependency. Standing in for something of the scope ``app`` after
                start-up, it has to be plain; what was already made of the original stays as it is.

        Raises:
            UsageError: U501 for a replacement that cannot be made once the application is running.
        """
        provider = self.of_type(original) or self.of_call(original)
        scope: Scope = "request" if provider is None else provider.scope
        stand_in = make_provider(replacement, scope, original if provider is None else provider.type)
        key = identity(original if provider is None else provider)
        before = self.overrides.get(key)
        with self._made_now(stand_in, there=provider is not None and provider.constant):
            self.overrides[key] = stand_in
            try:
                self._renew(key)
                yield
            finally:
                if before is None:
                    del self.overrides[key]
                else:
                    self.overrides[key] = before
                self._renew(key)

    def _renew(self, key: Hashable) -> None:
        self._order = None
        for keys, recompile in self._plans:
            if key in keys:
                recompile(not keys.isdisjoint(self.overrides))

    @contextmanager
    def _made_now(self, provider: Provider, *, there: bool) -> Generator[None]:
        """Make a stand-in of the scope ``app`` where its original is there already."""
        if provider.scope != "app" or not (self._running or there):
            yield
            return
        kind = kind_of(provider.call)
        if kind not in {"function", "class", "generator"}:
            raise UsageError(
                "U501",
                f"{provider.name} is asynchronous, and stands in for something that was made at start-up.",
                "Override it before the application starts, or with a plain function.",
                at=provider.place,
            )
        result = _call(provider.call, Resolver(self, {}, for_app=True).parameters(provider.call))
        if kind != "generator":
            provider.value = result
            yield
            return
        with contextmanager(lambda: result)() as provider.value:
            yield


def _call(call: Callable[..., Any], parameters: list[ParameterInfo]) -> Any:
    values = [(p, provided_value(p.provider)) for p in parameters if p.provider is not None]
    return call(*(v for p, v in values if not p.keyword), **{p.name: v for p, v in values if p.keyword})


async def _make(info: DependencyInfo, exits: list[Exit]) -> Any:
    result = _call(info.call, info.parameters)
    if info.kind == "async generator":
        value = await first_value(result, info)
    elif info.kind == "generator":
        value = next_value(result, info)
    else:
        return await result if isawaitable(result) else result
    exits.append(exit_of(result, info))
    return value
