"""How an application is served: where, by how many workers, within which limits."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

import msgspec

from rooftree.base import Limits

__all__ = ["ServeOptions"]


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How an application is served.

    Attributes:
        host: Address or name to listen on; ``""`` is every IPv4 address, ``"::"`` every address.
        port: TCP port; 0 takes any free one.
        path: A Unix socket to listen on instead of a port.
        path_mode: The permissions of that socket.
        fd: The number of an inherited listening socket to use instead; those of systemd (``LISTEN_FDS``) are found.
        workers: Processes; 0 serves in this process, without a supervisor; ``"auto"`` is one for each usable CPU.
        limits: The bounds of each connection; the application's own where they are not given.
        certificate: File of the certificate chain in PEM; with it, TLS is spoken.
        key: File of its private key, where it is not in the same file.
        loop: The event loop; ``"auto"`` is uvloop where it is installed.
        gc_threshold: New objects between two collections; what was made during start-up is never looked at again.
        on_listening: Told the URL, before the first worker starts.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    path: str | None = None
    path_mode: int = 0o660
    fd: int | None = None
    workers: int | Literal["auto"] = 1
    limits: Limits | None = None
    certificate: str | None = None
    key: str | None = None
    loop: Literal["auto", "uvloop", "asyncio"] = "auto"
    gc_threshold: int = 20_000
    on_listening: Callable[[str], None] | None = None

    @property
    def worker_count(self) -> int:
        """The number of workers, 0 for none."""
        if self.workers == "auto":
            return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return self.workers
