"""Values and URLs that leave for a browser and must come back as they were: signed, for one purpose, until a time.

A value is signed with BLAKE2b and a key (RFC 7693 section 2.9), not encrypted: who has it can read it.
"""

from __future__ import annotations

import binascii
import time
from datetime import timedelta
from typing import Any, Final, TypeVar

import msgspec

from rooftree.base.errors import SignatureRefused
from rooftree.base.keys import Keys

__all__ = ["Signer"]

T = TypeVar("T")

MAC_SIZE: Final = 16  # bytes: 128 bits, which nobody guesses online
MAX_TOKEN: Final = 16 * 1024  # characters that are looked at
_MARK: Final = "signature="


class Signer:
    """Signs values for one purpose, and reads them back.

    >>> signer = app.signer("unsubscribe")
    >>> token = signer.sign(user.id, lasts=timedelta(days=30))
    >>> signer.read(token, int)
    7

    Args:
        keys: The application's; the first signs, all are accepted.
        purpose: What the values are for: a token of one purpose is refused for another.
    """

    __slots__ = ("_hashers", "purpose")

    def __init__(self, keys: Keys, purpose: str) -> None:
        from hashlib import blake2b  # loads OpenSSL: only who signs pays for it

        self.purpose: Final = purpose
        self._hashers = [blake2b(key=key, digest_size=MAC_SIZE) for key in keys.derive(f"sign:{purpose}")]

    def sign(self, value: Any, *, lasts: timedelta | float | None = None) -> str:
        """Return a token for a value: letters, digits, ``-`` and ``_``, fit for a URL or a cookie.

        Args:
            value: What msgspec encodes: numbers, text, dates, structs, lists of them.
            lasts: How long it is accepted, as a timedelta or in seconds; for ever without it.
        """
        payload = msgspec.msgpack.encode((_end(lasts), value))
        return _text(_mac(self._hashers[0], payload) + payload)

    def read(self, token: str, type: type[T]) -> T:
        """Return the value of a token, checked to be a ``type``.

        Raises:
            SignatureRefused: It was not made here for this purpose, was changed, has expired, or holds another type.
        """
        data = _data(token)
        payload = data[MAC_SIZE:]
        self._check(data[:MAC_SIZE], payload)
        try:
            expires, value = msgspec.msgpack.decode(payload, type=tuple[int, type])  # type: ignore[valid-type]
        except msgspec.DecodeError:
            raise SignatureRefused("altered") from None
        _check_end(expires)
        return value

    def sign_url(self, url: str, *, lasts: timedelta | float | None = None) -> str:
        """Return a URL of this site with a signature over its path and query string as the last parameter.

        Raises:
            ValueError: It has a fragment, which never reaches the server, or a signature already.
        """
        if "#" in url or _MARK in url:
            raise ValueError(f"{url!r} cannot be signed: it has a fragment or a signature. Sign the plain path.")
        end = _end(lasts)
        mac = _mac(self._hashers[0], b"%d %b" % (end, _path_of(url)))
        return f"{url}{'&' if '?' in url else '?'}{_MARK}{end:x}-{_text(mac)}"

    def check_url(self, path: bytes, query: bytes) -> None:
        """Check that a path and query string, as the client sent them, are those of a signed URL.

        Raises:
            SignatureRefused: There is no signature, it is another URL's, or it has expired.
        """
        start, mark, given = query.rpartition(_MARK.encode())
        end, _, mac = given.partition(b"-")
        if not mark or (start and not start.endswith(b"&")) or not 0 < len(end) <= 12:
            raise SignatureRefused("altered")
        try:
            expires = int(end, 16)
        except ValueError:
            raise SignatureRefused("altered") from None
        if b"%x" % expires != end:  # another spelling of the same number: a link that is good once has one
            raise SignatureRefused("altered")
        signed = path + (b"?" + start[:-1] if start else b"")
        self._check(_data(mac.decode("latin-1")), b"%d %b" % (expires, signed))
        _check_end(expires)

    def _check(self, given: bytes, payload: bytes) -> None:
        import hmac

        if not any(hmac.compare_digest(given, _mac(keyed, payload)) for keyed in self._hashers):
            raise SignatureRefused("altered")

    def __repr__(self) -> str:
        return f"Signer({self.purpose!r})"


def _mac(keyed: Any, payload: bytes) -> bytes:
    """Return the code of a payload; a copy of what has taken the key in already costs a third of a new one."""
    hasher = keyed.copy()
    hasher.update(payload)
    code: bytes = hasher.digest()
    return code


def _end(lasts: timedelta | float | None) -> int:
    """Return when something ends, in seconds since 1970; 0 for never."""
    if lasts is None:
        return 0
    return int(time.time() + (lasts.total_seconds() if isinstance(lasts, timedelta) else lasts))


def _check_end(expires: int) -> None:
    if expires and expires < time.time():
        raise SignatureRefused("expired")


def _path_of(url: str) -> bytes:
    """Return path and query string of a URL, the part that a server sees."""
    if "://" in url:
        url = "/" + url.partition("://")[2].partition("/")[2]
    return url.encode()


def _text(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def _data(text: str) -> bytes:
    if len(text) > MAX_TOKEN or not text.isascii() or "+" in text or "/" in text:
        raise SignatureRefused("altered")
    try:
        data = binascii.a2b_base64(
            text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4), strict_mode=True
        )
    except binascii.Error:
        raise SignatureRefused("altered") from None
    if _text(data) != text:  # the unused bits of the last character
        raise SignatureRefused("altered")
    return data


_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
