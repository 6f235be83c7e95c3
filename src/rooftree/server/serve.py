"""Serving an application until told to stop: what the command line calls."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from rooftree.server.listeners import identity_of, open_listeners, url_of
from rooftree.server.options import ServeOptions
from rooftree.server.types import Application, Load

__all__ = ["serve"]


def serve(application: Application | Load, options: ServeOptions | None = None) -> int:
    """Serve an application until SIGTERM or SIGINT.

    Args:
        application: An application, or what loads it: then only the workers import it, and SIGHUP brings new code.
        options: How to serve it.

    Returns:
        The exit status: 0, or 1 where the application did not start.

    Raises:
        SettingsError: The address, the inherited socket or the certificate cannot be used.

    Example:
        >>> serve(lambda: import_module("app").app, ServeOptions(port=8000, workers="auto"))
    """
    options = options or ServeOptions()
    loaded = getattr(application, "startup", None) is not None
    load: Load = (lambda: cast("Application", application)) if loaded else cast("Load", application)
    count = options.worker_count
    listeners = open_listeners(options, max(count, 1))
    path = options.path if options.fd is None else None
    file = identity_of(path) if path is not None else None
    if options.certificate is not None:
        from rooftree.server.tls import Certificate

        Certificate(options.certificate, options.key)  # a mistake in it is found before anything starts
    if options.on_listening is not None:
        options.on_listening(url_of(listeners[0], tls=options.certificate is not None))
    try:
        if count:
            from rooftree.server.supervisor import Supervisor

            if count > 1:
                import_module("rooftree.server.worker")  # loaded before there are any, it is memory that they share
            return Supervisor(load, options, listeners).run()
        from rooftree.server.worker import run_worker

        return 1 if run_worker(load, options, listeners[0], on_ready=lambda _: None) else 0
    finally:
        for listener in set(listeners):
            listener.close()
        if path is not None and identity_of(path) == file is not None:  # not the next server's, which may run by now
            from pathlib import Path

            Path(path).unlink()
