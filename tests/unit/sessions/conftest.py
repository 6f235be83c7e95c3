"""What tests of sessions share."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooftree import Settings
from tests.unit.sessions.site import KINDS, settings_of


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_of(request.param, tmp_path)
