"""Numbers and dates as people type them in their language, for forms."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from rooftree.i18n.locale import ENGLISH, Locale, current_locale

__all__ = ["parse_date", "parse_number", "parse_time"]

MAX_LENGTH: Final = 100
_SPACES: Final = dict.fromkeys(map(ord, "\u0020\u00a0\u202f\u2009\u200e\u200f\u061c\u2066\u2067\u2068\u2069"))
"""Blanks that group digits, and marks of direction that come along when a number is copied."""
_SIGNS: Final = str.maketrans({"\u2212": "-", "\u2010": "-", "\u2013": "-", "\u2019": "'"})


def parse_number(text: str, locale: Locale | None = None) -> Decimal:
    """Return the number that was typed: ``1.234,50`` in German is 1234.50.

    Digits of every script are read. Groups must have the size that the language gives them, so that ``1.5`` typed on a
    German page is refused where it could be meant as one and a half: better asked than wrong by a factor of ten.

    Args:
        text: At most 100 characters.
        locale: Another language than that of the work at hand.

    Raises:
        ValueError: It is no number in this language.
    """
    locale = locale or current_locale() or ENGLISH
    plain = _digits(text.strip().translate(_SIGNS).translate(_SPACES))
    decimal, group, pattern = _grammar(locale.conventions)
    plain = plain.replace("٫", decimal).replace("٬", group)  # the separators that go with Arabic digits
    if len(text) > MAX_LENGTH or not pattern.fullmatch(plain):
        raise ValueError(f"{text[:MAX_LENGTH]!r} is no number in {locale.tag}")
    try:
        return Decimal(plain.replace(group, "").replace(decimal, ".") if group else plain.replace(decimal, "."))
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no number in {locale.tag}") from error


def parse_date(text: str, locale: Locale | None = None) -> dt.date:
    """Return the day that was typed, in the order that the language writes one in, or as ``2026-11-27``.

    Raises:
        ValueError: It is no day.
    """
    plain = _digits(text.strip().translate(_SPACES))
    if len(text) > MAX_LENGTH:
        raise ValueError("A date is shorter than that")
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain):
        return dt.date(*map(int, match.groups()))
    parts = re.findall(r"\d+", plain)
    order = _order((locale or current_locale() or ENGLISH).conventions)
    if len(parts) != 3 or re.search(r"[^\d./\-،,年月日]", plain):
        raise ValueError(f"{text!r} is no date")
    given = dict(zip(order, map(int, parts), strict=True))
    if len(parts[order.index("y")]) == 2:
        given["y"] += 2000 if given["y"] < 70 else 1900
    return dt.date(given["y"], given["M"], given["d"])


def parse_time(text: str) -> dt.time:
    """Return the time of day that was typed: ``15:30``, ``3:30 PM``, ``15.30``.

    Raises:
        ValueError: It is no time.
    """
    plain = _digits(text.strip().translate(_SPACES)).upper()
    match = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?([AP])?\.?(?:M\.?)?|(\d{1,2})([AP])\.?M\.?", plain)
    if match is None or len(text) > MAX_LENGTH:
        raise ValueError(f"{text[:MAX_LENGTH]!r} is no time")
    hour, half = int(match[1] or match[5]), match[4] or match[6]
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{text!r} is no time")
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    return dt.time(hour, int(match[2] or 0), int(match[3] or 0))


def _digits(text: str) -> str:
    """Return a text with the digits of every script as ASCII has them."""
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)


@lru_cache(64)
def _grammar(tag: str) -> tuple[str, str, re.Pattern[str]]:
    """Return the decimal separator, the one of groups (``""`` for a blank), and what a number looks like."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    babel = Locale(tag).babel
    decimal, group = get_decimal_symbol(babel), get_group_symbol(babel).translate(_SIGNS).translate(_SPACES)
    sizes = babel.decimal_formats[None].grouping
    grouped = rf"\d{{1,{sizes[1]}}}(?:{re.escape(group)}\d{{{sizes[1]}}})*{re.escape(group)}\d{{{sizes[0]}}}"
    whole = rf"(?:{grouped}|\d+)" if group else r"\d+"
    return decimal, group, re.compile(rf"[+-]?(?:{whole}(?:{re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)")


@lru_cache(64)
def _order(tag: str) -> tuple[str, ...]:
    """Return the order of day, month and year: ``("d", "M", "y")``."""
    pattern = Locale(tag).babel.date_formats["short"].pattern
    letters = {"d": "d", "D": "d", "M": "M", "L": "M", "y": "y", "u": "y"}
    return tuple(dict.fromkeys(letters[letter] for letter in pattern if letter in letters))
