"""What no decoder takes, how decoders are kept, and MessagePack that means harm."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import inspect
import itertools
import re
import sys
from decimal import Decimal
from typing import (
    Annotated,
    Any,
)

import attrs
import msgspec
import pytest

from rooftree.schema import (
    Doc,
    Fault,
    Gt,
    Invalid,
    Len,
    MultipleOf,
    Pattern,
    Schema,
    UnsupportedType,
    decoder,
    validate,
)
from rooftree.schema.walk import BAD, Walk
from tests.unit.schema.test_decode import Color, NewItem, Owner, Tree, faults
from tests.unit.schema.test_decode_classes import Point

BYTES: Any = b"a"


# ---- types that cannot be


@pytest.mark.parametrize(
    ("type", "text"),
    [
        (Annotated[str, Gt(0)], "`str` takes no `gt`"),
        (Annotated[int, Gt("a")], "`int` takes no `gt` of 'a'"),
        (Annotated[int, Gt(True)], "`int` takes no `gt` of True"),
        (Annotated[Decimal, Gt(Decimal("NaN"))], "`decimal` takes no `gt` of Decimal('NaN')"),
        (Annotated[dt.date, Gt(dt.datetime(2020, 1, 1))], "`date` takes no `gt`"),  # noqa: DTZ001
        (Annotated[str | None, Gt(0)], "`str | null` takes no `gt`"),
        (Annotated[Any, Gt(0)], "`any` takes no `gt`"),
        (Annotated[str, Pattern("(")], "The pattern '(' is no regular expression"),
        (Annotated[str, Pattern(BYTES)], "A pattern must be a str"),
        (Annotated[int, MultipleOf(0)], "A step must be greater than 0"),
        (Annotated[int, Gt(0), Gt("a")], "'<' not supported|'>' not supported"),
        (Annotated[Owner, Len(1)], "`object` takes no `min_length`"),
        (complex, "`complex` is not supported"),
        ([int], "is no type that can be used here"),
        ("Nowhere", "`Nowhere` is not supported"),
    ],
)
def test_unsupported_types(type: Any, text: str) -> None:
    with pytest.raises(UnsupportedType, match=text if "not supported|" in text else re.escape(text)):
        decoder(type)


def test_unsupported_classes() -> None:
    @dataclasses.dataclass
    class Init:
        x: dataclasses.InitVar[int]

    @attrs.define
    class Selfish:
        x: int = attrs.Factory(lambda self: 1, takes_self=True)

    @dataclasses.dataclass
    class Lost:
        x: Nowhere  # type: ignore[name-defined]  # pyright: ignore[reportUndefinedVariable]  # noqa: F821

    Init.__annotations__["x"] = dataclasses.InitVar[int]
    with pytest.raises(UnsupportedType, match="InitVar"):
        decoder(Init)
    with pytest.raises(UnsupportedType, match="needs the instance"):
        decoder(Selfish)
    with pytest.raises(UnsupportedType, match="cannot be read: name 'Nowhere' is not defined"):
        decoder(Lost)


# ---- decoders


def test_the_walk_ends_where_pythons_stack_does() -> None:
    data: Any = {}
    for _ in range(45):
        data = {"children": [data]}
    walk = Walk(limit=1)
    node = decoder(Tree).node
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        value = walk.run(node, data)
    finally:
        sys.setrecursionlimit(limit)
    assert value is BAD
    assert walk.faults == [Fault((), "too_deep", "The data is nested too deeply")]


def test_a_decoder_is_made_once_and_kept_as_long_as_someone_holds_it() -> None:
    first = decoder(list[Owner])
    assert decoder(list[Owner]) is first
    assert decoder(list[Owner], max_errors=3) is not first
    number = id(first)
    del first
    gc.collect()
    assert number  # the next one may be anywhere; that it is made at all is what counts
    assert decoder(list[Owner]).json(b"[]") == []
    unhashable = Annotated[int, Doc("x"), {"a": 1}]
    assert decoder(unhashable).json(b"1") == 1


def test_errors_of_the_users_own_code_that_are_no_value_errors_are_not_hidden() -> None:
    class Odd(Schema):
        a: int
        b: int = 0

        def __post_init__(self) -> None:
            raise LookupError("a bug")

    with pytest.raises(LookupError):
        decoder(Odd).json(b'{"a": 1}')
    with pytest.raises(LookupError):
        decoder(Odd | Owner).json(b'{"a": 1}')
    # but data that was refused anyway is an error of the data
    assert faults(tuple[Odd, int], b'[{"a": "x"}, "x"]') == [
        "Expected `int`, got `str` - at `$[0].a`",
        "Expected `int`, got `str` - at `$[1]`",
    ]
    assert faults(dict[str, list[int] | Odd], b'{"x": ["a"], "y": {"a": 1}}') == [
        "Expected `int`, got `str` - at `$[...][0]`"
    ]


def test_validate_checks_what_was_made_by_hand() -> None:
    item = NewItem(name="", price=Decimal(-1), tags=["a"], owner=Owner(email="abc"))
    with pytest.raises(Invalid) as caught:
        validate(item)
    assert [fault.path for fault in caught.value.errors] == [("name",), ("price",)]
    good = NewItem(name="a", price=Decimal(1))
    assert validate(good) is good
    assert validate({"email": "abc"}, Owner) == {"email": "abc"}
    assert validate(Color.RED) is Color.RED
    with pytest.raises(Invalid):
        validate([1, "a"], list[int])
    point = Point(1)
    point.x = -1
    with pytest.raises(Invalid):
        validate(point)


# ---- MessagePack that means harm


def test_an_extension_type_is_refused_wherever_it_stands() -> None:
    for data in (b"\x81\xa1a\xd4\x01\x00", b"\x81\xa1a\x91\xd4\x05\x00"):
        with pytest.raises(Invalid) as caught:
            decoder(dict[str, Any]).msgpack(data)
        assert [fault.message for fault in caught.value.errors] == [f"Expected no extension type, got {data[-2]}"]
    assert isinstance(decoder(dict[str, Any]).msgpack(b"\x81\xa1a\xd6\xff\x00\x00\x00\x00")["a"], dt.datetime)


def test_keys_that_hash_alike_are_not_read_to_explain_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every one of these keys has the same hash: a dict of 36,000 of them takes 15 seconds to make."""
    alike = [value * (2**61 - 1) for value in range(8)]
    keys = itertools.islice(itertools.product(alike, repeat=6), 2000)
    data = msgspec.msgpack.encode(dict.fromkeys(keys))
    read: list[int] = []

    def plain(given: bytes) -> Any:
        read.append(len(given))
        return msgspec.msgpack.decode(given)

    monkeypatch.setattr("rooftree.schema.decode.msgpack_plain", plain)
    for size in (len(data), 10):
        with pytest.raises(Invalid) as caught:
            decoder(dict[str, int]).msgpack(data if size > 10 else b"\x81\xa1a\xa1b")
        assert [fault.code for fault in caught.value.errors] == ["type"]
    assert read == [5]
