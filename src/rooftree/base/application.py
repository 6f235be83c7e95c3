"""The settings that every application has."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rooftree.base.limits import Limits
from rooftree.base.settings import BaseSettings, Secret

__all__ = ["ForwardedHeader", "Mode", "Settings"]

Mode = Literal["development", "production", "test"]
ForwardedHeader = Literal[
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
]
"""A header by which a proxy tells what it knows of the client."""


class Settings(BaseSettings, frozen=True, kw_only=True):
    """What every application has to know; make a subclass with fields of your own.

    Attributes:
        mode: ``development`` shows errors with their source; ``production`` shows none. ``rooftree dev`` sets it.
        secret_key: Signs and encrypts what leaves for the browser; at least 32 characters.
        old_secret_keys: Earlier keys that are still accepted, while they are being replaced.
        hosts: Names under which the site is reached: ``example.org``, ``*.example.org`` for its subdomains, ``*`` for
            any. Without one, only this machine's own names.
        trusted_proxies: Addresses or networks whose ``Forwarded`` and ``X-Forwarded-*`` headers are believed;
            ``unix`` for a proxy on a Unix socket.
        trusted_origins: Other sites whose pages may open WebSockets here: ``https://app.example.org``.
        forwarded_headers: Those of their headers that they set themselves; others come from the client.
        max_body: Bytes of request body that a route takes unless it says otherwise.
        trailing_slash: What ``/users/`` is where only ``/users`` is a route (and the other way round): ``redirect``
            to it, ``strict`` for 404, ``same`` to answer both alike.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
        log_format: ``pretty`` for people, ``json`` for machines, ``auto`` for pretty in a terminal and JSON elsewhere.
        access_log: Write a line for each request.
        threads: How many plain ``def`` handlers run at the same time.
        limits: The bounds of each connection of Rooftree's own server.
        database: The URL of the database: ``sqlite:///shop.db`` (relative to the application's root) or
            ``postgresql://user:password@host/name``. Prints show no password.
        databases: Further databases, or all of them, by name; ``database`` is the one named ``default``.
        hsts: Seconds for which browsers reach this site by HTTPS only (RFC 6797); sent over HTTPS; 0 sends none.
    """

    mode: Mode = "production"
    secret_key: Secret | None = None
    old_secret_keys: tuple[Secret, ...] = ()
    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    forwarded_headers: tuple[ForwardedHeader, ...] = ("x-forwarded-for", "x-forwarded-proto")
    trusted_origins: tuple[str, ...] = ()
    max_body: int = 2 * 1024 * 1024
    trailing_slash: Literal["redirect", "strict", "same"] = "redirect"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "pretty", "json"] = "auto"
    access_log: bool = True
    threads: Annotated[int, msgspec.Meta(ge=1)] = 40
    limits: Limits = Limits()
    database: str | None = None
    databases: dict[str, str] = {}
    hsts: int = 31_536_000
