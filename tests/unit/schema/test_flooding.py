"""Keys that were chosen to share a hash: refused in time that grows with their number, not with its square."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.schema import Invalid, Schema, decoder
from rooftree.schema.hashes import FEW, LOOKED_AT, has_array_keys, is_crowded
from tests.unit.schema.test_decode import recursive_alias

MODULUS = 2**61 - 1
"""Python's hash of a number is the number modulo this."""
CHOSEN = [7 + MODULUS * (k + 1) for k in range(8000)]
ONES = [1] * 20_000
HONEST = [f"{k:032x}" for k in range(2000)]
JSON = msgspec.json.encode
MSGPACK = msgspec.msgpack.encode


class Order(Schema):
    name: str
    ids: set[uuid.UUID] = set()


class Cat(Schema, tag="cat"):
    seen: set[int]


class Dog(Schema, tag="dog"):
    seen: list[str]


class Row(Schema, array_like=True):
    name: str
    ids: frozenset[uuid.UUID]


class Here(Schema, tag=1, array_like=True):
    ids: set[int]


class There(Schema, tag=2, array_like=True):
    ids: list[int]


class Tree(Schema):
    ids: set[int] = set()
    below: list[Tree] = []


def short(value: object) -> str:
    """The name of a case: pytest hands it on in the environment, which holds no body of a request."""
    return str(value)[:60]


def ints(*more: object) -> bytes:
    return b"[" + b",".join([*(b"%d" % number for number in CHOSEN), *map(JSON, more)]) + b"]"


def uuids() -> bytes:
    return JSON([str(uuid.UUID(int=number)) for number in CHOSEN])


def keys() -> bytes:
    return JSON({str(number): 1 for number in CHOSEN})


def pairs() -> bytes:
    """Arrays as keys: how msgspec writes them, though no dict of ours has to be made for it."""
    head = b"\xdf" + len(CHOSEN).to_bytes(4, "big")
    return head + b"".join(MSGPACK((number % 1000, number % 997)) + b"\x01" for number in range(len(CHOSEN)))


@pytest.mark.parametrize(
    ("type", "data", "path"),
    [
        (set[uuid.UUID], uuids(), ()),
        (Order, b'{"name":"a","ids":' + uuids() + b"}", ("ids",)),
        (dict[str, list[Order]], b'{"a":[{"name":"a","ids":' + uuids() + b"}]}", ("a", 0, "ids")),
        (Row, b'["a",' + uuids() + b"]", (1,)),
        (Cat | Dog, b'{"type":"cat","seen":' + ints() + b"}", ("seen",)),
        (tuple[int, set[int]], b"[1," + ints() + b"]", (1,)),
        (frozenset[int] | None, ints(), ()),
        (Here | There, b"[1," + ints() + b"]", (0,)),
        (set[Any], ints({}), None),
        (recursive_alias(), b'{"a":[' + b"[" * 300 + b"]" * 300 + b" " * LOOKED_AT + b"]}", None),
        (set[Any], ints(), ()),
        (set[int], ints("no number"), (8000,)),
        (set[int], ints()[:-1], ()),
        (set[list[int]], ints([1], {}), None),
        (set[Decimal], JSON([str(number) for number in CHOSEN]), ()),
        (set[tuple[str, int]], JSON([["a", number] for number in range(400_000, 408_000)] * 2), None),
        (dict[int, int], keys(), ()),
        (dict[Decimal, int], keys(), ()),
        (Tree, b'{"below":[{"below":[{"ids":' + ints() + b"}]}]}", ("below", 0, "below", 0, "ids")),
    ],
    ids=short,
)
def test_chosen_keys_take_no_time(type: Any, data: bytes, path: tuple[str | int, ...] | None) -> None:
    def read() -> None:
        if path is None:
            try:
                decoder(type).json(data)
            except (Invalid, TypeError):
                return
        else:
            with pytest.raises(Invalid) as refused:
                decoder(type).json(data)
            assert path in {fault.path for fault in refused.value.errors}

    assert seconds_of(read) < 3  # compared in pairs, they take ten times as long on the quickest machine


