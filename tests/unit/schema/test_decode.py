from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import types
import uuid
from collections import abc
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NewType,
    TypeVar,
)

import annotated_types
import msgspec
import pydantic
import pytest
from typing_extensions import TypeAliasType

from rooftree.schema import (
    Decoder,
    Doc,
    Fault,
    Ge,
    Gt,
    Invalid,
    Le,
    Len,
    Lt,
    MultipleOf,
    Pattern,
    Schema,
    UnsupportedType,
    decoder,
)

T = TypeVar("T")
K = TypeVar("K")


class Owner(Schema):
    email: Annotated[str, Len(3, 20)]


class NewItem(Schema):
    name: Annotated[str, Len(1, 80)]
    price: Annotated[Decimal, Gt(0)]
    tags: list[str] = []
    owner: Owner | None = None


def faults(type: Any, data: bytes, **options: Any) -> list[str]:
    with pytest.raises(Invalid) as caught:
        Decoder[Any](type, **options).json(data)
    assert not caught.value.malformed
    return [str(fault) for fault in caught.value.errors]


# ---- the whole of a body


def test_json_becomes_a_schema() -> None:
    item = decoder(NewItem).json(b'{"name": "Oak", "price": 9.90, "owner": {"email": "a@b.c"}}')
    assert item == NewItem(name="Oak", price=Decimal("9.90"), owner=Owner(email="a@b.c"))


def test_messagepack_becomes_a_schema() -> None:
    raw = msgspec.msgpack.encode({"name": "Oak", "price": "9.90"})
    assert decoder(NewItem).msgpack(raw) == NewItem(name="Oak", price=Decimal("9.90"))


def test_plain_data_becomes_a_schema() -> None:
    assert decoder(NewItem).python({"name": "Oak", "price": 9}) == NewItem(name="Oak", price=Decimal(9))
    assert decoder(int).python("12", lax=True) == 12


def test_every_fault_comes_at_once_with_its_path() -> None:
    raw = b'{"name": "", "price": -1, "tags": [1, "a", null], "owner": {"email": "x"}}'
    assert faults(NewItem, raw) == [
        "Expected `str` of length >= 1 - at `$.name`",
        "Expected `decimal` > 0 - at `$.price`",
        "Expected `str`, got `int` - at `$.tags[0]`",
        "Expected `str`, got `null` - at `$.tags[2]`",
        "Expected `str` of length >= 3 - at `$.owner.email`",
    ]


def test_a_fault_is_data() -> None:
    with pytest.raises(Invalid) as caught:
        decoder(NewItem).json(b'{"name": "Oak", "price": 0, "owner": {}}')
    assert caught.value.errors == [
        Fault(("price",), "greater_than", "Expected `decimal` > 0", {"limit": Decimal(0)}),
        Fault(("owner", "email"), "missing", "Object missing required field `email`"),
    ]
    assert str(caught.value) == (
        "Expected `decimal` > 0 - at `$.price`; Object missing required field `email` - at `$.owner.email`"
    )


def test_a_body_that_is_no_json_is_malformed() -> None:
    for raw in (b"", b"{", b'{"name": nope}', b"[1] 2", b'"\xff"', b'"\\ud800"', b"\x00"):
        with pytest.raises(Invalid) as caught:
            decoder(NewItem).json(raw)
        assert caught.value.malformed, raw
        assert caught.value.errors[0].code == "malformed"
        assert caught.value.errors[0].path == ()


def test_a_fault_before_the_place_where_json_breaks_is_malformed_too() -> None:
    with pytest.raises(Invalid) as caught:
        decoder(NewItem).json(b'{"name": 1, "price": ')
    assert caught.value.malformed


def test_faults_are_capped() -> None:
    assert len(faults(list[int], b"[" + b'"x",' * 200 + b'"x"]')) == 50
    assert len(faults(list[int], b"[" + b'"x",' * 200 + b'"x"]', max_errors=3)) == 3


