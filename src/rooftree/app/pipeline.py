"""What runs for one route, composed once: the plan inside its middleware, inside the door for errors.

    run -> outer guard -> middleware, outermost first -> inner guard -> plan (binding, handler, answer)

The inner guard turns an error of the handler into an answer, so that middleware always sees an answer; the outer one
stands for errors of the middleware themselves. A route without middleware has one guard.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from rooftree.app.failure import Door
from rooftree.app.finish import Finish
from rooftree.app.logs import access
from rooftree.base import UsageError, place_of
from rooftree.binding import HandlerInfo
from rooftree.http import LazyResponse, Request, Response
from rooftree.routing import Middleware, RouteInfo

__all__ = ["Endpoint", "Run", "compose", "conclude", "logged"]

Run = Callable[[Request], Coroutine[Any, Any, Response]]
Answer = Callable[[Request, Exception], Coroutine[Any, Any, Response]]


class Endpoint:
    """What the router finds.

    Attributes:
        run: Answers a request; never raises but ``CancelledError``.
        options: Answers OPTIONS where the route does not take it itself; likewise.
        max_body: Bytes of body that the route takes.
        info: The route as it was declared.
        handler: What binding knows of the handler; ``None`` for a mounted application.
        door: Answers errors of this route.
    """

    __slots__ = ("door", "handler", "info", "max_body", "options", "run")

    def __init__(
        self, run: Run, info: RouteInfo, *, options: Run, max_body: int, handler: HandlerInfo | None, door: Door
    ) -> None:
        self.run = run
        self.options = options
        self.max_body = max_body
        self.info = info
        self.handler = handler
        self.door = door

    def __repr__(self) -> str:
        return f"<Endpoint {self.info}>"


def compose(plan: Run, middleware: Sequence[Middleware], door: Door, finish: Finish) -> Run:
    """Return what answers a request: ``plan`` inside ``middleware`` (outermost first), errors answered by ``door``.

    ``finish`` sees every answer last: the application's own headers are its work.
    """
    inner = plan
    if middleware:
        inner = _guard(plan, door)
        for layer in reversed(middleware):
            inner = _wrap(layer, inner)
    return _finished(inner, door, finish)


def _guard(call: Run, door: Door) -> Run:
    async def guarded(request: Request) -> Response:
        try:
            return await call(request)
        except Exception as error:  # noqa: BLE001 - the door answers and logs
            return await door.answer(request, error)

    return guarded


def _wrap(layer: Middleware, call: Run) -> Run:
    async def wrapped(request: Request) -> Response:
        response: Any = await layer(request, call)  # whatever it was annotated with
        if isinstance(response, LazyResponse):
            return await response.respond(request)
        if not isinstance(response, Response):
            raise _no_answer(layer, response)
        return response

    return wrapped


def _no_answer(layer: Middleware, given: object) -> UsageError:
    name = getattr(layer, "__qualname__", None) or type(layer).__qualname__
    return UsageError(
        "U105",
        f"The middleware {name} returned {type(given).__name__} in place of a Response.",
        "End it with 'return await call_next(request)', or return a Response.",
        at=place_of(layer) or place_of(type(layer)),
    )


def _finished(call: Run, door: Door, finish: Finish) -> Run:
    async def run(request: Request) -> Response:
        try:
            response = await call(request)
        except Exception as error:  # noqa: BLE001 - the door answers and logs
            response = await door.answer(request, error)
        if request.before_answer is not None:
            response = await conclude(request, response, door.answer)
        finish(request, response)
        return response

    return run


async def conclude(request: Request, response: Response, answer: Answer) -> Response:
    """Run what waits for the answer (``Request.on_answer``), and return the answer: an error's where one failed."""
    while request.before_answer:
        hook = request.before_answer.pop(0)
        try:
            await hook(response)
        except Exception as error:  # noqa: BLE001 - the door answers and logs
            await response.aclose()
            response = await answer(request, error)
    return response


def logged(run: Run) -> Run:
    """Return ``run`` with a line in the access log for each request, written when the answer is decided."""

    async def with_access_log(request: Request) -> Response:
        start = time.perf_counter()
        response = await run(request)
        took = (time.perf_counter() - start) * 1000
        access.info(
            "%s %s %d %.1f ms",
            request.method,
            request.raw_path.decode("latin-1"),
            response.status,
            took,
            extra={"request_id": request.id},
        )
        return response

    return with_access_log
