"""msgspec and the walk must agree: where one refuses data, the other finds why; what one takes, the other takes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import types
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rooftree.schema import Decoder, Ge, Gt, Invalid, Le, Len, Lt, MultipleOf, Pattern, Schema
from rooftree.schema.decode import fault_of
from rooftree.schema.plain import json_plain, msgpack_plain
from rooftree.schema.walk import BAD, Origin, Walk


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Pair(NamedTuple):
    left: int
    right: str = "x"


class Loose(TypedDict, total=False):
    a: int
    b: list[str]


@dataclasses.dataclass
class Point:
    x: Annotated[int, Gt(0)]
    y: float = 0.0

    def __post_init__(self) -> None:
        if self.y > 1000:
            raise ValueError("y is too large")


class Node(Schema):
    name: Annotated[str, Len(1, 5)]
    next: Node | None = None
    price: Annotated[Decimal, Ge(0)] = Decimal(0)


class Cat(Schema, tag=True):
    lives: Annotated[int, Le(9)]


class Dog(Schema, tag=True):
    name: str


class Strict(Schema, forbid_unknown_fields=True, rename="camel"):
    first_name: str
    last_name: str | None = None


class Row(Schema, array_like=True):
    a: int
    b: str = ""


# Each leaf: a type, and data that mostly fits it.
small = st.integers(-5, 15)
text = st.text("abcé1-", max_size=6)
numbers = st.one_of(small, st.floats(-5, 20, allow_nan=False), st.sampled_from(["1.5", "x", "-0.0", "1e400", "NaN"]))
LEAVES: list[tuple[Any, SearchStrategy[Any]]] = [
    (int, small),
    (Annotated[int, Gt(0)], small),
    (Annotated[int, Ge(-3), Lt(10), MultipleOf(3)], small),
    (Annotated[int, msgspec.Meta(gt=2)], small),
    (float, numbers),
    (Annotated[float, Gt(1), Le(4.5)], numbers),
    (bool, st.booleans()),
    (str, text),
    (Annotated[str, Len(2, 4)], text),
    (Annotated[str, Pattern("^[ab]+$")], text),
    (bytes, st.binary(max_size=3).map(msgspec.to_builtins)),
    (Decimal, numbers),
    (Annotated[Decimal, Gt(0), Lt(10)], numbers),
    (Annotated[Decimal, MultipleOf(Decimal("0.5"))], numbers),
    (dt.date, st.dates().map(str)),
    (Annotated[dt.date, Ge(dt.date(2000, 1, 1))], st.dates().map(str)),
    (dt.datetime, st.datetimes().map(dt.datetime.isoformat)),
    (
        Annotated[dt.datetime, Gt(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))],
        st.datetimes().map(lambda d: d.isoformat() + "Z"),
    ),
    (dt.time, st.times().map(str)),
    (Annotated[dt.timedelta, Lt(dt.timedelta(hours=1))], st.sampled_from(["PT5M", "P1D", "PT1H", "P1Y", "5"])),
    (uuid.UUID, st.uuids().map(str)),
    (Color, st.sampled_from(["red", "green"])),
    (Level, small),
    (Literal["a", "b"], text),
    (Literal[1, 2] | None, small),
    (Pair, st.lists(st.one_of(small, text), max_size=3)),
    (Loose, st.dictionaries(st.sampled_from("abc"), st.one_of(small, st.lists(text, max_size=2)), max_size=3)),
    (Point, st.fixed_dictionaries({}, optional={"x": small, "y": st.sampled_from([1, 2000.5, "a"])})),
    (
        Node,
        st.recursive(
            st.fixed_dictionaries({"name": text}, optional={"price": numbers}),
            lambda inner: st.fixed_dictionaries({"name": text, "next": inner}),
            max_leaves=4,
        ),
    ),
    (
        Cat | Dog,
        st.fixed_dictionaries(
            {}, optional={"type": st.sampled_from(["Cat", "Dog", "Cow", 1]), "lives": small, "name": text}
        ),
    ),
    (Cat, st.fixed_dictionaries({}, optional={"type": st.sampled_from(["Cat", "Dog", 1]), "lives": small})),
    (Strict, st.dictionaries(st.sampled_from(["firstName", "lastName", "last_name", "x"]), text, max_size=3)),
    (Row, st.lists(st.one_of(small, text), max_size=3)),
    (Any, st.one_of(small, text)),
]
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), small, st.floats(-9, 9), text, st.just("1e400")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
    max_leaves=5,
)
Typed = tuple[Any, SearchStrategy[Any]]


def around(inner: SearchStrategy[Typed]) -> SearchStrategy[Typed]:
    return st.one_of(
        inner.map(lambda pair: (of(list, pair[0]), st.lists(pair[1], max_size=3))),
        inner.map(lambda pair: (Annotated[of(list, pair[0]), Len(1, 2)], st.lists(pair[1], max_size=3))),
        inner.map(lambda pair: (of(tuple, pair[0], ...), st.lists(pair[1], max_size=3))),
        inner.map(lambda pair: (of(set, pair[0]), st.lists(pair[1], max_size=3))),
        inner.map(lambda pair: (of(dict, str, pair[0]), st.dictionaries(text, pair[1], max_size=3))),
        inner.map(lambda pair: (Annotated[of(dict, int, pair[0]), Len(0, 2)], numbered(pair[1]))),
        inner.map(lambda pair: (pair[0] | None, st.one_of(st.none(), pair[1]))),
        st.lists(inner, min_size=1, max_size=3).map(tuple_of),
        st.lists(inner, min_size=1, max_size=3).map(struct_of),
    )


def of(cls: type[Any], *arguments: Any) -> Any:
    """A generic type made at run time."""
    return types.GenericAlias(cls, arguments)


def numbered(values: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.dictionaries(small.map(str), values, max_size=3)


def tuple_of(pairs: list[Typed]) -> Typed:
    return of(tuple, *(pair[0] for pair in pairs)), st.tuples(*(pair[1] for pair in pairs)).map(list)


def struct_of(pairs: list[Typed]) -> Typed:
    names = ["one", "two", "three"][: len(pairs)]
    annotations = dict(zip(names, (pair[0] for pair in pairs), strict=True))
    made = types.new_class("Made", (Schema,), {}, lambda namespace: namespace.update(__annotations__=annotations))
    return made, st.fixed_dictionaries({}, optional=dict(zip(names, (pair[1] for pair in pairs), strict=True)))


typed = st.recursive(st.sampled_from(LEAVES), around, max_leaves=5)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any]:
    annotation, fitting = draw(typed)
    return annotation, draw(st.one_of(fitting, fitting, fitting, junk))


def as_json(data: Any) -> bytes:
    # a number too large for a float has no form in Python's data: it is put into the text
    return msgspec.json.encode(data).replace(b'"1e400"', b"1e400")


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases())
def test_json_is_refused_by_both_or_by_none(case: tuple[Any, Any]) -> None:
    compare(Decoder[Any](case[0]), as_json(case[1]), json_plain, msgspec.json.Decoder, "json")


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases())
def test_messagepack_is_refused_by_both_or_by_none(case: tuple[Any, Any]) -> None:
    compare(Decoder[Any](case[0]), msgspec.msgpack.encode(case[1]), msgpack_plain, msgspec.msgpack.Decoder, "msgpack")


def compare(decoder: Decoder[Any], raw: bytes, read: Any, made: Any, origin: Origin) -> None:
    from rooftree.schema.check import compile_check
    from rooftree.schema.decode import native_of

    native = native_of(decoder.node)
    walk = Walk(origin=origin)
    refusal: Exception | None = None
    value: Any = None
    try:
        value = made(native).decode(raw)
    except (msgspec.ValidationError, TypeError) as error:
        refusal = error
    try:
        plain = read(raw)
    except msgspec.ValidationError:
        assert refusal is not None or b"1e400" in raw
        return
    walked = walk.run(decoder.node, plain)
    check = compile_check(decoder.node)
    kept = refusal is None and (check is None or check(value))
    if kept:
        assert walk.faults == []
        assert walked == value
        read_by_decoder = decoder.json(raw) if origin == "json" else decoder.msgpack(raw)
        assert read_by_decoder == value
        return
    assert walked is BAD
    assert walk.faults, refusal
    with pytest.raises(Invalid) as caught:
        (decoder.json if origin == "json" else decoder.msgpack)(raw)
    assert list(caught.value.errors) == walk.faults
    if isinstance(refusal, msgspec.ValidationError):
        first = fault_of(refusal).path
        # msgspec names the object that lacks a field, or has one too many; the walk names the field
        paths = [fault.path for fault in walk.faults] + [fault.path[:-1] for fault in walk.faults]
        assert any(is_same(first, path) for path in paths), (refusal, walk.faults)


def is_same(first: tuple[str | int, ...], path: tuple[str | int, ...]) -> bool:
    """Compare a path of msgspec's, where the keys of dicts are ``...``, with one of the walk's."""
    return len(first) == len(path) and all(one in {"...", other} for one, other in zip(first, path, strict=True))
