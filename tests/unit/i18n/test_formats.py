"""Dates, numbers and money as languages write them, and read again."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.base import UsageError
from rooftree.i18n import (
    FILTERS,
    Locale,
    format_currency,
    format_date,
    format_datetime,
    format_list,
    format_number,
    format_percent,
    format_relative,
    format_time,
    parse_date,
    parse_number,
    parse_time,
)

EN, DE, AR, FR, HI, CH = (Locale(tag) for tag in ("en", "de", "ar", "fr", "hi", "de-CH"))
DAY = dt.date(2026, 11, 27)
MOMENT = dt.datetime(2026, 11, 27, 23, 30, tzinfo=dt.UTC)


def test_dates_and_times() -> None:
    assert (format_date(DAY), format_date(DAY, locale=DE), format_date(DAY, "full", DE)) == (
        "Nov 27, 2026", "27.11.2026", "Freitag, 27. November 2026",
    )  # fmt: skip
    assert format_time(dt.time(15, 30), locale=DE) == "15:30"
    assert format_datetime(MOMENT.replace(tzinfo=None), "short", DE.at("Asia/Tokyo")) == "27.11.26, 23:30"
    assert format_date(DAY, "d. MMMM", DE) == "27. November"


def test_moments_are_shown_in_the_time_zone_of_the_language() -> None:
    berlin = DE.at("Europe/Berlin")
    assert format_datetime(MOMENT, "short", berlin) == "28.11.26, 00:30"
    assert (format_date(MOMENT, locale=berlin), format_date(MOMENT, locale=DE)) == ("28.11.2026", "27.11.2026")
    assert format_time(MOMENT, locale=berlin) == "00:30"
    last = MOMENT.replace(year=9999, month=12, day=31)  # in Berlin the calendar has ended by then
    assert format_datetime(last, "short", berlin) == "31.12.99, 23:30"
    assert (format_date(last, locale=berlin), format_time(last, locale=berlin)) == ("31.12.9999", "23:30")


def test_a_region_says_how_dates_and_numbers_are_written_and_read() -> None:
    british = Locale("en", region="gb").at("Europe/London")
    assert (british.tag, british.conventions, british.name) == ("en", "en-GB", "English")
    assert (format_date(DAY, locale=british), format_time(MOMENT, locale=british)) == ("27 Nov 2026", "23:30")
    assert parse_date("3/4/2026", british) == dt.date(2026, 4, 3)
    swiss = Locale("de", region="CH")
    assert format_number(1234.5, locale=swiss) == "1'234.5"
    assert parse_number("1\N{RIGHT SINGLE QUOTATION MARK}234.5", swiss) == Decimal("1234.5")
    assert swiss != DE
    with pytest.raises(UsageError) as caught:
        Locale("pt-BR", region="PT")
    assert caught.value.code == "L101"


def test_spans_of_time() -> None:
    assert format_relative(dt.timedelta(hours=-3), DE) == "vor 3 Stunden"
    assert format_relative(dt.timedelta(days=2), AR) == "خلال يومين"
    assert format_relative(MOMENT, EN, now=MOMENT + dt.timedelta(minutes=5)) == "5 minutes ago"


def test_numbers_and_money() -> None:
    assert [format_number(1234567.891, locale=each) for each in (EN, DE, HI)] == [
        "1,234,567.891", "1.234.567,891", "12,34,567.891",
    ]  # fmt: skip
    assert (format_number(2, 2), format_number(Decimal("2.5"), 0)) == ("2.00", "2")
    assert (format_percent(0.256), format_percent(0.256, 1, DE)) == ("26%", "25,6\xa0%")
    assert (format_currency(Decimal("9.9"), "EUR"), format_currency(Decimal("9.9"), "EUR", DE)) == (
        "€9.90",
        "9,90\xa0€",
    )
    assert format_list(["rot", "grün", "blau"], locale=DE) == "rot, grün und blau"
    with pytest.raises(UsageError, match="There is no currency 'XYZW'") as caught:
        format_currency(1, "XYZW")
    assert caught.value.code == "L106"


@pytest.mark.parametrize(
    ("text", "locale", "number"),
    [
        ("1,234.50", EN, "1234.50"), ("1.234,50", DE, "1234.50"), ("1234,5", DE, "1234.5"), (",5", DE, "0.5"),
        ("-3", DE, "-3"), ("\u22123", DE, "-3"), ("1 234,5", FR, "1234.5"), ("1\u202f234,5", FR, "1234.5"),
        ("12,34,567", HI, "1234567"), ("1'234.5", CH, "1234.5"),
        ("1’234’567", CH, "1234567"), ("١٬٢٣٤٫٥", AR, "1234.5"), ("\u200f12", AR, "12"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_they_are_written(text: str, locale: Locale, number: str) -> None:
    assert parse_number(text, locale) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "locale"),
    [("1.5", DE), ("1.23.456", DE), ("1,5", EN), ("", DE), ("x", DE), ("1e5", DE), ("NaN", EN), ("Infinity", EN),
     ("1_000", EN), ("--1", EN), ("1,234,56", EN), ("9" * 101, EN), ("²", EN)],
)  # fmt: skip
def test_what_could_mean_another_number_is_refused(text: str, locale: Locale) -> None:
    with pytest.raises(ValueError, match="is no number"):
        parse_number(text, locale)


@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from([EN, DE, FR, HI, AR]))
def test_every_number_that_is_written_is_read_again(number: Decimal, locale: Locale) -> None:
    assert parse_number(format_number(number, locale=locale), locale) == number


@pytest.mark.parametrize(
    ("text", "locale", "day"),
    [("27.11.2026", DE, DAY), ("27.11.26", DE, DAY), ("11/27/2026", EN, DAY), ("2026-11-27", EN, DAY),
     ("27/11/2026", FR, DAY), ("٢٧/١١/٢٠٢٦", AR, DAY), ("1.2.70", DE, dt.date(1970, 2, 1))],
)  # fmt: skip
def test_dates_are_read_in_the_order_of_the_language(text: str, locale: Locale, day: dt.date) -> None:
    assert parse_date(text, locale) == day


@pytest.mark.parametrize(
    "text", ["", "27.11", "32.1.2026", "1.13.2026", "heute", "1.2.3.4", "1.2.2026; drop", "1" * 200]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own text says which part is wrong
        parse_date(text, DE)


@given(st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31)), st.sampled_from([EN, DE, FR, HI, AR]))
def test_every_date_that_is_written_is_read_again(day: dt.date, locale: Locale) -> None:
    assert parse_date(format_date(day, "short", locale), locale) == day


@pytest.mark.parametrize(
    ("text", "time"),
    [("15:30", (15, 30)), ("3:30 PM", (15, 30)), ("3 pm", (15, 0)), ("12:00 am", (0, 0)), ("15.30", (15, 30)),
     ("3:30 p.m.", (15, 30)), ("12 AM", (0, 0))],
)  # fmt: skip
def test_times_are_read(text: str, time: tuple[int, int]) -> None:
    assert parse_time(text) == dt.time(*time)


@pytest.mark.parametrize("text", ["", "25:00", "13 pm", "0 am", "3", "x", "1:2"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        parse_time(text)


def test_equal_numbers_look_the_same_whichever_came_first() -> None:
    english, german = Locale("en"), Locale("de")
    for _ in range(2):
        assert format_currency(Decimal("-0.00"), "EUR", english) == "€0.00"
        assert format_currency(Decimal("0.00"), "EUR", english) == "€0.00"
        assert format_currency(Decimal("9.9"), "EUR", english) == format_currency(Decimal("9.90"), "EUR", english)
        assert format_currency(Decimal("9.9"), "EUR", german) == "9,90\xa0€"
        assert format_number(-0.0, locale=english) == format_number(0, locale=english) == "0"
        assert format_number(1234.5, 2, german) == "1.234,50"


def test_without_babel_each_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)
    locale, day, moment = Locale("fr"), dt.date(2026, 11, 27), dt.datetime(2026, 11, 27, 15, 30, tzinfo=dt.UTC)
    made: dict[str, Callable[[], str]] = {
        "date": lambda: format_date(day, locale=locale),
        "time": lambda: format_time(moment, locale=locale),
        "datetime": lambda: format_datetime(moment, locale=locale),
        "relative": lambda: format_relative(dt.timedelta(hours=3), locale),
        "number": lambda: format_number(12345.678, locale=locale),
        "percent": lambda: format_percent(0.256, locale=locale),
        "currency": lambda: format_currency(Decimal("12345.67"), "EUR", locale),
        "enumerate": lambda: format_list(["a", "b"], locale=locale),
    }
    assert set(made) == set(FILTERS)
    for write in made.values():
        with pytest.raises(
            UsageError, match=r"\[L102\] Languages, dates, numbers and money need Babel.*rooftree\[i18n\]"
        ):
            write()
