"""What the framework's own pages load: the style sheet, below ``/_rooftree/``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from rooftree.static.assets import Assets

__all__ = ["OWN_PREFIX", "look_text", "look_url", "own_assets"]

OWN_PREFIX: Final = "/_rooftree"
LOOK: Final = "rooftree.css"


@cache
def own_assets() -> Assets:
    """Return the framework's own static files; they do not change while it runs."""
    return Assets(OWN_PREFIX, [Path(__file__).parent / "look"])


def look_url() -> str:
    """Return the URL of the style sheet, for ``<link rel="stylesheet">``; the application serves it by itself."""
    return own_assets().url(LOOK)


@cache
def look_text() -> str:
    """Return the style sheet, for pages that must stand alone."""
    return (Path(__file__).parent / "look" / LOOK).read_text(encoding="utf-8")
