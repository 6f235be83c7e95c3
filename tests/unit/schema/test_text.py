from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import pydantic
import pytest

from rooftree.schema import Gt, Invalid, Len, Lt, Schema, decoder


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2

    @classmethod
    def _missing_(cls, value: object) -> Level | None:
        return cls.HIGH if value == 99 else None


class Owner(Schema):
    email: str
    age: int | None = None


class Line(Schema):
    price: Annotated[Decimal, Gt(0)]
    count: int = 1


class Order(Schema):
    owner: Owner
    lines: list[Line] = []
    tags: list[str] = []
    agreed: bool = False
    notes: dict[str, str] = {}
    pair: tuple[int, int] = (0, 0)


MANY = Literal["a", 1, True] | None
SHORT = Annotated[str | None, Len(1)]
BETWEEN = Annotated[int | None, Gt(5), Lt(9)]


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        (int, "12", 12),
        (int, "007", 7),
        (int, "-5", -5),
        (int, "9" * 30, int("9" * 30)),
        (Annotated[int, Gt(5)], "6", 6),
        (float, "1.5", 1.5),
        (float, "-1e3", -1000.0),
        (float, ".5", 0.5),
        (bool, "true", True),
        (bool, "ON", True),
        (bool, "0", False),
        (bool, "no", False),
        (str, "", ""),
        (Annotated[str, Len(1)], "a", "a"),
        (Decimal, "1.10", Decimal("1.10")),
        (Decimal, "+5.", Decimal(5)),
        (dt.date, "2026-11-21", dt.date(2026, 11, 21)),
        (dt.datetime, "2026-11-21T10:00", dt.datetime(2026, 11, 21, 10)),  # noqa: DTZ001 - what a form sends
        (dt.datetime, "2026-11-21T10:00:05Z", dt.datetime(2026, 11, 21, 10, 0, 5, tzinfo=dt.UTC)),
        (dt.time, "10:30", dt.time(10, 30)),
        (dt.timedelta, "PT5M", dt.timedelta(minutes=5)),
        (uuid.UUID, "00000000-0000-0000-0000-000000000005", uuid.UUID(int=5)),
        (bytes, "YQ==", b"a"),
        (Color, "red", Color.RED),
        (Level, "2", Level.HIGH),
        (Level, "99", Level.HIGH),
        (MANY, "1", 1),
        (MANY, "true", True),
        (MANY, "", None),
        (int | None, "", None),
        (int | None, "5", 5),
        (None | dt.date, "", None),
        (str | None, "", ""),
        (SHORT, "", None),
        (int | str, "5", 5),
        (str | int, "5", 5),
        (int | str, "five", "five"),
        (list[int], "5", [5]),
        (list[int], ["5", "6"], [5, 6]),
        (list[int] | None, ["5"], [5]),
        (set[Color], ["red", "red"], {Color.RED}),
        (tuple[int], "5", (5,)),
        (tuple[int, ...], ["5", "6"], (5, 6)),
        (int, ["1", "2"], 2),
        (bool, ["0", "1"], True),
        (float, ["1", "2.5"], 2.5),
        (Color, ["red", "blue"], Color.BLUE),
        (Any, "x", "x"),
        (int, 5, 5),
        (None, "", None),
    ],
)
def test_text_becomes_a_value(type: Any, text: Any, value: object) -> None:
    read = decoder(type).strings(text)
    assert read == value
    assert read.__class__ is value.__class__


