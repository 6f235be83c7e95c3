"""What trusted proxies say of the client: ``Forwarded`` (RFC 7239) and ``X-Forwarded-*``.

Only a proxy can know these things, and anyone can write such a header. So nothing is believed unless the other end of
the connection is a trusted proxy, and then only the headers that this proxy is known to set: a proxy that sets
``X-Forwarded-For`` hands through a ``Forwarded`` that the client made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rooftree.base import ForwardedHeader
from rooftree.http.connection import ConnectionInfo
from rooftree.http.proxies import TrustedProxies, address_of

__all__ = ["forwarded_client", "forwarded_host", "forwarded_prefix", "forwarded_scheme"]

_RawHeaders = Sequence[tuple[bytes, bytes]]

_HOST = r"(?:[A-Za-z0-9._\-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_PREFIX = r"(?:/[A-Za-z0-9._~\-!$&'()*+,;=:@%]+)*"
_PAIR = r"""[ \t]*([A-Za-z0-9!#$%&'*+\-.^_`|~]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))[ \t]*"""


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
    address = address_of(host)
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
