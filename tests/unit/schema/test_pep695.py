"""Type parameters and aliases in the words of Python 3.12; their text is a syntax error before."""

from __future__ import annotations

import sys
import types

import pytest

from rooftree.schema import Invalid, decoder, describe

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 came with Python 3.12")

SOURCE = """
from __future__ import annotations
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from rooftree.schema import Gt, Schema

type Price = Annotated[Decimal, Gt(0)]
type Pair[T] = tuple[T, T]
type Json = dict[str, Json] | list[Json] | str | int | None

type Tree = dict[str, Tree] | Annotated[int, Gt(0)]

class Wood(Schema):
    tree: Tree

class Page[T](Schema):
    items: list[T]
    total: Annotated[int, Gt(0)]

class Item(Schema):
    price: Price
    sizes: Pair[int] = (1, 1)
    free: Json = None

@dataclass
class Box[T]:
    content: T
"""


@pytest.fixture(scope="module")
def module() -> types.ModuleType:
    made = types.ModuleType("pep695")
    sys.modules["pep695"] = made
    exec(SOURCE, made.__dict__)  # noqa: S102 - a syntax that this Python may not have
    return made


def faults(type: object, data: bytes) -> list[str]:
    with pytest.raises(Invalid) as caught:
        decoder(type).json(data)
    return [str(fault) for fault in caught.value.errors]


def test_generic_classes(module: types.ModuleType) -> None:
    page = module.Page[module.Item]
    assert decoder(page).json(b'{"items": [{"price": 1.5}], "total": 1}').items[0].sizes == (1, 1)
    assert faults(page, b'{"items": [{"price": 0, "sizes": [1, "a"], "free": [1.5]}], "total": 0}') == [
        "Expected `decimal` > 0 - at `$.items[0].price`",
        "Expected `int`, got `str` - at `$.items[0].sizes[1]`",
        "Expected `object | array | str | int | null`, got `float` - at `$.items[0].free[0]`",
        "Expected `int` > 0 - at `$.total`",
    ]
    assert faults(module.Box[int], b'{"content": "a"}') == ["Expected `int`, got `str` - at `$.content`"]


def test_aliases(module: types.ModuleType) -> None:
    assert faults(module.Price, b"0") == ["Expected `decimal` > 0"]
    assert decoder(module.Pair[str]).json(b'["a", "b"]') == ("a", "b")
    assert decoder(module.Json).json(b'{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}
    assert faults(module.Wood, b'{"tree": {"a": {"b": 0}}}') == ["Expected `int` > 0 - at `$.tree.a.b`"]
    assert "Json" in describe(module.Json)["$defs"]
