"""What is done to a value because of where in the markup it stands (``rooftree.templates.positions`` says where)."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from rooftree.base import Html, TemplateError
from rooftree.templates.writing import escape_text

__all__ = ["REPLACED", "VALUE_FILTERS"]

log = logging.getLogger("rooftree.templates")

REPLACED: Final = "about:invalid"
"""What stands in place of a URL that would run a script."""
_SCHEME: Final = re.compile(r"[\x00-\x20]*([^:/?#]*):", re.DOTALL)
_SAFE_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel", "sms", "ftp", "geo", "webcal", "xmpp", "sip"})
_IMAGE: Final = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp|avif)[;,]", re.IGNORECASE)
_CSS: Final = re.compile(r"[\w\s.,%#+-]*", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9-]*", re.ASCII)
_ATTRIBUTE: Final = re.compile(r"(?!on)(?:[a-z_][\w.:-]*)?", re.ASCII | re.IGNORECASE)


def _has_markup(value: Any) -> bool:
    kind: type[Any] = value.__class__
    return hasattr(kind, "__html__")


def url_value(value: Any) -> Any:
    """Return a value that begins a URL: one with a scheme that runs scripts (``javascript:``) is replaced."""
    if value.__class__ is str and value[:1] == "/":  # most of them: a path has no scheme
        return value
    if _has_markup(value):
        return value
    text = str(value)
    found = _SCHEME.match(text)
    if found is None or found[1].lower() in _SAFE_SCHEMES or _IMAGE.match(text):
        return text
    log.warning("A URL was kept out of a page, for its scheme: %s", _cut(text))
    return REPLACED


def url_rest(value: Any) -> Any:
    """Return a value that goes on a URL of which nothing tells its scheme yet: it cannot make one."""
    return value if _has_markup(value) else str(value).replace(":", "%3A")


def css_value(value: Any) -> Any:
    """Return a value in a style: numbers, colours, lengths and words; anything else is left out."""
    if _has_markup(value):
        return value
    text = str(value)
    if _CSS.fullmatch(text):
        return text
    log.warning("A value was kept out of a style: %s", _cut(text))
    return ""


def srcdoc_value(value: Any) -> Html:
    """Return a document inside of an attribute: text is escaped twice, for it is read twice."""
    return Html(escape_text(str(Html.escape(value))))


def name_value(value: Any) -> Any:
    """Return a part of the name of an element, or markup that begins with a space: its attributes.

    Raises:
        TemplateError: P205 for what is none.
    """
    if value.__class__ is int:
        return value
    if _has_markup(value):
        return value
    text = str(value)
    if not _NAME.fullmatch(text):
        raise TemplateError(
            "P205",
            f"The name of an element was to be made with {_cut(text)}.",
            "Letters, digits and '-' can stand there.",
        )
    return text


def attribute_value(value: Any) -> Any:
    """Return what stands where attributes do: markup, or the plain name of an attribute.

    Raises:
        TemplateError: P205 for any other text, and for a handler of events.
    """
    if _has_markup(value):
        return value
    text = str(value)
    if not _ATTRIBUTE.fullmatch(text):
        raise TemplateError(
            "P205",
            f"{_cut(text)} was to stand among the attributes of an element, as plain text.",
            "Write the attribute in the template, and put the value between its quotation marks.",
        )
    return text


def _cut(text: str) -> str:
    return repr(text if len(text) <= 50 else f"{text[:50]}…")


_ALL: Final = (url_value, url_rest, css_value, srcdoc_value, name_value, attribute_value)
VALUE_FILTERS: Final = {function.__name__: function for function in _ALL}
"""The functions by the names that compiled templates know them by."""
