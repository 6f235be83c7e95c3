from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("ROOFTREE_MODE", "test")

from app import app

from rooftree.testing import database_for_tests


@pytest.fixture(scope="session", autouse=True)
def database() -> Iterator[None]:
    with database_for_tests(app):
        yield


@pytest.fixture
def anyio_backend() -> str:
    """Run tests that are coroutines on asyncio."""
    return "asyncio"
