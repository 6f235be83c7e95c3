"""Annotations of classes, with generic parameters filled in."""

from __future__ import annotations

import typing
from typing import Any, TypeVar, get_args, get_origin

__all__ = ["class_hints", "fill"]


def class_hints(type: Any) -> dict[str, Any]:
    """Return the annotation of each field of a class, or of a generic class with arguments.

    Raises:
        NameError: An annotation names what does not exist.
    """
    bound: dict[Any, dict[Any, Any]] = {}
    _bind(type, {}, bound)
    hints: dict[str, Any] = {}
    for owner in reversed((get_origin(type) or type).__mro__):
        if names := getattr(owner, "__annotations__", None):
            found = typing.get_type_hints(owner, localns=_parameters(owner), include_extras=True)
            hints.update((name, fill(found[name], bound.get(owner, {}))) for name in names)
    return hints


def _parameters(cls: Any) -> dict[str, Any] | None:
    """Return the type parameters (PEP 695) that annotations written as text name; early 3.12 does not see them."""
    parameters = {
        parameter.__name__: parameter
        for owner in reversed(cls.__mro__)
        for parameter in getattr(owner, "__type_params__", ())
    }
    return parameters or None


def fill(type: Any, values: dict[Any, Any]) -> Any:
    """Put types in the place of type variables."""
    if isinstance(type, TypeVar):
        return values.get(type, type)
    parameters: Any = getattr(type, "__parameters__", ())
    if not parameters or get_origin(type) is None:
        return type
    return type[tuple(values.get(parameter, parameter) for parameter in parameters)]


def _bind(type: Any, outer: dict[Any, Any], bound: dict[Any, dict[Any, Any]]) -> None:
    """Find, for each class in the ancestry, what its own type variables stand for."""
    cls = get_origin(type) or type
    own = dict(zip(getattr(cls, "__parameters__", ()), (fill(a, outer) for a in get_args(type)), strict=False))
    bound[cls] = own
    for base in getattr(cls, "__orig_bases__", ()):
        if get_origin(base) not in {None, typing.Generic, typing.Protocol}:
            _bind(base, own, bound)
