"""The page that a person sees where something was refused or went wrong; it tells nothing of the inside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from rooftree.base import FieldError, HTTPError, RequestInvalid
from rooftree.http import Request, reason_of, said_in
from rooftree.i18n import ENGLISH, _, current_locale, fault_text
from rooftree.security import nonce
from rooftree.static import icon_url, look_text

__all__ = ["near_paths", "page", "refusal_page", "style"]

_WORDS = {
    400: (_("That request could not be read"), _("Something in the address or the data sent is not as it should be.")),
    401: (_("Please sign in"), _("This page is for people who are signed in.")),
    403: (_("This is not open to you"), _("You may not see this page, or not do this here.")),
    404: (_("Nothing is here"), _("The address may have a typing error, or the page may have moved.")),
    405: (_("That cannot be done here"), _("This address exists, but it does not take this kind of request.")),
    408: (_("That took too long to arrive"), _("Please try again.")),
    413: (_("That is too large"), _("Please send something smaller.")),
    422: (_("Something does not fit"), _("Some of what was sent cannot be used. Please correct it and try again.")),
    429: (_("Too many requests"), _("Please wait a little and try again.")),
    500: (_("Something went wrong on our side"), _("It has been noted. Please try again in a moment.")),
    503: (_("We are busy right now"), _("Please try again in a moment.")),
}


_CODE = re.compile("`([^`]*)`")
_AS_CODE = r"<code>\1</code>"


@cache
def style() -> str:
    """Return the style sheet of the framework's own pages: they stand alone, whatever else fails."""
    own = (Path(__file__).parent / "pages" / "page.css").read_text(encoding="utf-8")
    lines = re.sub(r"/\*.*?\*/", "", look_text() + own, flags=re.DOTALL).splitlines()
    return "".join(f"{line.strip()}\n" for line in lines if line.strip())


def page(request: Request, title: str, body: str, *, kind: str = "") -> str:
    """Return a whole HTML page in the language that is in force. ``title`` is text and escaped; ``body`` is markup."""
    locale = current_locale() or ENGLISH
    return (
        f'<!DOCTYPE html>\n<html lang="{locale.tag}" dir="{locale.direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="robots" content="noindex">\n<link rel="icon" href="{escape(request.root_path + icon_url())}">\n'
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
    known = _WORDS.get(error.status)
    heading = str(known[0] if known else reason_of(error.status) or _("That did not work"))
    advice = str((known or _WORDS[family])[1])
    detail = said_in(error.detail, current_locale() or ENGLISH) or advice
    rows = ""
    if isinstance(error, RequestInvalid):
        rows = f'<div class="card"><table>{"".join(map(_row, error.errors))}</table></div>'
        detail = advice
    if near:
        rows += f"<p>Did you mean {' or '.join(map(_linked, near))}?</p>"  # while developing only
    reference = ""
    if error.status >= 500:
        word = str(_("Reference"))
        reference = f'<p class="quiet">{escape(word)} <code>{escape(request.id)}</code></p>'
    status = escape(str(_("Error %(status)s", status=error.status)))
    home = escape(str(_("Go to the start page")))
    body = (
        f'<p class="status">{status}</p>\n<h1>{escape(heading)}</h1>\n<p>{escape(detail)}</p>\n{rows}'
        f'{reference}<p><a class="button second" href="{escape(request.root_path)}/">{home}</a></p>'
    )
    return page(request, f"{error.status} {heading}", body, kind="plain")


def _row(fault: FieldError) -> str:
    message = fault.message
    if current_locale() is not None:
        message = str(fault_text(fault.code, fault.params, message))
    return (
        f'<tr><th scope="row">{escape(fault.where)} <code>{escape(".".join(map(str, fault.path)))}</code></th>'
        f"<td>{_CODE.sub(_AS_CODE, escape(message))}</td></tr>"
    )


def _linked(path: str) -> str:
    shown = f"<code>{escape(path)}</code>"
    return shown if "{" in path else f'<a href="{escape(path)}">{shown}</a>'
