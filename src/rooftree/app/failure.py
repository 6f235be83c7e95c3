"""The one door for errors: whatever leaves a handler, a dependency or a middleware becomes an answer here."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from rooftree.app.debugvalues import text_of
from rooftree.base import ClientDisconnected, HTTPError, IntegrityError, RooftreeError, Said, Signal, redact_url
from rooftree.binding import Answer, HandlerInfo, to_response
from rooftree.http import Answered, LazyResponse, Request, Response, problem_response, wants_html
from rooftree.routing import ErrorHandler
from rooftree.schema import EncodingError

__all__ = ["Door", "During", "Failure", "debug_answer", "report"]

HTML: Final = "text/html; charset=utf-8"

_log = logging.getLogger("rooftree.error")


During = Literal["request", "stream", "after"]


class Failure:
    """An error that nobody handled, as the signal ``App.failed`` sends it.

    Attributes:
        request: The request that failed.
        error: What was raised.
        during: ``"request"`` where a 500 was answered, ``"stream"`` where an answer was broken off half-way,
            ``"after"`` where it was raised by work after the answer.
    """

    __slots__ = ("during", "error", "request")

    def __init__(self, request: Request, error: Exception, during: During = "request") -> None:
        self.request = request
        self.error = error
        self.during: Final = during


_SAID: Final[Mapping[During, str]] = {
    "request": "%s %s failed",
    "stream": "The stream of %s %s failed",
    "after": "Work after the answer to %s %s failed",
}


async def report(failed: Signal[Failure], failure: Failure) -> None:
    """Log an error that nobody handled, once, and send it to whoever listens; never raises."""
    request = failure.request
    if isinstance(failure.error, EncodingError):
        _name_handler(request, failure.error)
    elif isinstance(failure.error, AttributeError | TypeError):
        _name_slip(failure.error)
    _log.error(
        _SAID[failure.during], request.method, request.path, exc_info=failure.error, extra={"request_id": request.id}
    )
    if failed.receivers:
        await failed.send(failure)


def _name_handler(request: Request, error: EncodingError) -> None:
    """Say whose answer could not be encoded: the handler had returned by then, and is in no traceback."""
    handler = getattr(request.route, "handler", None)
    if isinstance(handler, HandlerInfo):
        place = f" at {handler.place}" if handler.place else ""
        error.args = (f"{error}. The handler is {handler.name}{place}.",)


def _name_slip(error: Exception) -> None:
    """Say what to write where a habit from elsewhere has failed."""
    from rooftree.base import slip_of

    if (remedy := slip_of(error)) is not None:
        error.add_note(remedy)


class Door:
    """Turns errors into answers for the routes that share the same layers.

    Args:
        layers: The error handlers of each layer, innermost first, by the type of error they take.
        failed: Is sent every error that no handler takes and that is no answer of its own.
        development: Show the error with its source to whoever asks.
    """

    def __init__(
        self, layers: Sequence[Mapping[type[Exception], ErrorHandler]], failed: Signal[Failure], *, development: bool
    ) -> None:
        self._layers = [layer for layer in layers if layer]
        self._failed = failed
        self._development = development

    async def answer(self, request: Request, error: Exception) -> Response:
        """Return the answer to a request that ended in ``error``; never raises."""
        if isinstance(error, Answered):
            return error.response
        handler = self._handler_of(type(error))
        if handler is not None:
            try:
                value = handler(request, error)
                if inspect.isawaitable(value):
                    value = await value
                response = to_response(value, request)
                if response.status == 200 and not _says_its_status(value):
                    response.status = error.status if isinstance(error, HTTPError) else 500
                return await response.respond(request) if isinstance(response, LazyResponse) else response
            except Exception as second:  # noqa: BLE001 - this is the door: it logs and answers
                error = second
        if isinstance(error, HTTPError):
            for note in getattr(error, "__notes__", ()):  # what the visitor is not told
                _log.info("%s %s: %s", request.method, request.path, note, extra={"request_id": request.id})
            return await self._refuse(request, error)
        if isinstance(error, ClientDisconnected):
            return Response(b"", 499, None)
        said = _said(error)
        if said is not None and said.status < 500:
            _log.info("%s %s: %s", request.method, request.path, error, extra={"request_id": request.id})
            return await self._refuse(request, said)
        return await self._fail(request, error, said)

    def _handler_of(self, kind: type[Exception]) -> ErrorHandler | None:
        for layer in self._layers:
            for base in kind.__mro__:
                if base in layer:
                    return layer[base]
        return None

    async def _refuse(self, request: Request, error: HTTPError) -> Response:
        if not wants_html(request):
            return problem_response(error)
        from rooftree.app.errorpage import near_paths, own_page, own_template, refusal_page

        if own_template(request, error):
            try:
                return await own_page(request, error)
            except Exception as second:  # noqa: BLE001 - the visitor is told all the same
                await report(self._failed, Failure(request, second))
                if self._development:
                    return debug_answer(request, second)
        near = near_paths(request) if self._development and error.status == 404 else ()
        return Response(refusal_page(error, request, near), error.status, HTML, error.headers)

    async def _fail(self, request: Request, error: Exception, said: HTTPError | None) -> Response:
        await report(self._failed, Failure(request, error))
        if self._development:
            return debug_answer(request, error)
        if said is not None:
            return await self._refuse(request, said)
        # a page says so by itself
        detail = "" if wants_html(request) else Said("Something went wrong on our side. It has been logged.")
        return await self._refuse(request, HTTPError(500, detail, extra={"request_id": request.id}))


def _says_its_status(value: object) -> bool:
    """Whether what an error handler returned has a status that somebody chose; a page and plain data have not."""
    return isinstance(value, Answer) or (isinstance(value, Response) and not isinstance(value, LazyResponse))


def _said(error: Exception) -> HTTPError | None:
    """Return what an error of the framework's own tells a visitor."""
    if isinstance(error, IntegrityError):
        from rooftree.db import fields_of

        return error.to_http(fields_of(error))
    return error.to_http() if isinstance(error, RooftreeError) else None


def debug_answer(request: Request, error: BaseException, doing: str = "") -> Response:
    """Return what development answers with for an error: a page for a browser, its text for anyone else.

    Args:
        request: The request that is answered.
        error: What was raised.
        doing: What failed, where it was not the request: ``"starting the application"``.
    """
    if wants_html(request):
        from rooftree.app.debugpage import debug_page

        return Response(debug_page(request, error, doing), 500, HTML)
    notes = [redact_url(str(note)) for note in getattr(error, "__notes__", ())]  # the line of a template stands there
    detail = ". ".join([f"{type(error).__name__}: {text_of(error)}".rstrip("."), *notes])
    return problem_response(HTTPError(500, detail, extra={"request_id": request.id}))
