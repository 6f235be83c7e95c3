"""The tests that the documentation shows, run as they stand there."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
NAMES = {
    folder: [
        line.partition("def ")[2].partition("(")[0]
        for line in (ROOT / f"docs/examples/{folder}/test_app.py").read_text(encoding="utf-8").splitlines()
        if line.startswith(("def test_", "async def test_"))
    ]
    for folder in ("quickstart", "testing")
}


@pytest.fixture
def module(folder: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    path = ROOT / "docs/examples" / folder
    monkeypatch.setattr(sys, "path", [str(path), *sys.path])
    spec = importlib.util.spec_from_file_location("shown_tests", path / "test_app.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules.pop("app", None)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    yield loaded
    sys.modules.pop("app", None)


@pytest.mark.parametrize(("folder", "name"), [(folder, name) for folder, names in NAMES.items() for name in names])
async def test_a_test_that_a_page_shows(folder: str, name: str, module: ModuleType) -> None:
    result = getattr(module, name)()
    if inspect.isawaitable(result):
        await result


def test_there_are_some() -> None:
    assert len(NAMES["testing"]) >= 9
    assert NAMES["quickstart"] == ["test_create"]
