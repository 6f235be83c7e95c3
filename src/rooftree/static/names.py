"""Names of files with a part made of their content: ``site.3f2a9c1b77aa.css`` never changes, and is kept for good."""

from __future__ import annotations

import hashlib
import re
from typing import Final

__all__ = ["digest_of", "hashed_name", "may_be_served", "split_hashed"]

_HASHED: Final = re.compile(r"(.*?)\.([0-9a-f]{12})((?:\.[^./]+)?)")


def digest_of(content: bytes) -> str:
    """Return what stands for a content in a name: 48 bits, which nobody chooses."""
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def hashed_name(name: str, digest: str) -> str:
    """Return a name with a digest before its suffix.

    >>> hashed_name("img/roof.svg", "3f2a9c1b77aa")
    'img/roof.3f2a9c1b77aa.svg'
    """
    folder, slash, base = name.rpartition("/")
    stem, dot, suffix = base.rpartition(".")
    if not stem:
        return f"{folder}{slash}{base}.{digest}"
    return f"{folder}{slash}{stem}.{digest}{dot}{suffix}"


def split_hashed(name: str) -> tuple[str, str] | None:
    """Return the name and the digest that ``hashed_name`` put together; ``None`` for any other name."""
    match = _HASHED.fullmatch(name)
    return None if match is None else (match[1] + match[3], match[2])


def may_be_served(name: str) -> bool:
    """Tell whether a name is one that a site shows: nothing hidden (``.git``, ``.env``), but for ``.well-known``."""
    return not any(part.startswith(".") and part != ".well-known" for part in name.split("/"))
