"""The application: what a user declares, wired together once and then run.

A request travels: ``App.respond`` (host, route) -> ``Endpoint.run`` (middleware, door for errors) -> the plan that
binding compiled for the handler -> an answer.
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Generator,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from contextvars import Context, copy_context
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar, cast

import msgspec

from rooftree.app.build import Built
from rooftree.app.checks import Check, Finding, deploy_findings, development_findings
from rooftree.app.failure import During, Failure, report
from rooftree.app.habits import put_habits_on_applications
from rooftree.app.served import Served
from rooftree.base import Call, Limits, Settings, Signal, UsageError, current_call, place_of
from rooftree.binding import Providers
from rooftree.http import DEFAULT_MAX_BODY, Request, Response, TrustedProxies, Upload
from rooftree.routing import ErrorHandler, Middleware, Miss

if TYPE_CHECKING:
    from rooftree.auth import Accounts
    from rooftree.base import Keys, Signer, Store
    from rooftree.db import Databases, Policies, Transaction
    from rooftree.openapi import Description
    from rooftree.sessions import Sessions
    from rooftree.templates import Templates

__all__ = ["App", "Plugin"]

_MOST_SIGNERS: Final = 100

F = TypeVar("F", bound=Callable[..., Any])
Lifespan = Callable[["App"], AbstractAsyncContextManager[None]]
Hook = Callable[[], Awaitable[None] | None]


class Plugin(Protocol):
    """A part that brings routes, providers and middleware along: ``app.use(Accounts(...))``."""

    def install(self, app: App) -> None:
        """Add what the plug-in has; called once, at once."""
        ...


class App(Served):
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
        UsageError: U106 for something else than settings.
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
    ) -> None:
        super().__init__(middleware=middleware, dependencies=dependencies, errors=errors, transaction=transaction)
        _check_settings(settings)
        self.title = name or "app"
        self.folder = os.path.realpath(_folder_of_maker(self) if root is None else root)
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
        self._call = Call(self)
        self.context.run(current_call.set, self._call)
        self.checks: list[Check] = []
        self.seeds: dict[str, Callable[[], Awaitable[None] | None]] = {}
        self._lifespans: list[Lifespan] = []
        self._built: Built | None = None
        self._running: AsyncExitStack | None = None
        self._databases: Databases | None = None
        self._policies: Policies | None = None
        self._sessions: Sessions | None = None
        self._keys: Keys | None = None
        self._signers: dict[str, Signer] = {}
        self._limit_store: Store | None = None
        self._templates: Templates | None = None
        self._description: Description | None = None

    # ---- declaring

    def use(self, plugin: Plugin) -> None:
        """Add a plug-in.

        Raises:
            UsageError: U108 for what is none.
        """
        if not hasattr(plugin, "install") or isinstance(plugin, type):
            raise _no_plugin(plugin)
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

    # ---- databases

    @property
    def databases(self) -> Databases:
        """The databases that the settings name, by name; made on first use, open while the application runs.

        Raises:
            SettingsError: A URL or an option of one does not fit, two are named ``default``, or an extra is missing.
        """
        if self._databases is None:
            from rooftree.app.databases import make_databases

            self._databases = make_databases(self.settings, self.root)
            self._call.databases = self._databases or None
        return self._databases

    def seed(self, function: F) -> F:
        """Declare a function, plain or ``async``, that ``rooftree db seed`` calls: rows that a database begins with.

        Each runs in a transaction of its own, in the order of declaration. They may run again, so let them look first:
        ``get_or_create()``, ``upsert()``.
        """
        self.seeds[function.__name__] = function
        return function

    @property
    def policies(self) -> Policies:
        """The policies of the application's models."""
        if self._policies is None:
            from rooftree.db import Policies

            self._policies = self._call.policies = Policies()
            self.providers.policed = self._policies.concerns
        return self._policies

    def policy(self, model: type[Any], *actions: Literal["view", "add", "change", "delete"]) -> Callable[[F], F]:
        """Declare which rows of a model somebody may see, add, change or delete.

        From then on the model is asked by `Model.scoped(user)`, or by `Model.unscoped("why")` where everyone's rows are
        meant; anything else raises. Of several rules any may let a row through. A rule of `user: User | None` is asked
        for visitors too; others give them nothing.

        >>> @app.policy(Order)
        ... def own_orders(user: User) -> Condition:
        ...     return Order.customer.is_(user)

        Args:
            model: The model.
            actions: What the rule is about, `"view"`, `"add"`, `"change"`, `"delete"`; all of them where none is
                named. For an action that no rule is about, nobody has any rows.

        Raises:
            PolicyError: Q607 for what is no model, or no action.
        """

        def declare(rule: F) -> F:
            self.policies.add(model, rule, actions)
            return rule

        return declare

    async def viewer(self, request: Request) -> Any:
        """Return for whom a request asks, as policies take it: the user, or `None` for a visitor."""
        return None if self.accounts_in_use is None else await self.accounts_in_use.user(request)

    @contextmanager
    def current(self) -> Generator[None]:
        """Make this application's databases what queries in the block use, as in its handlers: for scripts and tests.

        The application is to be started, but for code that does not await: that opens the databases itself.
        """
        if self.settings.database is not None or self.settings.databases:
            self.databases  # noqa: B018 - makes them, and the Call knows them
        token = current_call.set(self._call)
        try:
            yield
        finally:
            with suppress(ValueError):  # a generator, as a fixture is, may be closed in another context
                current_call.reset(token)

    @property
    def templates(self) -> Templates:
        """The application's templates; Jinja2 is loaded when they are first asked for.

        Raises:
            TemplateError: P101 where Jinja2 is not installed.
        """
        if self._templates is None:
            from rooftree.app.pages import make_templates

            self._templates = make_templates(self.root, self.settings)
        return self._templates

    # ---- accounts, sessions, and what is signed

    @property
    def accounts(self) -> Accounts[Any]:
        """The accounts of its users, which ``app.use(Accounts(User))`` has brought.

        Raises:
            UsageError: U701 where there are none.
        """
        if self.accounts_in_use is None:
            raise UsageError("U701", "The application has no accounts.", "Add them: app.use(Accounts(User)).")
        return self.accounts_in_use

    @property
    def sessions(self) -> Sessions:
        """The sessions of visitors, kept where the setting ``session`` says; made on first use.

        Raises:
            SettingsError: S501 to S504 for a secret key, an extra or a database that is missing.
        """
        if self._sessions is None:
            from rooftree.app.sessions import make_sessions

            self._sessions = make_sessions(self.settings, lambda: self.keys, lambda: self.databases)
        return self._sessions

    @property
    def keys(self) -> Keys:
        """The keys that are derived from the setting ``secret_key``.

        Raises:
            SettingsError: S501 in production without it; S502 where it is too short.
        """
        if self._keys is None:
            from rooftree.base import Keys

            self._keys = Keys.of(self.settings, self.folder)
        return self._keys

    def signer(self, purpose: str) -> Signer:
        """Return what signs values for one purpose, ``"unsubscribe"``, and reads them back.

        Raises:
            SettingsError: As ``keys``.
        """
        found = self._signers.get(purpose)
        if found is None:
            from rooftree.base import Signer

            found = Signer(self.keys, purpose)
            if len(self._signers) < _MOST_SIGNERS:  # an application that makes purposes of what it is sent
                self._signers[purpose] = found
        return found

    def sign_url(self, url: str, *, lasts: timedelta | float | None = None) -> str:
        """Return a URL of this site that a route with ``signed=True`` takes, until it expires.

        >>> app.sign_url(app.url_for(invoice, id=7), lasts=timedelta(hours=1))
        '/invoices/7?signature=...'

        Args:
            url: The path and query string, or the whole URL.
            lasts: How long it is taken, as a timedelta or in seconds; for ever without it.

        Raises:
            SettingsError: As ``keys``.
        """
        return self.signer("url").sign_url(url, lasts=lasts)

    async def inspect_upload(self, upload: Upload, types: Collection[str], *, image: bool = False) -> None:
        """Look at what an uploaded file is, by its content; forms do so for theirs.

        Args:
            upload: The file.
            types: Media types that are taken.
            image: It has to be an image, of a size that can be worked with.

        Raises:
            RequestInvalid: It is something else; the code says what is wrong with it.
            UsageError: U621 where the packages for it are not installed.
        """
        from rooftree.security import check_image, check_upload

        if image:
            await check_image(upload, types)
        else:
            await check_upload(upload, types)

    @property
    def limit_store(self) -> Store:
        """Where the requests of routes with a ``limit`` are counted; may be set to a store of your own."""
        if self._limit_store is None:
            if self.settings.limit_store == "database":
                from rooftree.db import DatabaseStore

                self._limit_store = DatabaseStore(self.databases["default"])
            else:
                from rooftree.base import MemoryStore

                self._limit_store = MemoryStore()
        return self._limit_store

    @limit_store.setter
    def limit_store(self, store: Store) -> None:
        self._limit_store = store

    # ---- its description

    @property
    def description(self) -> Description:
        """The description of its API; made on first use."""
        if self._description is None:
            from rooftree.app.describing import describe_app

            self._description = describe_app(self)
        return self._description

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document of its API: what is served at ``/openapi.json``.

        Raises:
            StartupError: Something that was declared cannot work.
        """
        return copy.deepcopy(self.description.document)

    # ---- running

    @property
    def limits(self) -> Limits:
        """The bounds of each connection of Rooftree's own server."""
        return self.settings.limits

    @property
    def proxies(self) -> TrustedProxies | None:
        """The proxies whose ``Forwarded`` headers are believed."""
        settings = self.settings
        if not settings.trusted_proxies:
            return None
        return TrustedProxies(settings.trusted_proxies, settings.forwarded_headers)

    @property
    def built(self) -> Built:
        """Everything compiled; done on first use.

        Raises:
            StartupError: Something that was declared cannot work.
        """
        if self._built is None:
            self.settings.check()
            self.providers.threads.limit = self.settings.threads
            if self._policies is not None:
                self._policies.read()
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
        own = [finding for check in self.checks for finding in check(self)]
        if self._templates is not None or (self.root / self.settings.templates.folder).is_dir():
            from rooftree.app.pages import template_findings

            own.extend(template_findings(self.templates))
        if self.settings.openapi is not None:
            from rooftree.app.describing import description_findings

            own.extend(description_findings(self))
        if self.databases:
            from rooftree.db import mistakes_of_models

            own.extend(Finding(each.code, "error", each.fact, each.remedy) for each in mistakes_of_models())
        if self._assets is not None or self.languages is not None or self.fallbacks:
            from rooftree.app.checks_places import place_findings

            own.extend(place_findings(self.languages, self._assets, self.fallbacks))
        if not deploy:
            return [*own, *development_findings(self.settings)]
        from rooftree.app.checks_security import security_findings

        return [*own, *deploy_findings(self.settings), *security_findings(self.settings, self.built.endpoints)]

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


