"""The models that are written for a database which exists pass the strict check of types."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import need, temporary_database
from tests.unit.db.migrations.test_make import Use, make, migrate, migrations_of
from tests.unit.db.migrations.test_pull import Log
from tests.unit.db.queries import shop

ROOT = Path(__file__).parents[3]
MODELS = (shop.MODELS, (Log,), (Use,))


def test_mypy_finds_nothing(tmp_path: Path, worker_id: str) -> None:
    pytest.importorskip("mypy")
    files: list[Path] = []

    async def write(url: str, models: tuple[type, ...]) -> None:
        file = tmp_path / f"pulled_{len(files)}.py"
        folder = file.with_suffix("")
        await make(url, folder, *models)
        await migrate(url, folder)
        file.write_text((await migrations_of(url, folder).pull()).source)
        files.append(file)

    for number, models in enumerate(MODELS):
        asyncio.run(write(f"sqlite:///{tmp_path / f'{number}.sqlite3'}", models))
        with temporary_database(need("postgresql"), f"rooftree_pulled_{worker_id}_{number}") as url:
            asyncio.run(write(url, models))
    checked = subprocess.run(  # all in one run: most of it goes to what they import
        [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), *map(str, files)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "no issues found in 6 source files" in checked.stdout
