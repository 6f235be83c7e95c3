"""What one connection of the server may take: sizes in bytes, times in seconds."""

from rooftree.base.settings import BaseSettings

__all__ = ["Limits"]


class Limits(BaseSettings, frozen=True, kw_only=True):
    """The bounds of every connection; the defaults suit a server that faces the internet.

    Attributes:
        target: Bytes of a request target (414 above; RFC 9112 section 3 asks for at least 8,000).
        head: Bytes of a whole head: request line and header fields (431 above).
        headers: Number of header fields (431 above).
        body_buffer: Bytes of a body that are held for a handler that does not take them yet; above it the sender is
            held back. A body up to this size is waited for before the handler starts.
        discard: Bytes of a body nobody read that are thrown away to keep a connection; with more to come it is closed.
        connections: Open connections of one worker (503 above).
        head_time: From the first byte of a head, or from the start of the connection, to the end of the head (408).
        body_time: The window in which a body has to arrive at ``rate`` or faster while someone waits for it (408).
        write_time: The window in which the client has to take what is sent at ``rate`` or faster; else it is cut off.
        rate: Bytes a second, over a whole window, that a client has to send or take.
        handler_time: How long a handler may go on without reading from its client; then it is cancelled (503).
        keep_alive_time: How long a connection may be idle between two requests; longer than the idle time of a proxy in
            front, or the proxy sends requests into closing connections.
        linger_time: How long what is still on its way is read, and thrown away, after an answer that closes the
            connection; without it the answer could be lost (RFC 9112 section 9.6).
        shutdown_time: How long running requests may go on when the server is to stop.
        websocket_message: Bytes of one message, after decompression (close code 1009 above).
        websocket_queue: Bytes of whole messages that are held for a receiver; above it the sender is held back.
        websocket_memory: Bytes that all WebSockets of one worker hold, of messages whole or not; above it the one that
            holds the most is ended (close code 1013).
        websocket_ping_time: How long a connection may be silent before it is sent a ping; 0 for never.
        websocket_pong_time: How long the answer to a ping may take; then the connection is cut off.
        websocket_close_time: How long the close handshake may take.
    """

    target: int = 8 * 1024
    head: int = 32 * 1024
    headers: int = 100
    body_buffer: int = 64 * 1024
    discard: int = 256 * 1024
    connections: int = 10_000
    head_time: float = 10.0
    body_time: float = 20.0
    write_time: float = 20.0
    rate: int = 240
    handler_time: float = 60.0
    keep_alive_time: float = 75.0
    linger_time: float = 2.0
    shutdown_time: float = 30.0
    websocket_message: int = 1024 * 1024
    websocket_queue: int = 256 * 1024
    websocket_memory: int = 64 * 1024 * 1024
    websocket_ping_time: float = 20.0
    websocket_pong_time: float = 20.0
    websocket_close_time: float = 5.0