def test_unknown_fields_are_passed_over_unless_the_schema_says_otherwise() -> None:
    class Strict(Schema, forbid_unknown_fields=True, tag="strict"):
        a: int = 0

    class StrictToo(Schema, forbid_unknown_fields=True):
        a: int

    assert decoder(Owner).json(b'{"email": "abc", "x": 1}') == Owner(email="abc")
    assert faults(StrictToo, b'{"a": 1, "b": 1}') == ["Object contains unknown field `b` - at `$.b`"]
    assert faults(Strict, b'{"type": "strict", "b": 1, "c": 2}') == [
        "Object contains unknown field `b` - at `$.b`",
        "Object contains unknown field `c` - at `$.c`",
    ]


def test_of_duplicate_keys_the_last_counts() -> None:
    assert decoder(Owner).json(b'{"email": "abc", "email": "def"}').email == "def"
    # msgspec refuses the first; the walk sees only the last: still an error, with msgspec's own text
    assert faults(Owner, b'{"email": 1, "email": "def"}') == ["Expected `str`, got `int` - at `$.email`"]


# ---- hostile numbers, depth, size


def test_numbers_reach_a_decimal_as_they_are_written() -> None:
    read = decoder(Decimal).json
    assert str(read(b"1.10")) == "1.10"
    assert read(b"0.1000000000000000055511151231257827") == Decimal("0.1000000000000000055511151231257827")
    assert read(b'"1.5"') == Decimal("1.5")
    assert read(b"12") == 12


@pytest.mark.parametrize(
    "raw", [b'"NaN"', b'"-Infinity"', b'"sNaN"', b"1e1000000", b"1e-1000000", b'"1e1001"', b"0e5000"]
)
def test_a_decimal_that_cannot_be_computed_with_is_refused(raw: bytes) -> None:
    (text,) = faults(Annotated[Decimal, Gt(-1)], raw)
    assert text in {"Expected a finite `decimal`", "Expected `decimal` with an exponent of at most 1000"}


def test_an_exponent_beyond_decimal_itself() -> None:
    assert faults(Decimal, b"1e" + b"9" * 30) == ["Invalid decimal string"]
    assert faults(Decimal, b'"x"') == ["Invalid decimal string"]


def test_integers_of_many_digits() -> None:
    assert decoder(int).json(b"9" * 4000) == int("9" * 4000)
    assert faults(int, b"9" * 10_000) == ["Integer value out of range"]
    assert faults(NewItem, b'{"name": 1, "price": ' + b"9" * 10_000 + b"}") == [
        "Expected `str`, got `int` - at `$.name`"
    ]
    assert faults(dict[str, int] | list[Owner] | Owner, b'{"a": ' + b"9" * 10_000 + b"}") == [
        "Integer value out of range - at `$[...]`"
    ]


def test_floats_beyond_their_range() -> None:
    assert faults(int, b"1.5") == ["Expected `int`, got `float`"]
    assert faults(float, b"1e999") == ["Number out of range"]
    assert faults(list[Any], b"[1, 1e999, [1e999]]")[:1] == ["Number out of range - at `$[1]`"]


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b"[" * 50_000 + b"]" * 50_000, b'{"a":' * 20_000 + b"1" + b"}" * 20_000]
)
@pytest.mark.parametrize("type", [NewItem, list[Any], Any, Annotated[Decimal, Gt(0)], Owner | NewItem])
def test_deep_nesting_is_refused(raw: bytes, type: Any) -> None:
    with pytest.raises(Invalid) as caught:
        Decoder[Any](type).json(raw)
    assert caught.value.errors[0].code in {"too_deep", "type", "malformed"}


class Tree(Schema):
    price: Annotated[Decimal, Ge(0)] = Decimal(0)
    children: list[Tree] = []


