"""The service in one file: its own tests, run as they stand there, on a database from its migration."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rooftree.testing import database_for_tests

SERVICE = Path(__file__).parents[2] / "examples/api"
SOURCE = (SERVICE / "test_app.py").read_text(encoding="utf-8").splitlines()
TESTS = {
    kind: [line.partition("def ")[2].partition("(")[0] for line in SOURCE if line.startswith(start)]
    for kind, start in {"def": "def test_", "async": "async def test_"}.items()
}


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    sys.path.insert(0, str(SERVICE))
    sys.modules.pop("app", None)
    spec = importlib.util.spec_from_file_location("service_tests", SERVICE / "test_app.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    with database_for_tests(loaded.app):
        yield loaded
    sys.modules.pop("app", None)
    sys.path.remove(str(SERVICE))


@pytest.mark.parametrize("name", TESTS["def"])
def test_a_plain_test_of_the_service(name: str, module: ModuleType) -> None:
    getattr(module, name)()


@pytest.mark.parametrize("name", TESTS["async"])
async def test_a_test_of_the_service(name: str, module: ModuleType) -> None:
    await getattr(module, name)()


def test_there_are_some() -> None:
    assert [len(names) for names in TESTS.values()] == [4, 2]
