"""The service that is judged, served once for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.openapi.service import make_app
from tests.e2e.served import Served


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The URL of the service."""
    served = Served(make_app())
    yield served.start()
    served.stop()
