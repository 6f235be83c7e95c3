"""The application: what a user declares, wired together once and then run.

A request travels: ``App.respond`` (host, route) -> ``Endpoint.run`` (middleware, door for errors) -> the plan that
binding compiled for the handler -> an answer.
"""

from __future__ import annotations

import os
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Never, Protocol, TypeVar, cast

import msgspec

from rooftree.app.build import Built
from rooftree.app.checks import Check, Finding
from rooftree.app.failure import During, Failure, report
from rooftree.app.given import check_settings, folder_of_maker, no_plugin
from rooftree.app.habits import OPTIONS, put_habits_on_applications
from rooftree.app.trusted import Trusted
from rooftree.base import Limits, Settings, Signal, UsageError, current_call, no_option, place_of
from rooftree.binding import Providers
from rooftree.http import DEFAULT_MAX_BODY, Request, Response
from rooftree.routing import ErrorHandler, Middleware, Miss

if TYPE_CHECKING:
    from rooftree.db import Transaction

__all__ = ["App", "Plugin"]

F = TypeVar("F", bound=Callable[..., Any])
Lifespan = Callable[["App"], AbstractAsyncContextManager[None]]
Hook = Callable[[], Awaitable[None] | None]


class Plugin(Protocol):
    """A part that brings routes, providers and middleware along: ``app.use(Accounts(...))``."""

    def install(self, app: App) -> None:
        """Add what the plug-in has; called once, at once."""
        ...