@pytest.mark.parametrize(
    ("type", "text", "message"),
    [
        (int, "1_000", "Expected `int`, got `str`"),
        (int, " 1", "Expected `int`, got `str`"),
        (int, "1\n", "Expected `int`, got `str`"),
        (int, "+1", "Expected `int`, got `str`"),
        (int, "１", "Expected `int`, got `str`"),
        (int, "²", "Expected `int`, got `str`"),
        (int, "1.0", "Expected `int`, got `str`"),
        (int, "", "Expected `int`, got `str`"),
        (int, "9" * 5000, "Expected `int`, got `str`"),
        (Annotated[int, Gt(5)], "5", "Expected `int` > 5"),
        (BETWEEN, "-5", "Expected `int` > 5"),
        (float, "nan", "Expected `float`, got `str`"),
        (float, "inf", "Expected `float`, got `str`"),
        (float, "1e999", "Expected `float`, got `str`"),
        (bool, "maybe", "Expected `bool`, got `str`"),
        (Decimal, "NaN", "Expected `decimal`, got `str`"),
        (Decimal, "1e" + "9" * 30, "Expected `decimal`, got `str`"),
        (Decimal, "1e1000000", "Expected `decimal` with an exponent of at most 1000"),
        (Decimal, "1" * 2000, "Expected `decimal`, got `str`"),
        (Annotated[str, Len(1)], "", "Expected `str` of length >= 1"),
        (dt.date, "tomorrow", "Invalid RFC3339 encoded date"),
        (dt.time, "25:00", "Invalid RFC3339 encoded time"),
        (Color, "green", "Invalid enum value 'green', expected one of `red`, `blue`"),
        (Level, "3", "Invalid enum value 3, expected one of `1`, `2`"),
        (Level, "x", "Expected `int`, got `str`"),
        (int | None, "x", "Expected `int`, got `str`"),
        (int | dt.date, "x", "Expected `int | date`, got `str`"),
        (list[int], ["1", "x"], "Expected `int`, got `str` - at `$[1]`"),
        (int, [], "Expected `int`, got `array`"),
        (None, "x", "Expected `null`, got `str`"),
        (Annotated[list[int], Len(2)], "1", "Expected `array` of length >= 2"),
        (int | Color, [], "Expected `int | str`, got `array`"),
    ],
)
def test_text_that_is_no_such_value(type: Any, text: Any, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        decoder(type).strings(text)
    assert str(caught.value) == message


def test_a_form_becomes_a_schema() -> None:
    form = {
        "owner.email": ["a@b.c"],
        "owner.age": [""],
        "lines[1].price": ["2.50"],
        "lines[0].price": ["1"],
        "lines[0].count": ["3"],
        "tags": ["x", "y"],
        "agreed": ["0", "on"],
        "notes.a": ["b"],
        "pair": ["1", "2"],
        "unknown[": ["?"],
    }
    assert decoder(Order).strings(form) == Order(
        owner=Owner(email="a@b.c"),
        lines=[Line(price=Decimal(1), count=3), Line(price=Decimal("2.50"))],
        tags=["x", "y"],
        agreed=True,
        notes={"a": "b"},
        pair=(1, 2),
    )


def test_every_fault_of_a_form_comes_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        decoder(Order).strings({"lines[0].price": ["0"], "agreed": ["x"], "pair": ["1"], "owner": ["x"]})
    assert [str(fault) for fault in caught.value.errors] == [
        "Expected `object`, got `array` - at `$.owner`",
        "Expected `decimal` > 0 - at `$.lines[0].price`",
        "Expected `bool`, got `str` - at `$.agreed`",
        "Expected `array` of length 2 - at `$.pair`",
    ]


def test_a_union_of_classes_in_a_form() -> None:
    assert decoder(Owner | Line).strings({"price": ["5"]}) == Line(price=Decimal(5))
    assert decoder(Owner | None).strings({"email": ["a"]}) == Owner(email="a")


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


def test_a_form_becomes_a_dataclass_or_a_dict() -> None:
    assert decoder(Point).strings({"x": "1"}) == Point(1)
    assert decoder(dict[str, int]).strings({"x": "1", "y": ["2"]}) == {"x": 1, "y": 2}
    assert decoder(dict[int, int]).strings({"1": "2"}) == {1: 2}


class Search(pydantic.BaseModel):
    q: str
    size: int = 10
    tags: list[str] = []
    kinds: tuple[str, ...] | None = pydantic.Field(None, alias="kind")


def test_a_form_becomes_a_pydantic_model() -> None:
    read = decoder(Search).strings
    form = {"q": ["a", "b"], "size": ["5"], "tags": ["x"], "kind": "k", "other": ["1"]}
    assert read(form) == Search(q="b", size=5, tags=["x"], kind=("k",))
    assert read({"q": "a", "tags": "x"}).tags == ["x"]
    with pytest.raises(Invalid) as caught:
        read({"size": ["x"]})
    assert [(fault.path, fault.code) for fault in caught.value.errors] == [(("q",), "missing"), (("size",), "format")]
    with pytest.raises(Invalid):
        read("x")
