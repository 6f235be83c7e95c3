"""Controls: from what was typed to a value, from a value to what is shown, and what browsers are told of the rules."""

from __future__ import annotations

import datetime as dt
import types
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pytest

from rooftree import Ge, Gt, Le, Len, Lt, MultipleOf, Pattern, Schema, SchemaForm
from rooftree.forms import (
    ColorInput,
    DecimalInput,
    EmailInput,
    MoneyInput,
    NumberInput,
    PasswordInput,
    RangeInput,
    TelephoneInput,
    Textarea,
    UrlInput,
    Widget,
)
from rooftree.forms.info import ABSENT, Surroundings
from rooftree.forms.widgets import NoValue
from rooftree.forms.widgets.base import FieldInfo
from rooftree.i18n import Locale

PLAIN = Surroundings()
GERMAN = Surroundings(Locale("de"), ZoneInfo("Europe/Berlin"))
ARABIC = Surroundings(Locale("ar-EG"))


def field_of(kind: Any) -> FieldInfo:
    def body(namespace: dict[str, Any]) -> None:
        namespace["__annotations__"] = {"x": kind}

    schema: Any = types.new_class("One", (Schema,), {}, body)
    form: Any = types.new_class("OneForm", (SchemaForm[schema],))
    found: FieldInfo = form.info.fields[0]
    return found


def parse(kind: Any, *texts: str, around: Surroundings = PLAIN) -> Any:
    info = field_of(kind)
    return info.widget.parse(list(texts), info, around)


def refusal(kind: Any, text: str, around: Surroundings = PLAIN) -> tuple[str, Any]:
    with pytest.raises(NoValue) as caught:
        parse(kind, text, around=around)
    return caught.value.code, caught.value.params


def test_text_is_trimmed_and_a_password_is_not() -> None:
    assert parse(str, "  Oak ") == "Oak"
    assert parse(Annotated[str, PasswordInput()], "  secret ") == "  secret "
    assert parse(Annotated[str, Textarea()], "a\r\n b\r\n") == "a\n b"
    assert parse(Annotated[str, Textarea()], " \r\n ") is ABSENT


@pytest.mark.parametrize(
    ("kind", "expected"), [(str, ABSENT), (str | None, None), (int, ABSENT), (int | None, None), (dt.date | None, None)]
)
def test_nothing_filled_in(kind: Any, expected: Any) -> None:
    assert parse(kind, "  ") is expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234,56", "1234.56"),
        ("1234,5", "1234.5"),
        ("-0,5", "-0.5"),
        ("1.000", "1000"),
        ("+7", "7"),
        ("\u22127", "-7"),
    ],
)
def test_a_german_number(text: str, number: str) -> None:
    assert parse(Decimal, text, around=GERMAN) == number


@pytest.mark.parametrize("text", ["1.5", "1,2,3", "12 Euro", "1e5", "NaN", "٫", "1" * 200])
def test_no_german_number(text: str) -> None:
    assert refusal(Decimal, text, GERMAN) == ("type", {"expected": "decimal"})


def test_a_number_in_arabic_digits() -> None:
    assert parse(Decimal, "١٢٣٫٥", around=ARABIC) == "123.5"


@pytest.mark.parametrize("text", ["1,5", "abc", "1_000", "٣", "0x1", "infinity"])
def test_no_number_without_a_language(text: str) -> None:
    assert refusal(Decimal, text) == ("type", {"expected": "decimal"})


def test_a_number_of_the_browsers_own_control_is_never_localized() -> None:
    # it sends 1.5 whatever it shows: as German that would be fifteen
    kind = Annotated[Decimal, NumberInput()]
    assert parse(kind, "1.5", around=GERMAN) == "1.5"
    assert refusal(kind, "1,5", GERMAN) == ("type", {"expected": "decimal"})
    assert refusal(int, "1.5") == ("type", {"expected": "int"})
    assert refusal(Annotated[int, DecimalInput()], "1,5", GERMAN) == ("type", {"expected": "int"})


def test_no_digit_of_a_number_is_lost() -> None:
    widget = DecimalInput()
    assert widget.format(Decimal("1234567.8900"), GERMAN) == ["1.234.567,8900"]
    assert widget.format(Decimal("0.10"), PLAIN) == ["0.10"]
    assert widget.format(Decimal("1E+3"), PLAIN) == ["1000"]
    assert widget.format(1234, GERMAN) == ["1.234"]
    assert widget.format(None, GERMAN) == []


