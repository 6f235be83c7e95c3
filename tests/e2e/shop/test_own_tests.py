"""The shop's own tests, which run on SQLite with everything else, on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

from tests.e2e.shop.serving import SHOP
from tests.services import need, temporary_database


@pytest.mark.long
def test_they_pass_on_postgresql() -> None:
    with temporary_database(need("postgresql"), f"rooftree_shop_{uuid.uuid4().hex[:12]}") as url:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", str(SHOP / "shop" / "tests")],
            env={**os.environ, "ROOFTREE_DATABASE": url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8000:]
    assert " passed" in done.stdout