class App(Trusted):
    """An application.

    It is callable by Rooftree's own server and by any ASGI server. Nothing happens when it is made or when routes are
    declared: everything is checked and compiled at start-up.

    >>> app = App()
    >>> @app.get("/")
    ... async def index() -> str:
    ...     return "Hello, World!"

    Args:
        settings: Read by ``Settings.load()`` where they are not given.
        middleware: Around every request, outermost first; around answers of 404 and 405 too.
        dependencies: Run before every handler.
        errors: Handlers for errors, by type.
        transaction: The option ``transaction`` of every route that does not say it itself.
        name: What log lines and documents call the application.
        root: The folder that relative paths of the application (templates, static files, migrations) start from; the
            one of the file that makes the application where it is not given.

    Raises:
        UsageError: U106 for something else than settings, U109 for an option of other frameworks.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        middleware: Sequence[Middleware] = (),
        dependencies: Sequence[Any] = (),
        errors: Mapping[type[Exception], ErrorHandler] | None = None,
        transaction: bool | Transaction | None = None,
        name: str = "",
        root: str | os.PathLike[str] | None = None,
        **elsewhere: Never,
    ) -> None:
        if elsewhere:
            raise no_option("App()", elsewhere, OPTIONS)
        super().__init__(middleware=middleware, dependencies=dependencies, errors=errors, transaction=transaction)
        check_settings(settings)
        self.title = name or "app"
        self.folder = os.path.realpath(folder_of_maker(self) if root is None else root)
        self.settings = settings if settings is not None else Settings.load()
        self.providers = Providers()
        self.providers.value(
            self.settings, *(kind for kind in type(self.settings).__mro__ if issubclass(kind, Settings))
        )
        self.providers.value(self, *(kind for kind in type(self).__mro__ if issubclass(kind, App)))
        self.serving = False
        """Whether it was started to answer requests, and not for a shell."""
        self.started: Signal[App] = Signal("started")
        self.stopping: Signal[App] = Signal("stopping")
        self.failed: Signal[Failure] = Signal("failed")
        self.context: Context = copy_context()
        self.context.run(current_call.set, self._call)
        self.checks: list[Check] = []
        self._lifespans: list[Lifespan] = []
        self._built: Built | None = None
        self._running: AsyncExitStack | None = None

    # ---- declaring

    def use(self, plugin: Plugin) -> None:
        """Add a plug-in.

        Raises:
            UsageError: U108 for what is none.
        """
        if not hasattr(plugin, "install") or isinstance(plugin, type):
            raise no_plugin(plugin)
        plugin.install(self)

    def provide(self, provider: F, *, scope: Any = "request", type: Any = None) -> F:
        """Make ``provider`` the source of what it returns; serves as a decorator too.

        Args:
            provider: A function or generator; its parameters are injected, and its return type is what it provides.
            scope: ``app`` once in a lifetime, ``request`` once for each request, ``call`` each time it is asked for.
            type: What it provides, where the return type is not it.
        """
        self.providers.provide(provider, scope=scope, type=type)
        return provider

    def lifespan(self, function: Callable[..., AsyncIterator[None]]) -> Callable[..., AsyncIterator[None]]:
        """Run a generator around the application's life: up to its ``yield`` at start-up, the rest at the end.

        >>> @app.lifespan
        ... async def warm_up() -> AsyncIterator[None]:
        ...     await connect()
        ...     yield
        ...     await disconnect()
        """
        import inspect

        takes_app = bool(inspect.signature(function).parameters)
        manager = asynccontextmanager(cast("Callable[..., AsyncGenerator[None, None]]", function))
        self._lifespans.append(lambda app: manager(app) if takes_app else manager())
        return function

    def on_startup(self, function: F) -> F:
        """Call ``function``, plain or ``async``, before the first request; its error keeps the app from serving."""

        async def around() -> AsyncGenerator[None, None]:
            await _finish(function())
            yield

        self.lifespan(around)
        return function

    def on_shutdown(self, function: F) -> F:
        """Call ``function``, plain or ``async``, after the last request."""

        async def around() -> AsyncGenerator[None, None]:
            try:
                yield
            finally:  # whatever another one's end raises
                await _finish(function())

        self.lifespan(around)
        return function

    def configure(self, **changes: Any) -> None:
        """Change settings of an application that was not built yet: what options of a command do.

        Raises:
            UsageError: U102 once the application is built; U103 for a setting that there is not.
        """
        if self._built is not None:
            raise UsageError("U102", "The application is built already; its settings are fixed.", "Change them before.")
        unknown = set(changes) - set(self.settings.__struct_fields__)
        if unknown:
            kind = type(self.settings).__name__
            raise UsageError("U103", f"{kind} has no setting {min(unknown)!r}.", "Check its spelling.")
        self.settings = msgspec.structs.replace(self.settings, **changes)
        self._description = None
        if not {"database", "databases"}.isdisjoint(changes):
            self._databases = self._call.databases = None
        if self._templates is not None:
            self._templates.configure(self.settings.templates, development=self.settings.mode != "production")
        self.providers.renew_value(self.settings)

    # ---- running

    @property
    def limits(self) -> Limits:
        """The bounds of each connection of Rooftree's own server."""
        return self.settings.limits

    @property
    def built(self) -> Built:
        """Everything compiled; done on first use.

        Raises:
            StartupError: Something that was declared cannot work.
        """
        if self._built is None:
            self.settings.check()
            self.providers.threads.limit = self.settings.threads
            if self.policies_in_use is not None:
                self.policies_in_use.read()
            built = Built(self, self.settings, self.providers, self.failed)
            for need in sorted(built.needs):  # what a handler will ask for is made now, so that its errors come now
                getattr(self, need)
            self._built = built
        return self._built

    @property
    def running(self) -> bool:
        """Whether the application was started and not yet shut down."""
        return self._running is not None

    async def startup(self, *, serving: bool = True) -> None:
        """Check and compile everything, open the databases, then run the lifespan functions up to their ``yield``.

        Args:
            serving: Requests will come: what only they need, as accounts do a secret key, is looked for too.

        Raises:
            StartupError: Something that was declared cannot work.
            ConnectionFailed: A database cannot be opened.
        """
        if self._running is not None:
            raise UsageError("U101", "The application was started twice.", "Start it once, or call shutdown() between.")
        built = self.built
        self.serving = serving
        with self.current():
            async with AsyncExitStack() as stack:
                if self._databases is not None:
                    stack.push_async_callback(self._databases.close)
                    await self._databases.open()
                    from rooftree.app.databases import watched

                    stack.enter_context(watched(self._databases, self.settings))
                await stack.enter_async_context(self.providers.running())
                for folder in self.upload_folders:
                    folder.mkdir(parents=True, exist_ok=True)
                for lifespan in self._lifespans:
                    await stack.enter_async_context(lifespan(self))
                for mounted in built.mounts:
                    await stack.enter_async_context(mounted.running())
                await self.started.send(self)
                self._running = stack.pop_all()

    async def shutdown(self) -> None:
        """Run the lifespan functions to their ends, last started first, then close the databases."""
        running, self._running = self._running, None
        if running is not None:
            with self.current():
                await self.stopping.send(self)
                await running.aclose()

    def respond(self, request: Request, /) -> Coroutine[Any, Any, Response]:
        """Return the coroutine that answers a request; Rooftree's own server calls it."""
        built = self._built or self.built
        if request.raw_host not in built.known_hosts and not built.admits(request):
            return built.wrong_host(request)
        found = built.match(
            request.method if request.websocket is None else "WEBSOCKET", request.raw_path, request.raw_host
        )
        if type(found) is Miss:
            return built.missing(request, found)
        request.found = found
        endpoint = found[0]
        if endpoint.max_body != DEFAULT_MAX_BODY:
            request.max_body = endpoint.max_body
        return endpoint.run(request)

    async def report(self, request: Request, error: Exception, during: During) -> None:
        """Log an error that no answer can tell of any more, and send it to ``failed``; servers call it."""
        await report(self.failed, Failure(request, error, during))

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Serve an ASGI scope; ASGI servers call it."""
        from rooftree.app.asgi import asgi

        await asgi(self, scope, receive, send)

    def findings(self, *, deploy: bool = False) -> list[Finding]:
        """Return what the application's checks find; with ``deploy`` also what matters in production only."""
        from rooftree.app.findings import findings_of

        return findings_of(self, deploy=deploy)

    def url_for(self, target: Callable[..., Any] | str, /, **params: Any) -> str:
        """Return the path of a route, by its handler or its dotted name; parameters left over become the query string.

        Raises:
            RouteError: No route has that name or handler, or a parameter of its path is missing.
        """
        return self.built.reverser.url_for(target, **params)

    def __repr__(self) -> str:
        return (
            f"<App {self.title}{f' at {place}' if (place := place_of(type(self))) and type(self) is not App else ''}>"
        )


async def _finish(result: Awaitable[None] | None) -> None:
    if result is not None:
        await result


put_habits_on_applications(App)
