"""Listening sockets: opened once, by whoever lives longest, and handed to workers."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Final

from rooftree.base import SettingsError
from rooftree.server.options import ServeOptions

__all__ = ["identity_of", "open_listeners", "url_of"]

BACKLOG: Final = 2048
FIRST_SYSTEMD_FD: Final = 3


def open_listeners(options: ServeOptions, count: int) -> list[socket.socket]:
    """Return one listening socket for each of ``count`` worker slots.

    On TCP each slot has a socket of its own (``SO_REUSEPORT``), so that the kernel spreads connections evenly. A Unix
    socket and an inherited one are shared by all.

    Raises:
        SettingsError: The address cannot be listened on (S361), or there is no such inherited socket (S362).
    """
    inherited = _inherited_fd(options)
    if inherited is not None:
        listener = _inherit(inherited)
        return [listener] * count
    try:
        if options.path is not None:
            return [_open_unix(options.path, options.path_mode)] * count
        return _open_slots(options.host, options.port, count)
    except OSError as error:
        where = options.path or f"{options.host}:{options.port}"
        fact = f"Nothing can listen on {where}: {error.strerror or error}."
        raise SettingsError("S361", fact, "Choose another address, or end what uses this one.") from None


def _open_slots(host: str, port: int, count: int) -> list[socket.socket]:
    if count == 1 or not hasattr(socket, "SO_REUSEPORT"):
        return [_open_tcp(host, port, shared=False)] * count
    # SO_REUSEPORT would also share the port with another program of the same user: see first that it is free
    probe = _open_tcp(host, port, shared=False)
    port = probe.getsockname()[1]
    probe.close()
    return [_open_tcp(host, port, shared=True) for _ in range(count)]


def _inherited_fd(options: ServeOptions) -> int | None:
    """Return the descriptor of an inherited socket: by option, or from systemd (sd_listen_fds)."""
    if options.fd is not None:
        return options.fd
    if options.path is None and os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS"):
        return FIRST_SYSTEMD_FD
    return None


def _inherit(fd: int) -> socket.socket:
    try:
        listener = socket.socket(fileno=fd)
        if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            listener.listen(BACKLOG)
    except OSError as error:
        fact = f"The descriptor {fd} is no socket that can be listened on: {error.strerror or error}."
        raise SettingsError("S362", fact, "Pass the number of a bound socket that this process inherits.") from None
    listener.setblocking(False)
    return listener


def _open_tcp(host: str, port: int, *, shared: bool) -> socket.socket:
    # as bytes: a str would load the codec for international names
    name = host.encode() if host.isascii() else host
    found = socket.getaddrinfo(name or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET and ":" not in host)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6 and host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _open_unix(path: str, mode: int) -> socket.socket:
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        before = os.umask(0o777 & ~mode)  # never, not for a moment, open to others
        try:
            listener.bind(path)
        finally:
            os.umask(before)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _remove_stale(path: str) -> None:
    """Remove a socket that nobody listens on any more; leave one that is in use, and any other file, to fail."""
    from pathlib import Path

    if not Path(path).is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            with suppress(FileNotFoundError):
                Path(path).unlink()


def identity_of(path: str) -> tuple[int, int] | None:
    """Return what tells the file of a socket from one that has taken its place since; ``None`` where there is none."""
    from pathlib import Path

    try:
        found = Path(path).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def url_of(listener: socket.socket, *, tls: bool) -> str:
    """Return what to open in a browser; ``unix:PATH`` for a Unix socket."""
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - read, not bound
    return f"{'https' if tls else 'http'}://{host}:{port}"
