from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.db.drivers.backends import BACKENDS


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once for each backend."""
    if request.param == "postgresql":
        found: str = request.getfixturevalue("postgres_url")
        return found
    return "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/test.db"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty SQLite file."""
    return f"sqlite:///{tmp_path}/test.db"
