import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("ROOFTREE_MODE", "test")

from app import app

from rooftree.testing import SyncClient, database_for_tests


@pytest.fixture(scope="session", autouse=True)
def database() -> Iterator[None]:
    with database_for_tests(app):
        yield


@pytest.fixture
def client() -> Iterator[SyncClient]:
    with SyncClient(app, rollback=True) as client:
        yield client
