"""Header fields as they came, looked up by name without regard to case (RFC 9110 section 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, TypeVar, overload

import msgspec

from rooftree.http.cookies import parse_cookies

__all__ = ["Fields", "Headers", "ResponseHeaders", "header_pair"]

D = TypeVar("D")

_ILLEGAL = dict.fromkeys([*range(0x20), 0x7F])
del _ILLEGAL[0x09]


class Headers(Mapping[str, str]):
    """The header fields of a request: read only, in order, a repeated name's values joined by ``", "``.

    Args:
        raw: Pairs of lower-case name and value as received.
    """

    __slots__ = ("raw",)

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self.raw = raw

    def __getitem__(self, name: str) -> str:
        values = self.get_all(name)
        if not values:
            raise KeyError(name)
        return ("; " if name.lower() == "cookie" else ", ").join(values)

    @overload
    def get(self, key: str, /) -> str | None: ...
    @overload
    def get(self, key: str, /, default: str | D) -> str | D: ...
    def get(self, key: str, /, default: Any = None) -> Any:
        """Return the values of ``key`` joined, or ``default``."""
        values = self.get_all(key)
        if len(values) == 1:
            return values[0]
        return self[key] if values else default

    def get_all(self, name: str) -> list[str]:
        """Return each value of ``name`` apart, in order; an empty list where there is none."""
        wanted = name.lower().encode("latin-1", "replace")
        return [value.decode("latin-1") for key, value in self.raw if key == wanted]

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        wanted = name.lower().encode("latin-1", "replace")
        return any(key == wanted for key, _ in self.raw)

    def __iter__(self) -> Iterator[str]:
        return iter({key.decode("latin-1"): None for key, _ in self.raw})

    def __len__(self) -> int:
        return len({key for key, _ in self.raw})

    def __repr__(self) -> str:
        secret = (b"authorization", b"cookie", b"proxy-authorization")
        shown = {k.decode("latin-1"): "***" if k in secret else v.decode("latin-1") for k, v in self.raw}
        return f"Headers({shown!r})"


Sender = Literal["own page", "program", "unknown"]
"""A page of this very site, or the visitor's own doing, by Fetch Metadata (``Sec-Fetch-Site``), which no page forges;
a program without anything that a browser adds by itself (origin, cookies, credentials); anyone else."""

_TELLING = frozenset({b"sec-fetch-site", b"origin", b"cookie", b"authorization"})


class Fields(msgspec.Struct, eq=False):
    """The header fields of a request, and what was found in them.

    Requests of one connection share them where they are the same, byte for byte, as those of one client mostly are.

    Attributes:
        pairs: Lower-case name and value in the order sent; not to be changed.
        media: What ``find_media`` has found, ``None`` before it was called.
        names: The same of ``find_names``.
        sender: The same of ``find_sender``.
    """

    pairs: Sequence[tuple[bytes, bytes]]
    media: tuple[bytes | None, bytes | None] | None = None
    names: frozenset[bytes] | None = None
    sender: Sender | None = None
    _headers: Headers | None = None
    _cookies: dict[str, str] | None = None

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name, each time as a dict of the caller's own."""
        if self._cookies is None:
            self._cookies = parse_cookies(self.pairs)
        return self._cookies.copy()

    @property
    def headers(self) -> Headers:
        """The fields by name."""
        if self._headers is None:
            self._headers = Headers(self.pairs)
        return self._headers

    def find_media(self) -> tuple[bytes | None, bytes | None]:
        """Return the first ``Content-Type`` and the last ``Accept``, ``None`` for one that is not there."""
        content_type = accept = None
        for name, value in self.pairs:
            if name == b"content-type":
                content_type = value if content_type is None else content_type
            elif name == b"accept":
                accept = value
        self.media = content_type, accept
        return self.media

    def find_sender(self) -> Sender:
        """Return who sends this, as far as the fields alone tell: see ``Sender``."""
        found: Sender = "program"
        for name, value in self.pairs:
            if name in _TELLING:
                if name == b"sec-fetch-site" and value in {b"same-origin", b"none"}:
                    found = "own page"
                    break
                if name != b"authorization" or value[:7].lower() != b"bearer ":
                    found = "unknown"
        self.sender = found
        return found

    def find_names(self) -> frozenset[bytes]:
        """Return the names that there are."""
        self.names = frozenset(name for name, _ in self.pairs)
        return self.names


