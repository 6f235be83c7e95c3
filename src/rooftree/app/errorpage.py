"""The page that a person sees where something was refused or went wrong; it tells nothing of the inside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from rooftree.base import HTTPError, RequestInvalid
from rooftree.http import Request, reason_of
from rooftree.security import nonce

__all__ = ["near_paths", "page", "refusal_page", "style"]

_WORDS = {
    400: ("That request could not be read", "Something in the address or the data sent is not as it should be."),
    401: ("Please sign in", "This page is for people who are signed in."),
    403: ("This is not open to you", "You may not see this page, or not do this here."),
    404: ("Nothing is here", "The address may have a typing error, or the page may have moved."),
    405: ("That cannot be done here", "This address exists, but it does not take this kind of request."),
    408: ("That took too long to arrive", "Please try again."),
    413: ("That is too large", "Please send something smaller."),
    422: ("Something does not fit", "Some of what was sent cannot be used. Please correct it and try again."),
    429: ("Too many requests", "Please wait a little and try again."),
    500: ("Something went wrong on our side", "It has been noted. Please try again in a moment."),
    503: ("We are busy right now", "Please try again in a moment."),
}


_CODE = re.compile("`([^`]*)`")
_AS_CODE = r"<code>\1</code>"


@cache
def style() -> str:
    """Return the style sheet of the framework's own pages."""
    return (Path(__file__).parent / "pages" / "page.css").read_text(encoding="utf-8")


def page(request: Request, title: str, body: str, *, kind: str = "") -> str:
    """Return a whole HTML page. ``title`` is text and escaped; ``body`` is markup."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f'<title>{escape(title)}</title>\n<style nonce="{nonce(request)}">\n{style()}</style>\n</head>\n'
        f'<body class="{escape(kind)}">\n<main>\n{body}\n</main>\n</body>\n</html>\n'
    )


def near_paths(request: Request) -> list[str]:
    """Return the routes whose paths look like one that no route takes; for development, where all may be told."""
    if request.route is not None or request.app is None:
        return []
    from difflib import get_close_matches

    known = {str(endpoint.info.pattern.text) for endpoint in request.app.built.endpoints}
    return get_close_matches(request.path[:200], sorted(known), 3, 0.6)


def refusal_page(error: HTTPError, request: Request, near: Sequence[str] = ()) -> str:
    """Return the page for an answer of 400 and above.

    Args:
        error: What is answered.
        request: The request.
        near: Paths that may have been meant.
    """
    family = 500 if error.status >= 500 else 400
    heading, advice = _WORDS.get(error.status, (reason_of(error.status) or "That did not work", _WORDS[family][1]))
    detail = error.detail or advice
    rows = ""
    if isinstance(error, RequestInvalid):
        rows = "".join(
            f'<tr><th scope="row">{escape(fault.where)} <code>{escape(".".join(map(str, fault.path)))}</code></th>'
            f"<td>{_CODE.sub(_AS_CODE, escape(fault.message))}</td></tr>"
            for fault in error.errors
        )
        rows = f'<div class="card"><table>{rows}</table></div>'
        detail = advice
    if near:
        rows += f"<p>Did you mean {' or '.join(map(_linked, near))}?</p>"
    reference = f'<p class="quiet">Reference <code>{escape(request.id)}</code></p>' if error.status >= 500 else ""
    body = (
        f'<p class="status">Error {error.status}</p>\n<h1>{escape(heading)}</h1>\n<p>{escape(detail)}</p>\n{rows}'
        f'{reference}<p><a href="/">Go to the start page</a></p>'
    )
    return page(request, f"{error.status} {heading}", body, kind="plain")


def _linked(path: str) -> str:
    shown = f"<code>{escape(path)}</code>"
    return shown if "{" in path else f'<a href="{escape(path)}">{shown}</a>'
