"""Names that people bring from other frameworks: each is answered by what to write here.

A `Habit` stands where Python would say that a name is missing, so it costs nothing until then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from rooftree.base.errors import UsageError, place_of_caller

__all__ = ["Habit", "HabitError", "no_option"]


class HabitError(UsageError, AttributeError):
    """A name of another framework was used; the text says what it is here. For ``hasattr()`` the name is missing."""


class Habit:
    """Stands under a name that is not ours.

    Args:
        code: The error's code.
        tell: Takes the class and the instance, if any, that the name was asked of; returns what that is called and what
            to write.
    """

    def __init__(self, code: str, tell: Callable[[Any, Any], tuple[str, str]]) -> None:
        self._code = code
        self._tell = tell
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        shown, remedy = self._tell(owner, instance)
        raise HabitError(self._code, f"{shown} has no {self._name!r}.", remedy, at=place_of_caller())


class _NoOption(UsageError, TypeError):
    """An option of another framework was given; for Python it is one too many."""


def no_option(taker: str, given: Mapping[str, object], known: Mapping[str, str]) -> TypeError:
    """Return the error of options that there are not.

    Args:
        taker: What was called.
        given: What was given to it and not taken.
        known: Options that it has elsewhere, and what to write.
    """
    for name in given:
        if name in known:
            return _NoOption("U109", f"{taker} has no option {name!r}.", known[name], at=place_of_caller())
    return TypeError(f"{taker} got an unexpected keyword argument {min(given)!r}")
