"""Cookies in (RFC 6265 section 5.4) and out (section 4.1)."""

from __future__ import annotations

__all__ = ["parse_cookies"]


def parse_cookies(raw_headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the cookies by name; of a repeated name the first."""
    cookies: dict[str, str] = {}
    for name, value in raw_headers:
        if name == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, separator, text = part.strip().partition("=")
                if separator:
                    cookies.setdefault(key, text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text)
    return cookies
