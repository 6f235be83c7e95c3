"""The examples of types and rules do what their page says."""

from __future__ import annotations

import importlib.util
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "docs/examples/schema/types.py"


@pytest.fixture(scope="module")
def example() -> Any:
    spec = importlib.util.spec_from_file_location("docs_examples_schema_types", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where a dataclass looks for its annotations
    spec.loader.exec_module(module)
    return module


def test_reading(example: Any) -> None:
    item = example.read(b'{"name": "Oak", "price": 9.90, "owner": {"email": "a@b.c"}}')
    assert (item.price, item.owner.email) == (Decimal("9.90"), "a@b.c")
    faults = example.problems(b'{"name": "", "price": 0, "since": "2019-01-01", "owner": {"email": "a"}}')
    assert [(fault.path, fault.code) for fault in faults] == [
        (("name",), "too_short"),
        (("price",), "greater_than"),
        (("since",), "greater_than_equal"),
        (("owner", "email"), "too_short"),
    ]
    assert faults[3].message == "Expected `str` of length >= 3"
    assert example.problems(b'{"name": "a", "price": 1}') == []


def test_text(example: Any) -> None:
    form = {"name": ["Oak"], "price": ["5"], "since": [""], "tags[0]": ["a"], "owner.email": ["a@b.c"]}
    item = example.from_form(form)
    assert (item.since, item.tags, item.owner.email) == (None, ["a"], "a@b.c")


def test_writing(example: Any) -> None:
    assert example.show(example.Account("a@b.c", "secret")) == b'{"email":"a@b.c"}'


def test_checking_and_describing(example: Any) -> None:
    assert example.checked("Oak", Decimal(1)).name == "Oak"
    with pytest.raises(ValueError, match="Expected `decimal` > 0"):
        example.checked("Oak", Decimal(0))
    assert example.schema()["$defs"]["NewItem"]["properties"]["name"]["maxLength"] == 80
