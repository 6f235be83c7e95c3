"""Rows for tests, made from what the columns say."""

from __future__ import annotations

import itertools
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, get_args

from rooftree.base import UsageError
from rooftree.testing.values import value_for

if TYPE_CHECKING:
    from rooftree.db import BareModel, ReferenceInfo, Write

__all__ = ["Factory"]

M = TypeVar("M", bound="BareModel")

_making: ContextVar[tuple[Any, ...]] = ContextVar("rooftree.making", default=())
"""The tables whose rows wait for one that they refer to."""

_factories: dict[Any, Any] = {}
"""The factory of each table: the one that was declared last."""


class Factory(Generic[M]):
    """Makes valid rows of a model: a value for each column that needs one, a row for each reference that does.

    >>> class ProductFactory(Factory[Product]):
    ...     price = Decimal("9.90")
    ...
    ...     @staticmethod
    ...     def sku(number: int) -> str:
    ...         return f"OAK-{number:05}"
    >>> oak = await ProductFactory.create(name="Oak")

    What the class names goes before what the columns say: a value, or a function of the row's number. What a call names
    goes before both. Columns with a default keep it, references that may be ``None`` are. The row of a reference is
    made by the factory of its model, the one declared last where there are several.
    """

    model: ClassVar[Any]
    _numbers: ClassVar[itertools.count[int]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for base in getattr(cls, "__orig_bases__", ()):
            if (arguments := get_args(base)) and hasattr(arguments[0], "__table_info__"):
                cls.model = arguments[0]
        if not hasattr(cls, "model"):
            raise UsageError(
                "U421", f"{cls.__name__} names no model.", f"Write class {cls.__name__}(Factory[Product])."
            )
        known = set(cls.model.__table_info__.names)
        for name in vars(cls):
            if not name.startswith("_") and name not in known and name != "model" and not hasattr(Factory, name):
                raise UsageError(
                    "U422",
                    f"{cls.__name__} gives a value for {name!r}, and {cls.model.__name__} has no such column.",
                    f"It has {', '.join(sorted(known))}.",
                )
        cls._numbers = itertools.count(1)
        _factories[cls.model.__table_info__] = cls

    @classmethod
    def values(cls, **given: Any) -> dict[str, Any]:
        """Return valid values for a new row; of references only those that were given or named.

        Raises:
            UsageError: U420 where the rules of a column do not say what a valid value looks like.
        """
        info, number = cls.model.__table_info__, next(cls._numbers)
        named = {name: _made(getattr(cls, name), number) for name in info.names if name in _own(cls)}
        values = {**named, **given}
        held = {column.name for reference in info.references for column in reference.columns}
        for column in info.columns:
            wanted = not (column.has_default or column.nullable or column.name in held)
            if wanted and column.name not in values:
                values[column.name] = value_for(column, number)
        return values

    @classmethod
    def build(cls, **given: Any) -> M:
        """Return an instance that is not saved; required references have to be given."""
        made: M = cls.model(**cls.values(**given))
        return made

    @classmethod
    def create(cls, **given: Any) -> Write[M]:
        """Save a new row, and rows for the references that it needs, and return it; ``.sync()`` in a plain test."""
        from rooftree.testing.saving import Saving

        return Saving(lambda: cls._create(given))

    @classmethod
    def create_many(cls, count: int, **given: Any) -> Write[list[M]]:
        """Save several new rows, one after the other, and return them; ``.sync()`` in a plain test."""
        from rooftree.testing.saving import Saving

        async def every() -> list[M]:
            return [await cls._create(given) for _ in range(count)]

        return Saving(every)

    @classmethod
    async def _create(cls, given: dict[str, Any]) -> M:
        values = cls.values(**given)
        for reference in cls.model.__table_info__.references:
            held = {column.name for column in reference.columns}
            if not reference.nullable and reference.name not in values and held.isdisjoint(values):
                values[reference.name] = await cls._referred_to(reference)
        made: M = await cls.model.create(**values)
        return made

    @classmethod
    async def _referred_to(cls, reference: ReferenceInfo) -> Any:
        """Make the row that a reference needs.

        Raises:
            UsageError: U424 where that would need a row of this model first, without an end.
        """
        info = cls.model.__table_info__
        making = (*_making.get(), info)
        if reference.target in making:
            back = f"{info.model}.{reference.name} may not be None and leads back to {reference.target.model}"
            raise UsageError(
                "U424",
                f"{back}: no row can be the first.",
                f"Give it, {cls.__name__}.create({reference.name}=...), or let it be None in the model.",
            )
        token = _making.set(making)
        try:
            return await _factory_of(reference.target).create()
        finally:
            _making.reset(token)


def _own(cls: type) -> set[str]:
    """The names that a factory, or one that it comes from, gives values for."""
    return {name for base in cls.__mro__ if base not in {Factory, Generic, object} for name in vars(base)}


def _made(value: Any, number: int) -> Any:
    return value(number) if callable(value) and not isinstance(value, type) else value


def _factory_of(info: Any) -> Any:
    """Return the factory for the model of a table, which is made where none was declared: what a reference needs."""
    if info not in _factories:
        from rooftree.db import known_models

        models: list[Any] = [model for model in known_models() if getattr(model, "__table_info__", None) is info]
        type(f"{info.model}Factory", (Factory,), {"model": models[0]})
    return _factories[info]
