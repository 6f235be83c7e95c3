from __future__ import annotations

from dataclasses import make_dataclass
from typing import Annotated, Any

import msgspec
import pytest

from rooftree.base import UsageError
from rooftree.binding import models
from rooftree.binding.models import guarded, is_loose, model_in
from rooftree.db import Col, Model, col
from rooftree.schema import Schema


class Oak(Model, table="oaks_of_a_guard"):
    name: Col[str] = col(default="")


class Leaf(Schema):
    colour: str


class Branch(Schema):
    first: Leaf
    second: Leaf
    more: list[Leaf]


Unknown: Any = make_dataclass("Unknown", [("other", "Missing")])


def encode(_: Any) -> bytes:
    return b"sent"


def test_a_class_that_comes_twice_is_looked_at_once() -> None:
    assert model_in(Branch) is None
    assert not is_loose(tuple[Branch, Oak, Leaf])


def test_types_that_have_no_hash_are_looked_at_too() -> None:
    assert not is_loose(Annotated[int, []])
    assert model_in(Annotated[int, []]) is None
    assert model_in(Annotated[list[Oak], []]) is Oak
    assert model_in(tuple[Branch, list[Oak]]) is Oak


def test_a_field_of_a_class_that_is_not_there_may_be_anything() -> None:
    assert is_loose(Unknown)
    with pytest.raises(UsageError, match="U504"):
        guarded(encode)([Unknown(Oak())])


def test_classes_without_end_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST_CLASSES", 3)
    for number in range(9):
        cls = msgspec.defstruct(f"Made{number}", [("value", object, None)])
        assert guarded(encode)([cls()]) == b"sent"
        with pytest.raises(UsageError, match="U504"):
            guarded(encode)([cls(value=Oak())])
