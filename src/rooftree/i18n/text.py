"""Texts that are marked where they are written and translated where they are read.

``_("Saved %(name)s.", name=product.name)`` makes a ``Text``. It holds the message as it stands in the source, in
English, and becomes a string in the language of whoever reads it: at rendering, not where it was made. So one may stand
in a module, in a class or in a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rooftree.i18n.catalogs import find_locale
from rooftree.i18n.locale import Locale, current_locale

__all__ = ["Text", "gettext", "ngettext", "npgettext", "pgettext", "translate"]


class Text:
    """A marked message with its values: a string only when it is read.

    Attributes:
        message: The message, in English, with places such as ``%(name)s``; the singular where there is a plural.
        plural: The message for every other number; ``""`` where the number does not matter.
        count: The number that chooses the form.
        context: Tells apart what English says with one word: ``"month"`` and ``"permission"`` for ``May``.
        params: The values of the places. A Text among them is translated too.
    """

    __slots__ = ("context", "count", "message", "params", "plural")

    def __init__(
        self,
        message: str,
        *,
        plural: str = "",
        count: int = 1,
        context: str = "",
        params: Mapping[str, Any] | None = None,
    ) -> None:
        self.message: Final = message
        self.plural: Final = plural
        self.count: Final = count
        self.context: Final = context
        self.params: Final[Mapping[str, Any]] = params or {}

    def __str__(self) -> str:
        locale, params = current_locale(), self.params
        if locale is None:
            return self.translated(None)
        found = locale.find(self.message, self.plural, self.count, self.context)
        if found is None:
            return self.translated(locale)
        try:
            return found % params if params else found  # a Text among them becomes a string of this language by itself
        except (KeyError, TypeError, ValueError):
            return self.translated(locale)

    def translated(self, locale: Locale | None) -> str:
        """Return the text in a language; in the source's own with ``None``, and where the catalogs lack it."""
        source = self.plural if self.plural and self.count != 1 else self.message
        if locale is None:
            return self._filled(source, None)
        found = locale.find(self.message, self.plural, self.count, self.context) or source
        try:
            return self._filled(found, locale)
        except (KeyError, TypeError, ValueError):  # a translation with a broken place must not take the page along
            return self._filled(source, locale)

    def _filled(self, message: str, locale: Locale | None) -> str:
        if not self.params:
            return message
        values = {
            name: value.translated(locale) if isinstance(value, Text) else value for name, value in self.params.items()
        }
        return message % values

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Text):
            return self._key() == other._key() and self.params == other.params
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self.message, self.plural, self.count, self.context

    def __repr__(self) -> str:
        return f"Text({self.message!r})"


def gettext(message: str, /, **params: Any) -> Text:
    """Mark a message for translation; usually imported as ``_``.

    >>> str(gettext("Saved %(name)s.", name="Oak"))
    'Saved Oak.'

    Args:
        message: In English. Places are named: ``%(name)s``; with places, a percent sign is written ``%%``.
        params: The values of the places.
    """
    return Text(message, params=params)


def ngettext(singular: str, plural: str, count: int, /, **params: Any) -> Text:
    """Mark a message whose form depends on a number, which is also the place ``%(count)s``.

    >>> str(ngettext("%(count)s product", "%(count)s products", 3))
    '3 products'
    """
    return Text(singular, plural=plural, count=count, params={"count": count, **params})


def pgettext(context: str, message: str, /, **params: Any) -> Text:
    """Mark a message that means different things in different places: ``pgettext("month", "May")``."""
    return Text(message, context=context, params=params)


def npgettext(context: str, singular: str, plural: str, count: int, /, **params: Any) -> Text:
    """Mark a message with a context, whose form depends on a number."""
    return Text(singular, plural=plural, count=count, context=context, params={"count": count, **params})


def translate(text: str | Text, locale: Locale | str | None = None) -> str:
    """Return a text as a string: in the language of the work at hand, or in another.

    Args:
        text: A marked text; a string is returned as it is.
        locale: A language or its tag: ``"de"``. A tag stands for the application's own language of that tag, outside
            of an application for what the framework itself can say.

    Raises:
        UsageError: L101 for a tag that is none.
    """
    if isinstance(text, str):
        return text
    if locale is None:
        return str(text)
    return text.translated(find_locale(locale) if isinstance(locale, str) else locale)
