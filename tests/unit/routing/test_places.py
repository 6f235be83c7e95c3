from __future__ import annotations

import os
from pathlib import Path

import pytest

from rooftree.routing.places import caller, show


def test_a_place_is_the_users_own_line() -> None:
    file, line = caller()
    assert file == __file__
    assert line == 11 + 1


def test_a_place_is_shown_relative_to_the_working_directory() -> None:
    assert show((__file__, 7)) == "tests/unit/routing/test_places.py:7"
    elsewhere = str(Path.cwd().parent / "app.py")
    assert show((elsewhere, 7)) == f"{elsewhere}:7"


def test_a_place_on_another_drive(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, _start: str) -> str:
        raise ValueError(path)

    monkeypatch.setattr(os.path, "relpath", refuse)
    assert show(("D:\\app.py", 7)) == "D:\\app.py:7"
