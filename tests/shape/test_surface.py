"""The public surface: each room says what is public, each public name is there and says what it does."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

from tests.shape.imports import PACKAGE, modules, public_names

ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def surfaces() -> list[str]:
    return ["rooftree", *(f"rooftree.{room}" for room in ROOMS)]


def undocumented(module: ModuleType) -> list[str]:
    """The classes and functions in ``__all__`` that do not say what they do."""
    found: list[str] = []
    for name in module.__all__:
        thing = getattr(module, name)
        if not (inspect.isclass(thing) or inspect.isroutine(thing)):
            continue
        text = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
        made_by_dataclass = (text or "").startswith(f"{name}(")
        if not text or made_by_dataclass:
            found.append(name)
    return found


@pytest.mark.parametrize("name", surfaces())
def test_a_room_says_what_is_public(name: str) -> None:
    module = importlib.import_module(name)
    names: list[str] = module.__all__
    assert len(set(names)) == len(names)
    assert [missing for missing in names if not hasattr(module, missing)] == []
    assert [private for private in names if private.startswith("_") and private not in {"__version__", "_"}] == []


@pytest.mark.parametrize("name", surfaces())
def test_each_public_name_says_what_it_does(name: str) -> None:
    assert undocumented(importlib.import_module(name)) == []


def test_an_undocumented_name_is_caught() -> None:
    def bare() -> None: ...

    class Bare: ...

    class Child(ValueError): ...

    module = ModuleType("planted")
    vars(module).update(bare=bare, Bare=Bare, Child=Child, limit=3, __all__=["Bare", "Child", "bare", "limit"])
    assert undocumented(module) == ["Bare", "Child", "bare"]


@pytest.mark.parametrize("path", list(modules(PACKAGE)), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_module_lists_what_is_public_or_is_private(path: Path) -> None:
    private = path.stem.startswith("_") and path.name != "__init__.py"
    body = ast.parse(path.read_text()).body
    says_more_than_a_docstring = any(not isinstance(statement, ast.Expr) for statement in body)
    if not private and says_more_than_a_docstring:
        assert public_names(path) is not None, f"{path.name} has no __all__"
