"""Regular expressions of rules, read alike by Python, JSON Schema and browsers."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["exact_pattern"]

_DOLLAR: Final = r"(?s)(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|\$"
_BY_LINES: Final = r"\(\?[a-zA-Z]*m"


def exact_pattern(pattern: str) -> str:
    """Return an expression whose ``$`` is the end and nothing else, as it is in JSON Schema and in browsers.

    In Python it stands before a line feed at the end too, which lets one through that nobody asked for.
    """
    if "$" not in pattern or re.search(_BY_LINES, pattern):
        return pattern
    return re.sub(_DOLLAR, lambda found: found[1] or r"\Z", pattern)
