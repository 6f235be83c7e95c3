"""References in style sheets, which have to follow the names of the files that they mean."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote

__all__ = ["MAX_REWRITTEN", "rewrite"]

MAX_REWRITTEN: Final = 2 * 1024 * 1024
"""Bytes of a style sheet above which it is served as it is."""

_REFERENCE: Final = re.compile(
    r"""(?P<before>\burl\(\s*["']?|@import\s+["'])(?P<path>(?!["'#/]|[A-Za-z][A-Za-z0-9+.-]*:)[^"'()\s?#]+)"""
)


def rewrite(text: str, name: str, find: Callable[[str], str | None]) -> str:
    """Return a style sheet with every relative ``url(...)`` and ``@import`` pointing at the hashed name.

    Args:
        text: The style sheet.
        name: Its own name, which its references start from.
        find: Returns the hashed name for a name; ``None`` where there is no such file: the reference stays.
    """

    def renamed(match: re.Match[str]) -> str:
        path = match["path"]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path)))
        found = None if target.startswith("..") else find(target)
        if found is None:
            return match[0]
        folder, slash, _ = path.rpartition("/")
        return f"{match['before']}{folder}{slash}{quote(posixpath.basename(found))}"

    return _REFERENCE.sub(renamed, text)