def seconds_of(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def test_what_is_said() -> None:
    with pytest.raises(Invalid) as refused:
        decoder(Order).json(b'{"name":"a","ids":' + uuids() + b"}")
    assert str(refused.value) == "Expected at most 32 different keys of one hash - at `$.ids`"
    assert (refused.value.errors[0].code, refused.value.errors[0].params) == ("crowded", {"limit": 32})
    with pytest.raises(Invalid) as refused:
        decoder(Any).msgpack(pairs())
    assert str(refused.value) == "Expected no `array` as a key of an `object`"


@pytest.mark.parametrize("type", [Any, dict[str, Any], Order | list[int], Order], ids=short)
def test_arrays_as_keys_of_messagepack(type: Any) -> None:
    def read() -> None:
        with pytest.raises(Invalid):
            decoder(type).msgpack(pairs())

    assert seconds_of(read) < 3


@pytest.mark.parametrize(
    ("type", "data"),
    [
        (set[int] | dict[str, set[int]] | Order | Tree, CHOSEN),
        (dict[int, Order | Tree | int], dict.fromkeys(CHOSEN[:99], 1)),
    ],
    ids=["set", "dict"],
)
def test_what_a_walk_makes(type: Any, data: Any) -> None:
    reader = decoder(type)
    with pytest.raises(Invalid, match="at most 32 different keys of one hash"):
        reader.python(data)


@pytest.mark.parametrize(
    ("type", "value"),
    [
        (set[uuid.UUID], {uuid.UUID(int=k * 12345678901234567) for k in range(3000)}),
        (set[int], {k * 1000 for k in range(5000)}),
        (dict[int, str], dict.fromkeys(range(5000), "x")),
        (set[Decimal], {Decimal(k) / 7 for k in range(3000)}),
        (frozenset[tuple[int, int]], {(k, k * k) for k in range(3000)}),
        (set[Any], set(range(9000))),
        (Here | There, There(ids=ONES)),
        (Any, [[str(k)] for k in range(9000)]),
        (Cat | Dog, Dog(seen=[str(k) for k in range(9000)])),
        (Tree, Tree(ids={1}, below=[Tree(ids=set(range(3000)), below=[Tree()]), Tree(ids=set(range(3000)))])),
        (
            list[Row],
            [Row(name="a", ids=frozenset()), Row(name="b", ids=frozenset(map(uuid.UUID, HONEST)))],
        ),
    ],
    ids=short,
)
def test_honest_data_passes(type: Any, value: Any) -> None:
    for encode, read in ((JSON, decoder(type).json), (MSGPACK, decoder(type).msgpack)):
        data = encode(value)
        assert len(data) > LOOKED_AT
        assert read(data) == value


def test_the_same_key_again_and_again() -> None:
    data = JSON([1, 2] * 20_000)
    assert decoder(set[int]).json(data) == {1, 2}


def test_deep_data_is_refused() -> None:
    data = b'{"below":[' * 2000 + b"{}" + b"]}" * 2000 + b" " * LOOKED_AT
    with pytest.raises(Invalid):
        decoder(Tree).json(data)


def test_crowds() -> None:
    assert not is_crowded(CHOSEN[:FEW])
    assert is_crowded(CHOSEN[: FEW + 1])
    assert not is_crowded([5] * 1000)
    assert not is_crowded([5] * 1000 + CHOSEN[: FEW - 1])
    assert is_crowded([*range(1000), *CHOSEN[: FEW + 1]])
    assert not is_crowded([*range(1000)])


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=40)
        | st.dictionaries(st.text() | st.integers(0, 300) | st.binary(), inner, max_size=40)
    ),
)
PAIRS = [((k, "a"), k) for k in range(FEW + 1)]


@given(plain, plain)
def test_arrays_as_keys_are_found_wherever_they_are(before: Any, after: Any) -> None:
    many = MSGPACK([[1]] * (FEW + 1))
    assert not has_array_keys(b"\x93" + MSGPACK(before) + MSGPACK(after) + many)
    assert has_array_keys(b"\x94" + many + MSGPACK(before) + MSGPACK(dict(PAIRS)) + MSGPACK(after))
    assert has_array_keys(b"\x92" + many + b"\x82" + MSGPACK("k") + MSGPACK(before) + b"\x91\x01" + MSGPACK(after))


@given(st.binary(max_size=200))
def test_any_bytes_are_scanned(data: bytes) -> None:
    has_array_keys(b"\xdc\xff\xff" + b"\x91\x01" * (FEW + 1) + data)


def test_what_comes_behind_is_not_looked_at() -> None:
    many = MSGPACK([[1]] * (FEW + 1))
    assert not has_array_keys(many + b"\x81\x91\x01\x01")
    assert has_array_keys(b"\x92" + many + b"\x81\x91\x01\x01")


def test_arrays_as_keys_are_found_behind_a_run_of_short_ones() -> None:
    many = MSGPACK([[1]] * (FEW + 1))
    run = b"\xde\0\x15" + b"\x01\xa0" * 20
    assert has_array_keys(b"\x92" + many + run + b"\x91\x01\x01")
    assert not has_array_keys(b"\x92" + many + run + b"\x01\x91\x01")
    assert has_array_keys(b"\x93" + many + b"\xdc\0\0" + run + b"\x91\x01\x01")
    assert has_array_keys(b"\x93" + many + b"\x91" * 50 + run + b"\x01\x02" + b"\x81\x91\x01\x01")


@pytest.mark.parametrize("key", [b"\x90", b"\x80"])
def test_of_empty_keys_no_two_differ(key: bytes) -> None:
    many = MSGPACK([[1]] * (FEW + 1))
    assert not has_array_keys(b"\x92" + many + b"\xde\0\x15" + (key + b"\x01") * 21)


def test_what_is_nested_too_deep_to_be_read_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(data: object) -> bool:
        raise AssertionError

    monkeypatch.setattr("rooftree.schema.decode.has_array_keys", look)
    with pytest.raises(Invalid) as refused:
        decoder(Any).msgpack(b"\x91" * 300_000)
    assert [fault.code for fault in refused.value.errors] == ["too_deep"]


EXTENSIONS = [
    b"\xc7\x02\x05ab",
    b"\xc8\0\x02\x05ab",
    b"\xc9\0\0\0\x02\x05ab",
    b"\xd4\x05a",
    b"\xd8\x05" + b"a" * 16,
]


@pytest.mark.parametrize("head", EXTENSIONS)
def test_extensions_are_passed_over(head: bytes) -> None:
    many = MSGPACK([[1]] * (FEW + 1))
    assert has_array_keys(b"\x93" + many + head + b"\x81\x91\x01\x01")
    assert not has_array_keys(b"\x93" + many + head + b"\x81\x01\x91\x01")


def test_a_byte_that_stands_for_nothing_is_passed_over() -> None:
    many = MSGPACK([[]] * 5 + [[1]] * (FEW + 1))
    assert not has_array_keys(b"\x92\xc1" + many)


def test_data_of_another_shape_is_only_refused() -> None:
    with pytest.raises(Invalid) as refused:
        decoder(Order).json(JSON(ONES))
    assert [fault.code for fault in refused.value.errors] == ["type"]
