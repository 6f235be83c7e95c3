"""Models stay inside: an answer names what of a row may leave, so that a private column never does by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from rooftree.base import UsageError
from rooftree.binding.sources import class_of, classes_of

__all__ = ["guarded", "is_loose", "model_in"]

_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


def model_in(declared: Any) -> type[Any] | None:
    """Return the first Model that a declared type is made of."""
    return next((cls for cls in classes_of(declared) if hasattr(cls, "__table_info__")), None)


def is_loose(declared: Any) -> bool:
    """Tell whether a declared type leaves open what is in it."""
    return any(class_of(cls) in {Any, object} for cls in classes_of(declared))


def guarded(encode: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """Return an encoder that refuses Models in data whose type does not say what is in it.

    Raises:
        UsageError: U504 for a Model, alone or in lists and dicts.
    """

    def encode_without_models(value: Any) -> bytes:
        if (model := _find(value)) is not None:
            raise UsageError(
                "U504",
                f"A handler returned the Model {model.__name__}, and its answer does not name what of it may leave.",
                f"Name it: class {model.__name__}Out(Output[{model.__name__}], fields=(...)), and declare"
                f" returns={model.__name__}Out.",
            )
        return encode(value)

    return encode_without_models


def _find(value: Any) -> type[Any] | None:
    cls = value.__class__
    if cls is dict:
        parts = cast("Iterable[Any]", value.values())
    elif cls is list or cls is tuple:
        parts = cast("Iterable[Any]", value)
    else:
        return cls if hasattr(cls, "__table_info__") else None
    if set(map(type, parts)) <= _PLAIN:
        return None
    return next((found for part in parts if (found := _find(part)) is not None), None)
