"""What trusted proxies say of the client: ``Forwarded`` (RFC 7239) and ``X-Forwarded-*``.

Only a proxy can know these things, and anyone can write such a header. So nothing is believed unless the other end of
the connection is a trusted proxy, and then only the headers that this proxy is known to set: a proxy that sets
``X-Forwarded-For`` hands through a ``Forwarded`` that the client made up.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast, get_args

from rooftree.base import SettingsError

if TYPE_CHECKING:
    from rooftree.http.request import ConnectionInfo

__all__ = [
    "ForwardedHeader",
    "TrustedProxies",
    "forwarded_client",
    "forwarded_host",
    "forwarded_prefix",
    "forwarded_scheme",
]

ForwardedHeader = Literal[
    "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix"
]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_RawHeaders = list[tuple[bytes, bytes]]

_HOST = r"(?:[A-Za-z0-9._\-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_PREFIX = r"(?:/[A-Za-z0-9._~\-!$&'()*+,;=:@%]+)*"
_PAIR = r"""[ \t]*([A-Za-z0-9!#$%&'*+\-.^_`|~]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))[ \t]*"""


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
        """Return these proxies where ``peer`` is one of them, else ``None``: what :class:`ConnectionInfo` takes."""
        return self if self.trusts(peer) else None

    def __contains__(self, address: str) -> bool:
        """Return whether an address that a proxy named is a trusted proxy itself; ``"*"`` names no address."""
        return self._within(address)

    def _look_up(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._networks)

    def believes(self, header: ForwardedHeader) -> bool:
        """Return whether this header is read."""
        return header in self.headers


def _network(text: str) -> _Network:
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


def _address(text: str) -> _Address | None:
    """Return the address; ``None`` for what is none, or has a zone, where anything could stand."""
    if len(text) > 45 or "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def forwarded_client(
    trusted: TrustedProxies, connection: ConnectionInfo, raw_headers: _RawHeaders
) -> tuple[str, int] | None:
    """Return address and port of the client: going back from this end, the first address that is no trusted proxy.

    What stands before an entry that cannot be read is not believed either; the port is 0 where none is named.
    """
    return _walk(trusted, connection, raw_headers)[0]


def _walk(
    trusted: TrustedProxies, connection: ConnectionInfo, raw_headers: _RawHeaders
) -> tuple[tuple[str, int] | None, int]:
    """Return the client and its place from the end of the header: 1 is the last entry, 0 the connection itself."""
    client, hops = connection.client, 0
    for entry in _named(trusted, raw_headers):
        named = _node(entry)
        if named is None:
            break
        client, hops = named, hops + 1
        if named[0] not in trusted:
            break
    return client, hops


def _named(trusted: TrustedProxies, raw_headers: _RawHeaders) -> Iterator[str]:
    """Give who was in front, nearest first."""
    if trusted.believes("forwarded"):
        for element in reversed(_elements(raw_headers)):
            yield element.get("for", "")
    elif trusted.believes("x-forwarded-for"):
        yield from reversed(_values(b"x-forwarded-for", raw_headers))


def _node(text: str) -> tuple[str, int] | None:
    """Return address and port of ``192.0.2.1``, ``192.0.2.1:80``, ``2001:db8::1``, ``[2001:db8::1]:80``."""
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        if port and not port.startswith(":"):
            return None
        port = port[1:]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    address = _address(host)
    if address is None:
        return None
    return str(address), int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0


def forwarded_scheme(trusted: TrustedProxies, connection: ConnectionInfo, raw_headers: _RawHeaders) -> str:
    """Return the scheme that the client used towards the first trusted proxy, ``"http"`` or ``"https"``."""
    scheme = _said(trusted, connection, raw_headers, "proto", "x-forwarded-proto").lower()
    return scheme if scheme in {"http", "https"} else connection.scheme


def forwarded_host(
    trusted: TrustedProxies, connection: ConnectionInfo, raw_headers: _RawHeaders, raw_host: bytes
) -> str:
    """Return host and port that the client named to the first trusted proxy."""
    host = _said(trusted, connection, raw_headers, "host", "x-forwarded-host")
    if not re.fullmatch(_HOST, host):
        host = raw_host.decode("latin-1")
    port = _said(trusted, connection, raw_headers, "", "x-forwarded-port")
    if port.isascii() and port.isdigit() and len(port) < 6 and not re.search(r":[0-9]+\Z", host):
        usual = "443" if forwarded_scheme(trusted, connection, raw_headers) == "https" else "80"
        host = host if port == usual else f"{host}:{port}"
    return host


def forwarded_prefix(trusted: TrustedProxies, connection: ConnectionInfo, raw_headers: _RawHeaders) -> str:
    """Return the path that the proxy took off, without a slash at its end; ``""`` where it took none off."""
    prefix = _said(trusted, connection, raw_headers, "", "x-forwarded-prefix").rstrip("/")
    return prefix if re.fullmatch(_PREFIX, prefix) and "/." not in prefix and "%" not in prefix else ""


def _said(
    trusted: TrustedProxies, connection: ConnectionInfo, raw_headers: _RawHeaders, name: str, header: ForwardedHeader
) -> str:
    """Return what the proxy next to the client said; where hops cannot be matched, what the nearest proxy said."""
    if trusted.believes("forwarded") and name:
        elements = _elements(raw_headers)
        hops = _walk(trusted, connection, raw_headers)[1]
        return elements[-max(hops, 1)].get(name, "") if elements else ""
    if not trusted.believes(header):
        return ""
    values = _values(header.encode(), raw_headers)
    if len(values) < 2:
        return values[0] if values else ""
    hops = _walk(trusted, connection, raw_headers)[1]
    aligned = len(values) == len(_values(b"x-forwarded-for", raw_headers))
    return values[-hops] if aligned and hops else values[-1]


def _values(header: bytes, raw_headers: _RawHeaders) -> list[str]:
    lines = [value for name, value in raw_headers if name == header]
    return [part.strip() for part in b",".join(lines).decode("latin-1").split(",")] if lines else []


def _elements(raw_headers: _RawHeaders) -> list[dict[str, str]]:
    """Return the elements of ``Forwarded`` (RFC 7239 section 4).

    An element that breaks the grammar is an empty one: nothing in it, or of the hops before it, is known.
    """
    line = b",".join(value for name, value in raw_headers if name == b"forwarded").decode("latin-1")
    elements: list[dict[str, str]] = [{}]
    pattern = re.compile(_PAIR)
    position, broken = 0, False
    while position < len(line):
        if line[position] == ",":
            elements.append({})
            position, broken = position + 1, False
        elif line[position] in "; \t":
            position += 1
        elif (
            not broken
            and (pair := pattern.match(line, position))
            and line[pair.end() : pair.end() + 1] in ("", ",", ";")
        ):
            quoted, plain = pair[2], pair[3]
            elements[-1].setdefault(pair[1].lower(), plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
            position = pair.end()
        else:
            elements[-1] = {}
            broken = True
            position += 1
    return elements if line else []
