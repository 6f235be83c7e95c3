"""The import map of a page, as markup."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import msgspec

from rooftree.static.assets import Assets

__all__ = ["import_map_tag"]


def import_map_tag(assets: Assets, nonce: str = "", *, root: str = "", more: Mapping[str, str] | None = None) -> str:
    """Return ``<script type="importmap">``, which has to stand before the first module of a page.

    Args:
        assets: Whose modules.
        nonce: That of the page's ``Content-Security-Policy``.
        root: The path that the application is mounted at.
        more: Further modules by their bare names.
    """
    found = {**assets.import_map(), **(more or {})}
    placed = {_below(root, name): _below(root, url) for name, url in found.items()}
    text = msgspec.json.encode({"imports": placed}).decode()
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):  # nothing in it can end the element
        text = text.replace(sign, code)
    allowed = f' nonce="{escape(nonce)}"' if nonce else ""
    return f'<script type="importmap"{allowed}>{text}</script>'


def _below(root: str, url: str) -> str:
    return root + url if url.startswith("/") else url
