"""Security headers, made ready for the wire once."""

from __future__ import annotations

from rooftree.base import SecurityOptions, SettingsError
from rooftree.http import ResponseHeaders

__all__ = ["security_lines"]

YEAR = 365 * 24 * 3600


def security_lines(options: SecurityOptions, hsts: int = 0) -> bytes:
    """Return the header lines of every answer, each with its line break, for ``Response.lines``.

    ``X-Frame-Options`` says again, to older browsers and for answers that are no pages, what ``frame-ancestors`` says.

    Args:
        options: The setting ``security``.
        hsts: Seconds for which a browser is to use HTTPS alone (RFC 6797); 0 sends none. Send it over HTTPS only.

    Raises:
        SettingsError: ``hsts_preload`` without what the lists ask for (S321).
        ValueError: A value holds a control character.
    """
    headers = ResponseHeaders()
    if hsts:
        headers.add("strict-transport-security", _hsts(options, hsts))
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
        headers.add("permissions-policy", ", ".join(f"{name}={who}" for name, who in options.permissions.items()))
    return b"".join(b"%b: %b\r\n" % pair for pair in headers.pairs)


def _hsts(options: SecurityOptions, seconds: int) -> str:
    if options.hsts_preload and (seconds < YEAR or not options.hsts_subdomains):
        fact = f"hsts_preload is set with hsts={seconds}, hsts_subdomains={options.hsts_subdomains}."
        raise SettingsError("S321", fact, f"The lists take sites with hsts={YEAR} or more and hsts_subdomains=True.")
    subdomains = "; includeSubDomains" if options.hsts_subdomains else ""
    preload = "; preload" if options.hsts_preload else ""
    return f"max-age={seconds}{subdomains}{preload}"
