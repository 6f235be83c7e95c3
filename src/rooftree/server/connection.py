"""One HTTP/1.1 connection: bytes in, requests to the application, bytes out (RFC 9112).

llhttp (through httptools) reads the heads and the chunks. It is never given bytes of two messages at once: a head is
fed up to its empty line, a body up to its end. So each message starts where this module knows its bytes, and what
follows a request waits here, unread, until that request is answered.

The way of a request: ``data_received``, ``_read_head``, perhaps ``_read_body``, ``_dispatch``, the application,
``_answer``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Final, cast

import httptools
from httptools import HttpParserError, HttpParserUpgrade

from rooftree.base import ClientDisconnected
from rooftree.http import SWITCHED as WEBSOCKET_ENDED
from rooftree.http import ConnectionInfo, Request, Response
from rooftree.server.answer import head_of, known_heads, learn_head
from rooftree.server.body import IncomingBody
from rooftree.server.driver import WAITS, Runner, make_runner
from rooftree.server.framing import CHUNKED, framing_of
from rooftree.server.handshake import handshake_of
from rooftree.server.peer import info_of
from rooftree.server.refusal import Refused, bare_answer
from rooftree.server.request_line import (
    check_host,
    first_line,
    known_hosts,
    known_lines,
    refusal_of_line,
    refusal_of_size,
    request_line,
    without_empty_lines,
)
from rooftree.server.service import Service, logger
from rooftree.server.streaming import close_stream, run_after, send_stream
from rooftree.server.websocket import WebSocketConnection

__all__ = ["Connection"]

IDLE, HEAD, BODY, BUSY, SWITCHED, CLOSING, CLOSED = range(7)
"""Between requests; in a head; in a body; a whole request is being answered; not HTTP any more; at the end."""

FRAMING: Final = frozenset({b"connection", b"content-length", b"expect", b"transfer-encoding", b"upgrade"})
"""Fields that make a request one to be looked at with care."""

NEVER: Final = float("inf")
NO_REQUEST: Final = Request("", b"", b"", [], b"", ConnectionInfo())
NO_CONTEXT: Final = Context()
ALL_AT_ONCE: Final = 64 * 1024
"""Bytes of a body up to which copying it behind its head is cheaper than writing both apart."""
CHUNK_OVERHEAD: Final = 16 * 1024
"""Bytes of chunk sizes, extensions and trailers that a body may have beyond eight for each byte of its own."""

MESSAGES_IN_A_TURN: Final = 32
"""Pipelined requests that are answered before other connections have their turn."""

PIPELINED, FULL, BLOCKED = 1, 2, 4
"""Why reading is paused: the next request has to wait; the handler does not take the body; the client does not read."""

END_OF_HEAD: Final = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection.

    Args:
        service: What the connections of a worker share.

    Attributes:
        deadline: When the loop's time passes it, :meth:`overdue` is called.
        write_deadline: The same for :meth:`check_writing`; set while the client does not read fast enough.
    """

    __slots__ = (
        "answered", "application", "blocked", "body", "clock", "complete", "context", "deadline", "drained",
        "expects", "feed", "head", "headers", "held", "host", "info", "keep_alive", "left", "limits", "mark",
        "max_head", "overhead", "parser", "parts", "pending", "received", "request", "runner", "service",
        "special", "state", "stop_stream", "tail", "template", "transport", "unsent", "websocket", "window_left",
        "write_deadline",
    )  # fmt: skip

    def __init__(self, service: Service) -> None:
        self.service = service
        self.application = service.application
        self.template = service.application.context
        self.limits = service.limits
        self.max_head = service.limits.head
        self.clock = service.clock
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)  # from connection_made on
        self.info = ConnectionInfo()
        self.runner: Runner[Response] = make_runner(self._finished, service.loop)
        self._new_parser()
        self.state = IDLE
        self.deadline = self.clock.now + self.limits.head_time
        self.write_deadline = NEVER
        # the message being read
        self.headers: list[tuple[bytes, bytes]] = []
        self.host: bytes | None = None
        self.special = False
        self.complete = False
        self.head: bytearray | None = None
        self.parts: list[bytes] = []
        self.left = self.received = self.overhead = self.mark = 0
        self.window_left = 0.0
        self.tail = b""
        self.pending = b""
        # the request being answered
        self.request = NO_REQUEST
        self.context = NO_CONTEXT
        self.body: IncomingBody | None = None
        self.websocket: WebSocketConnection | None = None
        self.answered = self.expects = False
        self.keep_alive = True
        self.stop_stream: Callable[[], object] | None = None
        # the flow of bytes
        self.held = 0
        self.blocked = False
        self.unsent = 0
        self.drained: asyncio.Future[None] | None = None

    def _new_parser(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.feed: Callable[[bytes], None] = self.parser.feed_data

    # ---- what the parser finds

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a field; llhttp leaves the white space behind a value."""
        name = name.lower()
        if name == b"host":
            self.host = value.rstrip() if self.host is None else b""  # a second one makes it none
        elif name in FRAMING:
            self.special = True
        self.headers.append((name, value.rstrip()))

    def on_body(self, part: bytes) -> None:
        """Take in a part of a body."""
        self.parts.append(part)

    def on_message_complete(self) -> None:
        """Note the end of a message."""
        self.complete = True

    # ---- bytes in

    def data_received(self, data: bytes) -> None:
        """Read what came: nearly always one head, whole and alone."""
        if self.state == IDLE and 3 < data.find(END_OF_HEAD) + 4 == len(data) <= self.max_head:
            self.headers = []
            self.host = None
            self.special = self.complete = False
            self._read_head(data, data)
        else:
            self._receive(data)

    def _receive(self, data: bytes) -> None:
        """Read whatever came, message by message, until a request has to be waited for."""
        turns = MESSAGES_IN_A_TURN
        while data:
            state = self.state
            if state in (IDLE, HEAD):
                turns -= 1
                if self.blocked or turns == 0:
                    self._wait_with(data)
                    if not self.blocked:
                        self.service.loop.call_soon(self._go_on)
                    return
                data = self._gather_head(data)
            elif state == BODY:
                data = self._read_body(data)
            elif state == BUSY:
                self._wait_with(data)
                return
            else:
                if state == SWITCHED and self.websocket is not None:
                    self.websocket.feed(data)
                elif state == CLOSING:
                    self._throw_away(len(data))
                return

    def _wait_with(self, data: bytes) -> None:
        """Keep what belongs to later requests; no more is read meanwhile."""
        self.pending += data
        self._hold(PIPELINED)

    def _go_on(self) -> None:
        """Read what waited."""
        if self.pending and not self.blocked and self.state not in (BUSY, CLOSED):
            data, self.pending = self.pending, b""
            self._release(PIPELINED)
            self._receive(data)

    def _gather_head(self, data: bytes) -> bytes:
        """Feed the head as it comes; return what stands behind it."""
        head = self.head
        if head is None:
            data = without_empty_lines(data)
            if not data:
                return b""
            self._begin_head()
            end = data.find(END_OF_HEAD) + 4
            if 4 <= end <= self.max_head:
                piece = data[:end]
                self._read_head(piece, piece, more=end < len(data))
                return data[end:]
            head = self.head = bytearray()
            self.state = HEAD
            self.deadline = self.clock.now + self.limits.head_time
        before = len(head)
        head += data[: self.max_head + 1]
        end = head.find(END_OF_HEAD, max(before - 3, 0)) + 4
        if (end if end >= 4 else len(head)) > self.max_head:
            self._refuse(refusal_of_size(bytes(head), self.max_head))
            return b""
        if end >= 4:
            self.head = None
            self._read_head(data[: end - before], bytes(head[:end]), more=end - before < len(data))
            return data[end - before :]
        try:
            self.feed(data)
        except HttpParserError:
            self._refuse_head(bytes(head))
        else:
            if len(self.headers) > self.limits.headers:
                self._refuse(Refused(431, f"There are more than {self.limits.headers} header fields."))
        return b""

    def _begin_head(self) -> None:
        self.headers = []
        self.host = None
        self.special = self.complete = False

    def _read_head(self, piece: bytes, head: bytes, *, more: bool = False) -> None:
        """Feed the last piece of a head and answer the request, or go on to its body.

        Args:
            piece: What the parser has not seen.
            head: All of it.
            more: There are bytes behind it, at hand.
        """
        try:
            self.feed(piece)
            line = head[: head.find(b"\r\n")]
            known = known_lines.get(line)
            if known is None:
                known = request_line(line or first_line(head), self.limits.target)
            method, path, query, version, care, authority = known
            host = self.host
            if host not in known_hosts:
                host = check_host(host, version)
            if authority is not None:
                host = check_host(authority, version)
            headers = self.headers
            if len(headers) > self.limits.headers:
                raise Refused(431, f"There are more than {self.limits.headers} header fields.")
            request = Request(method, path, query, headers, host, self.info)
            if care or self.special:
                self._look_closer(request, version, more)
                return
            if not self.complete:
                raise Refused(400, "The request cannot be read.")
        except Refused as refused:
            if without_empty_lines(head):
                self._refuse(refused)
            else:
                self._rest()
        except HttpParserUpgrade:
            self._upgrade(head, more)
        except HttpParserError:
            self._refuse_head(head)
        else:
            self.state = BUSY
            self._dispatch(request)

    def _look_closer(self, request: Request, version: str, more: bool) -> None:
        """Go by the fields that frame a message: a body, the end of the connection, HTTP/1.0."""
        framing = framing_of(request.raw_headers, version)
        if not framing.keep_alive:
            self.keep_alive = False
        request.http_version = version
        self.special = version == "1.0" or request.method == "HEAD"
        if framing.length == 0:
            if not self.complete:
                raise Refused(400, "The request cannot be read.")
            self.state = BUSY
            self._dispatch(request)
            return
        self.request = request
        self.headers = []  # trailers are read into it, and dropped
        self.left = framing.length
        self.received = self.overhead = 0
        self.tail = b""
        self.body = None
        self.answered = False
        self.expects = framing.expects
        self.state = BODY
        self._open_window()
        if not more:
            self._start_early()

    def _upgrade(self, head: bytes, more: bool) -> None:
        """Go on after a head that asks for another protocol, where llhttp would read no body.

        A WebSocket handshake is offered to the application. Any other protocol is declined by not mentioning it, as
        RFC 9110 section 7.8 allows: a new parser is fed the head without ``Upgrade``. (Going on with the old one would
        read the body as the next request.)
        """
        line = first_line(head)
        try:
            method, path, query, version, _, authority = request_line(line, self.limits.target)
            host = check_host(self.host if authority is None else authority, version)
            handshake = handshake_of(method, version, self.headers)
        except Refused as refused:
            self._refuse(refused)
            return
        if handshake is None:
            kept = [b"%b: %b\r\n" % pair for pair in self.headers if pair[0] != b"upgrade"]
            plain = b"".join((line, b"\r\n", *kept, b"\r\n"))
            self._new_parser()
            self._begin_head()
            self._read_head(plain, plain, more=more)
            return
        self.keep_alive = False
        self.complete = self.special = True
        self.state = BUSY
        self.websocket = WebSocketConnection(self, handshake)
        request = Request(method, path, query, self.headers, host, self.info, websocket=self.websocket)
        self._dispatch(request)

    # ---- bodies in

    def _read_body(self, data: bytes) -> bytes:
        """Feed a part of a body; return what stands behind its end."""
        piece = data[: self._end_of_piece(data)]
        try:
            self.feed(piece)
        except HttpParserError:
            self._give_up(Refused(400, "The chunks of the body cannot be read."))
            return b""
        parts, self.parts = self.parts, []
        size = sum(map(len, parts))
        self.received += size
        if self.left == CHUNKED:
            self.overhead += len(piece) - size
            if self.overhead > CHUNK_OVERHEAD + 8 * self.received:
                self._give_up(Refused(400, "The chunks of the body are mostly not body."))
                return b""
        else:
            self.left -= len(piece)
            if self.complete is not (self.left == 0):
                self._give_up(Refused(400, "The body is not as long as its Content-Length."))
                return b""
        if self.complete and self.headers:
            self._new_parser()  # llhttp heeds trailers: a Connection: close there would refuse the next request
        rest = data[len(piece) :] if len(piece) < len(data) else b""
        if self.answered:
            self._drop_body()
        elif self.body is not None:
            self._pass_on(self.body, parts, size)
        else:
            self.parts = parts
            if self.complete:
                self._start_whole()
            elif not rest:
                self._start_early()
        return rest

    def _end_of_piece(self, data: bytes) -> int:
        """Return where to cut, so that the parser never sees bytes of the next message.

        Chunks end with an empty line after the trailers, so each piece of them goes up to an empty line or the end.
        """
        if self.left != CHUNKED:
            return self.left
        tail = self.tail
        seam = (tail + data[:3]).find(END_OF_HEAD)
        end = seam + 4 - len(tail) if seam >= 0 else data.find(END_OF_HEAD) + 4
        if end < 4 and seam < 0:
            end = len(data)
        self.tail = (tail + data[max(end - 3, 0) : end])[-3:]
        return end

    def _start_whole(self) -> None:
        """Hand over a request whose body has come before it was started."""
        request, parts = self.request, self.parts
        request.content = parts[0] if len(parts) == 1 else b"".join(parts)
        self.parts = []
        self.state = BUSY
        self._dispatch(request)

    def _start_early(self) -> None:
        """Hand over a request whose body is still coming, unless that is soon done."""
        request = self.request
        if not self.expects and self.left != CHUNKED and self.left + self.received <= self.limits.body_buffer:
            return
        body = self.body = IncomingBody(self, self.service.loop)
        request.content, request.source = None, body
        parts, self.parts = self.parts, []
        self.special = True
        self._pass_on(body, parts, self.received)
        self._dispatch(request)

    def _pass_on(self, body: IncomingBody, parts: list[bytes], size: int) -> None:
        if size:
            body.put(parts, size)
        if self.complete:
            self.state = BUSY
            self.expects = False
            body.end()
        elif body.size > self.limits.body_buffer:
            self._hold(FULL)

    def _drop_body(self) -> None:
        """Read away a body after the answer."""
        if self.complete:
            self._rest()
        elif self.received > self.limits.discard:
            self._close(linger=True)

    def body_wanted(self) -> None:
        """Let the client send on: the handler waits for it."""
        self._release(FULL)
        self.deadline = self.clock.now + self.window_left
        if self.expects and self.state == BODY:
            self.expects = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def body_came(self) -> None:
        """The handler has what it waited for: its own time counts from here, and the client's stands still."""
        self.window_left = max(self.deadline - self.clock.now, 0.0)
        self.deadline = NEVER if self.stop_stream is not None else self.clock.handler_until

    def body_taken(self) -> None:
        """Let the client send on: there is room."""
        self._release(FULL)

    def _open_window(self) -> None:
        """Begin to measure how fast the body comes."""
        self.mark = self.received
        self.window_left = self.limits.body_time
        self.deadline = self.clock.now + self.window_left

    # ---- the application

    def _dispatch(self, request: Request) -> None:
        """Run the application in place; answer at once where it does not wait."""
        self.request = request
        context = self.context = self.template.copy()
        try:
            response = self.runner.run(self.application(request), context)
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
            self._drop_answer(response)
        else:
            self._answer(response)
            if self.pending:
                self.service.loop.call_soon(self._go_on)

    def _failed(self, request: Request, error: BaseException | None) -> Response:
        """Log what should never have left the application; return the bare answer."""
        if isinstance(error, ClientDisconnected):
            return _unavailable()  # for nobody to read
        logger.error("The application failed on %s [%s]", _name(request), request.id, exc_info=error)
        return Response(b"Internal Server Error", 500, "text/plain; charset=utf-8")

    # ---- answers out

    def _answer(self, response: Response) -> None:
        """Write an answer: nearly always one short piece of bytes after which the connection goes on."""
        try:
            body = response.body
            if (
                type(body) is not bytes
                or self.special
                or not self.keep_alive
                or response.own_headers is not None
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
            self.transport.write(b"".join((head, response.lines, self.clock.date, body)))
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
            self.stop_stream = self.service.spawn(send_stream(self, response, head, request), self.context)
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
        if response.after is not None:
            self._run_after(response)
        self.stop_stream = None
        if self.state >= CLOSING:
            return
        if not self.complete:  # the rest of a body that nobody read
            if close:
                self._close(linger=True)
                return
            self.answered = True
            self.parts = []
            self.request, self.context, self.body = NO_REQUEST, NO_CONTEXT, None
            self._open_window()
            self._release(FULL)
        elif close:
            self._close()
        else:
            self._rest()

    def answer_broken(self) -> None:
        """Close after an answer that cannot be completed; that it was cut off shows by its framing."""
        self.stop_stream = None
        if self.state < CLOSING:
            self._close()

    def _may_go_on(self) -> bool:
        """Return whether what is left of the body can be read away."""
        return self.complete or (not self.expects and (self.left == CHUNKED or self.left <= self.limits.discard))

    def _rest(self) -> None:
        """Be idle."""
        self.state = IDLE
        self.answered = False
        self.deadline = self.clock.idle_until
        self.request, self.context, self.body = NO_REQUEST, NO_CONTEXT, None
        if self.pending:
            self.service.loop.call_soon(self._go_on)

    def _unanswerable(self, error: Exception) -> None:
        request = self.request
        logger.error("The answer to %s cannot be written [%s]", _name(request), request.id, exc_info=error)
        if self.state < CLOSING:
            self.transport.write(bare_answer(500, "Internal Server Error", self.clock.date))
            self._close(linger=not self.complete)

    def _drop_answer(self, response: Response) -> None:
        """Let go of an answer that came after its connection had ended."""
        if response.after is not None:
            self._run_after(response)
        close = getattr(response.body, "aclose", None)
        if close is not None:
            self.service.spawn(close_stream(close, self.request), self.context)

    def _run_after(self, response: Response) -> None:
        if response.after is not None:
            self.service.spawn(run_after(response.after, self.request), self.context)

    # ---- WebSockets

    def switch(self) -> bytes:
        """Leave HTTP; return what has come behind the handshake."""
        self.state = SWITCHED
        self.feed = _fed_too_late
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
        self.request, self.context = NO_REQUEST, NO_CONTEXT

    # ---- refusals and ends

    def _refuse_head(self, head: bytes) -> None:
        """Refuse a head that llhttp did not take."""
        refused = refusal_of_line(first_line(head), self.limits.target)
        self._refuse(refused or Refused(400, "The request cannot be read."))

    def _refuse(self, refused: Refused) -> None:
        """Answer what is no request, and close."""
        self.head = None
        logger.debug("Refused a request of %s with %d: %s", self.info.client, refused.status, refused.detail)
        self.transport.write(bare_answer(refused.status, refused.detail, self.clock.date, refused.lines))
        self._close(linger=True)

    def _give_up(self, refused: Refused) -> None:
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

    def _close(self, *, linger: bool = False) -> None:
        """Close after what is written; with ``linger``, read on for a while (RFC 9112 section 9.6)."""
        self.state = CLOSING
        self.keep_alive = False
        self.pending = b""
        self.received = 0
        self._release(PIPELINED | FULL | BLOCKED)
        if linger:
            self.deadline = self.clock.now + self.limits.linger_time
            if self.transport.can_write_eof():
                self.transport.write_eof()
        else:
            self.deadline = self.clock.now + self.limits.write_time
            self.transport.close()

    def _throw_away(self, size: int) -> None:
        self.received += size
        if self.received > self.limits.discard:
            self.transport.abort()

    def finish(self, idle_since: float) -> None:
        """Close when the request at hand is answered; at once where none came since ``idle_since``."""
        self.keep_alive = False
        if self.state == SWITCHED and self.websocket is not None:
            self.websocket.leave(1001)
        elif self.state == IDLE:
            patience = self.limits.keep_alive_time if self.headers else self.limits.head_time
            if self.deadline - patience <= idle_since:
                self._close()

    # ---- time

    def overdue(self, now: float) -> None:
        """End what has taken too long; the loop's time is ``now``."""
        state = self.state
        if state == IDLE:
            self._close()
        elif state == HEAD:
            self._refuse(Refused(408, f"The head of a request has to come within {self.limits.head_time:g} seconds."))
        elif state == CLOSING:
            self.transport.abort()
        elif state == SWITCHED:
            if self.websocket is not None:
                self.websocket.overdue(now)
        elif state == BODY and (self.answered or self.body is None or self.body.wanted):
            if self.received - self.mark < self.limits.rate * self.limits.body_time:
                self._give_up(Refused(408, "The body of the request comes too slowly."))
            else:
                self._open_window()
        elif self.request is not NO_REQUEST:
            logger.warning(
                "%s took more than %g s [%s]", _name(self.request), self.limits.handler_time, self.request.id
            )
            self._give_up(Refused(503, "The answer takes too long."))

    def check_writing(self, now: float) -> None:
        """Cut off a client that takes too little."""
        unsent = self.transport.get_write_buffer_size()
        if self.unsent - unsent < self.limits.rate * self.limits.write_time:
            self.transport.abort()
        else:
            self.unsent = unsent
            self.write_deadline = now + self.limits.write_time

    # ---- the transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start; turn away where there are too many."""
        self.transport = cast("asyncio.Transport", transport)
        service = self.service
        self.info = info_of(self.transport, service.proxies)
        service.connections.add(self)
        if len(service.connections) > self.limits.connections:
            self._refuse(Refused(503, "This server has as many connections as it takes.", b"retry-after: 1\r\n"))
        elif service.draining:
            self.keep_alive = False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """End; GET, HEAD and streams are cancelled, other methods run on."""
        state, self.state = self.state, CLOSED
        self.service.connections.discard(self)
        self.deadline = self.write_deadline = NEVER
        self.pending = b""
        if self.body is not None:
            self.body.lose()
        if self.websocket is not None:
            self.websocket.lost()
            if self.request is not NO_REQUEST:  # it has seen the end, and has its time to go
                self.service.loop.call_later(self.limits.websocket_close_time, self.runner.cancel)
        elif self.request.method in ("GET", "HEAD") and state != CLOSING:
            self.runner.cancel()
        if self.stop_stream is not None:
            self.stop_stream()
        self._wake_drained()
        self.runner.close()
        self.feed = _fed_too_late
        del self.parser  # it and this hold each other

    def eof_received(self) -> bool:
        """Close, but where an answer is owed to a client that has only ended its own side."""
        state = self.state
        if state == BUSY and self.request.method not in ("GET", "HEAD"):
            self.keep_alive = False
            return self.info.scheme == "http"  # TLS has no half of a connection
        return False

    def pause_writing(self) -> None:
        """The client does not read as fast as answers come: take no more requests of it."""
        self.blocked = True
        self.unsent = self.transport.get_write_buffer_size()
        self.write_deadline = self.clock.now + self.limits.write_time
        if self.state != SWITCHED:
            self._hold(BLOCKED)

    def resume_writing(self) -> None:
        """The client has read."""
        self.blocked = False
        self.write_deadline = NEVER
        self._release(BLOCKED)
        self._wake_drained()
        if self.websocket is not None:
            self.websocket.go_on()
        elif self.pending:
            self.service.loop.call_soon(self._go_on)

    async def drain(self) -> None:
        """Wait until the client has read."""
        while self.blocked and self.state != CLOSED:
            if self.drained is None:
                self.drained = self.service.loop.create_future()
            await asyncio.shield(self.drained)

    def _wake_drained(self) -> None:
        if self.drained is not None:
            self.drained.set_result(None)
            self.drained = None

    def _hold(self, reason: int) -> None:
        if not self.held and not self.transport.is_closing():
            self.transport.pause_reading()
        self.held |= reason

    def _release(self, reason: int) -> None:
        if self.held:
            self.held &= ~reason
            if not self.held and not self.transport.is_closing():
                self.transport.resume_reading()


def _fed_too_late(_data: bytes) -> None:
    """Take the place of a parser after the end."""


def _unavailable() -> Response:
    """Return the answer where the application's work was cancelled."""
    return Response(b"Service Unavailable", 503, "text/plain; charset=utf-8")


def _name(request: Request) -> str:
    return f"{request.method} {request.raw_path.decode('latin-1')}"
