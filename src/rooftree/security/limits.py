"""How often a route may be asked: by an address, a session, or everyone together."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, Literal

import msgspec

from rooftree.base import HTTPError, RouteError, Said, Store
from rooftree.http import Request

__all__ = ["By", "Limiter", "RateLimit", "address_of"]

By = Literal["address", "session", "route"] | Callable[[Request], str]
"""Who is counted together; a function returns a name for the client, as an API key's."""

_UNITS: Final = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400,
                 "day": 86400}  # fmt: skip
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
QUESTION: Final = b"form-check"
SCRIPT: Final = "script:"
QUESTIONS: Final = 20
_TEXT: Final = (
    r"\s*(?P<count>\d{1,9})\s*(?:/|per)\s*(?P<number>\d{1,6})?\s*(?P<unit>[a-z]+?)s?(?:\s+by\s+(?P<by>[a-z]+))?\s*"
)


class RateLimit(msgspec.Struct, frozen=True):
    """At most so many requests in a time: ``limit="10/minute"``, ``limit=RateLimit(10, 60, by="session")``.

    Attributes:
        count: Requests that are taken in each window.
        seconds: The length of a window.
        by: Who is counted together: an ``address`` (IPv6: its network of 64 bits, which one customer has), a
            ``session`` (an address where there is none), everyone who asks for the ``route``, or what a function of the
            request returns.
        methods: The methods that are counted. Without them what changes something, where the route shows something
            too: of a form's route sending it, and not showing it.
    """

    count: int
    seconds: int
    by: By = "address"
    methods: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Any, *, at: str = "") -> RateLimit:
        """Return the limit that a text stands for: ``"10/minute"``, ``"100 per 15 minutes by session"``.

        Raises:
            RouteError: R131 for anything else.
        """
        if isinstance(given, RateLimit) and given.count > 0 and given.seconds > 0:
            return given
        found = re.fullmatch(_TEXT, given) if isinstance(given, str) else None
        unit = _UNITS.get(found["unit"]) if found else None
        by = (found["by"] or "address") if found else ""
        if found is None or unit is None or by not in {"address", "session", "route"} or int(found["count"]) == 0:
            raise RouteError(
                "R131",
                f"The limit {given!r} is no number of requests in a time.",
                "Write '10/minute', '100 per 15 minutes', '5/hour by session', or RateLimit(10, 60).",
                at=at or None,
            )
        return cls(int(found["count"]), max(1, int(found["number"] or 1)) * unit, by)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class Limiter:
    """Counts the requests of a route.

    What the script of a form asks while it is filled in is counted apart, and 20 times as much of it is taken.
    Anyone can say that it asks, so that counts only where a form is that answers; nothing else is done then.

    The headers are those of the IETF's draft: ``RateLimit-Policy: "10-60";q=10;w=60``, ``RateLimit: "10-60";r=9;t=31``.

    Args:
        limits: All of them hold.
        route: What is counted apart from other routes.
        methods: Those that the route takes.
        asks: It takes a form whose script asks.
    """

    def __init__(
        self, limits: Sequence[RateLimit], route: str, methods: Collection[str] = (), *, asks: bool = False
    ) -> None:
        unsafe = frozenset(methods) - SAFE
        counted = unsafe or frozenset(methods)
        self._limits = tuple(limits)
        self._counted = [_with_head(frozenset(limit.methods) or counted) for limit in limits]
        self._route = route
        self._asks = asks
        self._policy = ", ".join(f'"{each.count}-{each.seconds}";q={each.count};w={each.seconds}' for each in limits)

    async def count(self, request: Request) -> bytes:
        """Count a request, and return the header lines of its answer.

        Raises:
            HTTPError: 429 where it is one too many.
        """
        store: Store = request.app.limit_store
        now = time.time()
        scarcest: tuple[int, RateLimit, int] | None = None
        question = SCRIPT if self._asks and any(name == QUESTION for name, _ in request.raw_headers) else ""
        for limit, counted in zip(self._limits, self._counted, strict=True):
            if request.method not in counted and counted and request.websocket is None:
                continue
            most = limit.count * QUESTIONS if question else limit.count
            window, elapsed = divmod(now, limit.seconds)
            who = await _client(limit.by, request)
            key = f"limit:{question}{self._route}:{limit.count}-{limit.seconds}:{int(window)}:{who}"
            used = await store.add(key, 1, lasts=limit.seconds + 1)
            left, reset = most - used, max(1, int(limit.seconds - elapsed + 0.999))
            if scarcest is None or left < scarcest[0]:
                scarcest = (left, limit, reset)
        if scarcest is None:
            return b""
        left, limit, reset = scarcest
        state = f'"{limit.count}-{limit.seconds}";r={max(left, 0)};t={reset}'
        if left < 0:
            raise HTTPError(
                429,
                Said(
                    "At most %(count)s requests in %(seconds)s seconds are taken here. Try again in %(wait)s s.",
                    count=limit.count,
                    seconds=limit.seconds,
                    wait=reset,
                ),
                headers={"retry-after": str(reset), "ratelimit-policy": self._policy, "ratelimit": state},
            )
        return f"ratelimit-policy: {self._policy}\r\nratelimit: {state}\r\n".encode("ascii")


def _with_head(methods: frozenset[str]) -> frozenset[str]:
    """Return the methods with HEAD beside GET: it asks the same handler, and its status tells as much."""
    return methods | {"HEAD"} if "GET" in methods else methods


async def _client(by: By, request: Request) -> str:
    """Return whom a request is counted with, as part of a key."""
    if by == "route":
        return ""
    if by == "session":
        state = await request.app.sessions.open(request)
        return _short(state.identity) if state.identity else address_of(request)
    return address_of(request) if by == "address" else _short(by(request))


def _short(text: str) -> str:
    from hashlib import blake2b

    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def address_of(request: Request) -> str:
    """Return whom requests of one client are counted by: its address, of IPv6 the network of 64 bits."""
    client = request.client
    if client is None:
        return "local"
    host = client[0]
    if ":" not in host:
        return host
    from ipaddress import IPv6Address

    try:
        address = IPv6Address(host.partition("%")[0])
    except ValueError:
        return _short(host)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.packed[:8].hex()
