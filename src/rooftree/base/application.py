"""The settings that every application has."""

from typing import Annotated, Literal

import msgspec

from rooftree.base.documenting import OpenAPIOptions
from rooftree.base.limits import Limits
from rooftree.base.settings import BaseSettings, Secret
from rooftree.base.templating import TemplateOptions

__all__ = [
    "ForwardedHeader",
    "Mode",
    "PasswordOptions",
    "ReferrerPolicy",
    "SecurityOptions",
    "SessionOptions",
    "Settings",
]

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


ReferrerPolicy = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]
Seconds = Annotated[int, msgspec.Meta(ge=1)]
_PERMISSIONS = ("camera", "geolocation", "microphone", "payment")


class SessionOptions(BaseSettings, frozen=True, kw_only=True):
    """Where sessions live and how long.

    Attributes:
        store: ``database``, ``cookie`` (encrypted, at most 4,000 bytes) or ``memory`` (of one process: for tests);
            ``auto`` is the database where the application has one, else the cookie.
        database: Which of the application's databases.
        cookie: The cookie's name; ``__Host-`` goes before it over HTTPS.
        same_site: When the cookie goes along with requests from other sites.
        idle: Seconds without a request after which a session ends.
        absolute: Seconds after which it ends in any case.
        persistent: Keep the cookie when the browser is closed.
        max_size: Bytes that a session may hold in a store on the server.
    """

    store: Literal["auto", "database", "cookie", "memory"] = "auto"
    database: str = "default"
    cookie: str = "session"
    same_site: Literal["lax", "strict", "none"] = "lax"
    idle: Seconds = 14 * 24 * 3600
    absolute: Seconds = 90 * 24 * 3600
    persistent: bool = True
    max_size: Annotated[int, msgspec.Meta(ge=1024)] = 64 * 1024


class PasswordOptions(BaseSettings, frozen=True, kw_only=True):
    """How passwords are kept, and which are taken.

    The defaults are those of OWASP's Password Storage Cheat Sheet for Argon2id. A password that was hashed by other
    numbers is hashed anew when its owner signs in.

    Attributes:
        memory: KiB of memory that a hash takes (RFC 9106's m).
        passes: Passes over that memory (t).
        lanes: Lanes (p): threads that one hash may use.
        at_once: Hashes that are made at the same time, each on a thread; ``memory`` times this is what they take.
        waiting: Hashes that may wait for their turn; beyond that 503 is answered.
        least: The fewest characters of a new password (NIST SP 800-63B section 3.1.1.2: 15 where it stands alone, 8
            beside a second factor).
        most: The most characters of one; longer ones are refused, never cut.
        common: Refuse passwords that can be guessed in a million tries, and those made of the name or the e-mail
            address.
    """

    memory: Annotated[int, msgspec.Meta(ge=8)] = 19_456
    passes: Annotated[int, msgspec.Meta(ge=1)] = 2
    lanes: Annotated[int, msgspec.Meta(ge=1, le=255)] = 1
    at_once: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    waiting: Annotated[int, msgspec.Meta(ge=0)] = 64
    least: Annotated[int, msgspec.Meta(ge=1)] = 10
    most: Annotated[int, msgspec.Meta(ge=64)] = 256
    common: bool = True


class SecurityOptions(BaseSettings, frozen=True, kw_only=True):
    """What browsers are told to keep from doing; ``None`` leaves a header out. A route's own header goes first.

    Attributes:
        csp: Sources by directive of the Content-Security-Policy, in place of the default's: ``{"img-src": ("'self'",
            "https://images.example.org")}``; nothing takes a directive out.
        csp_mode: ``enforce``; ``report`` only tells of what would be stopped; ``off`` sends no policy.
        csp_report: Take reports of violations at ``/_rooftree/csp`` and log them.
        nosniff: Take a body for what ``Content-Type`` says it is.
        referrer: What other sites learn of the page that a link was on.
        frames: Who may show this site in a frame.
        opener: ``Cross-Origin-Opener-Policy``: what a window that was opened may do to its opener.
        resources: ``Cross-Origin-Resource-Policy``: who may load what is here.
        permissions: ``Permissions-Policy``: who may use a feature, by its name: ``{"camera": "()"}``.
        hsts_subdomains: HTTPS alone for every subdomain too.
        hsts_preload: Ask for a place in the browsers' own lists; they take a year and subdomains.
    """

    csp: dict[str, tuple[str, ...]] = {}
    csp_mode: Literal["enforce", "report", "off"] = "enforce"
    csp_report: bool = True
    nosniff: bool = True
    referrer: ReferrerPolicy | None = "strict-origin-when-cross-origin"
    frames: Literal["deny", "sameorigin"] | None = "deny"
    opener: Literal["same-origin", "same-origin-allow-popups", "unsafe-none"] | None = "same-origin"
    resources: Literal["same-origin", "same-site", "cross-origin"] | None = "same-origin"
    permissions: dict[str, str] = msgspec.field(default_factory=lambda: dict.fromkeys(_PERMISSIONS, "()"))
    hsts_subdomains: bool = False
    hsts_preload: bool = False


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
        trusted_origins: Other sites whose pages may change things and open WebSockets here:
            ``https://app.example.org``.
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
        log_queries: Write every statement to the log ``rooftree.db``: its text, time, rows and line of code; of its
            parameters types and sizes, never values.
        hsts: Seconds for which browsers reach this site by HTTPS only (RFC 6797); sent over HTTPS; 0 sends none.
        session: Where sessions live and how long.
        security: What browsers are told to keep from doing.
        passwords: How passwords are kept, and which are taken.
        templates: Where templates are, and how they are treated.
        openapi: How the API is described, and where; ``None`` describes none.
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
    log_queries: bool = False
    hsts: int = 31_536_000
    session: SessionOptions = SessionOptions()
    security: SecurityOptions = SecurityOptions()
    passwords: PasswordOptions = PasswordOptions()
    limit_store: Literal["auto", "memory", "database"] = "auto"
    templates: TemplateOptions = TemplateOptions()
    openapi: OpenAPIOptions | None = OpenAPIOptions()
