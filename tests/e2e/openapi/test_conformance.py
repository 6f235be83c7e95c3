"""A service with everything that a document can describe does what its document says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.openapi.judging import judge


def test_the_service_does_what_its_document_says(service: str, tmp_path: Path) -> None:
    judge(service, tmp_path, "--phases=examples,coverage", "--max-examples=3", seconds=110)


@pytest.mark.long
def test_it_does_so_for_long(service: str, tmp_path: Path) -> None:
    judge(service, tmp_path, "--max-examples=300", seconds=3400)
