"""``{% trans %}``: a message that is markup, with values in it that are escaped.

``_("Saved %(name)s.", name=product.name)`` is text and is escaped whole, translation and all. ``{% trans %}`` is for a
message with elements in it: it is markup as the template around it is, and so is its translation; its values are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes
from jinja2.ext import InternationalizationExtension
from jinja2.parser import Parser

from rooftree.base import Html
from rooftree.i18n import ENGLISH, current_locale, gettext, ngettext, npgettext, pgettext
from rooftree.templates.direct import again

__all__ = [
    "MARKUP_FUNCTIONS",
    "PLAIN_FUNCTIONS",
    "TransTag",
    "gettext",
    "ngettext",
    "npgettext",
    "pgettext",
    "plain_texts",
    "texts",
]

_PREFIX: Final = "markup_"


class TransTag(InternationalizationExtension):
    """The tag ``trans``, of Jinja2, calling functions whose messages are markup."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        environment.newstyle_gettext = True  # the values are the functions' to fill in

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Return the statements of ``{% trans %}``."""
        parsed = super().parse(parser)
        for node in parsed if isinstance(parsed, list) else [parsed]:
            for call in node.find_all(nodes.Call):
                if isinstance(call.node, nodes.Name) and _PREFIX + call.node.name in MARKUP_FUNCTIONS:
                    call.node.name = _PREFIX + call.node.name
        return parsed


def texts(marks: object) -> Mapping[str, str]:
    """Return the messages that templates hold in the language of the work at hand, escaped.

    Args:
        marks: What the name that marks them means.

    Raises:
        AttributeError: It means something else than it usually does (``rooftree.templates.purity``).
    """
    return (current_locale() or ENGLISH).escaped if marks is gettext else again()


def plain_texts(marks: object) -> Mapping[str, str]:
    """Return them as they are."""
    return _Plain((current_locale() or ENGLISH).gettext) if marks is gettext else again()


class _Plain(dict[str, str]):
    """Messages in one language."""

    __slots__ = ("_gettext",)

    def __init__(self, gettext: Callable[[str], str]) -> None:
        super().__init__()
        self._gettext = gettext

    def __missing__(self, message: str) -> str:
        return self._gettext(message)


def _message(message: str, values: dict[str, Any], plural: str = "", count: int = 1, context: str = "") -> Html:
    source = plural if plural and count != 1 else message
    locale = current_locale()
    found = (locale.find(message, plural, count, context) if locale is not None else None) or source
    try:
        return Html(found) % values
    except (KeyError, TypeError, ValueError):  # a translation with a broken place must not take the page along
        return Html(source) % values


def _gettext(message: str, /, **values: Any) -> Html:
    return _message(message, values)


def _ngettext(singular: str, plural: str, num: int, /, **values: Any) -> Html:
    return _message(singular, {"num": num, **values}, plural, num)


def _pgettext(context: str, message: str, /, **values: Any) -> Html:
    return _message(message, values, context=context)


def _npgettext(context: str, singular: str, plural: str, num: int, /, **values: Any) -> Html:
    return _message(singular, {"num": num, **values}, plural, num, context)


MARKUP_FUNCTIONS: Final = {
    f"{_PREFIX}gettext": _gettext,
    f"{_PREFIX}ngettext": _ngettext,
    f"{_PREFIX}pgettext": _pgettext,
    f"{_PREFIX}npgettext": _npgettext,
}
"""What ``{% trans %}`` calls."""
PLAIN_FUNCTIONS: Final = {
    f"{_PREFIX}gettext": gettext,
    f"{_PREFIX}ngettext": ngettext,
    f"{_PREFIX}pgettext": pgettext,
    f"{_PREFIX}npgettext": npgettext,
}
"""What ``{% trans %}`` calls in templates of plain text."""
