"""One WebSocket connection (RFC 6455) on the sans-I/O protocol of ``websockets``."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol, cast

from rooftree.http import WebSocketClosed
from rooftree.server.handshake import Handshake
from rooftree.server.service import Service

if TYPE_CHECKING:
    from websockets.frames import Frame
    from websockets.server import ServerProtocol

__all__ = ["WebSocketConnection", "WebSocketFlow"]

MESSAGE_COST: Final = 64
"""Bytes that a held message counts beyond its own: a million empty ones are not free."""
COMPRESSED_PIECE, PLAIN_PIECE = 2 * 1024, 64 * 1024
"""Bytes that are read before looking at the queue again: 2 kB of deflate can be 2 MB of messages."""

NORMAL, GOING_AWAY, NO_STATUS, ABNORMAL, NOT_UTF8, INTERNAL, TRY_LATER = 1000, 1001, 1005, 1006, 1007, 1011, 1013


class WebSocketFlow(Protocol):
    """The connection, as its WebSocket sees it."""

    service: Service
    transport: asyncio.Transport
    blocked: bool
    deadline: float

    def switch(self) -> bytes:
        """Leave HTTP; return what has come behind the handshake."""
        ...

    async def drain(self) -> None:
        """Wait until the client has read."""
        ...

    def hold_messages(self, held: bool) -> None:
        """Hold the sender back, or no longer."""
        ...

    def close_switched(self) -> None:
        """Close the transport when everything is written."""
        ...


class WebSocketConnection:
    """The server's end of one WebSocket (the ``WebSocketTransport`` of a request).

    Compression is negotiated where the client offers it. A message is bounded after decompression. Time is bounded by
    the connection's deadline: silence is met with a ping, an unanswered ping or close frame with the end.
    """

    __slots__ = (
        "_closed", "_closing", "_ended", "_flow", "_fragments", "_handshake", "_limits", "_pending", "_pinged",
        "_protocol", "_queue", "_receiver", "_size", "_text",
    )  # fmt: skip

    def __init__(self, flow: WebSocketFlow, handshake: Handshake) -> None:
        self._flow = flow
        self._handshake = handshake
        self._limits = flow.service.limits
        self._protocol: ServerProtocol | None = None
        self._queue: deque[str | bytes] = deque()
        self._size = 0
        self._pending = b""
        self._fragments: bytearray | None = None
        self._text = False
        self._receiver: asyncio.Future[None] | None = None
        self._closing: asyncio.Future[None] | None = None
        self._closed: tuple[int, str] | None = None
        self._pinged = self._ended = False

    @property
    def subprotocols(self) -> Sequence[str]:
        """What the client offers, in its order."""
        return self._handshake.subprotocols

    @property
    def accepted(self) -> bool:
        """Whether HTTP was left."""
        return self._protocol is not None

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._closed is not None

    async def accept(self, subprotocol: str | None = None, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Answer the handshake with 101.

        Raises:
            WebSocketClosed: The client has gone.
            ValueError: The client did not offer this subprotocol (RFC 6455 section 4.2.2).
        """
        if self._closed is not None:
            raise WebSocketClosed(*self._closed)
        if self._protocol is not None:
            raise RuntimeError("This WebSocket was accepted already.")
        if subprotocol is not None and subprotocol not in self._handshake.subprotocols:
            raise ValueError(f"The client offers {self._handshake.subprotocols!r}; {subprotocol!r} is none of these.")
        protocol, extensions = _protocol_for(self._handshake, self._limits.websocket_message)
        lines = [b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"]
        lines.append(b"sec-websocket-accept: %b\r\n" % self._handshake.accept)
        if extensions:
            lines.append(b"sec-websocket-extensions: %b\r\n" % extensions.encode())
        if subprotocol is not None:
            lines.append(b"sec-websocket-protocol: %b\r\n" % subprotocol.encode("latin-1"))
        lines += [b"%b: %b\r\n" % pair for pair in headers]
        lines.append(self._flow.service.clock.date)
        self._flow.transport.write(b"".join(lines))
        self._protocol = protocol
        self._pending = self._flow.switch()
        self._heard()
        self.go_on()

    # ---- the application's side

    async def receive(self) -> str | bytes:
        """Return the next message.

        Raises:
            WebSocketClosed: The connection has ended and every message was received.
        """
        while not self._queue:
            if self._closed is not None:
                raise WebSocketClosed(*self._closed)
            if self._receiver is not None:
                raise RuntimeError("This WebSocket is being read already, by another task.")
            self._receiver = self._flow.service.loop.create_future()
            try:
                await self._receiver
            finally:
                self._receiver = None
        message = self._queue.popleft()
        self._size -= len(message) + MESSAGE_COST
        if self._pending:
            self.go_on()
        else:
            self._note_held()
        return message

    async def send(self, data: str | bytes) -> None:
        """Send one message; wait while the client does not read.

        Raises:
            WebSocketClosed: The connection has ended, or is ending.
        """
        protocol = self._open()
        if isinstance(data, str):
            protocol.send_text(data.encode())
        else:
            protocol.send_binary(data)
        self._flush()
        if self._flow.blocked:
            await self._flow.drain()

    async def ping(self) -> None:
        """Send a ping.

        Raises:
            WebSocketClosed: The connection has ended, or is ending.
        """
        self._open().send_ping(b"")
        self._flush()

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Start the close handshake and wait for its end, or for the limit; a second call waits with the first.

        Raises:
            ValueError: The code may not be sent, or the reason is longer than 123 bytes (RFC 6455 section 7.4).
        """
        if len(reason.encode()) > 123:
            raise ValueError(f"The reason of a close frame has at most 123 bytes: {reason!r}. Shorten it.")
        self.leave(code, reason)
        while self._closed is None:
            if self._closing is None:
                self._closing = self._flow.service.loop.create_future()
            await asyncio.shield(self._closing)

    def _open(self) -> ServerProtocol:
        """Return the protocol where messages can be sent."""
        protocol = self._protocol
        if protocol is None:
            raise RuntimeError("This WebSocket was not accepted yet. Await accept() first.")
        if self._closed is not None:
            raise WebSocketClosed(*self._closed)
        if self._ended:
            raise WebSocketClosed(ABNORMAL, "The close handshake has started.")
        return protocol

    # ---- the connection's side

    def leave(self, code: int = NORMAL, reason: str = "") -> None:
        """Start the close handshake, where that was not done."""
        protocol = self._protocol
        if protocol is None or self._closed is not None or self._ended:
            return
        _send_close(protocol, code, reason)
        self._ended = True
        self._flow.deadline = self._flow.service.clock.now + self._limits.websocket_close_time
        self._flush()
        self.go_on()

    def feed(self, data: bytes) -> None:
        """Take in what came from the client."""
        self._pending += data
        self._heard()
        self.go_on()

    def go_on(self) -> None:
        """Read what has come, as far as there is room for it."""
        protocol = self._protocol
        if protocol is None:
            return
        piece = COMPRESSED_PIECE if protocol.extensions else PLAIN_PIECE
        while self._pending and not self._flow.blocked:
            if self._size > self._limits.websocket_queue and not self._ended:
                break
            data, self._pending = self._pending[:piece], self._pending[piece:]
            protocol.receive_data(data)
            for frame in protocol.events_received():
                self._take(protocol, cast("Frame", frame))
            self._flush()
        self._flow.hold_messages(bool(self._pending))
        self._note_held()

    def _note_held(self) -> None:
        """Tell the worker what this connection holds: messages, parts of one, a frame, what has to wait."""
        size = self._size + len(self._pending)
        if self._fragments is not None:
            size += len(self._fragments)
        if self._protocol is not None:
            size += len(self._protocol.reader.buffer)
        self._flow.service.messages.note(self, size)

    def give_up(self) -> None:
        """End at once, with nothing left of what was held (RFC 6455 section 7.1.7): the worker's bound is passed."""
        protocol = self._protocol
        if protocol is not None and self._closed is None:
            protocol.fail(TRY_LATER, "the server holds too many messages")
            self._ended = True
            self._flush()
        self._pending = b""
        self.forget()

    def forget(self) -> None:
        """Drop what was not received: nobody will."""
        self._queue.clear()
        self._size = 0
        self._fragments = None
        self._note_held()

    def _take(self, protocol: ServerProtocol, frame: Frame) -> None:
        """Put a frame to its message, and a whole message into the queue."""
        opcode = int(frame.opcode)
        if opcode > 2 or self._ended:  # ping, pong and close were answered by the protocol
            return
        if opcode:
            self._text = opcode == 1
        data = bytes(frame.data)
        if not frame.fin or self._fragments is not None:
            if self._fragments is None:
                self._fragments = bytearray()
            self._fragments += data
            if not frame.fin:
                return
            data, self._fragments = bytes(self._fragments), None
        try:
            message = data.decode() if self._text else data
        except UnicodeDecodeError:
            protocol.fail(NOT_UTF8, "a text message is not UTF-8")
            return
        self._queue.append(message)
        self._size += len(message) + MESSAGE_COST
        self._wake(self._receiver)

    def _flush(self) -> None:
        """Write what the protocol has to say; after its last word close."""
        protocol = self._protocol
        for data in [] if protocol is None else protocol.data_to_send():
            if data:
                self._flow.transport.write(data)
            else:
                self._note_end()
                self._flow.close_switched()

    def _note_end(self) -> None:
        if self._closed is None:
            protocol = self._protocol
            close = (protocol.close_rcvd or protocol.close_sent) if protocol is not None else None
            self._closed = (close.code, close.reason) if close is not None else (ABNORMAL, "")
            self._wake(self._receiver)
            self._wake(self._closing)

    @staticmethod
    def _wake(waiter: asyncio.Future[None] | None) -> None:
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def lost(self) -> None:
        """The transport has ended."""
        self._ended = True
        self._note_end()
        self._pending = b""
        self._fragments = None
        if self._protocol is not None:
            self._protocol.reader.discard()
            # the windows of the compression, 50 kB: connection and protocol refer to themselves, so that the rest of
            # them waits for the garbage collector, which looks at what is old very seldom
            self._protocol.extensions = []
        self._note_held()  # whole messages may still be received

    def _heard(self) -> None:
        """Wait for the next silence."""
        self._pinged = False
        seconds = self._limits.websocket_ping_time
        if not self._ended:
            self._flow.deadline = self._flow.service.clock.now + seconds if seconds else float("inf")

    def overdue(self, now: float) -> None:
        """Meet silence with a ping; end what does not answer."""
        protocol = self._protocol
        if self._ended or protocol is None:
            self._flow.transport.abort()
        elif self._pending or self._flow.blocked:  # answers may lie behind what waits; writing has a limit of its own
            self._heard()
        elif self._pinged:
            self._ended = True
            self._flow.transport.abort()
        else:
            self._pinged = True
            protocol.send_ping(b"")
            self._flush()
            self._flow.deadline = now + self._limits.websocket_pong_time


def _protocol_for(handshake: Handshake, longest: int) -> tuple[ServerProtocol, str | None]:
    """Return the protocol of an accepted connection and the extensions that were agreed on."""
    from websockets.datastructures import Headers
    from websockets.exceptions import InvalidHeader
    from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
    from websockets.protocol import State
    from websockets.server import ServerProtocol

    # windows of 4 kB and little memory for each direction: 1,000 connections take 64 MB less, and messages are small
    deflate = ServerPerMessageDeflateFactory(
        server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
    )
    protocol = ServerProtocol(state=State.OPEN, extensions=[deflate], max_size=longest)
    header: str | None = None
    if handshake.extensions:
        try:
            header, agreed = protocol.process_extensions(Headers({"Sec-WebSocket-Extensions": handshake.extensions}))
        except InvalidHeader:  # an offer that cannot be read is declined
            return protocol, None
        protocol.extensions = list(agreed)
    return protocol, header


def _send_close(protocol: ServerProtocol, code: int, reason: str) -> None:
    from websockets.exceptions import ProtocolError

    try:
        protocol.send_close(code, reason)
    except ProtocolError as error:
        raise ValueError(f"A close frame cannot be sent with the code {code}: {error}.") from None
