"""Which proxies are believed, and in what (see ``rooftree.http.forwarded``)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast, get_args

from rooftree.base import ForwardedHeader, SettingsError

__all__ = ["TrustedProxies", "address_of"]

if TYPE_CHECKING:
    import ipaddress

    _Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
    _Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxies:
    """The proxies that are believed, and the headers that they set.

    Args:
        proxies: Addresses (``"127.0.0.1"``, ``"::1"``), networks (``"10.0.0.0/8"``), ``"unix"`` for whoever connects
            over a Unix socket, ``"*"`` for whoever connects at all: right only where nothing but the proxy can
            connect. ``"*"`` trusts the neighbour, not every address that it names.
        headers: The headers that these proxies set on every request, or remove.

    Raises:
        SettingsError: An entry is none of these (S301), or a header is not one of the six (S302).
    """

    __slots__ = ("_anyone", "_networks", "_unix", "_within", "headers")

    def __init__(
        self,
        proxies: Iterable[str],
        headers: Iterable[ForwardedHeader] = ("x-forwarded-for", "x-forwarded-proto"),
    ) -> None:
        self._anyone = self._unix = False
        self._networks: list[_Network] = []
        for proxy in proxies:
            if proxy == "*":
                self._anyone = True
            elif proxy == "unix":
                self._unix = True
            else:
                self._networks.append(_network(proxy))
        self.headers = frozenset(_header(name) for name in headers)
        self._within = lru_cache(1024)(self._look_up)

    def trusts(self, peer: str | None) -> bool:
        """Return whether the other end of a connection is a proxy to believe; ``None`` is a Unix socket's end."""
        if self._anyone:
            return True
        return self._unix if peer is None else self._within(peer)

    def at(self, peer: str | None) -> TrustedProxies | None:
        """Return these proxies where ``peer`` is one of them, else ``None``: what ``ConnectionInfo`` takes."""
        return self if self.trusts(peer) else None

    def __contains__(self, address: str) -> bool:
        """Return whether an address that a proxy named is a trusted proxy itself; ``"*"`` names no address."""
        return self._within(address)

    def _look_up(self, text: str) -> bool:
        if not self._networks:
            return False
        address = address_of(text)
        return address is not None and any(address in network for network in self._networks)

    def believes(self, header: ForwardedHeader) -> bool:
        """Return whether this header is read."""
        return header in self.headers


def _network(text: str) -> _Network:
    import ipaddress

    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        fact = f"The trusted proxy {text!r} is no address or network: {error}."
        remedy = "Write an address ('127.0.0.1'), a network ('10.0.0.0/8'), 'unix' or '*'."
        raise SettingsError("S301", fact, remedy) from None


def _header(name: str) -> ForwardedHeader:
    if name.lower() not in get_args(ForwardedHeader):
        known = ", ".join(get_args(ForwardedHeader))
        raise SettingsError("S302", f"{name!r} is no header by which proxies tell of clients.", f"Choose from {known}.")
    return cast("ForwardedHeader", name.lower())


def address_of(text: str) -> _Address | None:
    """Return the address; ``None`` for what is none, or has a zone, where anything could stand."""
    import ipaddress

    if len(text) > 45 or "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
