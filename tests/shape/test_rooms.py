"""The rooms and their walls. Each rule is shown to hold, and shown to catch a violation planted in a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.shape.imports import PACKAGE, REPOSITORY, past_facades, unnamed_modules

LINTER = Path(sysconfig.get_path("scripts")) / "lint-imports"

VIOLATIONS = {  # contract: the modules planted, each with what it says
    "layers": {"base/planted.py": "from rooftree.http import Request\n"},
    "layers-sideways": {"http/planted.py": "import rooftree.cache.planted\n", "cache/planted.py": ""},
    "layers-exhaustive": {"planted/__init__.py": ""},
    "layers-type-only": {
        "schema/planted.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import rooftree.http\n",
    },
    "layers-in-function": {
        "base/planted.py": "def late():\n    from rooftree.http import Request\n    return Request\n"
    },
    "cycles": {
        "http/planted_one.py": "import rooftree.http.planted_two\n",
        "http/planted_two.py": "import rooftree.http.planted_one\n",
    },
    "root": {"http/planted.py": "from rooftree import App\n"},
    "server": {"server/planted.py": "import rooftree.routing.planted\n", "routing/planted.py": ""},
    "server-db": {"server/planted.py": "import rooftree.db.planted\n", "db/planted.py": ""},
    "forms": {"forms/planted.py": "import rooftree.routing.planted\n", "routing/planted.py": ""},
    "drivers": {"db/planted.py": "import asyncpg\n"},
    "drivers-elsewhere": {"sessions/planted.py": "def late():\n    import sqlite3\n    return sqlite3\n"},
    "sql": {"resources/planted.py": "import sqlalchemy\n"},
    "sql-alembic": {"cli/planted.py": "from alembic import command\n"},
}
ALLOWED = {  # what the same contracts let through
    "drivers": {"db/drivers/planted.py": "import asyncpg\n"},
    "sql": {"db/planted.py": "import sqlalchemy\n"},
    "layers": {"app/planted.py": "from rooftree.http import Request\n"},
}


def copy_of_package(folder: Path, planted: dict[str, str]) -> Path:
    """Copy the package and the contracts, and add modules to the copy."""
    package = folder / "src" / "rooftree"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    for name, text in planted.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for parent in path.relative_to(package).parents:
            (package / parent / "__init__.py").touch()
    return package


def lint_imports(folder: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--no-cache", *(["--contract", contract] if contract else [])]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_package_keeps_every_contract() -> None:
    done = lint_imports(REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_planted_violation_is_caught(violation: str, tmp_path: Path) -> None:
    contract = violation.partition("-")[0]
    copy_of_package(tmp_path, VIOLATIONS[violation])
    done = lint_imports(tmp_path, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "0 kept, 1 broken" in done.stdout
    assert "planted" in done.stdout


@pytest.mark.parametrize("contract", ALLOWED)
def test_a_contract_lets_through_what_it_should(contract: str, tmp_path: Path) -> None:
    copy_of_package(tmp_path, ALLOWED[contract])
    done = lint_imports(tmp_path, contract)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rooms_use_the_facades_of_others() -> None:
    assert past_facades(PACKAGE) == []


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("from rooftree.http.request import Request", "rooftree.http.request is inside another room"),
        ("import rooftree.http.request", "rooftree.http.request is inside another room"),
        ("from rooftree.http import request", "request is not in __all__ of rooftree.http"),
        ("def late():\n    from rooftree.base.errors import HTTPError", "rooftree.base.errors is inside another room"),
    ],
)
def test_a_planted_reach_past_a_facade_is_caught(statement: str, complaint: str, tmp_path: Path) -> None:
    package = copy_of_package(tmp_path, {"app/planted.py": statement + "\n"})
    assert any(line.startswith("rooftree/app/planted.py:") and complaint in line for line in past_facades(package))


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert unnamed_modules(PACKAGE) == []


def test_a_planted_utils_is_caught(tmp_path: Path) -> None:
    package = copy_of_package(tmp_path, {"http/utils.py": ""})
    assert unnamed_modules(package) == ["http/utils.py"]
