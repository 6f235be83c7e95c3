"""Checks of what was turned off, or opened further than by default: ``rooftree check --deploy`` tells all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rooftree.app.checks import Finding
from rooftree.base import MemoryStore, Settings

if TYPE_CHECKING:
    from rooftree.app.pipeline import Endpoint

__all__ = ["security_findings"]

MOST_ROUTES: Final = 10
_LOOSE: Final = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:")


def security_findings(app: Any) -> Iterator[Finding]:
    """Give what an application's settings and routes open."""
    for check in (_policy, _headers, _origins, _sessions):
        yield from check(app.settings)
    yield from _unchecked(app.built.endpoints)
    yield from _limits(app)


def _policy(settings: Settings) -> Iterator[Finding]:
    options = settings.security
    if options.csp_mode != "enforce":
        done = "sends none" if options.csp_mode == "off" else "only reports"
        yield Finding(
            "C111",
            "warning",
            f"The Content-Security-Policy {done}: markup that slips into a page runs its scripts.",
            "Set security.csp_mode to 'enforce', and open it for a page by its parameter csp: ContentPolicy.",
        )
    for directive in ("default-src", "script-src"):
        loose = [source for source in options.csp.get(directive, ()) if source in _LOOSE]
        if loose:
            yield Finding(
                "C112",
                "warning",
                f"The policy's {directive} has {', '.join(loose)}: scripts that slip into a page run.",
                'Name the sites, and give inline scripts the nonce: <script nonce="{{ nonce }}">.',
            )


def _headers(settings: Settings) -> Iterator[Finding]:
    options = settings.security
    off = [name for name in ("referrer", "frames", "opener", "resources") if getattr(options, name) is None]
    if not options.nosniff:
        off.append("nosniff")
    if off:
        yield Finding(
            "C113",
            "warning",
            f"Security headers are off for every page: {', '.join(off)}.",
            "Leave them on, and set the header in the answers that need another one.",
        )


def _origins(settings: Settings) -> Iterator[Finding]:
    plain = [origin for origin in settings.trusted_origins if origin.startswith("http://")]
    if plain:
        yield Finding(
            "C114",
            "warning",
            f"Pages over plain HTTP are trusted: {', '.join(plain)}. Anyone in between can write them.",
            "Trust origins that begin with https://.",
        )


def _sessions(settings: Settings) -> Iterator[Finding]:
    options = settings.session
    if options.store == "memory":
        yield Finding(
            "C115",
            "error",
            "Sessions are kept in the memory of each worker: visitors lose theirs from one request to the next.",
            "Set session.store to 'auto', 'database' or 'cookie'.",
        )
    if options.same_site == "none":
        yield Finding(
            "C116",
            "warning",
            "The session's cookie goes along with requests that other sites make (same_site is 'none').",
            "Set session.same_site to 'lax', unless the site is shown inside of others.",
        )


def _unchecked(endpoints: list[Endpoint]) -> Iterator[Finding]:
    found = [endpoint for endpoint in endpoints if endpoint.info.options.get("csrf", True) is False]
    if found:
        yield Finding(
            "C117",
            "warning",
            f"Routes take requests that other sites' pages make visitors send (csrf=False): {_named(found)}.",
            "Leave csrf=False to routes that look at no cookie, as webhooks with a signature.",
        )


def _limits(app: Any) -> Iterator[Finding]:
    if app.settings.database is None:
        return
    found = [endpoint for endpoint in app.built.endpoints if "limit" in endpoint.info.options]
    alone = [_named(found)] if found and isinstance(app.limit_store, MemoryStore) else []
    if app.accounts_in_use is not None and isinstance(app.attempt_store, MemoryStore):
        alone.insert(0, "attempts to sign in")
    if alone:
        yield Finding(
            "C118",
            "warning",
            f"Limits are counted in each worker by itself, so that all together take more: {', '.join(alone)}.",
            "Set limit_store to 'database', or app.limit_store to a store that all share.",
        )


def _named(endpoints: list[Endpoint]) -> str:
    names = [str(endpoint.info) for endpoint in endpoints]
    more = len(names) - MOST_ROUTES
    return ", ".join(names[:MOST_ROUTES]) + (f" and {more} more" if more > 0 else "")
