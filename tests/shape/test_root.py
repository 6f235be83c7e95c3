"""The root package gives every name it promises, and checkers see what programs get."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import rooftree

SOURCE = Path(rooftree.__file__).read_text(encoding="utf-8")


def test_what_checkers_see_is_what_programs_get() -> None:
    seen = {
        node.module: {alias.name for alias in node.names}
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rooftree.")
    }
    assert seen == {room: set(names) for room, names in vars(rooftree)["_ROOMS"].items()}
    assert {name for names in seen.values() for name in names} | {"__version__"} == set(rooftree.__all__)


@pytest.mark.parametrize("name", rooftree.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(rooftree, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    name = "Ap"
    with pytest.raises(AttributeError, match="module 'rooftree' has no attribute 'Ap'"):
        getattr(rooftree, name)
    assert "App" in dir(rooftree)
