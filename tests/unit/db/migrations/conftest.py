"""An empty database of each kind, of a test's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import need, temporary_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that no other test uses: what is left in one would be a difference to find."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.sqlite3'}"
        return
    with temporary_database(need("postgresql"), f"rooftree_migrations_{os.getpid()}") as made:
        yield made


@pytest.fixture
def postgres_own_url() -> Iterator[str]:
    """The same, PostgreSQL only."""
    with temporary_database(need("postgresql"), f"rooftree_migrations_{os.getpid()}") as made:
        yield made
