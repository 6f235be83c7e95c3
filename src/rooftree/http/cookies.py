"""Cookies in (RFC 6265 section 5.4) and out (section 4.1; prefixes and ``SameSite`` as in RFC 6265bis).

Values are percent-encoded UTF-8 where a character may not stand in a cookie, as browsers' ``encodeURIComponent`` does
it: any text comes back as it was set, scripts can read it, and nothing in a value can end it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from rooftree.base import UsageError
from rooftree.http.dates import http_date

__all__ = ["SameSite", "UndecidedCookie", "cookie_line", "parse_cookies"]

SameSite = Literal["lax", "strict", "none"]

MAX_COOKIES = 256
MAX_COOKIE_SIZE = 4096  # RFC 6265bis section 5.6: browsers drop what is longer

_COOKIE_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_DOMAIN = r"\.?[A-Za-z0-9]([A-Za-z0-9\-.]*[A-Za-z0-9])?"
_PATH = r"/[\x20-\x3a\x3c-\x7e]*"
_SAFE = "!#$&'()*+/:<=>?@[]^_`{|}~"


class UndecidedCookie(bytes):
    """A ``Set-Cookie`` value that is ``Secure`` because nobody said otherwise; ``plain`` is it without."""

    __slots__ = ()

    def plain(self) -> bytes:
        """Return the value without ``Secure``."""
        return self.removesuffix(b"; Secure")


def parse_cookies(raw_headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the cookies by name; of a repeated name the first, of more than 256 pairs the first 256.

    Anything else than ``name=value`` is passed over: a cookie without a name could pretend to be another one.
    """
    cookies: dict[str, str] = {}
    left = MAX_COOKIES
    for header, line in raw_headers:
        if header == b"cookie":
            pairs = _text(line).split(";", left)[:left]
            left -= len(pairs)
            for pair in pairs:
                name, separator, value = pair.partition("=")
                name = name.strip(" \t")
                if separator and name and name not in cookies:
                    cookies[name] = _value(value.strip(" \t"))
    return cookies


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _value(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if "%" not in text:
        return text
    from urllib.parse import unquote

    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def cookie_line(
    name: str,
    value: str,
    *,
    max_age: int | None = None,
    expires: datetime | float | None = None,
    path: str = "/",
    domain: str | None = None,
    secure: bool | None = None,
    http_only: bool = True,
    same_site: SameSite | None = "lax",
    partitioned: bool = False,
) -> bytes:
    """Return the value of a ``Set-Cookie`` field.

    Args:
        name: A token; ``__Secure-`` and ``__Host-`` in front of it are promises that are checked.
        value: Any text.
        max_age: Seconds until the cookie ends; 0 ends it now, ``None`` with the browser's session.
        expires: When it ends: a datetime with a zone, or seconds since 1970.
        path: The path under which it is sent.
        domain: The host to whose subdomains it is sent too; ``None``: to this very host only.
        secure: Sent over HTTPS only. ``None`` is yes in production; elsewhere over HTTPS alone.
        http_only: Kept from scripts.
        same_site: When it goes along with requests from other sites; ``None`` leaves it to the browser.
        partitioned: Kept apart per top-level site (CHIPS).

    Raises:
        UsageError: A name, attribute or combination that browsers refuse (U301 to U304).
    """
    attributes, decided = _attributes(name, path, domain, (secure, http_only, same_site, partitioned))
    pair = f"{name}={value if value.isalnum() and value.isascii() else _quoted(value)}"
    if len(pair) > MAX_COOKIE_SIZE:
        fact = f"The cookie {name!r} has {len(pair)} bytes, browsers keep at most {MAX_COOKIE_SIZE}."
        raise UsageError("U304", fact, "Keep the data on the server and a key to it in the cookie.")
    if max_age is not None:
        pair += f"; Max-Age={int(max_age)}"
    if expires is not None:
        pair += f"; Expires={_expires(name, expires)}"
    line = f"{pair}{attributes}".encode("ascii")
    return line if decided else UndecidedCookie(line)


def _quoted(value: str) -> str:
    from urllib.parse import quote

    return quote(value, safe=_SAFE, errors="replace")


@lru_cache(256)
def _attributes(
    name: str, path: str, domain: str | None, flags: tuple[bool | None, bool, SameSite | None, bool]
) -> tuple[str, bool]:
    """Return the attributes that are the same whenever a cookie is set, and whether all about ``Secure`` is decided."""
    secure, http_only, same_site, partitioned = flags
    if not re.fullmatch(_COOKIE_NAME, name):
        raise UsageError("U301", f"The cookie name {name!r} is not a token.", "Use letters, digits, '-', '_' and '.'.")
    _check_rules(name, path=path, domain=domain, secure=secure, same_site=same_site, partitioned=partitioned)
    parts = [""]
    if domain is not None:
        parts.append(f"Domain={domain}")
    parts.append(f"Path={path}")
    if http_only:
        parts.append("HttpOnly")
    if same_site is not None:
        parts.append(f"SameSite={same_site.capitalize()}")
    if partitioned:
        parts.append("Partitioned")
    if secure is not False:
        parts.append("Secure")
    needs_secure = name.lower().startswith(("__secure-", "__host-")) or same_site == "none" or partitioned
    return "; ".join(parts), secure is not None or needs_secure


def _check_rules(
    name: str, *, path: str, domain: str | None, secure: bool | None, same_site: str | None, partitioned: bool
) -> None:
    if not re.fullmatch(_PATH, path):
        fact = f"The path {path!r} of cookie {name!r} is not a path."
        raise UsageError("U302", fact, "Start it with '/' and leave out ';' and control characters.")
    if domain is not None and not re.fullmatch(_DOMAIN, domain):
        raise UsageError("U302", f"The domain {domain!r} of cookie {name!r} is not a host name.", "Use ASCII labels.")
    if same_site not in {None, "lax", "strict", "none"}:
        fact = f"The same_site {same_site!r} of cookie {name!r} is none of 'lax', 'strict', 'none'."
        raise UsageError("U302", fact, "Choose one of these, or None.")
    prefix = next((p for p in ("__Host-", "__Secure-") if name.lower().startswith(p.lower())), None)
    if secure is False:
        reason = prefix or ("same_site='none'" if same_site == "none" else "partitioned" if partitioned else None)
        if reason:
            fact = f"The cookie {name!r} has secure=False, but {reason} promises that it travels over HTTPS only."
            raise UsageError("U303", fact, "Drop secure=False.")
    if prefix == "__Host-" and (domain is not None or path != "/"):
        fact = f"The cookie {name!r} has a domain or a path, but __Host- promises one host and the path '/'."
        raise UsageError("U303", fact, "Drop domain= and path=, or the prefix.")


def _expires(name: str, moment: datetime | float) -> str:
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            fact = f"The time at which cookie {name!r} ends has no time zone: {moment!r}."
            raise UsageError("U302", fact, "Use datetime.now(UTC) + ..., or max_age=.")
        moment = moment.astimezone(UTC).timestamp()
    return http_date(moment)
