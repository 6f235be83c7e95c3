"""Security headers, made ready for the wire once."""

from __future__ import annotations

from typing import Literal

import msgspec

from rooftree.base import SettingsError
from rooftree.http import ResponseHeaders

__all__ = ["SecurityHeaders", "security_lines"]

YEAR = 365 * 24 * 3600

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


class SecurityHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """What browsers are told to keep from doing; ``None`` leaves a header out.

    Attributes:
        hsts: Seconds for which a browser is to use HTTPS alone (RFC 6797); 0 sends none. Send it over HTTPS only.
        hsts_subdomains: The same for every subdomain.
        hsts_preload: Ask for a place in the browsers' own lists; they take a year and subdomains.
        nosniff: Take a body for what ``Content-Type`` says it is.
        referrer: What other sites learn of the page that a link was on.
        frames: Who may show this site in a frame.
        opener: ``Cross-Origin-Opener-Policy``: what a window that was opened may do to its opener.
        resources: ``Cross-Origin-Resource-Policy``: who may load what is here.
        permissions: ``Permissions-Policy``: pairs of a feature and who may use it: ``("camera", "()")``.
    """

    hsts: int = YEAR
    hsts_subdomains: bool = False
    hsts_preload: bool = False
    nosniff: bool = True
    referrer: ReferrerPolicy | None = "strict-origin-when-cross-origin"
    frames: Literal["deny", "sameorigin"] | None = "deny"
    opener: Literal["same-origin", "same-origin-allow-popups", "unsafe-none"] | None = "same-origin"
    resources: Literal["same-origin", "same-site", "cross-origin"] | None = "same-origin"
    permissions: tuple[tuple[str, str], ...] = (
        ("camera", "()"),
        ("geolocation", "()"),
        ("microphone", "()"),
        ("payment", "()"),
    )


def security_lines(options: SecurityHeaders) -> bytes:
    """Return the header lines, each with its line break, for :attr:`Response.lines`.

    ``X-Frame-Options`` stands for ``frame-ancestors``, which a page's own ``Content-Security-Policy`` overrides.

    Raises:
        SettingsError: ``hsts_preload`` without what the lists ask for (S321).
        ValueError: A value holds a control character.
    """
    headers = ResponseHeaders()
    if options.hsts:
        headers.add("strict-transport-security", _hsts(options))
    if options.nosniff:
        headers.add("x-content-type-options", "nosniff")
    if options.referrer is not None:
        headers.add("referrer-policy", options.referrer)
    if options.frames is not None:
        headers.add("x-frame-options", options.frames.upper())
    if options.opener is not None:
        headers.add("cross-origin-opener-policy", options.opener)
    if options.resources is not None:
        headers.add("cross-origin-resource-policy", options.resources)
    if options.permissions:
        headers.add("permissions-policy", ", ".join(f"{name}={who}" for name, who in options.permissions))
    return b"".join(b"%b: %b\r\n" % pair for pair in headers.pairs)


def _hsts(options: SecurityHeaders) -> str:
    if options.hsts_preload and (options.hsts < YEAR or not options.hsts_subdomains):
        fact = f"hsts_preload is set with hsts={options.hsts}, hsts_subdomains={options.hsts_subdomains}."
        raise SettingsError("S321", fact, f"The lists take sites with hsts={YEAR} or more and hsts_subdomains=True.")
    subdomains = "; includeSubDomains" if options.hsts_subdomains else ""
    preload = "; preload" if options.hsts_preload else ""
    return f"max-age={options.hsts}{subdomains}{preload}"