def test_a_type_that_contains_itself() -> None:
    raw = b'{"children": [{"children": [{"price": -1}, {"price": "x"}]}]}'
    assert faults(Tree, raw) == [
        "Expected `decimal` >= 0 - at `$.children[0].children[0].price`",
        "Invalid decimal string - at `$.children[0].children[1].price`",
    ]


def test_a_fault_below_the_depth_of_the_walk_is_still_an_error() -> None:
    depth = 120
    raw = b'{"children":[' * depth + b'{"price":-1}' + b"]}" * depth
    (text,) = faults(Tree, raw)
    assert text.startswith("Expected at most 100 levels - at `$.children[0]")


def test_a_fault_far_behind_in_large_data_is_still_an_error() -> None:
    raw = b"[" + b'{"email": "abcd"},' * 30_000 + b'{"email": 1}]'
    assert faults(list[Owner], raw) == ["Expected `str`, got `int` - at `$[30000].email`"]
    many = b"[" + b"1," * 30_000 + b"-1]"
    assert faults(list[Annotated[Decimal, Ge(0)]], many) == ["The value breaks a rule of its type"]


def test_long_keys_and_values_are_shortened_in_faults() -> None:
    with pytest.raises(Invalid) as caught:
        decoder(dict[str, Literal["a"]]).json(b'{"' + b"k" * 10_000 + b'": "' + b"v" * 10_000 + b'"}')
    (fault,) = caught.value.errors
    assert len(str(fault)) < 400


# ---- types

START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class Plain(msgspec.Struct):
    at: Annotated[dt.datetime, Gt(START)]


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2

    @classmethod
    def _missing_(cls, value: object) -> Level | None:
        return cls.HIGH if value == 99 else None


class Mixed(enum.Enum):
    NUMBER = 1
    TEXT = "text"
    HALF = 0.5


def test_enums_go_by_value_and_name_their_choices() -> None:
    assert decoder(Color).json(b'"red"') is Color.RED
    assert decoder(Level).json(b"99") is Level.HIGH
    assert faults(Color, b'"green"') == ["Invalid enum value 'green', expected one of `red`, `blue`"]
    assert faults(Color, b"1") == ["Expected `str`, got `int`"]
    assert faults(list[Level], b"[3, 99, true, 1.0]") == [
        "Invalid enum value 3, expected one of `1`, `2` - at `$[0]`",
        "Expected `int`, got `bool` - at `$[2]`",
        "Expected `int`, got `float` - at `$[3]`",
    ]


def test_an_enum_that_msgspec_does_not_take() -> None:
    read = decoder(list[Mixed]).json
    assert read(b'[1, "text", 0.5]') == [Mixed.NUMBER, Mixed.TEXT, Mixed.HALF]
    assert faults(list[Mixed], b'[2, "x", null]') == [
        "Invalid enum value 2, expected one of `1`, `text`, `0.5` - at `$[0]`",
        "Invalid enum value 'x', expected one of `1`, `text`, `0.5` - at `$[1]`",
        "Expected `int | str | float`, got `null` - at `$[2]`",
    ]


def test_many_choices_are_not_all_named() -> None:
    many: Any = enum.Enum("many", {f"m{i}": f"v{i}" for i in range(30)})  # type: ignore[misc]
    (text,) = faults(many, b'"x"')
    assert text.endswith("`v19`, ...")


def test_literals() -> None:
    inner = Literal["b", None]  # noqa: PYI061 - one inside of another
    assert decoder(Literal["a", inner]).json(b"null") is None
    assert faults(Literal["a", 1], b'"c"') == ["Invalid enum value 'c', expected one of `a`, `1`"]
    assert faults(Literal[1], b"true") == ["Expected `int`, got `bool`"]


