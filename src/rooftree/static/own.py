"""What the framework's own pages load: the style sheet, the script of forms; below ``/_rooftree/``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from rooftree.static.assets import Assets

__all__ = ["OWN_PREFIX", "form_script_url", "icon_url", "look_text", "look_url", "own_assets"]

OWN_PREFIX: Final = "/_rooftree"
LOOK: Final = "rooftree.css"
FORM_SCRIPT: Final = "forms.js"


@cache
def own_assets() -> Assets:
    """Return the framework's own static files; they do not change while it runs."""
    here = Path(__file__).parent
    return Assets(OWN_PREFIX, [here / "look", here.parent / "forms" / "static", here.parent / "openapi" / "static"])


def look_url() -> str:
    """Return the URL of the style sheet, for ``<link rel="stylesheet">``; the application serves it by itself."""
    return own_assets().url(LOOK)


def form_script_url() -> str:
    """Return the URL of the script that makes forms nicer, for ``<script type="module">``."""
    return own_assets().url(FORM_SCRIPT)


def icon_url() -> str:
    """Return the URL of an icon for pages that have none of their own, for ``<link rel="icon">``."""
    return own_assets().url("icon.svg")


@cache
def look_text() -> str:
    """Return the style sheet, for pages that must stand alone."""
    return (Path(__file__).parent / "look" / LOOK).read_text(encoding="utf-8")
