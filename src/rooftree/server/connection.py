"""One HTTP/1.1 connection: a request is read, the application answers, the answer is written.

The way of a request: ``data_received``, ``_read_head`` and perhaps ``_read_body`` (reading), ``dispatch``, the
application, ``_answer``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final, cast

from rooftree.base import ClientDisconnected
from rooftree.http import SWITCHED as WEBSOCKET_ENDED
from rooftree.http import Request, Response
from rooftree.server.answer import head_of, known_heads, learn_head, plain_lines
from rooftree.server.driver import WAITS, Runner, make_runner
from rooftree.server.flow import BODY, BUSY, CLOSED, CLOSING, FULL, HEAD, IDLE, NEVER, PIPELINED, SWITCHED
from rooftree.server.log import logger
from rooftree.server.peer import info_of
from rooftree.server.reading import NO_REQUEST, Reader
from rooftree.server.refusal import Refused, bare_answer
from rooftree.server.service import Service
from rooftree.server.streaming import do_after, drop_answer, send_stream
from rooftree.server.types import Application

if TYPE_CHECKING:
    from rooftree.server.handshake import Handshake
    from rooftree.server.websocket import WebSocketConnection

__all__ = ["Connection"]

ALL_AT_ONCE: Final = 64 * 1024
"""Bytes of a body up to which copying it behind its head is cheaper than writing both apart."""
MOST_REFUSED: Final = 64
"""Connections that are told at the same time that they are too many; each takes a descriptor until it has read so."""
NO_CONTEXT: Final = Context()
Ending = Callable[[Response, Request, Application], Coroutine[Any, Any, None]]


class Connection(Reader):
    """One connection.

    Args:
        service: What the connections of a worker share.
    """

    __slots__ = ("context", "patience", "respond", "runner", "stop_stream", "template", "websocket")

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.respond = service.application.respond
        self.template = service.application.context
        self.runner: Runner[Response] = make_runner(self._finished, service.loop)
        self.context = NO_CONTEXT
        self.websocket: WebSocketConnection | None = None
        self.stop_stream: Callable[[], object] | None = None
        self.patience: asyncio.TimerHandle | None = None

    # ---- the application

    def dispatch(self, request: Request) -> None:
        """Run the application in place; answer at once where it does not wait."""
        self.request = request
        context = self.context = self.template.copy()
        try:
            response = self.runner.run(self.respond(request), context)
        except Exception as error:  # noqa: BLE001 - whatever leaves an application is answered and logged
            self._answer(self._failed(request, error))
        except asyncio.CancelledError:
            self._answer(_unavailable())
        else:
            if response is WAITS:
                if self.state != SWITCHED and (self.body is None or not self.body.wanted):
                    self.deadline = self.clock.handler_until
            else:
                self._answer(cast("Response", response))

    def _finished(self, response: Response | None, error: BaseException | None) -> None:
        """Answer a request that had to wait."""
        request = self.request
        if response is None:
            cancelled = error is None or isinstance(error, asyncio.CancelledError)
            response = _unavailable() if cancelled else self._failed(request, error)
        if self.state >= CLOSING:
            if self.patience is not None:
                self.patience.cancel()  # it would keep all this alive
            if self.websocket is not None:
                self.websocket.forget()
            self._drop_answer(response)
        else:
            self._answer(response)
            if self.pending:
                self.service.loop.call_soon(self.go_on)

    def _failed(self, request: Request, error: BaseException | None) -> Response:
        """Log what should never have left the application; return the bare answer."""
        if isinstance(error, ClientDisconnected):
            return _unavailable()  # for nobody to read
        logger.error(
            "The application failed on %s [%s]",
            _name(request),
            request.id,
            exc_info=error,
            extra={"request_id": request.id},
        )
        return Response(b"Internal Server Error", 500, "text/plain; charset=utf-8")

    # ---- answers

    def _answer(self, response: Response) -> None:
        """Write an answer: nearly always one short piece of bytes after which the connection goes on."""
        try:
            body = response.body
            if type(body) is str:
                body = response.body = body.encode()
            own = response.own_headers
            own_lines = b"" if own is None else plain_lines(own)
            if (
                type(body) is not bytes
                or own_lines is None
                or self.special
                or not self.keep_alive
                or response.after is not None
                or len(body) > ALL_AT_ONCE
            ):
                self._answer_with_care(response)
                return
            key = (response.status, response.media_type, len(body))
            head = known_heads.get(key)
            if head is None:
                head = learn_head(*key)
                if head is None:
                    self._answer_with_care(response)
                    return
            self.transport.write(b"".join((head, own_lines, response.lines, self.clock.date, body)))
        except Exception as error:  # noqa: BLE001 - an answer that cannot be written is the application's mistake
            self._unanswerable(error)
            return
        self.state = IDLE
        self.deadline = self.clock.idle_until
        self.request, self.context, self.body = NO_REQUEST, NO_CONTEXT, None

    def _answer_with_care(self, response: Response) -> None:
        """Write any answer."""
        request = self.request
        if self.state == SWITCHED or response is WEBSOCKET_ENDED:
            self._leave_websocket(response)
            return
        body = response.body.encode() if isinstance(response.body, str) else response.body
        head = head_of(
            response,
            len(body) if isinstance(body, bytes) else response.length,
            version=request.http_version,
            keep_alive=self.keep_alive and self._may_go_on(),
            head_only=request.method == "HEAD",
            date=self.clock.date,
        )
        if not isinstance(body, bytes):
            if not hasattr(body, "__aiter__"):
                raise TypeError(f"The body of an answer is bytes, str or an asynchronous iterable, not {body!r:.50}.")
            self.deadline = NEVER
            self.streaming = True
            sending = send_stream(self, response, head, request, self.service.application)
            self.stop_stream = self.service.spawn(sending, self.context)
            return
        if head.bodiless or not body:
            self.transport.write(head.data)
        elif len(body) <= ALL_AT_ONCE:
            self.transport.write(head.data + body)
        else:
            self.transport.writelines((head.data, body))
        self.answer_ended(response, close=head.close)

    def answer_ended(self, response: Response, *, close: bool) -> None:
        """Go on after an answer was written."""
        if response.after is not None or self.streaming:
            self._spawn(do_after, response)
        self.stop_stream, self.streaming = None, False
        self.context = NO_CONTEXT
        if self.state >= CLOSING:
            return
        if not self.complete:  # the rest of a body that nobody read
            if close:
                self._close(linger=True)
                return
            self.answered = True
            self.parts = []
            self.request, self.body = NO_REQUEST, None
            self._open_window()
            self._release(FULL)
        elif close:
            self._close(linger=bool(self.pending))  # else what is unread makes it a reset
        else:
            self._rest()

    def answer_broken(self) -> None:
        """Close after an answer that cannot be completed; that it was cut off shows by its framing."""
        self.stop_stream, self.streaming = None, False
        if self.state < CLOSING:
            self._close()

    def _unanswerable(self, error: Exception) -> None:
        request = self.request
        logger.error(
            "The answer to %s cannot be written [%s]",
            _name(request),
            request.id,
            exc_info=error,
            extra={"request_id": request.id},
        )
        if self.state < CLOSING:
            self.transport.write(bare_answer(500, "Internal Server Error", self.clock.date))
            self._close(linger=not self.complete)

    def _drop_answer(self, response: Response) -> None:
        """Let go of an answer that came after its connection had ended."""
        if response.after is not None or hasattr(response.body, "aclose"):
            self._spawn(drop_answer, response)

    def _spawn(self, ending: Ending, response: Response) -> None:
        self.service.spawn(ending(response, self.request, self.service.application), self.context)

    # ---- WebSockets

    def offer_websocket(self, request: Request, handshake: Handshake) -> None:
        """Hand over a handshake, which the application accepts or answers as any request."""
        from rooftree.server.websocket import WebSocketConnection  # loaded by the first handshake

        self.websocket = request.websocket = WebSocketConnection(self, handshake)
        self.dispatch(request)

    def go_on(self) -> None:
        """Read what waited."""
        if self.websocket is not None:
            self.websocket.go_on()
        else:
            super().go_on()

    def read_switched(self, data: bytes) -> None:
        """Take what comes after HTTP was left."""
        if self.websocket is not None:
            self.websocket.feed(data)

    def switch(self) -> bytes:
        """Leave HTTP; return what has come behind the handshake."""
        self.state = SWITCHED
        data, self.pending = self.pending, b""
        self._release(PIPELINED)
        return data

    def hold_messages(self, held: bool) -> None:
        """Hold the sender of messages back, or no longer."""
        if held:
            self._hold(FULL)
        else:
            self._release(FULL)

    def close_switched(self) -> None:
        """Close when everything is written."""
        if self.state == SWITCHED:
            self._close()

    def _leave_websocket(self, response: Response) -> None:
        """End a WebSocket whose coroutine has ended: as it should, or with an answer that can no longer be written."""
        websocket = self.websocket
        if websocket is None or not websocket.accepted:
            raise RuntimeError("The application returned SWITCHED for a WebSocket that it did not accept.")
        if response is not WEBSOCKET_ENDED and response.status >= 500:
            websocket.leave(1011, "")
        else:
            websocket.leave()
        websocket.forget()
        self.request, self.context = NO_REQUEST, NO_CONTEXT

    # ---- time and ends

    def overdue(self, now: float) -> None:
        """End what has taken too long; the loop's time is ``now``."""
        state = self.state
        if state == IDLE:
            self._close_silent()
        elif state == HEAD:
            self._refuse(Refused(408, f"The head of a request has to come within {self.limits.head_time:g} seconds."))
        elif state == CLOSING:
            self.transport.abort()
        elif state == SWITCHED:
            if self.websocket is not None:
                self.websocket.overdue(now)
        elif state == BODY and (self.answered or self.body is None or self.body.wanted):
            if self.received - self.mark < self.limits.rate * self.limits.body_time:
                self.give_up(Refused(408, "The body of the request comes too slowly."))
            else:
                self._open_window()
        elif self.request is not NO_REQUEST:
            logger.warning(
                "%s took more than %g s [%s]", _name(self.request), self.limits.handler_time, self.request.id
            )
            self.give_up(Refused(503, "The answer takes too long."))

    def finish(self, idle_since: float) -> None:
        """Close after the last request that has come, or at once where none came since ``idle_since``."""
        if self.pending:
            return
        self.keep_alive = False
        if self.state == SWITCHED and self.websocket is not None:
            self.websocket.leave(1001)
        elif self.state == IDLE:
            patience = self.limits.keep_alive_time if self.asked else self.limits.head_time
            if self.deadline - patience <= idle_since:
                self._close_silent()

    def give_up(self, refused: Refused) -> None:
        """End a request that was perhaps handed over already."""
        if self.answered or self.stop_stream is not None:
            self._close(linger=True)
        else:
            self._refuse(refused)
        self._abandon()

    def _abandon(self) -> None:
        """Tell the application that its client is gone."""
        if self.body is not None:
            self.body.lose()
        self.runner.cancel()
        if self.stop_stream is not None:
            self.stop_stream()

    # ---- what the transport says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start; turn away where there are too many."""
        self.transport = cast("asyncio.Transport", transport)
        service = self.service
        self.info = info_of(self.transport, service.proxies)
        service.connections.add(self)
        if len(service.connections) - len(service.refused) > self.limits.connections:
            service.refused.add(self)
            if len(service.refused) > MOST_REFUSED:
                self.transport.abort()
                return
            self._refuse(Refused(503, "This server has as many connections as it takes.", b"retry-after: 1\r\n"))
        elif service.draining:
            self.keep_alive = False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """End; GET, HEAD and streams are cancelled, other methods run on."""
        state, self.state = self.state, CLOSED
        self.service.connections.discard(self)
        self.service.refused.discard(self)
        self.deadline = self.write_deadline = NEVER
        self.pending = b""
        if self.body is not None:
            self.body.lose()
        if self.websocket is not None:
            self.websocket.lost()
            if self.request is not NO_REQUEST:  # it has seen the end, and has its time to go
                self.patience = self.service.loop.call_later(self.limits.websocket_close_time, self.runner.cancel)
            else:
                self.websocket.forget()
        elif self.request.method in ("GET", "HEAD") and state != CLOSING:
            self.runner.cancel()
        if self.stop_stream is not None:
            self.stop_stream()
        self._wake_drained()
        self.runner.close()
        self.forget_parser()

    def eof_received(self) -> bool:
        """Close, but where an answer is owed to a client that has only ended its own side."""
        state = self.state
        if state == BUSY and self.request.method not in ("GET", "HEAD"):
            self.keep_alive = False
            return self.info.scheme == "http"  # TLS has no half of a connection
        return False


def _unavailable() -> Response:
    """Return the answer where the application's work was cancelled."""
    return Response(b"Service Unavailable", 503, "text/plain; charset=utf-8")


def _name(request: Request) -> str:
    return f"{request.method} {request.raw_path.decode('latin-1')}"
