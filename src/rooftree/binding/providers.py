"""Providers: functions that make what handlers ask for by its type."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from inspect import isawaitable
from typing import Any, cast
from weakref import WeakKeyDictionary

import msgspec

from rooftree.base import DependencyError, UsageError
from rooftree.binding.cleanup import Exit, exit_of, first_value, unwind
from rooftree.binding.info import DependencyInfo, Provider, Scope
from rooftree.binding.registry import Registry, make_provider
from rooftree.binding.resolve import Resolver
from rooftree.binding.signatures import call_name, kind_of, place
from rooftree.binding.threads import ThreadPool

__all__ = ["Providers"]

Recompile = Callable[[], None]


class Providers(Registry):
    """What an application provides, the values that live as long as it does, and its threads.

    Attributes:
        threads: Where plain ``def`` handlers and dependencies run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.threads = ThreadPool()
        self._plans: WeakKeyDictionary[Callable[..., Any], tuple[frozenset[int], Recompile]] = WeakKeyDictionary()
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
        self.add(Provider(type=kinds[0], scope="app", value=value, name=kinds[0].__name__), *kinds)

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
        if provider.call is None or provider.scope != "app" or id(provider) in done:
            return
        if provider in path:
            chain = " -> ".join(p.name for p in [*path[path.index(provider) :], provider])
            raise DependencyError(
                "D101",
                f"Dependencies need each other in a circle: {chain}.",
                "Take one out of it.",
                at=provider.place,
            )
        call = provider.call
        parameters = Resolver(self, {}, scope="app").parameters(call)
        for parameter in parameters:
            assert parameter.provider is not None
            self._visit(parameter.provider, order, done, [*path, provider])
        done.add(id(provider))
        info = DependencyInfo(
            call=call, kind=kind_of(call), scope="app", parameters=parameters, name=call_name(call), place=place(call)
        )
        order.append((provider, info))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Make what lives as long as the application, in the order in which one needs another; close it at the end.

        Raises:
            DependencyError: As :meth:`check`; or whatever a provider raises: what was made before is closed.
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

    def watch(self, plan: Callable[..., Any], keys: frozenset[int], recompile: Recompile) -> None:
        """Remember a plan, to be compiled again when something with one of these keys is overridden."""
        self._plans[plan] = (keys, recompile)

    @contextmanager
    def override(self, original: Any, replacement: Callable[..., Any]) -> Iterator[None]:
        """Let another function stand in, for tests: every plan that it touches is compiled again, and again at the end.

        Args:
            original: A dependency's function, a provider, or a type that one provides.
            replacement: Takes parameters as any dependency. Standing in for something of the scope ``app`` after
                start-up, it has to be plain; what was already made of the original stays as it is.

        Raises:
            UsageError: U201 for a replacement that cannot be made once the application is running.
        """
        provider = self.of_type(original) or self.of_call(original)
        scope: Scope = "request" if provider is None else provider.scope
        stand_in = make_provider(replacement, scope, original if provider is None else provider.type)
        key = id(original if provider is None else provider)
        before = self.overrides.get(key)
        with self._made_now(stand_in, constant=provider is not None and provider.call is None):
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

    def _renew(self, key: int) -> None:
        self._order = None
        for keys, recompile in list(self._plans.values()):
            if key in keys:
                recompile()

    @contextmanager
    def _made_now(self, provider: Provider, *, constant: bool) -> Iterator[None]:
        """Make a stand-in of the scope ``app`` where its original is there already."""
        if provider.scope != "app" or not (self._running or constant):
            yield
            return
        call = provider.call
        assert call is not None
        kind = kind_of(call)
        if kind not in {"function", "class", "generator"}:
            raise UsageError(
                "U201",
                f"{provider.name} is asynchronous and stands in for something of the scope 'app' that is running.",
                "Override it before the application starts, or with a plain function.",
                at=provider.place,
            )
        values = [p.provider.value if p.provider else None for p in Resolver(self, {}, scope="app").parameters(call)]
        result = call(*values)
        if kind != "generator":
            provider.value = result
            yield
            return
        generator = cast("Generator[Any, None, None]", result)
        provider.value = next(generator)
        try:
            yield
        finally:
            for _ in generator:
                break


async def _make(info: DependencyInfo, exits: list[Exit]) -> Any:
    positional = [p.provider.value for p in info.parameters if p.provider is not None and not p.keyword]
    named = {p.name: p.provider.value for p in info.parameters if p.provider is not None and p.keyword}
    result = info.call(*positional, **named)
    if info.kind == "async generator":
        generator = cast("AsyncGenerator[Any, None]", result)
        value = await first_value(generator, info)
        exits.append(exit_of(generator, info))
        return value
    if info.kind == "generator":
        plain = cast("Generator[Any, None, None]", result)
        value = next(plain)
        exits.append(exit_of(plain, info))
        return value
    return await result if isawaitable(result) else result
