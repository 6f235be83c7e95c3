"""Typed messages over a WebSocket: ``ws: WebSocket[Message]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

from rooftree.base import HTTPError, Said
from rooftree.http import Request, Response, ResponseHeaders, WebSocketClosed, WebSocketTransport
from rooftree.schema import Fault, Invalid, decoder, encoder

__all__ = ["MessageInvalid", "WebSocket", "close_after", "codec_of"]

T = TypeVar("T")

MAX_REASON: Final = 123  # bytes: a close frame has 125 (RFC 6455 section 5.5.1), two of them are the code
UNSUPPORTED, INVALID, POLICY, FAILED = 1003, 1007, 1008, 1011


class MessageInvalid(Exception):
    """A message is not of the declared type; a handler that does not catch it closes the connection.

    Attributes:
        code: The close code (RFC 6455 section 7.4.1): 1007 where the data does not fit, 1003 for a text
            message in the place of a binary one, or the other way round.
        errors: What is wrong with it.
    """

    def __init__(self, code: int, errors: Sequence[Fault]) -> None:
        super().__init__(code, errors)
        self.code = code
        self.errors = errors

    def __str__(self) -> str:
        return "; ".join(map(str, self.errors))


class WebSocket(Generic[T]):
    """A WebSocket whose messages are of one type, both ways.

    ``WebSocket[str]`` and ``WebSocket[bytes]`` hand text and binary messages through, ``WebSocket[str | bytes]`` both;
    of any other type each message is JSON text. The connection is accepted by the first thing done with it, and closed
    when the handler returns.

    >>> @app.websocket("/echo")
    ... async def echo(ws: WebSocket[Message]) -> None:
    ...     async for message in ws:
    ...         await ws.send(message)

    Attributes:
        request: The handshake.
        accepted: It was answered with 101.
    """

    __slots__ = ("_decode", "_encode", "_transport", "accepted", "request")

    def __init__(self, request: Request, transport: WebSocketTransport, codec: Codec) -> None:
        self.request = request
        self.accepted = False
        self._transport = transport
        self._decode, self._encode = codec

    @property
    def subprotocols(self) -> Sequence[str]:
        """What the client offers, in its order."""
        return self._transport.subprotocols

    async def accept(self, subprotocol: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Accept the connection; only to choose a subprotocol or to send headers, else it happens by itself.

        Raises:
            RuntimeError: It was accepted already.
        """
        if self.accepted:
            raise RuntimeError("The WebSocket was accepted already; choose its subprotocol before anything else.")
        pairs = ResponseHeaders(headers).pairs
        self.accepted = True
        await self._transport.accept(subprotocol, pairs)

    async def receive(self) -> T:
        """Return the next message.

        Raises:
            MessageInvalid: It is not of the declared type; the connection goes on if this is caught.
            WebSocketClosed: The connection has ended.
        """
        if not self.accepted:
            await self.accept()
        return cast("T", self._decode(await self._transport.receive()))

    async def send(self, message: T) -> None:
        """Send a message; waits while the other side does not read.

        Raises:
            WebSocketClosed: The connection has ended.
        """
        if not self.accepted:
            await self.accept()
        await self._transport.send(self._encode(message))

    async def ping(self) -> None:
        """Send a ping; the server itself sends some too, and ends connections that do not answer."""
        if not self.accepted:
            await self.accept()
        await self._transport.ping()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; before it was accepted, this declines it with 403.

        Args:
            code: 1000, or one of your own from 3000 to 4999 (RFC 6455 section 7.4.2).
            reason: At most 123 bytes of it are sent.
        """
        if not self.accepted:
            raise HTTPError(403, reason or Said("The WebSocket was declined."))
        await self._transport.close(code, reason.encode()[:MAX_REASON].decode(errors="ignore"))

    def __aiter__(self) -> WebSocket[T]:
        return self

    async def __anext__(self) -> T:
        try:
            return await self.receive()
        except WebSocketClosed:
            raise StopAsyncIteration from None

    def __repr__(self) -> str:
        return f"<WebSocket {self.request.path}{'' if self.accepted else ' not accepted'}>"


Codec = tuple[Any, Any]
"""A function from a message as it came to a value, and one back."""


def codec_of(type: Any) -> Codec:
    """Return how messages of a type are read and written.

    Raises:
        UnsupportedType: A type that cannot be.
    """
    if type is str or type is bytes:
        return _expect(type), _plain
    if type == str | bytes:
        return _plain, _plain
    decode_json, encode_json = decoder(type).json, encoder(type).json

    def decode(message: str | bytes) -> Any:
        if message.__class__ is not str:
            raise MessageInvalid(UNSUPPORTED, [Fault((), "type", "Expected a text message, got a binary one")])
        try:
            return decode_json(message)
        except Invalid as error:
            raise MessageInvalid(INVALID, error.errors) from None

    def encode(value: Any) -> str:
        return encode_json(value).decode()

    return decode, encode


def _expect(type: type[str | bytes]) -> Any:
    wanted, other = ("text", "binary") if type is str else ("binary", "text")
    fault = Fault((), "type", f"Expected a {wanted} message, got a {other} one")

    def decode(message: str | bytes) -> str | bytes:
        if message.__class__ is not type:
            raise MessageInvalid(UNSUPPORTED, [fault])
        return message

    return decode


def _plain(message: str | bytes) -> str | bytes:
    return message


async def close_after(socket: WebSocket[Any], error: BaseException | None) -> Response | None:
    """End a connection whose handler has ended.

    Returns:
        The answer that declines the handshake where it was never accepted and nothing was raised.

    Raises:
        BaseException: The error itself, where it is nobody's to see but the application's.
    """
    if not socket.accepted:
        if error is not None:
            raise error
        return Response(b"", 403, None)
    if error is None:
        await socket.close()
    elif isinstance(error, MessageInvalid):
        await socket.close(error.code, str(error))
    elif isinstance(error, HTTPError):
        await socket.close(POLICY if error.status < 500 else FAILED, str(error.detail))
    elif not isinstance(error, WebSocketClosed):
        if isinstance(error, Exception):  # a cancellation does not wait for a handshake
            await socket.close(FAILED, "The server failed.")
        raise error
    return None
