"""The descriptors of a model at run time: on its metaclass for what the class shows, on the class for relations."""

from __future__ import annotations

from typing import Any, NoReturn, cast

from msgspec import UNSET

from rooftree.db.model_errors import ModelError, NotLoaded
from rooftree.db.table import ManyInfo, ReferenceInfo, TableInfo

__all__ = ["ClassMember", "KeyMember", "ManyMember", "ReferenceMember", "member_of"]


class ClassMember:
    """Stands on a model's metaclass, so that `Product.price` is an expression while instances keep their C slots."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value

    def __get__(self, model: type | None, meta: type) -> Any:
        return self if model is None else self.value

    def __set__(self, model: type, value: object) -> NoReturn:
        raise ModelError(
            "M110",
            f"{model.__name__}.{self.name} was assigned on the class.",
            "Assign on an instance, or declare the column in the class body.",
        )


def member_of(model: type, name: str) -> Any:
    """Return the slot of a struct's field, under whatever descriptor stands over it."""
    found = model.__dict__[name]
    return getattr(found, "slot", found)


class ReferenceMember:
    """A reference on an instance: the row, once loaded. Over the slot that holds it, or the key it was given."""

    __slots__ = ("info", "keys", "reference", "slot")

    def __init__(self, info: TableInfo, reference: ReferenceInfo, slot: Any, keys: list[Any]) -> None:
        self.info = info
        self.reference = reference
        self.slot = slot
        self.keys = keys

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        value = self.loaded(instance)
        if value is UNSET:
            raise _not_loaded(self.info, self.reference.name)
        return value

    def loaded(self, instance: Any) -> Any:
        """The row, `None` where there is none, `UNSET` where it was not loaded."""
        value: Any = self.slot.__get__(instance)
        if value is None or getattr(cast("Any", type(value)), "__table_info__", None) is not None:
            return value
        keys = [column.name for column in self.reference.columns]
        if value is UNSET and self.reference.nullable and all(getattr(instance, key) is None for key in keys):
            return None
        return UNSET

    def __set__(self, instance: Any, value: Any) -> None:
        self.slot.__set__(instance, value)
        for key in self.keys:
            key.__set__(instance, UNSET)  # read from the new row when it is asked for


class KeyMember:
    """The column of a reference on an instance: its own value, else the key of the row that the reference was given."""

    __slots__ = ("at", "reference", "reference_slot", "slot")

    def __init__(self, reference: ReferenceInfo, at: int, slot: Any, reference_slot: Any) -> None:
        self.reference = reference
        self.at = at
        self.slot = slot
        self.reference_slot = reference_slot

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        value: Any = self.slot.__get__(instance)
        if value is not UNSET:
            return value
        related: Any = self.reference_slot.__get__(instance)
        if related is UNSET:
            return None if self.reference.nullable else UNSET
        if related is None:
            return None
        info = getattr(cast("Any", type(related)), "__table_info__", None)
        if info is not None:
            return getattr(related, info.key[self.at].name)
        return related[self.at] if is_tuple(related) else related

    def __set__(self, instance: Any, value: Any) -> None:
        if value != self.__get__(instance, object):
            self.reference_slot.__set__(instance, UNSET)
        self.slot.__set__(instance, value)


class ManyMember:
    """The many rows of an instance: the list, once loaded or given."""

    __slots__ = ("info", "many", "slot")

    def __init__(self, info: TableInfo, many: ManyInfo, slot: Any) -> None:
        self.info = info
        self.many = many
        self.slot = slot

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        value: Any = self.slot.__get__(instance)
        if value is UNSET:
            raise _not_loaded(self.info, self.many.name)
        return value

    def loaded(self, instance: Any) -> Any:
        """The list, `UNSET` where it was not loaded."""
        return self.slot.__get__(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        self.slot.__set__(instance, value if value is UNSET else list(value))


def is_tuple(value: Any) -> bool:
    """Whether a key was given as a tuple of several columns."""
    return type(value) is tuple


def _not_loaded(info: TableInfo, name: str) -> NotLoaded:
    return NotLoaded(
        "Q401",
        f"{info.model}.{name} was read, and the query that made this {info.model} did not load it.",
        f"Add .include({info.model}.{name}) to that query.",
    )
