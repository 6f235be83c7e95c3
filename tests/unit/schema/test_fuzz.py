"""Whatever the bytes are, only `Invalid` comes out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.schema import Decoder, Invalid
from tests.unit.schema import test_agreement, test_decode, test_decode_classes, test_text

DECODERS = [
    Decoder[Any](annotation)
    for annotation in (
        test_decode.NewItem,
        test_decode.Tree,
        test_decode_classes.WithModel,
        test_decode_classes.Model,
        test_decode.Owner | test_decode.NewItem,
        test_decode.Cat | test_decode.Dog,
        test_decode.Flat,
        test_decode_classes.Point,
        test_decode_classes.Movie,
        test_decode_classes.Pair,
        test_text.Order,
        test_text.Search,
        test_agreement.Node,
        list[test_decode.Mixed],
        dict[int, list[float | None]],
        test_decode.recursive_alias(),
        object,
    )
]
json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["1e999", "NaN", "Cat"])
    ),
    lambda inner: st.one_of(
        st.lists(inner),
        st.dictionaries(
            st.one_of(st.text(), st.sampled_from(["name", "price", "tags", "owner", "children", "type", "next", "x"])),
            inner,
        ),
    ),
)
names = st.one_of(
    st.text("ab.[]01９", max_size=12),
    st.sampled_from(
        ["owner.email", "owner", "lines[0].price", "lines", "tags", "tags[]", "q", "pair", "notes.a.b", "size"]
    ),
)


def survives(read: Any, data: Any) -> None:
    try:
        read(data)
    except Invalid as error:
        found = error
    else:
        return
    assert 0 < len(found.errors) <= 50
    assert str(found)
    assert msgspec.json.encode(found.errors, enc_hook=repr)


@given(st.sampled_from(DECODERS), st.binary())
def test_bytes(decoder: Decoder[Any], data: bytes) -> None:
    survives(decoder.json, data)
    survives(decoder.msgpack, data)


@given(st.sampled_from(DECODERS), json)
def test_data(decoder: Decoder[Any], data: Any) -> None:
    survives(decoder.json, msgspec.json.encode(data))
    try:
        packed = msgspec.msgpack.encode(data)
    except OverflowError:  # MessagePack has no larger integers
        packed = b""
    survives(decoder.msgpack, packed)
    survives(decoder.python, data)
    survives(decoder.strings, data)


@given(st.sampled_from(DECODERS), json, st.integers(0, 50), st.binary(max_size=3))
def test_json_with_a_change(decoder: Decoder[Any], data: Any, at: int, change: bytes) -> None:
    raw = msgspec.json.encode(data)
    survives(decoder.json, raw[:at] + change + raw[at + 1 :])


@given(st.sampled_from(DECODERS), st.dictionaries(names, st.one_of(st.text(), st.lists(st.text(), max_size=3))))
def test_forms(decoder: Decoder[Any], form: dict[str, Any]) -> None:
    survives(decoder.strings, form)


@given(st.sampled_from(test_agreement.LEAVES), st.one_of(st.text(), st.text("0123456789.eE+-_: TZ")))
def test_texts(leaf: tuple[Any, Any], text: str) -> None:
    survives(Decoder[Any](leaf[0]).strings, text)


@pytest.mark.parametrize("decoder", DECODERS)
def test_hostile_classics(decoder: Decoder[Any]) -> None:
    for raw in (
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"9" * 100_000,
        b"-" * 1000,
        b"1e" + b"9" * 1000,
        b'"' + b"\\u0000" * 10_000 + b'"',
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b'{"\\ud800": 1}',
        b"[" + b"0," * 100_000 + b"0]",
        b"{" + b'"a":0,' * 10_000 + b'"a":0}',
    ):
        survives(decoder.json, raw)
        survives(decoder.msgpack, raw)
