"""What stands before a route: its limits, its signature, and the check for forged requests; compiled at start-up.

A request that passes costs a look at its headers. One that is refused is answered inside of the route's own middleware,
so that a script which CORS lets in can read why.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from rooftree.app.middleware import CORS
from rooftree.app.pipeline import Run
from rooftree.base import HTTPError, SignatureRefused
from rooftree.binding import HandlerInfo
from rooftree.http import FormLimits, Request, Response
from rooftree.routing import RouteInfo

if TYPE_CHECKING:
    from rooftree.base import Settings
    from rooftree.security import ForgeryCheck

__all__ = ["guard", "refused"]

REFUSED: Final = "rooftree.refused"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


async def refused(request: Request) -> Response:
    """Raise what a guard refused the request with: what runs in the handler's place."""
    error: HTTPError = request.state[REFUSED]
    raise error


def guard(run: Run, refuse: Run, info: RouteInfo, handler: HandlerInfo, settings: Settings) -> Run:
    """Return what answers a route behind all that its options ask for, outermost its limits.

    Args:
        run: Answers the request.
        refuse: Answers one that was refused.
        info: The route.
        handler: Its handler.
        settings: The application's.

    Raises:
        RouteError: R131 for a limit that is none.
    """
    options = info.options
    if options.get("csrf", True) and not SAFE.issuperset(info.methods) and info.kind == "http":
        run = _against_forgery(run, refuse, info, handler, settings)
    if options.get("signed"):
        run = _signed(run, refuse)
    if "limit" in options:
        run = _limited(run, refuse, info, handler)
    return run


def _against_forgery(run: Run, refuse: Run, info: RouteInfo, handler: HandlerInfo, settings: Settings) -> Run:
    from rooftree.security import ForgeryCheck

    let_in: Sequence[Callable[[bytes, bool], bool]] = [
        layer.lets_in for layer in info.middleware if isinstance(layer, CORS)
    ]
    check = ForgeryCheck(settings.trusted_origins, let_in, always=info.options.get("csrf") == "always")
    passes = check.passes
    look = _look_closer(run, refuse, check, _form_limits(handler), development=settings.mode == "development")
    if SAFE.isdisjoint(info.methods):

        def checked(request: Request) -> Coroutine[Any, Any, Response]:
            return run(request) if passes(request) else look(request)
    else:

        def checked(request: Request) -> Coroutine[Any, Any, Response]:
            return run(request) if request.method in SAFE or passes(request) else look(request)

    return checked


def _form_limits(handler: HandlerInfo) -> FormLimits:
    """Return what a handler takes of a form: who looks for the token in it reads it for the handler too."""
    of_forms = (getattr(step.call, "__rooftree_form_limits__", None) for step in handler.steps())
    return next((limits for limits in of_forms if limits is not None), handler.form_limits or FormLimits())


def _look_closer(run: Run, refuse: Run, check: ForgeryCheck, limits: FormLimits, *, development: bool) -> Run:
    from rooftree.security import has_token

    async def look(request: Request) -> Response:
        verdict = check.verdict(request)
        if verdict == "passes" or (verdict == "token" and await _quietly(has_token(request, limits))):
            return await run(request)
        request.state[REFUSED] = check.refusal(request, development=development)
        return await refuse(request)

    return look


async def _quietly(looked_for: Coroutine[Any, Any, bool]) -> bool:
    """Tell whether there is a token; a form that cannot be read has none."""
    try:
        return await looked_for
    except HTTPError:
        return False


def _signed(run: Run, refuse: Run) -> Run:
    async def checked(request: Request) -> Response:
        try:
            request.app.signer("url").check_url(request.raw_path, request.query_string)
        except SignatureRefused as error:
            request.state[REFUSED] = error
            return await refuse(request)
        return await run(request)

    return checked


def _limited(run: Run, refuse: Run, info: RouteInfo, handler: HandlerInfo) -> Run:
    from rooftree.security import Limiter, RateLimit

    given: Any = info.options.get("limit")
    several = cast("Sequence[object]", given if isinstance(given, list | tuple) else (given,))
    limits = [RateLimit.of(one, at=info.place) for one in several]
    asks = any(getattr(step.call, "__rooftree_asks__", False) for step in handler.steps())
    limiter = Limiter(limits, str(info), info.methods, asks=asks)

    async def limited(request: Request) -> Response:
        try:
            lines = await limiter.count(request)
        except HTTPError as error:
            request.state[REFUSED] = error
            return await refuse(request)
        response = await run(request)
        if request.websocket is None:
            response.lines += lines
        return response

    return limited
