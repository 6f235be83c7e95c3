"""Dates, numbers, money and spans of time as they are written in a language (CLDR, by Babel).

Each takes the language of the work at hand unless it is given one. A moment with a zone is shown in the language's time
zone; one without is shown as it is.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from rooftree.base import UsageError
from rooftree.i18n.locale import ENGLISH, Locale, babel_locale, current_locale

__all__ = [
    "FILTERS",
    "Width",
    "format_currency",
    "format_date",
    "format_datetime",
    "format_list",
    "format_number",
    "format_percent",
    "format_relative",
    "format_time",
]

REMEMBERED: Final = 4096
Number = int | float | Decimal
Width = Literal["full", "long", "medium", "short"]


def _locale(given: Locale | None) -> Locale:
    return given or current_locale() or ENGLISH


def _local(moment: dt.datetime, locale: Locale) -> dt.datetime:
    try:
        return moment if moment.tzinfo is None else moment.astimezone(ZoneInfo(locale.timezone))
    except OverflowError:  # the first or the last day of the calendar, which the zone has no more of
        return moment


def format_date(value: dt.date, width: Width | str = "medium", locale: Locale | None = None) -> str:
    """Return a date: ``Nov 27, 2026``, ``27.11.2026``.

    Args:
        value: A date, or a moment, of which the day in the language's time zone is taken.
        width: ``"full"`` to ``"short"``, or a pattern of the CLDR: ``"EEEE, d. MMMM"``.
        locale: Another language than that of the work at hand.
    """
    locale = _locale(locale)
    babel = locale.babel  # says what to install, before any of it is imported
    from babel.dates import format_date as by_babel

    day = _local(value, locale).date() if isinstance(value, dt.datetime) else value
    return by_babel(day, width, locale=babel)


def format_time(value: dt.time | dt.datetime, width: Width | str = "short", locale: Locale | None = None) -> str:
    """Return a time of day: ``3:30 PM``, ``15:30``."""
    locale = _locale(locale)
    babel = locale.babel
    from babel.dates import format_time as by_babel

    if isinstance(value, dt.datetime):
        value = _local(value, locale)
        return by_babel(value, width, tzinfo=value.tzinfo, locale=babel)
    return by_babel(value, width, locale=babel)


def format_datetime(value: dt.datetime, width: Width | str = "medium", locale: Locale | None = None) -> str:
    """Return a day and a time: ``Nov 27, 2026, 3:30:00 PM``."""
    locale = _locale(locale)
    babel = locale.babel
    from babel.dates import format_datetime as by_babel

    value = _local(value, locale)
    return by_babel(value, width, tzinfo=value.tzinfo, locale=babel)


def format_relative(
    value: dt.datetime | dt.timedelta, locale: Locale | None = None, *, now: dt.datetime | None = None
) -> str:
    """Return how far away a moment is: ``3 hours ago``, ``in 2 Tagen``.

    Args:
        value: A moment, or a span: one below zero lies in the past.
        locale: Another language than that of the work at hand.
        now: Another moment than this one to count from.
    """
    babel = _locale(locale).babel
    from babel.dates import format_timedelta

    if isinstance(value, dt.datetime):
        here = dt.datetime.now(value.tzinfo or dt.UTC)
        start = now if now is not None else here if value.tzinfo else here.replace(tzinfo=None)
        value = value - start
    return format_timedelta(value, add_direction=True, locale=babel)


def format_number(value: Number, places: int | None = None, locale: Locale | None = None) -> str:
    """Return a number with its separators: ``1,234.5``, ``1.234,5``.

    Args:
        value: The number.
        places: Digits after the decimal separator; three at most, without zeros at the end, where it is not given.
        locale: Another language than that of the work at hand.
    """
    return _number(value or 0, places, _locale(locale).conventions)


def format_percent(value: Number, places: int = 0, locale: Locale | None = None) -> str:
    """Return a share of one in per cent: 0.256 is ``26%``, ``26 %``."""
    babel = _locale(locale).babel
    from babel.numbers import format_percent as by_babel

    if not places:
        return by_babel(value, locale=babel)
    pattern = babel.percent_formats[None].pattern.replace("0", "0." + "0" * _places(places), 1)
    return by_babel(value, pattern, locale=babel)


def format_currency(value: Number, currency: str, locale: Locale | None = None) -> str:
    """Return an amount of money: ``€9.90``, ``9,90 €``.

    Args:
        value: The amount.
        currency: The code of ISO 4217: ``"EUR"``.
        locale: Another language than that of the work at hand.

    Raises:
        UsageError: L106 for what is no code of a currency.
    """
    return _money(value or 0, currency, (locale or current_locale() or ENGLISH).conventions)  # for each row of a page


def format_list(values: list[str], style: Literal["and", "or"] = "and", locale: Locale | None = None) -> str:
    """Return an enumeration: ``red, green, and blue``, ``rot, grün und blau``."""
    babel = _locale(locale).babel
    from babel.lists import format_list as by_babel

    return by_babel(values, "standard" if style == "and" else "or", locale=babel)


# What a number looks like takes Babel about 50 us, and a page shows the same ones again and again. Equal numbers of one
# class look the same, but for a zero with a sign: `value or 0` above.
@lru_cache(REMEMBERED, typed=True)
def _number(value: Number, places: int | None, tag: str) -> str:
    babel = babel_locale(tag)
    from babel.numbers import format_decimal

    pattern = None if places is None else "#,##0" + ("." + "0" * _places(places) if places else "")
    return format_decimal(value, pattern, locale=babel)


@lru_cache(REMEMBERED, typed=True)
def _money(value: Number, currency: str, tag: str) -> str:
    babel = babel_locale(tag)
    from babel.numbers import UnknownCurrencyError, validate_currency
    from babel.numbers import format_currency as by_babel

    try:
        validate_currency(currency)
    except UnknownCurrencyError as error:
        raise UsageError(
            "L106", f"There is no currency {currency!r}.", "Write its code of three letters: 'EUR'."
        ) from error
    return by_babel(value, currency, locale=babel)


def _places(places: int) -> int:
    return max(0, min(places, 30))


FILTERS: dict[str, Any] = {
    "date": format_date,
    "time": format_time,
    "datetime": format_datetime,
    "relative": format_relative,
    "number": format_number,
    "percent": format_percent,
    "currency": format_currency,
    "enumerate": format_list,
}
"""What templates call them: ``{{ price | currency("EUR") }}``, ``{{ order.at | relative }}``."""
