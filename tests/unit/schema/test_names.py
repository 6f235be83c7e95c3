from __future__ import annotations

from typing import Any

import pytest

from rooftree.schema import Schema
from rooftree.schema.names import nest
from rooftree.schema.nodes import Anything
from rooftree.schema.translate import translate

ANY = Anything()


@pytest.mark.parametrize(
    ("form", "nested"),
    [
        ({"a": "1"}, {"a": "1"}),
        ({"a.b": "1", "a.c": "2"}, {"a": {"b": "1", "c": "2"}}),
        ({"a[0]": "1", "a[9]": "2", "a[3]": "3"}, {"a": ["1", "3", "2"]}),
        ({"a[]": ["1", "2"]}, {"a": ["1", "2"]}),
        ({"a[0].b": "1", "a[1].b": "2"}, {"a": [{"b": "1"}, {"b": "2"}]}),
        ({"a[0][1]": "1"}, {"a": [["1"]]}),
        # the first of two that say different things stays, the other keeps its own name
        ({"a.b": "1", "a[0]": "2"}, {"a": {"b": "1"}, "a[0]": "2"}),
        ({"a": "1", "a.b": "2"}, {"a": "1", "a.b": "2"}),
        ({"a.b": "1", "a.b.c": "2"}, {"a": {"b": "1"}, "a.b.c": "2"}),
        # what is no such name is a name like any other
        ({"a[": "1", "a]": "2", ".a": "3", "a.": "4", "a..b": "5", "[0]": "6"}, None),
        ({"a[-1]": "1", "a[x]": "2", "a[12345]": "3", "a[0]b": "4", "a[].b": "5", "a[１]": "6"}, None),
        ({".".join("a" * 17): "1"}, None),
    ],
)
def test_names_become_nested_data(form: dict[str, Any], nested: dict[str, Any] | None) -> None:
    assert nest(ANY, form) == (form if nested is None else nested)


def test_sixteen_parts_are_the_most() -> None:
    data: Any = nest(ANY, {".".join("a" * 16): "1"})
    for _ in range(16):
        data = data["a"]
    assert data == "1"


def test_a_field_of_that_very_name_is_left_as_it_is() -> None:
    class Odd(Schema, rename={"plain": "a.b"}):
        plain: str

    assert nest(translate(Odd), {"a.b": "1", "c.d": "2"}) == {"a.b": "1", "c": {"d": "2"}}


def test_numbers_never_make_a_list_longer_than_the_form() -> None:
    assert nest(ANY, {"a[9999]": "x"}) == {"a": ["x"]}