def test_dates_and_times_with_limits() -> None:
    first = dt.date(2020, 1, 1)
    assert decoder(Annotated[dt.date, Ge(first)]).json(b'"2020-01-01"') == first
    assert faults(Annotated[dt.date, Ge(first)], b'"2019-12-31"') == ["Expected `date` >= 2020-01-01"]
    assert faults(dt.date, b'"yesterday"') == ["Invalid RFC3339 encoded date"]
    hour = Annotated[dt.timedelta, Le(dt.timedelta(hours=1)), Gt(dt.timedelta(0))]
    assert decoder(hour).json(b'"PT1H"') == dt.timedelta(hours=1)
    assert faults(hour, b'"PT2H"') == ["Expected `duration` <= 1:00:00"]
    noon = Annotated[dt.time, Lt(dt.time(12))]
    assert faults(list[noon], b'["13:00:00", "11:00:00Z"]') == [
        "Expected `time` < 12:00:00 - at `$[0]`",
        "Expected `time` with no timezone component - at `$[1]`",
    ]


def test_a_limit_with_a_time_zone_asks_for_one() -> None:
    start = START
    assert faults(Annotated[dt.datetime, Gt(start)], b'"2021-01-01T00:00:00"') == [
        "Expected `datetime` with a timezone component"
    ]
    assert faults(Plain, b'{"at": "2021-01-01T00:00:00"}') == [
        "Expected `datetime` with a timezone component - at `$.at`"
    ]
    assert faults(Plain, b'{"at": "2020-01-01T00:00:00Z"}') == [
        "Expected `datetime` > 2020-01-01 00:00:00+00:00 - at `$.at`"
    ]


def test_patterns() -> None:
    assert faults(Annotated[str, Pattern("^a+$")], b'"b"') == ["Expected `str` matching regex '^a+$'"]
    assert faults(list[Annotated[str, Pattern("^a")] | None], b'["b", 1]') == [
        "Expected `str` matching regex '^a' - at `$[0]`",
        "Expected `str | null`, got `int` - at `$[1]`",
    ]


class Slug(Schema):
    text: Annotated[str, Pattern("^[a-z]+$")]


class SlugByMeta(Schema):
    text: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")]


@dataclasses.dataclass
class SlugClass:
    text: Annotated[str, Pattern("^[a-z]+$")]


@pytest.mark.parametrize("cls", [Slug, SlugByMeta, SlugClass])
def test_the_end_of_a_pattern_is_the_end_of_the_text(cls: Any) -> None:
    assert decoder(cls).json(b'{"text": "abc"}').text == "abc"
    assert faults(cls, b'{"text": "abc\\n"}') == ["Expected `str` matching regex '^[a-z]+$' - at `$.text`"]


def test_bytes_uuid_sets_and_tuples() -> None:
    key = uuid.UUID(int=5)
    assert decoder(bytes).json(b'"YQ=="') == b"a"
    assert decoder(bytearray).json(b'"YQ=="') == bytearray(b"a")
    assert faults(bytes, b'"?"') == ["Invalid base64 encoded string"]
    assert decoder(uuid.UUID).json(f'"{key}"'.encode()) == key
    assert decoder(set[int]).json(b"[1, 1, 2]") == {1, 2}
    assert decoder(frozenset[int]).json(b"[1]") == frozenset({1})
    assert decoder(tuple[int, ...]).json(b"[1, 2]") == (1, 2)
    assert decoder(tuple[int, str]).json(b'[1, "a"]') == (1, "a")
    assert decoder(tuple[()]).json(b"[]") == ()
    assert decoder(tuple).json(b"[1]") == (1,)
    assert decoder(list).json(b"[1]") == [1]
    assert decoder(dict).json(b'{"a": 1}') == {"a": 1}
    assert decoder(abc.Sequence[int]).json(b"[1]") == [1]
    assert decoder(abc.Mapping[str, int]).json(b'{"a": 1}') == {"a": 1}
    assert faults(tuple[int, str], b"[1]") == ["Expected `array` of length 2"]
    assert faults(tuple[int, str], b"{}") == ["Expected `array`, got `object`"]
    assert faults(set[list[int]], b"[[1]]") == ["Expected `array` of hashable items"]
    assert faults(Annotated[list[int], Len(1, 2)], b"[]") == ["Expected `array` of length >= 1"]
    assert faults(Annotated[dict[str, int], Len(0, 1)], b'{"a": 1, "b": "x"}') == [
        "Expected `int`, got `str` - at `$.b`",
        "Expected `object` of length <= 1",
    ]
    assert faults(list[int], b'"x"') == ["Expected `array`, got `str`"]


