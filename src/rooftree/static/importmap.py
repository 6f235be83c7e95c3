"""The import map of a page, as markup."""

from __future__ import annotations

from html import escape

import msgspec

from rooftree.static.assets import Assets

__all__ = ["import_map_tag"]


def import_map_tag(assets: Assets, nonce: str = "") -> str:
    """Return ``<script type="importmap">``, which has to stand before the first module of a page.

    Args:
        assets: Whose modules.
        nonce: That of the page's ``Content-Security-Policy``.
    """
    text = msgspec.json.encode({"imports": dict(assets.import_map())}).decode()
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):  # nothing in it can end the element
        text = text.replace(sign, code)
    allowed = f' nonce="{escape(nonce)}"' if nonce else ""
    return f'<script type="importmap"{allowed}>{text}</script>'
