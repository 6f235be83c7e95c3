"""``rooftree run``: the application served for real."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from rooftree.app import configure_logging
from rooftree.base import Settings, SettingsError, UsageError
from rooftree.cli.find import find_app, load_app
from rooftree.server import ServeOptions, serve

if TYPE_CHECKING:
    from rooftree.app import App

__all__ = ["serve_app"]

LOOPBACK = ("127.", "localhost", "::1", "[::1]")


def serve_app(
    target: str | None,
    *,
    host: str,
    port: int,
    workers: str,
    uds: str | None,
    fd: int | None,
    tls_cert: str | None,
    tls_key: str | None,
    proxies: tuple[str, ...],
    access_log: bool | None,
    log_level: str | None,
) -> None:
    """Serve until told to stop; options that are settings too win over the application's own."""
    found = find_app(target)
    given = {"access_log": access_log, "log_level": log_level, "trusted_proxies": proxies or None}
    changes = {name: value for name, value in given.items() if value is not None}
    configure_logging(msgspec.structs.replace(Settings.load(), **changes))
    local = uds is not None or fd is not None or host.startswith(LOOPBACK)

    def load() -> App:
        gc.disable()
        app = load_app(found)
        app.configure(**changes)
        configure_logging(app.settings)
        _refuse_unready(app, host, local=local)
        return app

    options = ServeOptions(
        host=host,
        port=port,
        path=uds,
        fd=fd,
        workers=_workers(workers),
        certificate=tls_cert,
        key=tls_key,
        on_listening=lambda url: print(f"Rooftree starts {found} at {url}", file=sys.stderr, flush=True),
    )
    if options.worker_count > 1:
        import_module("rooftree.app.app")  # loaded before there are workers, it is memory that they share
    gc.enable()
    raise SystemExit(serve(load, options))


def _workers(text: str) -> Any:
    if text == "auto":
        return text
    if not text.isdecimal() or int(text) > 1024:
        raise UsageError("U210", f"{text!r} is no number of workers.", "Write a number from 0 to 1024, or 'auto'.")
    return int(text)


def _refuse_unready(app: App, host: str, *, local: bool) -> None:
    """Refuse to serve other machines under no name at all.

    Raises:
        SettingsError: S104.
    """
    if not local and not app.settings.hosts:
        raise SettingsError(
            "S104",
            f"The address {host} is reached from other machines, but no hosts are set: every request would be refused.",
            "Set ROOFTREE_HOSTS to the names of the site, or to '*' where a proxy in front has checked them.",
        )
