"""The page of the API for people: a list of what there is, and Swagger UI in its place where scripts run."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from rooftree.openapi.ui import INSTALL, SCRIPT, STYLE, SwaggerUI

__all__ = ["page"]

LONGEST: Final = 2_000
"""Characters of a description that the list shows."""


def page(
    document: Mapping[str, Any],
    *,
    url: str,
    root: str,
    nonce: str,
    look: str,
    icon: str,
    own: Mapping[str, str],
    ui: SwaggerUI | None,
    tell: bool,
) -> str:
    """Return the page, as markup.

    Args:
        document: What it shows.
        url: Where the document is.
        root: What goes before paths of this application.
        nonce: Lets the page's own scripts and styles in.
        look: The URL of the framework's style sheet.
        icon: The URL of its icon.
        own: The URLs of `docs.js` and `docs.css`.
        ui: Swagger UI, where it is installed.
        tell: Say how to install it where it is not.
    """
    info = document["info"]
    title = escape(str(info["title"]))
    allowed = f'nonce="{escape(nonce)}"'
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f'<link rel="icon" href="{escape(root + icon)}">',
        f'<link rel="stylesheet" href="{escape(root + look)}" {allowed} id="look">',
        f'<link rel="stylesheet" href="{escape(root + own["docs.css"])}" {allowed}>',
    ]
    place = ""
    if ui is not None:
        style = f' data-style="{escape(root + ui.url(STYLE))}"'
        head.append(f'<script src="{escape(root + own["docs.js"])}" {allowed}{style}></script>')
        # read when the list is, so that what is seen first is already the right one
        place = (
            f'<div id="swagger-ui" data-url="{escape(url)}"></div>\n'
            f'<script src="{escape(root + ui.url(SCRIPT))}" {allowed} defer></script>'
        )
    note = ""
    if ui is None and tell:
        note = f'<p class="message">To try operations out on this page: <code>{escape(INSTALL)}</code></p>'
    lines = "\n".join(head)
    inside = f"{_intro(info, title, url)}{note}{_operations(document)}"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{lines}\n</head>\n<body>\n'
        f'<main id="plain">\n{inside}</main>\n{place}\n</body>\n</html>\n'
    )


def _intro(info: Mapping[str, Any], title: str, url: str) -> str:
    version = escape(str(info["version"]))
    said = "".join(f"<p>{_text(info[name])}</p>\n" for name in ("summary", "description") if name in info)
    link = f'<p><a href="{escape(url)}">The OpenAPI document</a></p>\n' if url else ""
    return f'<h1>{title} <small class="badge">{version}</small></h1>\n{said}{link}'


def _operations(document: Mapping[str, Any]) -> str:
    texts = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    by_tag: dict[str, list[str]] = {name: [] for name in texts}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for tag in operation.get("tags") or ("Operations",):
                by_tag.setdefault(tag, []).append(_row(path, method, operation))
    sockets = document.get("x-websockets", {})
    if sockets:
        by_tag["WebSockets"] = [_row(path, "websocket", socket) for path, socket in sockets.items()]
    parts: list[str] = []
    for tag, rows in by_tag.items():
        if rows:
            said = f"<p>{_text(texts.get(tag, ''))}</p>\n" if texts.get(tag) else ""
            parts.append(f'<h2>{escape(tag)}</h2>\n{said}<dl class="operations">\n{"".join(rows)}</dl>\n')
    return "".join(parts) or "<p>Nothing is described yet.</p>\n"


def _row(path: str, method: str, operation: Mapping[str, Any]) -> str:
    old = ' <span class="badge warn">deprecated</span>' if operation.get("deprecated") else ""
    parts = [str(operation[name]) for name in ("summary", "description") if operation.get(name)]
    takes = _names(operation)
    if takes:
        parts.append(f"Takes: {takes}.")
    said = "".join(f"<dd>{_text(part)}</dd>" for part in parts)
    return f"<dt><code><b>{escape(method.upper())}</b> {escape(path)}</code>{old}</dt>{said}\n"


def _names(operation: Mapping[str, Any]) -> str:
    names = [f"{each['name']} ({each['in']})" for each in operation.get("parameters", ())]
    kinds = operation.get("requestBody", {}).get("content", {})
    return ", ".join([*names, *(f"a body as {kind}" for kind in list(kinds)[:1])])


def _text(text: str) -> str:
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return escape(short)
