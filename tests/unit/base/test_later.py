"""What is said of a name that is not where somebody looked for it."""

from __future__ import annotations

import importlib
import sys

import pytest

import rooftree.base
from rooftree.base import absent


@pytest.mark.parametrize(
    ("package", "name", "place"),
    [
        ("rooftree", "FormLimits", "rooftree.http"),
        ("rooftree", "Client", "rooftree.testing"),
        ("rooftree.db", "Found", "rooftree"),
        ("rooftree.http", "check_upload", "rooftree.security"),
    ],
)
def test_a_name_of_another_room_is_named_with_its_place(package: str, name: str, place: str) -> None:
    told = f"^{package} has no '{name}'. Write: from {place} import {name}.$"
    with pytest.raises(ImportError, match=told):
        exec(f"from {package} import {name}")  # noqa: S102 - the statement as people write it
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match=told):
        getattr(module, name)
    assert not hasattr(module, name)


def test_a_name_that_two_rooms_have_is_named_with_both() -> None:
    told = "rooftree has no 'Check'. Write: from rooftree.app import Check, or from rooftree.db import Check."
    assert str(absent("rooftree", "Check")) == told


@pytest.mark.parametrize("name", ["nothing", "__wrapped__", "_private", "migrations"])
def test_any_other_name_is_an_attribute_error(name: str) -> None:
    assert str(absent("rooftree.db", name)) == f"module 'rooftree.db' has no attribute '{name}'"
    assert isinstance(absent("rooftree.db", name), AttributeError)


def test_a_submodule_is_found_where_another_room_has_its_name() -> None:
    assert isinstance(absent("rooftree.http", "redirect"), AttributeError)  # and 'rooftree' has a function


def test_a_room_whose_library_is_missing_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rooftree.auth", None)  # importing it is an ImportError now
    assert isinstance(absent("rooftree", "normal_email"), AttributeError)


def test_a_name_that_is_imported_late_is_kept() -> None:
    rooftree.base.__dict__.pop("Keys", None)
    assert rooftree.base.Keys is vars(rooftree.base)["Keys"]
