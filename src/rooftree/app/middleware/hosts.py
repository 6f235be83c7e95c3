"""Which values of ``Host`` this site answers to (RFC 9110 section 7.2).

Links made from a request carry its host; a host that anyone can choose would let them point elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rooftree.base import SettingsError

__all__ = ["AllowedHosts"]

LOCAL = ("localhost", "*.localhost", "127.0.0.1", "[::1]")
_ENTRY = r"(\*\.)?(?P<host>[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*|\[[0-9A-Fa-f:.]+\])(?P<port>:([0-9]{1,5}|\*))?"
_HOST = rb"(?P<host>[a-z0-9_\-]+(?:\.[a-z0-9_\-]+)*|\[[0-9a-f:.]+\])\.?(?P<port>:[0-9]{1,5})?"
_REMEMBERED = 1024
_ANY = b":*"
_USUAL = (b"", b":80", b":443")


class AllowedHosts:
    """The hosts that are answered, compiled to look-ups on the bytes of the header.

    Args:
        hosts: ``"example.org"``, at the ports that browsers do not write, 80 and 443; ``"example.org:8000"`` for one
            port, ``"example.org:*"`` for any; ``"*.example.org"`` for its subdomains, itself not among them;
            ``"[2001:db8::1]"``; ``"*"`` for every host. This machine's own names, ``localhost``, ``127.0.0.1`` and
            ``[::1]``, are answered at any port, as no link to them leads away; none given means these.

    Attributes:
        known: Header values found to be allowed. Look here first: it is one look-up. At most 1,024 are remembered.

    Raises:
        SettingsError: An entry is none of these (S311).
    """

    __slots__ = ("_anything", "_exact", "_suffixes", "known")

    def __init__(self, hosts: Iterable[str]) -> None:
        self.known: set[bytes] = set()
        self._anything = False
        self._exact: set[bytes] = set()
        self._suffixes: dict[bytes, tuple[bytes, ...]] = {}
        for host in tuple(hosts) or LOCAL:
            if host == "*":
                self._anything = True
            else:
                self._add(host)

    def _add(self, entry: str) -> None:
        if not (found := re.fullmatch(_ENTRY, entry)):
            fact = f"The allowed host {entry!r} is no host."
            raise SettingsError(
                "S311", fact, "Write 'example.org', '*.example.org', '[::1]', with ':8000', ':*' or no port."
            )
        name = found["host"].lower().encode("ascii")
        own = entry.lower() in LOCAL or name.endswith(b".localhost")
        given = (found["port"] or "").encode("ascii")
        for port in (given,) if given else (_ANY,) if own else _USUAL:
            if found[1]:
                self._suffixes[port] = (*self._suffixes.get(port, ()), b"." + name)
            else:
                self._exact.add(name + port)

    def admit(self, raw_host: bytes) -> bool:
        """Return whether a request for this host is answered; one that is will be found in ``known``."""
        found = re.fullmatch(_HOST, raw_host.lower())
        if not found or not (self._anything or self._matches(found["host"], found["port"] or b"")):
            return False
        if len(self.known) < _REMEMBERED:
            self.known.add(raw_host)
        return True

    def _matches(self, host: bytes, port: bytes) -> bool:
        if host + port in self._exact or host + _ANY in self._exact:
            return True
        return any(len(host) > len(s) and host.endswith(s) for p in (port, _ANY) for s in self._suffixes.get(p, ()))
