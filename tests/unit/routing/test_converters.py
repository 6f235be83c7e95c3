from __future__ import annotations

import enum
import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rooftree.base import RouteError
from rooftree.routing.converters import BUILT_IN, MISMATCH, Converter, custom_converter, regex_converter, text_of

if TYPE_CHECKING:
    from collections import OrderedDict


class Color(enum.Enum):
    RED = "red"
    DARK_BLUE = "dark blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Slug:
    pattern = "[a-z0-9]+(?:-[a-z0-9]+)?"

    def parse(self, text: str) -> list[str]:
        if text == "none":
            raise ValueError(text)
        return text.split("-")

    def format(self, value: list[str]) -> str:
        return "-".join(value)


def takes(converter: Converter, text: str) -> Any:
    return converter.match(text)


ENUM = custom_converter("color", Color, None)
LEVEL = custom_converter("level", Level, None)
SLUG = custom_converter("slug", Slug, None)

ROUND_TRIPS: list[tuple[Converter, st.SearchStrategy[Any]]] = [
    (BUILT_IN["str"], st.text(min_size=1)),
    (BUILT_IN["int"], st.integers(-(10**39) + 1, 10**40 - 1)),
    (BUILT_IN["float"], st.floats(allow_nan=False, allow_infinity=False)),
    (BUILT_IN["uuid"], st.uuids()),
    (BUILT_IN["date"], st.dates()),
    (BUILT_IN["path"], st.lists(st.from_regex("[a-z.]{3}", fullmatch=True), min_size=1).map("/".join)),
    (ENUM, st.sampled_from(Color)),
    (LEVEL, st.sampled_from(Level)),
    (SLUG, st.lists(st.from_regex("[a-z0-9]{1,9}", fullmatch=True).filter("none".__ne__), min_size=1, max_size=2)),
    (regex_converter("[a-z]{2,3}"), st.from_regex("[a-z]{2,3}", fullmatch=True)),
]


@pytest.mark.parametrize(("converter", "values"), ROUND_TRIPS, ids=lambda part: getattr(part, "name", ""))
def test_what_is_written_reads_back(converter: Converter, values: st.SearchStrategy[Any]) -> None:
    @given(values)
    def check(value: Any) -> None:
        back = converter.match(converter.format(value))
        assert back == value
        assert isinstance(back, type(value))

    check()


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(1e22)
@example(5e-324)
@example(1.7976931348623157e308)
@example(-0.0)
def test_a_float_is_written_without_exponent(value: float) -> None:
    text = BUILT_IN["float"].format(value)
    assert "e" not in text
    assert math.copysign(1, float(text)) == math.copysign(1, value)
    assert float(text) == value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("int", "0", 0),
        ("int", "007", 7),
        ("int", "-5", -5),
        ("int", "5.0", MISMATCH),
        ("int", "-", MISMATCH),
        ("int", "--5", MISMATCH),
        ("int", "+5", MISMATCH),
        ("int", "1_000", MISMATCH),
        ("int", " 5", MISMATCH),
        ("int", "٣", MISMATCH),
        ("int", "²", MISMATCH),
        ("int", "9" * 40, int("9" * 40)),
        ("int", "9" * 41, MISMATCH),
        ("float", "1", 1.0),
        ("float", "-1.50", -1.5),
        ("float", "1.", MISMATCH),
        ("float", ".5", MISMATCH),
        ("float", "1e5", MISMATCH),
        ("float", "nan", MISMATCH),
        ("float", "inf", MISMATCH),
        ("float", "٣.٣", MISMATCH),
        ("float", "1" * 401, MISMATCH),
        ("uuid", "6BA7B810-9dad-11d1-80b4-00c04fd430c8", UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
        ("uuid", "6ba7b8109dad11d180b400c04fd430c8", MISMATCH),
        ("uuid", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", MISMATCH),
        ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd43_c8", MISMATCH),
        ("date", "2026-02-28", date(2026, 2, 28)),
        ("date", "2026-02-30", MISMATCH),
        ("date", "20260228", MISMATCH),
        ("date", "2026-W09-1", MISMATCH),
        ("path", "a/b", "a/b"),
        ("path", "a/", "a/"),
        ("path", "a/.b/..c", "a/.b/..c"),
        ("path", "/a", MISMATCH),
        ("path", "a//b", MISMATCH),
        ("path", "a/../b", MISMATCH),
        ("path", "a/.", MISMATCH),
        ("str", "..x", "..x"),
    ],
)
def test_what_a_text_stands_for(name: str, text: str, value: object) -> None:
    assert takes(BUILT_IN[name], text) == value


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("int", "5", "expected int, got str"),
        ("int", True, "expected int, got bool"),
        ("int", 10**40, "at most 40 characters"),
        ("int", -(10**39), "at most 40 characters"),
        ("int", 1 << 10_000, "at most 40 characters"),
        ("float", "5", "expected float, got str"),
        ("float", False, "expected float, got bool"),
        ("float", math.nan, "nan has no text"),
        ("float", -math.inf, "-inf has no text"),
        ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "expected UUID, got str"),
        ("date", datetime(2026, 1, 1, 12), "expected date, got datetime"),  # noqa: DTZ001
        ("path", "../etc", "no empty, '.' or '..' segments"),
        ("path", "", "no empty, '.' or '..' segments"),
        ("str", object(), "object has no text in a URL"),
        ("str", None, "NoneType has no text in a URL"),
    ],
)
def test_a_value_without_a_text(name: str, value: object, reason: str) -> None:
    with pytest.raises((ValueError, TypeError), match=reason):
        BUILT_IN[name].format(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (2.5, "2.5"),
        (1e-7, "0.0000001"),
        (Decimal("1E+3"), "1000"),
        (Decimal("9.90"), "9.90"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00"),  # noqa: DTZ001
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Color.RED, "red"),
        (Level.HIGH, "2"),
    ],
)
def test_the_text_of_plain_values(value: object, text: str) -> None:
    assert text_of(value) == text