def _folder_of_maker(app: App) -> str:
    """Return the folder of the file whose code makes an application; the working folder for code without a file."""
    frame: FrameType | None = sys._getframe(2)  # pyright: ignore[reportPrivateUsage] - inspect is slow
    while frame is not None and frame.f_locals.get("self") is app:  # __init__ of a subclass
        frame = frame.f_back
    file = frame.f_globals.get("__file__") if frame is not None else None
    return os.path.dirname(file) if file else os.curdir  # noqa: PTH120 - a Path costs more than the rest


def _check_settings(given: object) -> None:
    if given is not None and not isinstance(given, Settings):
        raise UsageError(
            "U106",
            f"App() was given {given!r} in place of settings.",
            "Write App(), App(Settings(...)), or App(name=...) for a name.",
        )


def _no_plugin(given: Any) -> UsageError:
    """Return what is told of something that is no plug-in, and where it belongs."""
    name = getattr(given, "__name__", None) or repr(given)
    if hasattr(given, "__rooftree_declare__"):
        remedy = f"Write app.include({name}): it has routes."
    elif isinstance(given, type) and hasattr(given, "install"):
        remedy = f"Write app.use({name}(...)): a plug-in is made first."
    elif callable(given):
        remedy = f"Functions around requests are middleware: App(middleware=[{name}])."
    else:
        remedy = "A plug-in has a method install(app)."
    return UsageError("U108", f"app.use() was given {name}, which is no plug-in.", remedy, at=place_of(given))


async def _finish(result: Awaitable[None] | None) -> None:
    if result is not None:
        await result


put_habits_on_applications(App)