def header_pair(name: str, value: str) -> tuple[bytes, bytes]:
    """Return the pair as bytes, the name in lower case.

    Raises:
        ValueError: The name is not a token, or the value holds a control character (RFC 9110 section 5.5): a line
            break in a value would let its author write headers of their own.
    """
    key = _key_of(name)
    if not value.isprintable() and value.translate(_ILLEGAL) != value:
        raise ValueError(f"The value of header {name!r} holds a control character: {value!r}. Remove or encode it.")
    try:
        return key, value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"The value of header {name!r} is not Latin-1: {value!r}. Percent-encode it.") from None


@lru_cache(512)
def _key_of(name: str) -> bytes:
    if not name or not name.isascii() or not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise ValueError(f"{name!r} is not a header name: use letters, digits, '-', '_' and '.'.")
    return name.lower().encode("ascii")


class ResponseHeaders:
    """The header fields of an answer: set, added to or removed by name without regard to case."""

    __slots__ = ("pairs",)

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self.pairs: list[tuple[bytes, bytes]] = []
        if fields:
            for name, value in fields.items():
                self.pairs.append(header_pair(name, value))

    @classmethod
    def over(cls, pairs: list[tuple[bytes, bytes]]) -> ResponseHeaders:
        """Return a view of pairs that someone else keeps."""
        headers = cls()
        headers.pairs = pairs
        return headers

    def __setitem__(self, name: str, value: str) -> None:
        """Set ``name`` to one value, in place of those it had."""
        pair = header_pair(name, value)
        if self.pairs:
            self.remove(name)
        self.pairs.append(pair)

    def __getitem__(self, name: str) -> str:
        values = self.get_all(name)
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __contains__(self, name: str) -> bool:
        return bool(self.get_all(name))

    def __iter__(self) -> Iterator[str]:
        return iter({key.decode("latin-1").lower(): None for key, _ in self.pairs})

    def __len__(self) -> int:
        return len(self.pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the values of ``name`` joined by ``", "``, or ``default``."""
        values = self.get_all(name)
        return ", ".join(values) if values else default

    def get_all(self, name: str) -> list[str]:
        """Return each value of ``name`` apart, in order."""
        wanted = name.lower().encode("latin-1", "replace")
        return [value.decode("latin-1") for key, value in self.pairs if key.lower() == wanted]

    def add(self, name: str, value: str) -> None:
        """Add a field beside those of the same name (``Set-Cookie``, ``Link``)."""
        self.pairs.append(header_pair(name, value))

    def setdefault(self, name: str, value: str) -> None:
        """Set ``name`` where it is not set."""
        if name not in self:
            self.add(name, value)

    def remove(self, name: str) -> None:
        """Remove every field of that name."""
        wanted = name.lower().encode("latin-1", "replace")
        self.pairs[:] = [pair for pair in self.pairs if pair[0].lower() != wanted]

    def vary(self, name: str) -> None:
        """Name a request header in ``Vary``, once (RFC 9110 section 12.5.5)."""
        present = [part.strip().lower() for value in self.get_all("vary") for part in value.split(",")]
        if name.lower() not in present and "*" not in present:
            self["vary"] = ", ".join([*self.get_all("vary"), name])

    def __repr__(self) -> str:
        return f"ResponseHeaders({[(k.decode('latin-1'), v.decode('latin-1')) for k, v in self.pairs]!r})"