def test_an_enum_is_matched_by_its_values() -> None:
    assert takes(ENUM, "dark blue") is Color.DARK_BLUE
    assert takes(ENUM, "RED") is MISMATCH
    assert ENUM.format("red") == "red"
    assert takes(LEVEL, "1") is Level.LOW
    assert ENUM.type is Color
    with pytest.raises(ValueError, match="'green' is not a valid"):
        ENUM.format("green")


def test_an_enum_without_texts_is_refused() -> None:
    class Empty(enum.Enum):
        pass

    class Odd(enum.Enum):
        PAIR = (1, 2)

    class Blank(enum.Enum):
        NOTHING = ""

    with pytest.raises(RouteError) as empty:
        custom_converter("empty", Empty, "app.py:3")
    assert str(empty.value) == (
        "[R110] The enum Empty of the converter 'empty' has no members, so it never matches. "
        "At app.py:3. Give it members."
    )
    with pytest.raises(RouteError) as odd:
        custom_converter("odd", Odd, None)
    assert odd.value.fact == "Odd.PAIR of the converter 'odd' has the value (1, 2), which has no text in a URL."
    with pytest.raises(RouteError, match=r"Blank\.NOTHING of the converter 'blank' has the value ''"):
        custom_converter("blank", Blank, None)


def test_a_converter_of_ones_own() -> None:
    assert takes(SLUG, "a-b") == ["a", "b"]
    assert takes(SLUG, "none") is MISMATCH  # parse refused it
    assert takes(SLUG, "A") is MISMATCH  # the pattern did
    assert SLUG.type == list[str]
    with pytest.raises(ValueError, match="does not match regex"):
        SLUG.format(["A"])


def test_a_class_that_is_no_converter_is_refused() -> None:
    class Half:
        pattern = "x"

    with pytest.raises(RouteError) as error:
        custom_converter("half", Half, "app.py:3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert str(error.value) == (
        "[R110] The converter 'half' is the class Half, which has no parse and no format. At app.py:3. "
        "A converter is an enum or a class with 'pattern', 'parse' and 'format'."
    )


def test_a_converter_whose_type_only_checkers_know() -> None:
    class Hidden:
        pattern = "x"

        def parse(self, text: str) -> OrderedDict[str, str]:
            raise ValueError(text)

        def format(self, value: object) -> str:
            return str(value)

    assert custom_converter("hidden", Hidden, None).type is object


def test_a_regex_sees_short_texts_only() -> None:
    letters = regex_converter("[a-z]+")
    assert takes(letters, "a" * 128) == "a" * 128
    assert takes(letters, "a" * 129) is MISMATCH
    assert takes(letters, "ab\n") is MISMATCH
    with pytest.raises(ValueError, match=r"it does not match regex\(\[a-z\]\+\)"):
        letters.format("A")


def test_a_regex_that_does_not_compile() -> None:
    with pytest.raises(RouteError) as error:
        regex_converter("[a-", at="app.py:3")
    assert str(error.value) == (
        "[R108] 'regex([a-)' does not compile: unterminated character set at position 0. At app.py:3. "
        "Correct the regular expression."
    )


def test_a_regex_that_could_be_slow() -> None:
    with pytest.raises(RouteError) as error:
        regex_converter("(a+)+", at="app.py:3")
    assert str(error.value) == (
        "[R109] 'regex((a+)+)' could take a very long time for some paths: a repeat stands inside a repeat. "
        "At app.py:3. "
        "Give repeats a small upper limit, as in '{1,9}', take one out of the other, or write a converter."
    )


def test_a_converter_says_its_name() -> None:
    assert repr(BUILT_IN["int"]) == "<Converter int>"
