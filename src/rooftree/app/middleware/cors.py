"""Cross-origin requests (WHATWG Fetch, section 3.3): which other sites' scripts may call this one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from rooftree.base import SettingsError
from rooftree.http import Request, Response, ResponseHeaders
from rooftree.routing import CallNext

__all__ = ["CORS", "CORSOptions"]

Pairs = list[tuple[bytes, bytes]]

_SIMPLE_HEADERS = ("accept", "accept-language", "content-language", "content-type")
_ORIGIN = r"[a-z][a-z0-9+.\-]*://([a-z0-9._\-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"


class CORSOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Who may call, and how.

    Attributes:
        origins: Exact origins, ``"https://app.example.org"``, or ``("*",)`` for everyone's.
        origin_regex: Origins that a regular expression matches as a whole, beside those.
        methods: Methods that may be used; GET, HEAD and POST need no leave.
        headers: Request headers that may be sent beside those that need no leave; ``("*",)``: any.
        expose: Response headers that scripts may read beside those that need no leave.
        credentials: Let cookies and other credentials go along. Then origins must be named.
        max_age: Seconds for which a browser remembers the answer to a preflight.
        private_network: Let public sites call this one within a private network.
    """

    origins: Sequence[str] = ()
    origin_regex: str | None = None
    methods: Sequence[str] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    headers: Sequence[str] = ()
    expose: Sequence[str] = ()
    credentials: bool = False
    max_age: int = 600
    private_network: bool = False


class CORS:
    """Answers preflights, and tells browsers on every other answer who may read it.

    A request from an origin that may not call is answered all the same, without leave to read the answer: CORS keeps
    browsers' scripts apart, it is no protection of the server.

    Args:
        options: Who may call, and how.

    Raises:
        SettingsError: Credentials for everyone (S331), or an entry that is no origin or no expression (S332).
    """

    __slots__ = ("_any_header", "_anyone", "_exposed", "_grant", "_options", "_origins", "_preflight", "_regex")

    def __init__(self, options: CORSOptions) -> None:
        self._options = options
        self._anyone = "*" in options.origins
        if self._anyone and options.credentials:
            fact = "CORS allows credentials to every origin ('*'): any site could act for whoever is signed in here."
            raise SettingsError("S331", fact, "Name the origins, or drop credentials=True.")
        self._origins = frozenset(_origin(entry) for entry in options.origins if entry != "*")
        try:
            self._regex = re.compile(options.origin_regex) if options.origin_regex is not None else None
        except re.error as error:
            fact = f"The origin_regex {options.origin_regex!r} is no regular expression: {error}."
            raise SettingsError("S332", fact, r"Write something like 'https://[a-z]+\.example\.org'.") from None
        self._any_header = "*" in options.headers
        self._exposed = ResponseHeaders()
        if options.expose:
            self._exposed.add("access-control-expose-headers", ", ".join(options.expose))
        self._preflight = ResponseHeaders(
            {
                "access-control-allow-methods": ", ".join(options.methods),
                "access-control-max-age": str(options.max_age),
            }
        )
        if options.headers and not self._any_header:
            allowed = sorted({*_SIMPLE_HEADERS, *(name.lower() for name in options.headers)})
            self._preflight.add("access-control-allow-headers", ", ".join(allowed))
        self._grant = lru_cache(256)(self._find_grant)

    async def __call__(self, request: Request, call_next: CallNext) -> Response:
        """Answer the request."""
        origin = None
        for name, value in request.raw_headers:
            if name == b"origin":
                origin = value
        if origin is not None and request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return self._answer_preflight(request, origin)
        response = await call_next(request)
        if request.websocket is not None:
            return response
        grant = None if origin is None else self._grant(origin)
        pairs = response.headers.pairs
        if pairs:
            self._make_room(response, grant)
        elif not self._anyone:
            pairs.append((b"vary", b"Origin"))
        if grant is not None:
            pairs += grant
            pairs += self._exposed.pairs
        return response

    def lets_in(self, origin: bytes, credentials: bool) -> bool:
        """Tell whether an origin's scripts may send requests that change something, with credentials or without."""
        return self._grant(origin) is not None and (self._options.credentials or not credentials)

    def _make_room(self, response: Response, grant: Pairs | None) -> None:
        """Do with care, among headers that are there already, what is done quickly where there are none."""
        if not self._anyone:
            response.headers.vary("Origin")
        for name, _ in grant or ():
            response.headers.remove(name.decode("ascii"))

    def _find_grant(self, raw_origin: bytes) -> Pairs | None:
        """Return the fields that let an origin's scripts read an answer, ``None`` where they may not."""
        origin = raw_origin.decode("latin-1")
        matches = self._regex is not None and self._regex.fullmatch(origin) is not None
        if not (self._anyone or origin in self._origins or matches):
            return None
        grant = ResponseHeaders({"access-control-allow-origin": "*" if self._anyone else origin})
        if self._options.credentials:
            grant.add("access-control-allow-credentials", "true")
        return grant.pairs

    def _answer_preflight(self, request: Request, origin: bytes) -> Response:
        response = Response(b"", 204, None)
        for name in ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"):
            response.headers.vary(name)
        grant = self._grant(origin)
        if grant is None:
            return response
        response.headers.pairs += [*grant, *self._preflight.pairs]
        wanted = request.headers.get("access-control-request-headers")
        if self._any_header and wanted is not None and re.fullmatch(r"[A-Za-z0-9!#$%&'*+\-.^_`|~, \t]*", wanted):
            response.headers["access-control-allow-headers"] = wanted
        if request.headers.get("access-control-request-private-network") == "true" and self._options.private_network:
            response.headers["access-control-allow-private-network"] = "true"
        return response


def _origin(entry: str) -> str:
    if entry == "null":
        fact = "The CORS origin 'null' stands for every sandboxed frame and local file."
        raise SettingsError("S332", fact, "Name a real origin.")
    if not re.fullmatch(_ORIGIN, entry):
        fact = f"The CORS origin {entry!r} is no origin."
        raise SettingsError("S332", fact, "Write scheme and host in lower case without a path: 'https://example.org'.")
    return entry
