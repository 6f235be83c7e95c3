"""Requests out of bytes (RFC 9112 sections 2 to 7).

llhttp (through httptools) reads the heads and the chunks. It is never given bytes of two messages at once: a head is
fed up to its empty line, a body up to its end. So each message starts where this module knows its bytes, and what
follows a request waits, unread, until that request is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import httptools
from httptools import HttpParserError, HttpParserUpgrade

from rooftree.http import ConnectionInfo, Fields, Request
from rooftree.server.body import IncomingBody
from rooftree.server.chunks import ChunkWalk
from rooftree.server.flow import BODY, BUSY, CLOSED, FULL, HEAD, IDLE, NEVER, PIPELINED, SWITCHED, Flow
from rooftree.server.framing import CHUNKED, framing_of
from rooftree.server.handshake import Handshake, handshake_of
from rooftree.server.refusal import Refused
from rooftree.server.request_line import (
    LONGEST_KNOWN,
    check_host,
    first_line,
    known_hosts,
    known_lines,
    plain_line,
    refusal_of_line,
    refusal_of_size,
    request_line,
    without_empty_lines,
)
from rooftree.server.service import Service

__all__ = ["NO_REQUEST", "Reader"]

FRAMING: Final = frozenset({b"connection", b"expect", b"transfer-encoding", b"upgrade"})
"""Fields that make a request one to be looked at with care; ``Content-Length`` alone does not."""
HARMLESS: Final = frozenset({(b"connection", b"keep-alive"), (b"connection", b"Keep-Alive")})
"""What many clients say though HTTP/1.1 means it anyway."""
CHUNK_OVERHEAD: Final = 16 * 1024
"""Bytes of chunk sizes, extensions and trailers that a body may have beyond eight for each byte of its own."""
MESSAGES_IN_A_TURN: Final = 32
"""Pipelined requests that are answered before other connections have their turn."""
END_OF_HEAD: Final = b"\r\n\r\n"
LONGEST_SAME: Final = 2048
"""Bytes of header fields up to which they are kept, to be known again in the next request."""
NO_REQUEST: Final = Request("", b"", b"", Fields(()), b"", ConnectionInfo())
NO_CHUNKS: Final = ChunkWalk()
PLAIN: Final = ("1.1", False, None)
"""What holds of every plain request line: version, no care, no authority."""


class Reader(Flow):
    """The side of a connection that reads.

    Attributes:
        special: The answer at hand is not one for the short way: HEAD, HTTP/1.0, a body that has not all come.
        complete: The message being read has come to its end.
        left: Bytes of the body that have not come, or ``CHUNKED``.
        received: Bytes of the body that have.
        body: What the handler reads the body from, where it had to start before the body was complete.
        answered: What is read now is the rest of a body after its answer.
        expects: The client waits for ``100 Continue``.
        streaming: The answer at hand is a stream, which may take its time.
        same: The fields of the last plain request: their bytes from the end of its request line on, the number of them,
            the length of the body that they announce, what was made of them, and the host. A client's next request
            mostly has the same, and what is the same byte for byte need not be read and checked again.
    """

    __slots__ = (
        "answered", "body", "chunks", "complete", "expects", "feed", "head", "headers", "host", "left", "length",
        "longest_same", "mark", "max_head", "overhead", "parser", "parts", "received", "request", "same", "special",
        "streaming", "window_left",
    )  # fmt: skip

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.max_head = service.limits.head
        self.longest_same = min(LONGEST_SAME, self.max_head - LONGEST_KNOWN)
        self.renew_parser()
        self.headers: list[tuple[bytes, bytes]] = []
        self.host: bytes | None = None
        self.length: bytes | None = None
        self.special = self.complete = False
        self.head: bytearray | None = None
        self.parts: list[bytes] = []
        self.same: tuple[bytes, int, int, Fields, bytes] | None = None
        self.left = self.received = self.overhead = self.mark = 0
        self.window_left = 0.0
        self.chunks = NO_CHUNKS
        self.request = NO_REQUEST
        self.body: IncomingBody | None = None
        self.answered = self.expects = self.streaming = False

    def renew_parser(self) -> None:
        """Start reading anew."""
        self.parser = httptools.HttpRequestParser(self)
        self.feed: Callable[[bytes], None] = self.parser.feed_data

    def forget_parser(self) -> None:
        """Let go of the parser, which holds this in turn; what comes is not read any more."""
        self.feed = _read_nothing
        del self.parser

    # ---- what is made of it

    def dispatch(self, request: Request) -> None:
        """Answer a request."""
        raise NotImplementedError

    def offer_websocket(self, request: Request, handshake: Handshake) -> None:
        """Answer a request that is a WebSocket handshake."""
        raise NotImplementedError

    def read_switched(self, data: bytes) -> None:
        """Take what comes after HTTP was left."""
        raise NotImplementedError

    def give_up(self, refused: Refused) -> None:
        """End a request that was perhaps handed over already."""
        raise NotImplementedError

    # ---- what the parser finds

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a field; llhttp leaves the white space behind a value."""
        name = name.lower()
        if name == b"host":
            self.host = value.rstrip() if self.host is None else b""  # a second one makes it none
        elif name == b"content-length":
            self.length = value
        elif name in FRAMING and (name, value) not in HARMLESS:
            self.special = True
        self.headers.append((name, value.rstrip()))

    def on_body(self, part: bytes) -> None:
        """Take in a part of a body."""
        self.parts.append(part)

    def on_message_complete(self) -> None:
        """Note the end of a message."""
        self.complete = True

    # ---- heads

    def data_received(self, data: bytes) -> None:
        """Read what came: nearly always one request, whole and alone."""
        if self.state == IDLE and not self.blocked:
            same = self.same
            if same is not None:
                text, size, length, fields, host = same
                start = len(data) - size - length
                if start > 0 and data[start : start + size] == text:
                    # A line that is known or plain ends where the fields start, and what follows them is the body: in
                    # neither the line nor the fields before their end is the empty line that ends a head.
                    known = known_lines.get(data[:start]) or plain_line(data[:start], self.limits.target)
                    if known is not None:
                        self.special, self.complete = False, True
                        self.state = BUSY
                        content = data[-length:] if length else b""
                        application = self.service.application
                        self.dispatch(Request(*known, fields, host, self.info, content, application))
                        return
            end = data.find(END_OF_HEAD) + 4
            if 3 < end <= self.max_head:
                self.headers = []
                self.host = self.length = None
                self.special = self.complete = False
                if end == len(data):
                    self._read_head(data, data)
                    return
                head, rest = data[:end], data[end:]
                if self._read_head(head, head, rest):
                    return
                data = rest
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
                        self.service.loop.call_soon(self.go_on)
                    return
                data = self._gather_head(data)
            elif state == BODY:
                data = self._read_body(data)
            elif state == BUSY:
                self._wait_with(data)
                return
            else:
                if state == SWITCHED:
                    self.read_switched(data)
                return  # what comes after the last answer is thrown away

    def _wait_with(self, data: bytes) -> None:
        """Keep what belongs to later requests; no more is read meanwhile."""
        self.pending += data
        self._hold(PIPELINED)

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
                piece, rest = data[:end], data[end:]
                return b"" if self._read_head(piece, piece, rest) else rest
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
            rest = data[end - before :]
            return b"" if self._read_head(data[: end - before], bytes(head[:end]), rest) else rest
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
        self.host = self.length = None
        self.special = self.complete = False

    def _read_head(self, piece: bytes, head: bytes, rest: bytes = b"") -> bool:  # noqa: C901 - each call would cost
        """Feed the last piece of a head and answer the request, or go on to its body.

        Args:
            piece: What the parser has not seen.
            head: All of it.
            rest: What is at hand behind it.

        Returns:
            Whether ``rest`` was read too: it was the body, whole and alone.
        """
        self.asked = True
        try:
            self.feed(piece)
            line = head[: head.find(b"\r\n")]
            known = known_lines.get(line)
            method, path, query, version, care, authority = (
                (*known, *PLAIN) if known is not None else request_line(line or first_line(head), self.limits.target)
            )
            host = self.host
            if host not in known_hosts:
                host = check_host(host, version)
            if authority is not None:
                host = self._take_host(authority, version)
            headers = self.headers
            if len(headers) > self.limits.headers:
                raise Refused(431, f"There are more than {self.limits.headers} header fields.")
            fields, application = Fields(headers), self.service.application
            request = Request(method, path, query, fields, host, self.info, b"", application)
            whole = False
            if care or self.special or self.length is not None:
                whole = bool(rest) and self.length == b"%d" % len(rest) and not (care or self.special)
                if not whole:
                    self._look_closer(request, version, more=bool(rest))
                    return False
                self.feed(rest)
                request.content = self.parts.pop()
            if not self.complete:
                raise Refused(400, "The request cannot be read.")
            if line and authority is None and not care:
                self._keep_fields(head[len(line) :], len(rest) if whole else 0, fields, host)
        except Refused as refused:
            if without_empty_lines(head):
                self._refuse(refused)
            else:
                self._rest()
        except HttpParserUpgrade:
            return self._upgrade(head, rest)
        except HttpParserError:
            self._refuse_head(head)
        else:
            self.state = BUSY
            self.dispatch(request)
            return whole
        return False

    def _keep_fields(self, text: bytes, length: int, fields: Fields, host: bytes) -> None:
        if len(text) <= self.longest_same:
            self.same = text, len(text), length, fields, host

    def _take_host(self, authority: bytes, version: str) -> bytes:
        """Put the host of the target in place of the ``Host`` field, which counts no more (RFC 9112 section 3.2.2).

        Whoever looks into the fields must not find another one than was checked: applications mounted inside do.
        """
        host = check_host(authority, version)
        self.headers = [(b"host", host), *(pair for pair in self.headers if pair[0] != b"host")]
        return host

    def _look_closer(self, request: Request, version: str, *, more: bool) -> None:
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
            self.dispatch(request)
            return
        self.request = request
        self.headers = []  # trailers are read into it, and dropped
        self.left = framing.length
        self.received = self.overhead = 0
        self.chunks = ChunkWalk() if framing.length == CHUNKED else NO_CHUNKS
        self.body = None
        self.answered = False
        self.expects = framing.expects
        self.state = BODY
        self._open_window()
        if not more:
            self._start_early()

    def _upgrade(self, head: bytes, rest: bytes) -> bool:
        """Go on after a head that asks for another protocol, where llhttp would read no body.

        A WebSocket handshake is offered to the application. Any other protocol is declined by not mentioning it, as
        RFC 9110 section 7.8 allows: a new parser is fed the head without ``Upgrade``. (Going on with the old one would
        read the body as the next request.)
        """
        line = first_line(head)
        try:
            method, path, query, version, _, authority = request_line(line, self.limits.target)
            host = check_host(self.host, version)
            if authority is not None:
                host = self._take_host(authority, version)
            handshake = handshake_of(method, version, self.headers)
        except Refused as refused:
            self._refuse(refused)
            return False
        if handshake is None:
            kept = [b"%b: %b\r\n" % pair for pair in self.headers if pair[0] != b"upgrade"]
            plain = b"".join((line, b"\r\n", *kept, b"\r\n"))
            self.renew_parser()
            self._begin_head()
            return self._read_head(plain, plain, rest)
        self.keep_alive = False
        self.complete = self.special = True
        self.state = BUSY
        fields, application = Fields(self.headers), self.service.application
        self.offer_websocket(Request(method, path, query, fields, host, self.info, b"", application), handshake)
        return False

    def _refuse_head(self, head: bytes) -> None:
        """Refuse a head that llhttp did not take."""
        refused = refusal_of_line(first_line(head), self.limits.target)
        self._refuse(refused or Refused(400, "The request cannot be read."))

    # ---- bodies

    def _read_body(self, data: bytes) -> bytes:
        """Feed a part of a body; return what stands behind its end."""
        chunked = self.left == CHUNKED
        piece = data[: self.chunks.end_in(data) if chunked else self.left]
        try:
            self.feed(piece)
        except HttpParserError:
            self.give_up(Refused(400, "The chunks of the body cannot be read."))
            return b""
        parts, self.parts = self.parts, []
        size = sum(map(len, parts))
        self.received += size
        if chunked:
            if self.complete is not self.chunks.ended or self.chunks.lost:
                self.give_up(Refused(400, "The chunks of the body cannot be read."))
                return b""
            self.overhead += len(piece) - size
            if self.overhead > CHUNK_OVERHEAD + 8 * self.received:
                self.give_up(Refused(400, "The chunks of the body are mostly not body."))
                return b""
        else:
            self.left -= len(piece)
            if self.complete is not (self.left == 0):
                self.give_up(Refused(400, "The body is not as long as its Content-Length."))
                return b""
        if self.complete and self.headers:
            self.renew_parser()  # llhttp heeds trailers: a Connection: close there would refuse the next request
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

    def _start_whole(self) -> None:
        """Hand over a request whose body has come before it was started."""
        request, parts = self.request, self.parts
        request.content = parts[0] if len(parts) == 1 else b"".join(parts)
        self.parts = []
        self.state = BUSY
        self.dispatch(request)

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
        self.dispatch(request)

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

    def _open_window(self) -> None:
        """Begin to measure how fast the body comes."""
        self.mark = self.received
        self.window_left = self.limits.body_time
        self.deadline = self.clock.now + self.window_left

    def _may_go_on(self) -> bool:
        """Return whether what is left of the body can be read away."""
        return self.complete or (not self.expects and (self.left == CHUNKED or self.left <= self.limits.discard))

    # ---- what a handler that reads the body says

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
        self.deadline = NEVER if self.streaming else self.clock.handler_until

    def body_taken(self) -> None:
        """Let the client send on: there is room."""
        self._release(FULL)

    # ---- between messages

    def _rest(self) -> None:
        """Be idle."""
        self.state = IDLE
        self.answered = False
        self.deadline = self.clock.idle_until
        self.request, self.body = NO_REQUEST, None
        if self.pending:
            self.service.loop.call_soon(self.go_on)

    def go_on(self) -> None:
        """Read what waited."""
        if self.pending and not self.blocked and self.state not in (BUSY, CLOSED):
            data, self.pending = self.pending, b""
            self._release(PIPELINED)
            self._receive(data)


def _read_nothing(_data: bytes) -> None:
    """Take the place of the parser after the end."""
