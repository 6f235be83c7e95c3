"""The page that a person sees where something was refused or went wrong; it tells nothing of the inside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

from rooftree.base import FieldError, HTTPError, RequestInvalid
from rooftree.http import Request, Response, reason_of, said_in
from rooftree.i18n import ENGLISH, _, current_locale, fault_text
from rooftree.security import nonce
from rooftree.static import icon_url, look_text

__all__ = ["TELLING", "near_paths", "own_page", "own_template", "page", "refusal_page", "style"]

TEMPLATE: Final = "error.html"
TELLING: Final = "rooftree.error_page"
"""Where a request keeps that it is answered with the page of an error."""
SPARED: Final = frozenset({408, 413, 429})
"""Refused so that no work is done for it: a page of the application's may ask its database."""

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


@dataclass(frozen=True)
class Told:
    """What a refusal tells a person: what ``{{ error }}`` is in an application's own ``error.html``.

    Attributes:
        status: The status: 404.
        kicker: ``"Error 404"``, in the language that is in force, as the rest is.
        heading: What it is called.
        text: What to do about it; what the application said, where it did.
        faults: What is wrong with the values of the request, each with its name and what is asked for.
    """

    status: int
    kicker: str
    heading: str
    text: str
    faults: tuple[Fault, ...] = ()


class Fault(NamedTuple):
    """One value of a request that does not fit: where it stands (``"query"``), its name there, and what is wrong."""

    where: str
    name: str
    text: str


def told(error: HTTPError) -> Told:
    """Return the words for an answer of 400 and above."""
    family = 500 if error.status >= 500 else 400
    known = _WORDS.get(error.status)
    heading = str(known[0] if known else reason_of(error.status) or _("That did not work"))
    advice = str((known or _WORDS[family])[1])
    kicker = str(_("Error %(status)s", status=error.status))
    if isinstance(error, RequestInvalid):
        return Told(error.status, kicker, heading, advice, tuple(map(_fault, error.errors)))
    return Told(error.status, kicker, heading, said_in(error.detail, current_locale() or ENGLISH) or advice)


def own_template(request: Request, error: HTTPError) -> bool:
    """Tell whether the application has a page of its own for an answer: ``error.html`` among its templates.

    Not for what is wrong on our side, which a page may be a part of, nor for what is refused to save work.
    """
    app = request.app
    if app is None or error.status >= 500 or error.status in SPARED:
        return False
    page: Path = app.root / app.settings.templates.folder / TEMPLATE
    return page.is_file()


async def own_page(request: Request, error: HTTPError) -> Response:
    """Return the application's own page for an answer.

    Raises:
        TemplateError: The template is wrong; so may anything be that it asks for.
    """
    from rooftree.templates import Page

    request.state[TELLING] = True
    return await Page(TEMPLATE, {"error": told(error)}, error.status, error.headers).respond(request)


def refusal_page(error: HTTPError, request: Request, near: Sequence[str] = ()) -> str:
    """Return the framework's page for an answer of 400 and above.

    Args:
        error: What is answered.
        request: The request.
        near: Paths that may have been meant.
    """
    said = told(error)
    rows = f'<div class="card"><table>{"".join(map(_row, said.faults))}</table></div>' if said.faults else ""
    if near:
        rows += f"<p>Did you mean {' or '.join(map(_linked, near))}?</p>"  # while developing only
    reference = ""
    if error.status >= 500:
        word = str(_("Reference"))
        reference = f'<p class="quiet">{escape(word)} <code>{escape(request.id)}</code></p>'
    home = escape(str(_("Go to the start page")))
    body = (
        f'<p class="status">{escape(said.kicker)}</p>\n<h1>{escape(said.heading)}</h1>\n<p>{escape(said.text)}</p>\n'
        f'{rows}{reference}<p><a class="button second" href="{escape(request.root_path)}/">{home}</a></p>'
    )
    return page(request, f"{error.status} {said.heading}", body, kind="plain")


def _fault(fault: FieldError) -> Fault:
    message = fault.message
    if current_locale() is not None:
        message = str(fault_text(fault.code, fault.params, message))
    return Fault(fault.where, ".".join(map(str, fault.path)), message)


def _row(fault: Fault) -> str:
    return (
        f'<tr><th scope="row">{escape(fault.where)} <code>{escape(fault.name)}</code></th>'
        f"<td>{_CODE.sub(_AS_CODE, escape(fault.text))}</td></tr>"
    )


def _linked(path: str) -> str:
    shown = f"<code>{escape(path)}</code>"
    return shown if "{" in path else f'<a href="{escape(path)}">{shown}</a>'
