"""Models stay inside: an answer names what of a row may leave, so that a private column never does by accident."""

from __future__ import annotations

import dataclasses
import inspect
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, Final, cast, get_type_hints, is_typeddict

import msgspec

from rooftree.base import UsageError
from rooftree.binding.sources import class_of, classes_of

__all__ = ["guarded", "is_loose", "model_in"]

Parts = Callable[[list[Any]], Iterable[Any]]
"""Gives everything that is in some values of one class."""


def model_in(declared: Any) -> type[Any] | None:
    """Return the first Model that a declared type is made of, the fields of its classes with it."""
    try:
        return _model_in(declared)  # many routes ask of few types
    except TypeError:  # one that has no hash: Annotated[int, []]
        return _model_in.__wrapped__(declared)


@lru_cache(1024)
def _model_in(declared: Any) -> type[Any] | None:
    return next((cls for cls in _all_classes(declared) if _is_model(cls)), None)


def is_loose(declared: Any) -> bool:
    """Tell whether a declared type, or a field of a class that it is made of, leaves open what is in it."""
    try:
        return _is_loose(declared)  # each route asks several times of few types
    except TypeError:  # one that has no hash: Annotated[int, []]
        return _is_loose.__wrapped__(declared)


@lru_cache(1024)
def _is_loose(declared: Any) -> bool:
    return any(class_of(cls) in {Any, object} for cls in _all_classes(declared))


def guarded(encode: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """Return an encoder that refuses Models in data whose type does not say what is in it.

    Raises:
        UsageError: U504 for a Model, alone, in lists, sets, dicts or the fields of others.
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
    """Return the class of a Model in some data, found level by level: one look at each class of a level."""
    if value.__class__ is dict and _plain(map(type, value.values())):
        return None
    level: list[Any] = [value]
    while level:
        below: list[Any] = []
        kinds = set(map(type, level))
        for kind in kinds - _PLAIN:
            parts = _PARTS[kind]
            if parts is None:
                continue
            if parts is _REFUSED:
                return kind
            below.extend(parts(level if len(kinds) == 1 else [each for each in level if type(each) is kind]))
        level = below
    return None


class _PartsByClass(dict[type[Any], "Parts | None"]):
    """How what is in the values of each class is found; ``None`` where no Model can be in them."""

    __slots__ = ()

    def __missing__(self, cls: type[Any]) -> Parts | None:
        if len(self) > MOST_CLASSES:  # an application that makes classes all the time
            self.clear()
        found = self[cls] = _parts_of(cls)
        return found


MOST_CLASSES: Final = 2000
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_plain: Final = _PLAIN.issuperset
_PARTS: Final = _PartsByClass()
_REFUSED: Final[Parts] = iter
"""Stands for the parts of a Model, which are nobody's business."""


def _parts_of(cls: type[Any]) -> Parts | None:
    if _is_model(cls):
        return _REFUSED
    if issubclass(cls, dict):
        return _values
    if issubclass(cls, list | tuple | set | frozenset | deque):
        return chain.from_iterable
    open_fields = [name for name, declared in _fields(cls) if is_loose(declared) or model_in(declared) is not None]
    if not open_fields:
        return None
    read = attrgetter(*open_fields)
    if len(open_fields) == 1:
        return lambda values: map(read, values)
    return lambda values: chain.from_iterable(map(read, values))


def _values(dicts: list[dict[Any, Any]]) -> Iterable[Any]:
    return chain.from_iterable([each.values() for each in dicts])


def _is_model(cls: Any) -> bool:
    return hasattr(cls, "__table_info__")


def _all_classes(declared: Any) -> Iterator[Any]:
    """Yield the classes that a type is made of, with those of the fields of each, once."""
    waiting, seen = [declared], set[int]()
    while waiting:
        for cls in classes_of(waiting.pop()):
            if id(cls) not in seen:
                seen.add(id(cls))
                yield cls
                if not _is_model(cls):
                    waiting += [field for _, field in _fields(cls)]


def _fields(cls: Any) -> list[tuple[str, Any]]:
    """Return the fields of a class of data, by name with their types; none of any other class."""
    if not inspect.isclass(cls):
        return []
    kind: Any = cls
    if issubclass(cls, msgspec.Struct):
        return [(field.name, field.type) for field in msgspec.structs.fields(kind)]
    if not (dataclasses.is_dataclass(kind) or hasattr(kind, "__attrs_attrs__") or is_typeddict(kind)):
        return []
    try:
        return list(get_type_hints(kind).items())
    except (NameError, TypeError):  # a name that is not there: what reads the class for good says so
        return cast("list[tuple[str, Any]]", [(name, Any) for name in getattr(kind, "__annotations__", ())])
