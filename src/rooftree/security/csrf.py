"""Requests that another site's page makes a visitor's browser send (cross-site request forgery).

Every request that may change something is looked at, by what browsers say of its origin and no page can change:

- ``Sec-Fetch-Site`` (Fetch Metadata): ``same-origin`` and ``none`` pass; ``same-site`` and ``cross-site`` need an
  ``Origin`` that is trusted.
- Without it, ``Origin`` (RFC 6454) has to be this site's or trusted.
- With neither, a request without credentials that a browser adds by itself (cookies, Basic and the like) passes: it is
  no browser's, or can do no more than anyone. Any other has to prove by a token that its form is one of ours.
- Where proof is always asked for, as for signing in, such a request passes if it is JSON: no form can send that, and a
  script of another site only with ``Origin`` and after asking first (CORS).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, Literal

from rooftree.base import Html, HTTPError, Said, SignatureRefused, Signer
from rooftree.http import FormLimits, Request, Response

__all__ = ["SAFE_METHODS", "ForgeryCheck", "csrf_field", "has_token"]

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing (RFC 9110 section 9.2.1)."""

FIELD: Final = "csrf_token"
HEADER: Final = "x-csrf-token"
LASTS: Final = 24 * 3600  # seconds for which a form may stay open
_NOT_AMBIENT: Final = (b"bearer ", b"dpop ", b"token ", b"apikey ")
_STATE: Final = "rooftree.csrf"
_NOTHING: Final = Html("")

Verdict = Literal["passes", "token", "refused"]
LetIn = Callable[[bytes, bool], bool]


class ForgeryCheck:
    """Says of a request whether it may be a forgery.

    Args:
        trusted: Origins of other sites that may send requests here with a visitor's credentials.
        let_in: Asked for an origin that is not trusted, and whether credentials came along: what CORS lets in passes.
        always: Ask for proof from requests without credentials too: for sign-in, which gives some.
    """

    __slots__ = ("_always", "_let_in", "_trusted")

    def __init__(self, trusted: Collection[str] = (), let_in: Sequence[LetIn] = (), *, always: bool = False) -> None:
        self._trusted = frozenset(origin.lower().rstrip("/").encode() for origin in trusted)
        self._let_in = tuple(let_in)
        self._always = always

    def passes(self, request: Request) -> bool:
        """Tell whether a request passes without further questions; what most requests are decided by."""
        sender = request.fields.sender or request.fields.find_sender()
        if sender == "own page":
            return True
        if sender == "program" and not self._always:
            return True
        return self.verdict(request) == "passes"

    def verdict(self, request: Request) -> Verdict:
        """Return what becomes of a request; ``token`` where it has to prove that it comes from a form of ours."""
        site = origin = None
        ambient = False
        for name, value in request.raw_headers:
            if name == b"sec-fetch-site":
                site = value
            elif name == b"origin":
                origin = value
            elif name == b"cookie":
                ambient = True
            elif name == b"authorization":
                ambient = ambient or not value.lower().startswith(_NOT_AMBIENT)
        if site is not None:
            if site in {b"same-origin", b"none"}:
                return "passes"
            return "passes" if origin is not None and self._is_trusted(origin, ambient) else "refused"
        if origin is not None and origin != b"null":
            own = _is_own(origin, request)
            return "passes" if own or self._is_trusted(origin, ambient) else "refused"
        if origin is None and not ambient and (not self._always or request.content_type == "application/json"):
            return "passes"
        return "token"

    def _is_trusted(self, origin: bytes, ambient: bool) -> bool:
        if origin.lower() in self._trusted:
            return True
        return any(let_in(origin, ambient) for let_in in self._let_in)

    def refusal(self, request: Request, *, development: bool) -> HTTPError:
        """Return what a request is answered with that did not pass."""
        detail: str = Said("This came from another site, or without the proof that it came from a page of this one.")
        if development:
            told = [
                f"{name}: {request.headers[name]}" for name in ("Sec-Fetch-Site", "Origin") if name in request.headers
            ]
            said = "It says " + ", ".join(told) if told else "It has cookies or credentials, and no Origin"
            detail += (
                f" {said}; this site is {request.scheme}://{request.host}. Put {{{{ csrf }}}} into the form, add the "
                f"other site to the setting 'trusted_origins', let a program with cookies send 'Origin: {request.scheme}://"
                f"{request.host}', or declare the route with csrf=False."
            )
        return HTTPError(403, detail)


def _is_own(origin: bytes, request: Request) -> bool:
    """Tell whether an origin is this site: the same host, the same scheme or the safer one."""
    scheme, _, host = origin.lower().partition(b"://")
    if host != request.host.lower().encode("latin-1"):
        return False
    return scheme == b"https" or (scheme == b"http" and request.scheme == "http")


# ---- the token, for browsers that say neither


def csrf_field(request: Request) -> Any:
    """Return the hidden field of a form: a template's ``csrf``.

    It is empty for every browser since 2020: those prove where a form is from without it, and the page stays fit for
    caches. An older one gets a token tied to a cookie of its own.
    """
    fields = request.fields
    if b"sec-fetch-site" in (fields.names or fields.find_names()):
        return _NOTHING
    settings = request.app.settings
    if settings.secret_key is None and settings.mode == "production":  # nothing to sign with
        return _NOTHING
    token = _signer(request).sign(_identity(request), lasts=LASTS)
    return Html(f'<input type="hidden" name="{FIELD}" value="{token}">')


def _identity(request: Request) -> str:
    """Return what the token is tied to: a cookie's random value, which the answer sets where there is none."""
    known: str | None = request.state.get(_STATE) or request.cookies.get(_cookie(request))
    if known:
        return known
    made: str = os.urandom(16).hex()
    request.state[_STATE] = made

    async def set_cookie(response: Response) -> None:
        response.set_cookie(_cookie(request), made)
        response.headers["cache-control"] = "private, no-store"

    request.on_answer(set_cookie)
    return made


async def has_token(request: Request, limits: FormLimits) -> bool:
    """Tell whether a request proves that its form is ours: by the header ``X-CSRF-Token`` or the form's field.

    Args:
        request: The request.
        limits: What is taken of its form, which is read here once for all.
    """
    identity = request.cookies.get(_cookie(request))
    if not identity:
        return False
    token = request.headers.get(HEADER)
    if token is None:
        if request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
            return False
        token = (await request.form(limits)).get(FIELD)
    if not token:
        return False
    import hmac

    try:
        return hmac.compare_digest(_signer(request).read(token, str).encode(), identity.encode())
    except SignatureRefused:
        return False


def _signer(request: Request) -> Signer:
    signer: Signer = request.app.signer("csrf")
    return signer


def _cookie(request: Request) -> str:
    secure = request.app.settings.mode == "production" or request.scheme == "https"
    return "__Host-csrf" if secure else "csrf"
