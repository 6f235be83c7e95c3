"""Names of a package that are imported when they are first asked for, and what is said of those that are elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

__all__ = ["absent", "later", "missing"]


def later(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package (PEP 562) that imports some of its names late.

    Args:
        package: Its ``__name__``.
        modules: The module of each name, below the package: ``{"File": "files"}``.
    """

    def find(name: str) -> Any:
        module = modules.get(name)
        if module is None:
            raise absent(package, name)
        value = getattr(import_module(f"{package}.{module}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find


def absent(package: str, name: str) -> AttributeError | ImportError:
    """Return the error for a name that a package has not: one that says where it is, if it is in another one.

    To whoever imports it that is an ``ImportError``, because ``from package import name`` puts a text of its own in the
    place of an ``AttributeError``'s; for ``hasattr()`` the name is missing. Called by a module's ``__getattr__`` alone.

    Args:
        package: Its ``__name__``: ``rooftree`` or one of its rooms.
        name: What it was asked for.
    """
    from importlib.util import find_spec
    from pkgutil import iter_modules

    root, _, _room = package.partition(".")
    if not name.startswith("_") and find_spec(f"{package}.{name}") is None:
        rooms = (f"{root}.{each.name}" for each in iter_modules(sys.modules[root].__path__) if each.ispkg)
        found: dict[object, str] = {}  # by what it is: a room may offer what is another's
        for place in (root, *rooms):
            if place != package and name in _names_of(place):
                what: object = place
                with suppress(ImportError):  # what it stands on is not installed
                    what = id(getattr(sys.modules[place], name))
                found.setdefault(what, place)
        if found:
            ways = f" import {name}, or from ".join(found.values())
            return missing(package, name, f"{package} has no {name!r}. Write: from {ways} import {name}.", depth=3)
    return AttributeError(f"module {package!r} has no attribute {name!r}")


def missing(package: str, name: str, told: str, *, depth: int = 2) -> AttributeError | ImportError:
    """Return the error of a name that is not there, with a text that reaches whoever asks: see ``absent``.

    Args:
        package: What was asked.
        name: For what.
        told: The text.
        depth: How many calls it is from here to whoever asks.
    """
    asked_by = sys._getframe(depth).f_code.co_name  # pyright: ignore[reportPrivateUsage] - inspect is slow to load
    if asked_by == "_handle_fromlist":  # of importlib, for 'from ... import'
        return ImportError(told, name=package)
    return AttributeError(told, name=name)


def _names_of(package: str) -> list[str]:
    """What a package offers; nothing where what it stands on is not installed."""
    try:
        module = import_module(package)
    except ImportError:
        return []
    names: list[str] = module.__all__
    return names
