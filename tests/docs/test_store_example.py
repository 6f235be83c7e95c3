"""The store of the documentation: its own tests, run as they stand there, on a database from its migrations."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rooftree.testing import database_for_tests

STORE = Path(__file__).parents[2] / "docs/examples/store"
TESTS = [
    line.partition("def ")[2].partition("(")[0]
    for line in (STORE / "test_app.py").read_text(encoding="utf-8").splitlines()
    if line.startswith("async def test_")
]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setattr(sys, "path", [str(STORE), *sys.path])
    sys.modules.pop("app", None)
    spec = importlib.util.spec_from_file_location("shown_store_tests", STORE / "test_app.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    with database_for_tests(loaded.app):
        yield loaded
    sys.modules.pop("app", None)


@pytest.mark.parametrize("name", TESTS)
async def test_a_test_of_the_store(name: str, module: ModuleType) -> None:
    await getattr(module, name)()


def test_there_are_some() -> None:
    assert len(TESTS) == 3