def test_money_shows_its_currency() -> None:
    money = MoneyInput("EUR")
    assert (money.symbol(GERMAN), money.symbol(PLAIN)) == ("€", "EUR")


@pytest.mark.parametrize(
    ("widget", "good", "bad", "code"),
    [
        (EmailInput(), "anna@example.org", "anna@example", "format_email"),
        (UrlInput(), "https://example.org/a?b", "javascript:alert(1)", "format_url"),
        (TelephoneInput(), "+49 30 1234-56", "call me", "telephone"),
        (ColorInput(), "#a0b1c2", "red", "color"),
    ],
)
def test_texts_of_a_form(widget: Widget, good: str, bad: str, code: str) -> None:
    assert parse(Annotated[str, widget], good) == good
    assert refusal(Annotated[str, widget], bad) == (code, {})
    assert refusal(Annotated[str, widget], good + "x" * 3000)[0] == code


def test_days_and_times() -> None:
    assert parse(dt.date, "2026-11-27") == "2026-11-27"
    assert refusal(dt.date, "2026-02-30") == ("type", {"expected": "date"})
    assert refusal(dt.date, "20261127") == ("type", {"expected": "date"})
    assert parse(dt.time, "09:05") == "09:05:00"
    assert refusal(dt.time, "25:00") == ("type", {"expected": "time"})
    assert refusal(dt.datetime, "2026-13-01T00:00") == ("type", {"expected": "datetime"})
    assert refusal(dt.datetime, "2026-01-01") == ("type", {"expected": "datetime"})


def test_a_moment_is_typed_in_the_persons_time_zone() -> None:
    assert parse(dt.datetime, "2026-07-01T12:00", around=GERMAN) == "2026-07-01T10:00:00+00:00"
    assert parse(dt.datetime, "2026-07-01T12:00") == "2026-07-01T12:00:00+00:00"
    moment = dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)
    assert field_of(dt.datetime).widget.format(moment, GERMAN) == ["2026-07-01T12:00"]
    last = dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC)  # the zone has no such day: the page must not fail over it
    assert field_of(dt.datetime).widget.format(last, GERMAN) == ["9999-12-31T23:59"]


def test_a_moment_that_clocks_leave_out_is_refused() -> None:
    assert refusal(dt.datetime, "2026-03-29T02:30", GERMAN) == ("no_such_time", {})
    assert refusal(dt.datetime, "0001-01-01T00:00", GERMAN) == ("type", {"expected": "datetime"})


def test_boxes_and_choices() -> None:
    assert parse(bool, "on") == "true"
    assert parse(bool, "false") == "false"
    assert parse(bool) == "false"
    assert parse(Literal[True]) is ABSENT
    assert parse(list[Literal["a", "b"]], "a", "b", "a", "") == ["a", "b"]
    assert parse(list[Literal["a", "b"]]) == []


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        (Annotated[str, Len(2, 9)], {"minlength": 2, "maxlength": 9}),
        (Annotated[str, Pattern("^[A-Z]{2}$")], {"pattern": "[A-Z]{2}"}),
        (Annotated[str, Pattern("[A-Z]")], {}),  # found anywhere: the browser wants the whole
        (Annotated[str, Pattern("^(?i:a)$")], {}),  # JavaScript reads it in another way
        (Annotated[str, Pattern("^a|b$")], {}),
        (Annotated[int, Gt(0), Le(9)], {"min": "1", "max": "9", "inputmode": "numeric"}),
        (Annotated[int, Lt(9), MultipleOf(3)], {"max": "8", "step": "3"}),
        (Annotated[Decimal, Ge(0), NumberInput()], {"min": "0", "step": "any"}),
        (Annotated[int, Ge(0), Le(9), RangeInput()], {"min": "0", "max": "9", "inputmode": "numeric"}),
        (Annotated[dt.date, Gt(dt.date(2026, 1, 1))], {"min": "2026-01-02"}),
        (Annotated[dt.time, Ge(dt.time(9)), Le(dt.time(17, 30))], {"min": "09:00", "max": "17:30"}),
    ],
)
def test_what_the_browser_is_told_of_the_rules(kind: Any, attributes: dict[str, Any]) -> None:
    info = field_of(kind)
    told = {name: value for name, value in info.widget.html_attributes(info, PLAIN).items() if value is not None}
    assert told == attributes
