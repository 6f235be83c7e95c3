"""Classes of other kinds as what comes in: dataclasses, attrs, TypedDict, NamedTuple, Pydantic, generics."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import namedtuple
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    NamedTuple,
    NotRequired,
    Required,
    TypedDict,
    TypeVar,
)

import attrs
import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from typing_extensions import ReadOnly

from rooftree.schema import (
    Gt,
    Invalid,
    Len,
    Schema,
    UnsupportedType,
    decoder,
    validate,
)
from tests.unit.schema.test_decode import Owner, faults

T = TypeVar("T")
K = TypeVar("K")


@dataclasses.dataclass
class Point:
    x: Annotated[int, Gt(0)]
    y: Annotated[Decimal, msgspec.Meta(ge=0)] = Decimal(0)
    names: list[str] = dataclasses.field(default_factory=list[str])
    kind: ClassVar[str] = "point"

    def __post_init__(self) -> None:
        if self.x > 100:
            raise ValueError("x is too far out")


@attrs.define
class Size:
    width: int = attrs.field(validator=attrs.validators.gt(0))
    height: Annotated[int, Gt(0)] = 1
    parts: list[int] = attrs.field(factory=list[int])

    def __attrs_post_init__(self) -> None:
        if self.height > 100:
            raise ValueError("too high")


class Movie(TypedDict):
    name: Required[str]
    year: NotRequired[Annotated[int, Gt(1800)]]
    stars: ReadOnly[float]


class Pair(NamedTuple):
    left: int
    right: Annotated[str, Len(1)] = "r"


Old = namedtuple("Old", ["a", "b"])  # noqa: PYI024  # pyright: ignore[reportUntypedNamedTuple] - the kind without types


def test_dataclasses() -> None:
    assert decoder(Point).json(b'{"x": 1, "y": 2}') == Point(1, Decimal(2))
    assert faults(list[Point], b'[{"x": 0, "y": -1, "names": [1]}, {"x": 101}]') == [
        "Expected `int` > 0 - at `$[0].x`",
        "Expected `decimal` >= 0 - at `$[0].y`",
        "Expected `str`, got `int` - at `$[0].names[0]`",
        "x is too far out - at `$[1]`",
    ]


@dataclasses.dataclass
class Box(Generic[T]):
    content: T
    label: Annotated[str, Len(1)] = "x"


@dataclasses.dataclass
class Chest(Box[list[T]], Generic[T, K]):
    key: K | None = None


@dataclasses.dataclass
class Crate(Box[int]):
    weight: int = 0


def test_generic_dataclasses() -> None:
    assert decoder(Box[int]).json(b'{"content": 1}') == Box(1)
    assert faults(Box[int], b'{"content": "a", "label": ""}') == [
        "Expected `int`, got `str` - at `$.content`",
        "Expected `str` of length >= 1 - at `$.label`",
    ]
    assert faults(Chest[int, str], b'{"content": ["a"], "key": 1}') == [
        "Expected `int`, got `str` - at `$.content[0]`",
        "Expected `str | null`, got `int` - at `$.key`",
    ]
    assert faults(Crate, b'{"content": "a"}') == ["Expected `int`, got `str` - at `$.content`"]
    assert decoder(Box).json(b'{"content": "a"}') == Box("a")


@attrs.define
class Bare:
    a: int = attrs.field(validator=attrs.validators.instance_of(int))


def test_attrs_without_a_post_init() -> None:
    assert validate(Bare(1)) == Bare(1)
    assert faults(list[Bare], b'[{"a": 1}, {}]') == ["Object missing required field `a` - at `$[1].a`"]


def test_attrs() -> None:
    assert decoder(Size).json(b'{"width": 1}') == Size(1)
    assert faults(list[Size], b'[{"width": 1, "height": 0}, {"width": 0}, {"width": 1, "height": 101}]') == [
        "Expected `int` > 0 - at `$[0].height`",
        "'width' must be > 0: 0 - at `$[1]`",
        "too high - at `$[2]`",
    ]


def test_typed_dicts() -> None:
    movie: Any = decoder(Movie).json(b'{"name": "M", "stars": 4}')
    assert movie == {"name": "M", "stars": 4.0}
    assert faults(Movie, b'{"year": 1}') == [
        "Object missing required field `name` - at `$.name`",
        "Expected `int` > 1800 - at `$.year`",
        "Object missing required field `stars` - at `$.stars`",
    ]


def test_named_tuples() -> None:
    assert decoder(Pair).json(b"[1]") == Pair(1)
    assert faults(Pair, b'["a", ""]') == [
        "Expected `int`, got `str` - at `$[0]`",
        "Expected `str` of length >= 1 - at `$[1]`",
    ]
    assert faults(Pair, b'[1, "a", 3]') == ["Expected `array` of at most length 2, got 3"]
    assert decoder(Old).json(b'[1, "a"]') == Old(1, "a")


class Priced(TypedDict):
    price: Decimal


@dataclasses.dataclass
class Untold:
    """Rules of ours in a class of others: msgspec is not told of them, the second pass has them."""

    tags: Annotated[list[str], Len(1)]
    counts: Annotated[dict[str, int], Len(1)] | None = None
    pair: tuple[Decimal, int] | None = None
    table: dict[str, Decimal] | None = None
    record: Priced | None = None
    many: list[Decimal] | Annotated[int, Gt(0)] = 1
    point: Point | None = None


def test_rules_that_msgspec_was_not_told_of() -> None:
    whole = b"""{"tags": ["a"], "counts": {"a": 1}, "pair": [1.5, 1], "table": {"a": 1}, "record": {"price": 1},
        "many": [1, 2], "point": {"x": 1}}"""
    assert decoder(Untold).json(whole).pair == (Decimal("1.5"), 1)
    for name, data, text in [
        ("tags", b"[]", "Expected `array` of length >= 1 - at `$.tags`"),
        ("counts", b"{}", "Expected `object` of length >= 1 - at `$.counts`"),
        ("pair", b'["NaN", 1]', "Expected a finite `decimal` - at `$.pair[0]`"),
        ("table", b'{"a": "NaN"}', "Expected a finite `decimal` - at `$.table.a`"),
        ("record", b'{"price": "NaN"}', "Expected a finite `decimal` - at `$.record.price`"),
        ("many", b'["NaN"]', "Expected a finite `decimal` - at `$.many[0]`"),
        ("many", b"0", "Expected `int` > 0 - at `$.many`"),
        ("point", b'{"x": 0}', "Expected `int` > 0 - at `$.point.x`"),
    ]:
        parts = {"tags": b'["a"]', name: data}
        raw = b"{" + b", ".join(b'"%s": %s' % (key.encode(), value) for key, value in parts.items()) + b"}"
        assert faults(Untold, raw) == [text]


class Model(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=1)
    price: Decimal = pydantic.Field(gt=0)
    at: dt.date | None = None


@pydantic.dataclasses.dataclass
class ModelData:
    size: int = pydantic.Field(gt=0)


class WithModel(Schema):
    model: Model
    count: int
    free: Any = None


class WithData(Schema):
    data: ModelData


def test_pydantic_models() -> None:
    assert decoder(Model).json(b'{"name": "a", "price": 1.10}') == Model(name="a", price=Decimal("1.10"))
    with pytest.raises(Invalid) as caught:
        decoder(Model).json(b'{"name": "", "at": "x"}')
    assert [(fault.path, fault.code) for fault in caught.value.errors] == [
        (("name",), "too_short"),
        (("price",), "missing"),
        (("at",), "format"),
    ]
    assert caught.value.errors[0].params == {"limit": 1}
    with pytest.raises(Invalid) as caught:
        decoder(Model).json(b'{"name": ')
    assert caught.value.malformed
    assert decoder(Model).msgpack(msgspec.msgpack.encode({"name": "a", "price": "1"})).price == 1
    with pytest.raises(Invalid):
        decoder(Model).msgpack(b"\xc1")


def test_pydantic_models_inside_other_types() -> None:
    read = decoder(WithModel)
    value = read.json(b'{"model": {"name": "a", "price": 2, "at": "2020-01-01"}, "count": 1}')
    assert value == WithModel(model=Model(name="a", price=Decimal(2), at=dt.date(2020, 1, 1)), count=1)
    assert read.python({"model": Model(name="a", price=Decimal(2)), "count": 1}).count == 1
    assert faults(WithModel, b'{"model": {"name": "", "price": 2}, "count": "x", "free": {"a": [1.5]}}') == [
        "String should have at least 1 character - at `$.model.name`",
        "Expected `int`, got `str` - at `$.count`",
    ]
    assert faults(WithModel, b'{"model": {"name": 1e999}, "count": 1}') == ["Number out of range - at `$.model.name`"]
    assert decoder(WithData).json(b'{"data": {"size": 1}}') == WithData(data=ModelData(size=1))
    assert faults(WithData, b'{"data": {"size": 0}}') == ["Input should be greater than 0 - at `$.data.size`"]
    with pytest.raises(Invalid):
        decoder(WithData).python({"data": {"size": 0}})


class Upload:
    """Stands for a class that only a form has."""


def test_pydantic_models_in_unions() -> None:
    read = decoder(Model | Owner).json
    assert read(b'{"email": "abc"}') == Owner(email="abc")
    assert read(b'{"name": "a", "price": 1}') == Model(name="a", price=Decimal(1))


def test_opaque_classes_are_handed_through() -> None:
    class Photo(Schema):
        title: str
        file: Upload

    upload = Upload()
    read = decoder(Photo, opaque=(Upload,))
    assert read.python({"title": "a", "file": upload}).file is upload
    assert read.strings({"title": ["a"], "file": upload}).file is upload
    with pytest.raises(Invalid, match=r"Expected `Upload`, got `str` - at `\$.file`"):
        read.json(b'{"title": "a", "file": "b"}')
    with pytest.raises(UnsupportedType, match=r"`Upload` is not supported: .* - at `.*Photo.file`"):
        decoder(Photo)


def test_unset_fields() -> None:
    class Patch(Schema):
        name: Annotated[str, Len(1)] | msgspec.UnsetType = msgspec.UNSET
        price: Annotated[Decimal, Gt(0)] | msgspec.UnsetType | None = msgspec.UNSET

    assert decoder(Patch).json(b"{}").name is msgspec.UNSET
    assert decoder(Patch).json(b'{"price": null}').price is None
    assert faults(Patch, b'{"name": "", "price": 0}') == [
        "Expected `str` of length >= 1 - at `$.name`",
        "Expected `decimal` > 0 - at `$.price`",
    ]
    assert validate(Patch(name="a")).name == "a"
