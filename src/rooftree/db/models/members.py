"""The descriptors of a model at run time: on its metaclass for what the class shows, on the class for relations."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NoReturn, cast

from msgspec import UNSET

from rooftree.db.loaded import LoadedRow
from rooftree.db.model_errors import ModelError, NotLoaded
from rooftree.db.table import ManyInfo, ReferenceInfo, TableInfo

__all__ = ["ClassMember", "KeyMember", "ManyMember", "ReferenceMember", "member_of"]


class ClassMember(property):
    """Stands on a model's metaclass, so that `Product.price` is an expression while instances keep their C slots."""

    def __init__(self, meta: type, name: str, value: Any) -> None:
        hidden = f"{name} member"
        setattr(meta, hidden, value)

        def refuse(model: type, value: object) -> NoReturn:
            del value
            raise ModelError(
                "M110",
                f"{model.__name__}.{name} was assigned on the class.",
                "Assign on an instance, or declare the column in the class body.",
            )

        super().__init__(attrgetter(hidden), refuse)


def member_of(model: type, name: str) -> Any:
    """Return the slot of a struct's field, under whatever descriptor stands over it."""
    found = model.__dict__[name]
    return getattr(found, "slot", found)


class Member(property):
    """Stands over the slot of a struct's field. Of a property Python calls the functions without a look-up of them.

    Attributes:
        slot: The slot.
        loaded: Returns of an instance what it has: the row or the list; `UNSET` where it was not loaded.
    """

    def __init__(
        self, slot: Any, get: Callable[[Any], Any], put: Callable[[Any, Any], None], loaded: Callable[[Any], Any]
    ) -> None:
        super().__init__(get, put)
        self.slot = slot
        self.loaded = loaded


class ReferenceMember(Member):
    """A reference on an instance: the row, once loaded. Over the slot that holds it, or the key it was given."""

    def __init__(self, model: type, info: TableInfo, reference: ReferenceInfo) -> None:
        slot = member_of(model, reference.name)
        keys = [member_of(model, column.name) for column in reference.columns]
        read = _reader(model, reference.name, slot)

        def get(instance: Any) -> Any:
            value = read(instance)
            if value is None or isinstance(value, LoadedRow) or (value := loaded(instance)) is not UNSET:
                return value
            raise _not_loaded(info, reference.name)

        def loaded(instance: Any) -> Any:
            value = read(instance)
            if value is None or isinstance(value, LoadedRow):
                return value
            names = [column.name for column in reference.columns]
            if value is UNSET and reference.nullable and all(getattr(instance, name) is None for name in names):
                return None
            return UNSET

        def put(instance: Any, value: Any) -> None:
            slot.__set__(instance, value)
            for key in keys:
                key.__set__(instance, UNSET)  # read from the new row when it is asked for

        super().__init__(slot, get, put, loaded)


class KeyMember(Member):
    """The column of a reference on an instance: its own value, else the key of the row that the reference was given."""

    def __init__(self, model: type, reference: ReferenceInfo, at: int) -> None:
        name = reference.columns[at].name
        slot, reference_slot = member_of(model, name), member_of(model, reference.name)
        read = _reader(model, name, slot)

        def get(instance: Any) -> Any:
            value = read(instance)
            return value if value is not UNSET else key_of(reference_slot.__get__(instance))

        def key_of(related: Any) -> Any:
            if related is UNSET:
                return None if reference.nullable else UNSET
            if related is None:
                return None
            info = getattr(cast("Any", type(related)), "__table_info__", None)
            if info is not None:
                return getattr(related, info.key[at].name) if info is reference.target else UNSET
            if is_tuple(related) or len(reference.columns) > 1:
                return related[at] if is_tuple(related) and len(related) == len(reference.columns) else UNSET
            return related

        def put(instance: Any, value: Any) -> None:
            if value != get(instance):
                reference_slot.__set__(instance, UNSET)
            slot.__set__(instance, value)

        super().__init__(slot, get, put, get)


class ManyMember(Member):
    """The many rows of an instance: the list, once loaded or given."""

    def __init__(self, model: type, info: TableInfo, many: ManyInfo) -> None:
        slot = member_of(model, many.name)
        read = _reader(model, many.name, slot)

        def get(instance: Any) -> Any:
            value = read(instance)
            if value is UNSET:
                raise _not_loaded(info, many.name)
            return value

        def put(instance: Any, value: Any) -> None:
            slot.__set__(instance, value if value is UNSET else list(value))

        super().__init__(slot, get, put, read)


def _reader(model: type, name: str, slot: Any) -> Callable[[Any], Any]:
    """Return what reads a slot, without a call of Python: by another name of it, which no code can write."""
    hidden = f"{name} slot"
    type.__setattr__(model, hidden, slot)
    return attrgetter(hidden)


def is_tuple(value: Any) -> bool:
    """Whether a key was given as a tuple of several columns."""
    return type(value) is tuple


def _not_loaded(info: TableInfo, name: str) -> NotLoaded:
    return NotLoaded(
        "Q401",
        f"{info.model}.{name} was read, and the query that made this {info.model} did not load it.",
        f"Add .include({info.model}.{name}) to that query.",
    )
