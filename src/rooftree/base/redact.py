"""What must not be shown in a log or on an error page, told by its name."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["REDACTED", "is_secret_name", "redact_url"]

REDACTED: Final = "***"

_SECRET = re.compile(
    r"pass(word|wd|phrase)?(?![a-z])|secret|token|api_?key|private|credential|authorization|cookie|session|signature|\bauth\b|card_?number|cvv|iban",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def is_secret_name(name: str) -> bool:
    """Tell whether a name (of a variable, a header, a field) speaks of something that must not be shown."""
    return _SECRET.search(name.replace("-", "_")) is not None


def redact_url(text: str) -> str:
    """Return the text with user names and passwords in URLs replaced: ``postgresql://***@host/name``."""
    return _CREDENTIALS.sub(REDACTED, text)