def test_messagepack_has_bytes_of_its_own() -> None:
    raw = msgspec.msgpack.encode
    assert decoder(bytes).msgpack(raw(b"a")) == b"a"
    with pytest.raises(Invalid, match="Expected `bytes`, got `str`"):
        decoder(bytes).msgpack(raw("YQ=="))
    with pytest.raises(Invalid, match="Expected a hashable key"):
        decoder(dict[tuple[list[int], int], int] | Owner).python({((1,), 2): 1})


def test_keys() -> None:
    assert decoder(dict[Level, int] | Owner).json(b'{"1": 5}') == {Level.LOW: 5}
    assert decoder(dict[int | str, int] | Owner).json(b'{"1": 5}') == {"1": 5}
    assert decoder(dict[int, str]).json(b'{"1": "a"}') == {1: "a"}
    assert faults(dict[int, str], b'{"x": "a", "1": 2}') == [
        "Expected `int`, got `str` - at `$.x`",
        "Expected `str`, got `int` - at `$.1`",
    ]
    assert faults(dict[float, int], b'{"1.5": 1, "x": 1}') == ["Expected `float`, got `str` - at `$.x`"]
    assert faults(dict[Annotated[str, Len(2)], int], b'{"a": 1}') == ["Expected `str` of length >= 2 - at `$.a`"]
    with pytest.raises(Invalid) as caught:
        decoder(dict[str, int]).msgpack(msgspec.msgpack.encode({1.5: 1, 2: "x"}))
    assert [fault.path for fault in caught.value.errors] == [("1.5",), (2,), (2,)]


class Page(Schema, Generic[T]):
    items: list[T]
    total: Annotated[int, Ge(0)]


class Keyed(Page[T], Generic[K, T]):
    key: K


class Fixed(Page[Decimal]):
    name: str = ""


def test_generics() -> None:
    assert decoder(Page[Owner]).json(b'{"items": [{"email": "abc"}], "total": 1}').items == [Owner(email="abc")]
    assert faults(Page[Owner], b'{"items": [{"email": "a"}], "total": -1}') == [
        "Expected `str` of length >= 3 - at `$.items[0].email`",
        "Expected `int` >= 0 - at `$.total`",
    ]
    assert faults(Keyed[int, str], b'{"items": [1], "total": 1, "key": "a"}') == [
        "Expected `str`, got `int` - at `$.items[0]`",
        "Expected `int`, got `str` - at `$.key`",
    ]
    assert decoder(Fixed).json(b'{"items": [1.5], "total": 1}').items == [Decimal("1.5")]
    bare: Decoder[Page[Any]] = decoder(Page)
    assert bare.json(b'{"items": [1.5, "a"], "total": 1}').items == [1.5, "a"]


class Cat(Schema, tag=True):
    lives: int


class Dog(Schema, tag=True):
    name: str


def test_tagged_unions() -> None:
    assert decoder(Cat | Dog).json(b'{"type": "Dog", "name": "Rex"}') == Dog(name="Rex")
    pets = list[Cat | Dog | None]
    raw = b'[{"type": "Cow"}, {"type": 5}, {}, {"type": "Cat", "lives": "x"}, 5, null]'
    assert faults(pets, raw) == [
        "Invalid value 'Cow' - at `$[0].type`",
        "Expected `str` - at `$[1].type`",
        "Object missing required field `type` - at `$[2].type`",
        "Expected `int`, got `str` - at `$[3].lives`",
        "Expected `object | null`, got `int` - at `$[4]`",
    ]
    assert faults(Cat, b'{"type": "Dog", "lives": 1}') == ["Invalid value 'Dog' - at `$.type`"]
    assert faults(Cat, b'{"type": 1, "lives": 1}') == ["Expected `str` - at `$.type`"]


