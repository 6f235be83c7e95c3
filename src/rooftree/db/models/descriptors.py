"""What a model's attributes are: on the class an expression, on an instance the value. Read by type checkers alone.

The metaclass takes these annotations off before the struct is made; none of these classes is ever instantiated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload
from uuid import UUID

from rooftree.db.expressions.columns import Column
from rooftree.db.query.relation import Relation

__all__ = ["Col", "Many", "Ref"]

T = TypeVar("T")
R = TypeVar("R")
M = TypeVar("M")


class Col(Generic[T]):
    """A column that holds a ``T``: ``name: Col[str] = col(max_length=80)``."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any) -> Column[T]: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> T: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...

        def __set__(self, instance: object, value: T) -> None: ...


class Ref(Generic[R]):
    """A reference to one row of another model: ``category: Ref[Category] = ref()``; ``Ref[Category | None]`` may miss.

    On the class it leads to the other model's columns (``Product.category.name``), on an instance it is the row, once
    loaded. It takes an instance or a key.
    """

    if TYPE_CHECKING:

        @overload
        def __get__(self: Ref[M | None], instance: None, owner: Any) -> type[M]: ...
        @overload
        def __get__(self: Ref[M], instance: None, owner: Any) -> type[M]: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> R: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...

        def __set__(self, instance: object, value: R | int | str | UUID | tuple[Any, ...]) -> None: ...


class Many(Generic[M]):
    """The many rows on the other side: ``products: Many[Product] = many(by="category")``, or many to many.

    On the class something to ask about and to include, on an instance the list, once loaded.
    """

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any) -> Relation[M]: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> list[M]: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...

        def __set__(self, instance: object, value: Iterable[M]) -> None: ...
