"""Words that the shop keeps in both languages: those of its goods."""

from __future__ import annotations

from rooftree.i18n import current_locale

__all__ = ["in_german", "language", "spoken"]


def in_german() -> bool:
    locale = current_locale()
    return locale is not None and locale.tag.startswith("de")


def language() -> str:
    """Return the tag of the language that is spoken here and now, of those that the shop speaks."""
    return "de" if in_german() else "en"


def spoken(english: str, german: str) -> str:
    return german if in_german() else english