class Flat(Schema, array_like=True, tag="flat", forbid_unknown_fields=True):
    a: int
    b: str = "x"


def test_classes_as_arrays() -> None:
    assert decoder(Flat).json(b'["flat", 1]') == Flat(a=1)
    assert faults(Flat, b'["no", 1]') == ["Invalid value 'no' - at `$[0]`"]
    assert faults(Flat, b'["flat"]') == ["Expected `array` of at least length 1, got 0"]
    assert faults(Flat, b'["flat", 1, "a", 2]') == ["Expected `array` of at most length 2, got 3"]
    assert faults(Flat, b'["flat", "x", 2]')[0].startswith("Expected `int`, got `str`")
    assert faults(Flat, b"{}") == ["Expected `array`, got `object`"]
    assert faults(Flat, b"[]")[0].startswith("Invalid value None")


def test_unions_that_msgspec_does_not_take() -> None:
    read = decoder(Owner | NewItem).json
    assert read(b'{"email": "abc"}') == Owner(email="abc")
    assert read(b'{"name": "a", "price": 1}') == NewItem(name="a", price=Decimal(1))
    assert faults(Owner | NewItem, b'{"email": "x"}') == ["Expected `str` of length >= 3 - at `$.email`"]
    assert faults(Owner | NewItem, b"5") == ["Expected `object`, got `int`"]
    dates = decoder(dt.date | str)
    assert dates.json(b'"2020-01-01"') == dt.date(2020, 1, 1)
    assert dates.json(b'"soon"') == "soon"
    assert decoder(list[int] | set[str]).json(b'["a"]') == {"a"}
    assert faults(dt.date | uuid.UUID, b'"x"') == ["Expected `date | uuid`, got `str`"]
    assert decoder(Owner | dict[str, int]).json(b'{"a": 1}') == {"a": 1}
    assert decoder(int | float | Color | Mixed).json(b"2.5") == 2.5


class Left(Schema):
    next: Left | Right | int


class Right(Schema):
    next: Left | Right | str


def test_nested_unions_do_not_multiply_the_work() -> None:
    raw = b'{"next":' * 40 + b"null" + b"}" * 40
    (text,) = faults(Left | Right, raw)
    assert "too many ways" in text


Pairs = TypeAliasType("Pairs", list[tuple[T, T]], type_params=(T,))


def test_an_alias_of_itself() -> None:
    with pytest.raises(UnsupportedType, match="`Json` stands for nothing but itself"):
        decoder(recursive_alias("itself"))


def test_type_aliases() -> None:
    assert decoder(Pairs[int]).json(b"[[1, 2]]") == [(1, 2)]
    assert faults(Pairs[int], b'[[1, "a"]]') == ["Expected `int`, got `str` - at `$[0][1]`"]


def test_a_type_alias_that_names_itself() -> None:
    json = recursive_alias()
    assert decoder(json).json(b'{"a": [1, "x", {"b": null}]}') == {"a": [1, "x", {"b": None}]}
    assert decoder(types.GenericAlias(list, (json,)) | Owner).json(b"[1]") == [1]
    deep = recursive_alias("list")
    assert decoder(deep).json(b"[1, null, [2]]") == [1, None, [2]]
    assert faults(deep, b'[["x"]]') == ["Expected `array | int | null`, got `str` - at `$[0][0]`"]
    assert faults(json, b'{"a": [1.5]}') == ["Expected `object | array | str | int | null`, got `float` - at `$.a[0]`"]


