"""What must not be shown in a log or on an error page, told by its name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["REDACTED", "is_secret_name", "redact_url"]

REDACTED: Final = "***"

# compiled on first use: a start that logs nothing does not pay for them
_NAMES: Final = (
    r"pass(word|wd|phrase)?(?![a-z])|secret|token|api_?key|private|credential|authorization|cookie|session|signature"
    r"|\bauth\b|card_?number|cvv|iban"
)
# up to the last @: a password may hold one, and where nobody escaped them / ? and # too, in place of a port's digits
_CREDENTIALS: Final = r"""(?<=://)(?:[^/?#\s"':@]*:(?!\d*(?:[/?#\s"']|\Z))(?:(?!://)[^\s"']){0,999}|[^/?#\s]+)(?=@)"""
_PARAMETER: Final = r"""(?<=[?&])([^=&?#\s"']{1,64})=[^&#\s"']+"""


@lru_cache(1024)
def is_secret_name(name: str) -> bool:
    """Tell whether a name (of a variable, a header, a field) speaks of something that must not be shown."""
    return re.search(_NAMES, name.replace("-", "_"), re.IGNORECASE) is not None


def redact_url(text: str) -> str:
    """Return the text with what is secret in URLs replaced: ``postgresql://***@host/name?password=***``.

    That is user names and passwords, and the values of parameters that are named like secrets.
    """
    if "://" not in text:
        return text
    return re.sub(_PARAMETER, _parameter, re.sub(_CREDENTIALS, REDACTED, text))


def _parameter(found: re.Match[str]) -> str:
    return f"{found[1]}={REDACTED}" if is_secret_name(found[1]) else found[0]
