"""What is installed: one wheel with the package, its data files, its licence and its command, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from tests.shape.imports import PACKAGE, REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    (path,) = folder.iterdir()
    assert path.name == f"rooftree-{PROJECT['version']}-py3-none-any.whl", "one wheel for every platform"
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(wheel.read(f"rooftree-{PROJECT['version']}.dist-info/METADATA").decode())


def test_the_wheel_has_every_file_of_the_package_and_no_other(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    there = {
        str(Path("rooftree") / path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == there
    assert "rooftree/py.typed" in packed


def test_the_wheel_has_licence_and_command(wheel: zipfile.ZipFile) -> None:
    info = f"rooftree-{PROJECT['version']}.dist-info"
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    assert "rooftree = rooftree.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()


def test_a_plain_install_is_small(metadata: Message) -> None:
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    names = {line.split(">=")[0].split(";")[0].strip() for line in required}
    assert names == {"click", "httptools", "msgspec", "python-dotenv", "python-multipart", "uvloop", "websockets"}


def test_the_extra_all_has_every_other(metadata: Message) -> None:
    extras = metadata.get_all("Provides-Extra", [])
    (line,) = PROJECT["optional-dependencies"]["all"]
    assert set(line.removeprefix("rooftree[").removesuffix("]").split(",")) == {*extras} - {"all"}
