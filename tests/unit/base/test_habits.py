from __future__ import annotations

import re
from typing import Any

import pytest

from rooftree.base import Habit, HabitError, UsageError, no_option


class Box:
    objects = Habit(
        "Q125", lambda owner, box: (f"{owner.__name__} ({'class' if box is None else 'instance'})", "Open it.")
    )


def test_a_habit_says_what_to_write_instead() -> None:
    box: Any = Box()
    with pytest.raises(HabitError) as caught:
        box.objects.all()
    told = str(caught.value)
    assert told.startswith("[Q125] Box (instance) has no 'objects'. At tests/unit/base/test_habits.py:")
    assert told.endswith(". Open it.")
    assert isinstance(caught.value, UsageError)
    with pytest.raises(HabitError, match=r"Box \(class\) has no 'objects'"):
        getattr(Box, "objects")  # noqa: B009 - for its error


def test_for_python_the_name_is_missing() -> None:
    assert not hasattr(Box(), "objects")
    assert getattr(Box, "objects", 7) == 7


def test_an_option_from_elsewhere() -> None:
    error = no_option("open()", {"colour": "red", "path": 1}, {"path": "Write open(name)."})
    assert isinstance(error, UsageError)
    assert isinstance(error, TypeError)
    assert re.fullmatch(
        r"\[U109\] open\(\) has no option 'path'\. At tests/unit/base/test_habits\.py:\d+\. Write open\(name\)\.",
        str(error),
    )
    other = no_option("open()", {"mode": 1, "colour": "red"}, {})
    assert str(other) == "open() got an unexpected keyword argument 'colour'"
    assert not isinstance(other, UsageError)