def recursive_alias(shape: str = "json") -> Any:
    class Alias:
        """As PEP 695 makes one on 3.12: the value is asked for late."""

        __module__ = "tests"

        @property
        def __value__(self) -> Any:
            if shape == "itself":
                return alias
            if shape == "list":
                return types.GenericAlias(list, (alias | None,)) | int
            nested: Any = alias
            return types.GenericAlias(dict, (str, nested)) | types.GenericAlias(list, (nested,)) | str | int | None

        def __or__(self, other: Any) -> Any:
            bare: Any = Annotated[self, Doc("")]
            return bare | other

        def __str__(self) -> str:
            return "Json"

    Alias.__name__ = "TypeAliasType"
    alias = Alias()
    return alias


UserId = NewType("UserId", Annotated[int, Gt(0)])  # pyright: ignore[reportGeneralTypeIssues] - people write it


def test_new_types_and_constraints_around_constraints() -> None:
    assert faults(Annotated[UserId, Lt(10)], b"0") == ["Expected `int` > 0"]
    assert faults(Annotated[UserId, Lt(10)], b"10") == ["Expected `int` < 10"]
    assert faults(Annotated[UserId | None, Lt(10)], b"10") == ["Expected `int` < 10"]
    assert faults(Annotated[Decimal | str | None, MultipleOf(5)], b"7") == ["Expected `decimal` that's a multiple of 5"]


def test_annotated_types_and_meta_mean_the_same() -> None:
    class Many(Schema):
        a: Annotated[int, annotated_types.Gt(0)] = 1
        b: Annotated[Decimal, msgspec.Meta(gt=0)] = Decimal(1)
        c: Annotated[str, annotated_types.Len(1, 3)] = "a"
        d: Annotated[int, annotated_types.Interval(ge=1, lt=5)] = 1
        e: Annotated[list[Annotated[Decimal, Le(5)]], annotated_types.MinLen(1)] = msgspec.field(
            default_factory=lambda: [Decimal(1)]
        )
        f: Annotated[str, pydantic.StringConstraints(pattern="^a", min_length=2)] = "aa"
        g: Annotated[int, msgspec.Meta(gt=2, title="G")] = 3

    raw = b'{"a": 0, "b": 0, "c": "", "d": 5, "e": [6], "f": "b", "g": 2}'
    assert faults(Many, raw) == [
        "Expected `int` > 0 - at `$.a`",
        "Expected `decimal` > 0 - at `$.b`",
        "Expected `str` of length >= 1 - at `$.c`",
        "Expected `int` < 5 - at `$.d`",
        "Expected `decimal` <= 5 - at `$.e[0]`",
        "Expected `str` of length >= 2 - at `$.f`",
        "Expected `int` > 2 - at `$.g`",
    ]
    assert faults(Many, b'{"e": []}') == ["Expected `array` of length >= 1 - at `$.e`"]


def test_bounds_that_msgspec_cannot_hold() -> None:
    assert faults(Annotated[int, Lt(2**70)], b"1" + b"0" * 22) == [f"Expected `int` < {2**70}"]
    assert faults(Annotated[int, Gt(1.5)], b"1") == ["Expected `int` > 1.5"]
    assert decoder(Annotated[int, Gt(1.5)]).json(b"2") == 2
    assert faults(Annotated[int, Gt(1), Ge(5), Lt(20), Le(7)], b"4") == ["Expected `int` >= 5"]
    assert faults(Annotated[int, Gt(1), Ge(5), Lt(20), Le(7)], b"8") == ["Expected `int` <= 7"]
    assert decoder(Annotated[float, MultipleOf(0.5)] | dt.date | str).json(b"1.5") == 1.5
    assert faults(Annotated[float, MultipleOf(0.5)], b"0.7") == ["Expected `float` that's a multiple of 0.5"]
    assert decoder(Annotated[Decimal, MultipleOf(Decimal("0.01"))]).json(b"1e500") == Decimal("1e500")
