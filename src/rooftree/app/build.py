"""From what was declared to what runs: every route checked, every plan compiled, before the first request."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from rooftree.app.arity import misfits
from rooftree.app.describing import answer_ui, own_routes
from rooftree.app.failure import Door, Failure
from rooftree.app.finish import finisher
from rooftree.app.guards import guard, refused
from rooftree.app.middleware import AllowedHosts, TimeLimit
from rooftree.app.mounts import Mount
from rooftree.app.origins import origin_guard
from rooftree.app.pipeline import Endpoint, Run, compose, conclude, logged
from rooftree.app.served import Served
from rooftree.app.transactions import in_transaction
from rooftree.app.users import accounts_without_database, check_users
from rooftree.base import HTTPError, NotFound, Said, Settings, Signal, StartupError
from rooftree.binding import Edge, HandlerInfo, Providers, compile_plan, inspect_handler
from rooftree.http import Request, Response
from rooftree.routing import (
    WEBSOCKET,
    ErrorHandler,
    Group,
    Match,
    Miss,
    Reverser,
    RouteInfo,
    Router,
    check_signature,
    find_conflicts,
    flatten,
    redirect_url,
)
from rooftree.security import Policies

__all__ = ["Built"]

MAX_NOTES: Final = 30
_HOST_HEADERS: Final = frozenset({"forwarded", "x-forwarded-host", "x-forwarded-port"})
REPORTS: Final = b"/_rooftree/csp"


class Built:
    """A compiled application.

    Args:
        routes: What was declared.
        settings: The application's.
        providers: The application's.
        failed: Is sent errors that nobody handles.

    Raises:
        StartupError: Something that was declared cannot work.

    Attributes:
        endpoints: Every route, in the order of declaration.
        mounts: The applications mounted inside, which live as long as this one.
        reverser: Makes URLs of names.
        known_hosts: Values of ``Host`` found to be allowed; looked at before ``admits`` is asked. None where proxies
            name the host: what they pass on is looked at each time.
        match: Finds what answers a method, a path and a host.
        policies: What pages may load.
        needs: Parts of the application that handlers ask for, by the name of its property: ``sessions``, ``keys``.
    """

    def __init__(self, routes: Served, settings: Settings, providers: Providers, failed: Signal[Failure]) -> None:
        self._settings = settings
        self._providers = providers
        self._failed = failed
        self.policies = Policies(settings.security)
        self._finish = finisher(settings, self.policies)
        self._hosts = AllowedHosts(settings.hosts)
        by_proxies = bool(settings.trusted_proxies) and not _HOST_HEADERS.isdisjoint(settings.forwarded_headers)
        self.known_hosts: AbstractSet[bytes] = frozenset[bytes]() if by_proxies else self._hosts.known
        self.router: Router[Endpoint] = Router(settings.trailing_slash)
        languages = routes.languages
        self.match = self.router.match if languages is None else languages.matching(self.router.match)
        self._doors: dict[tuple[int, ...], Door] = {}
        self._options: dict[tuple[object, ...], Run] = {}
        infos = flatten(routes)
        self._fallbacks = routes.fallbacks
        self._accounts = routes.accounts_in_use
        self.mounts: list[Mount] = []
        self.needs: set[str] = set()
        self.endpoints = self._endpoints(infos)
        self.reverser = Reverser(infos) if languages is None else languages.reversing(infos)
        door = self._door((routes.errors,))
        self._serve_own(door)
        self._serve_description(routes, infos, door)
        self.router.compile()
        self._missing = self._wrapped(self._answer_missing, routes.middleware, door)
        self._wrong_host = self._wrapped(self._refuse_host, (), door)
        self._reported = self._wrapped(_take_report, (), self._door(()))

    def admits(self, request: Request) -> bool:
        """Tell whether the host of a request is this site's; so must the one be that a trusted proxy names."""
        hosts, named = self._hosts, [request.raw_host]
        if request.connection.trusted is not None:
            named.append(request.host.encode("latin-1"))
        return all(host in hosts.known or hosts.admit(host) for host in named)

    def missing(self, request: Request, miss: Miss[Endpoint]) -> Coroutine[Any, Any, Response]:
        """Answer a request that no route takes: 404, 405, the automatic OPTIONS or the way to the right slash."""
        if request.method == "POST" and request.raw_path == REPORTS and self._settings.security.csp_report:
            request.max_body = 64 * 1024
            return self._reported(request)
        if request.method == "OPTIONS" and miss.methods:
            endpoint, _ = _meant(request, miss)
            request.found = endpoint, (miss,)
            return endpoint.options(request)
        request.found = None, (miss,)
        return self._missing(request)

    def wrong_host(self, request: Request) -> Coroutine[Any, Any, Response]:
        """Refuse a request for a host that is not this site's."""
        return self._wrong_host(request)

    async def _refuse_host(self, request: Request) -> Response:
        detail: str = Said("This server does not answer for that host.")
        if self._settings.mode == "development":
            detail += f" Add it to the setting 'hosts': ROOFTREE_HOSTS={request.host}"
        raise HTTPError(400, detail)

    def _endpoints(self, infos: Sequence[RouteInfo]) -> list[Endpoint]:
        """Compile every route.

        Raises:
            StartupError: The first mistake; the others are its notes, so that all can be mended at once.
        """
        endpoints: list[Endpoint] = []
        mistakes: list[StartupError] = [*find_conflicts(infos, self._settings.trailing_slash), *misfits(infos)]
        mistakes += accounts_without_database(self._accounts, self._settings)
        for info in infos:
            try:
                endpoints.append(self._endpoint(info))
            except StartupError as error:
                mistakes.append(error)
        if mistakes:
            first, *others = {str(error): error for error in mistakes}.values()
            for other in others[:MAX_NOTES]:
                first.add_note(str(other))
            raise first
        return endpoints

    def _endpoint(self, info: RouteInfo) -> Endpoint:
        settings = self._settings
        door = self._door(info.errors)
        if info.kind == "mount":
            mount = Mount(info, settings.threads)
            self.mounts.append(mount)
            run = self._wrapped(self._before_mount(mount, info), info.middleware, door)
            endpoint = self._made(run, info, None, door)
            self.router.mount(info.pattern, endpoint, info.host)
            return endpoint
        options = info.options
        handler = inspect_handler(
            info.handler,
            info.params,
            providers=self._providers,
            options=options,
            dependencies=info.dependencies,
            requires=info.requires,
            websocket=info.kind == "websocket",
        )
        check_signature(info, handler.taken)
        self._note_needs(handler)
        if options.get("signed"):
            self.needs.add("keys")
        middleware = info.middleware
        if "timeout" in options:
            middleware = (*middleware, TimeLimit(options["timeout"]))
        if info.kind == "websocket":
            plan = in_transaction(compile_plan(handler), info, handler, settings)
            run = self._wrapped(origin_guard(plan, settings.trusted_origins), middleware, door)
        elif middleware or info.transaction:
            plan = in_transaction(compile_plan(handler), info, handler, settings)
            run = self._wrapped(plan, middleware, door)
        else:
            run = self._logged(compile_plan(handler, Edge(door.answer, conclude, self._finish)))
        run = guard(run, self._wrapped(refused, info.middleware, door), info, handler, settings)
        endpoint = self._made(run, info, handler, door)
        self.router.add(info.pattern, info.methods, endpoint, info.host, options.get("slash"))
        return endpoint

    def _before_mount(self, mount: Mount, info: RouteInfo) -> Run:
        """Return what answers a mount, behind what its groups ask of users and their dependencies."""
        if not info.requires and not info.dependencies:
            return mount.answer
        handler = inspect_handler(
            mount.answer,
            info.params,
            providers=self._providers,
            dependencies=info.dependencies,
            requires=info.requires,
        )
        self._note_needs(handler)
        return compile_plan(handler)

    def _note_needs(self, handler: HandlerInfo) -> None:
        """Take in what a handler needs of the application.

        Raises:
            HandlerError: It asks for users that there are not (H124, H125).
        """
        self.needs.update(need for step in handler.steps() if (need := getattr(step.call, "__rooftree_needs__", None)))
        check_users(handler, self._accounts)

    def _serve_own(self, door: Door) -> None:
        """Serve what the framework's own pages load, under any application mounted at the root too."""
        own = Group()
        own.get("/_rooftree/{name}")(_answer_own)
        for info in flatten(own):
            endpoint = self._made(self._wrapped(_answer_own, (), door), info, None, door)
            self.router.add(info.pattern, info.methods, endpoint)

    def _serve_description(self, routes: Served, infos: Sequence[RouteInfo], door: Door) -> None:
        """Serve the document of the API and its page; not compiled as routes are, but where they are for some only."""
        options = self._settings.openapi
        for info in own_routes(options, infos, routes):
            if options is not None and options.requires:
                self._endpoint(info)
                continue
            endpoint = self._made(self._wrapped(info.handler, info.middleware, door), info, None, door)
            self.router.add(info.pattern, info.methods, endpoint)

    async def _answer_missing(self, request: Request) -> Response:
        miss: Miss[Endpoint] = request.params[0]
        if miss.location is not None:
            return Response(b"", 308, None, {"location": redirect_url(request, miss.location)})
        if request.method == "GET" and WEBSOCKET in miss.methods:
            detail = Said("Only WebSocket connections are taken here.")
            raise HTTPError(426, detail, headers={"upgrade": "websocket", "connection": "upgrade"})
        if miss.methods:
            allow = miss.allow
            detail = Said("%(method)s is not taken here; %(allowed)s are.", method=request.method, allowed=allow)
            raise HTTPError(405, detail, headers={"allow": allow})
        for fallback in self._fallbacks:
            response = await fallback(request)
            if response is not None:
                return response
        raise NotFound

    def _made(self, run: Run, info: RouteInfo, handler: HandlerInfo | None, door: Door) -> Endpoint:
        """Return an endpoint; the answer to OPTIONS is shared by all that have the same around them."""
        key = (door, *map(id, info.middleware))
        options = self._options.get(key)
        if options is None:
            options = self._options[key] = self._wrapped(_answer_options, info.middleware, door)
        settings = self._settings
        max_body = info.options.get("max_body", settings.max_body)
        if (
            handler is not None
            and settings.mode != "production"
            and (settings.database is not None or settings.databases)
        ):
            from rooftree.app.databases import one_occasion

            run = one_occasion(run, handler.place)
        return Endpoint(run, info, options=options, max_body=max_body, handler=handler, door=door)

    def _door(self, layers: Sequence[Mapping[type[Exception], ErrorHandler]]) -> Door:
        """Return the door of some layers of error handlers; one for all routes that have the same."""
        key = tuple(map(id, layers))
        door = self._doors.get(key)
        if door is None:
            door = self._doors[key] = Door(layers, self._failed, development=self._settings.mode == "development")
        return door

    def _wrapped(self, plan: Run, middleware: Any, door: Door) -> Run:
        return self._logged(compose(plan, middleware, door, self._finish))

    def _logged(self, run: Run) -> Run:
        return logged(run) if self._settings.access_log else run


def _meant(request: Request, miss: Miss[Endpoint]) -> Match[Endpoint]:
    """Return the route that an OPTIONS request is about: a CORS preflight names its method."""
    wanted = request.headers.get("access-control-request-method", "")
    return miss.methods.get(wanted) or next(iter(miss.methods.values()))


async def _take_report(request: Request) -> Response:
    from rooftree.security import log_reports

    log_reports(await request.body())
    return Response(b"", 204, None)


async def _answer_options(request: Request) -> Response:
    return Response(b"", 204, None, {"allow": request.params[0].allow})


async def _answer_own(request: Request) -> Response:
    from rooftree.static import own_assets

    if request.params[0].startswith("messages.") and request.app.languages is not None:
        answer: Response = await request.app.languages.answer_script(request, request.params[0])
        return answer
    if request.params[0].startswith("swagger-ui"):
        return await answer_ui(request, request.params[0])
    return await own_assets().respond(request, request.params[0])
