"""Fields that hold fields, on a page: the group of a class, and rows of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from rooftree.forms.around import Around, Shown
from rooftree.forms.bound import BoundField
from rooftree.forms.info import FieldPath
from rooftree.forms.read import ROW, Raw, row_name
from rooftree.forms.rows import action
from rooftree.forms.widgets.base import FieldInfo

__all__ = ["BoundGroup", "BoundRow", "BoundRows", "bound"]


class BoundGroup(BoundField):
    """The fields of a class inside of the class: ``{{ form.address }}``, ``{{ form.address.street }}``."""

    template = "forms/group.html"

    def __iter__(self) -> Iterator[BoundField]:
        around = Around(
            self._raw if self._sent else None,
            self.value,
            f"{self.name}.",
            optional=self._optional or not self.required,
            sometimes=self.counts_sometimes,
        )
        for info in self.info.fields:
            yield bound(self.form, info, self.path, around)

    def __getitem__(self, name: str) -> BoundField:
        return _pick(self, name)


class BoundRow:
    """One of several rows.

    Attributes:
        path: The way to it.
        name: The same on the wire.
        key: The key of what it stands for; empty for a new one.
        number: Its place, from 1.
    """

    def __init__(self, rows: BoundRows, index: int | str, around: Around, key: str) -> None:
        self._rows = rows
        self._around = around
        self.path: FieldPath = (*rows.path, index)
        self.name = row_name(rows.name, index)
        self.key = key
        self.number = index + 1 if isinstance(index, int) else ""

    @property
    def id(self) -> str:
        """The ``id`` of the row."""
        return "-".join((self._rows.form.id, *(str(part) for part in self.path)))

    @property
    def label(self) -> str:
        """What it is called, with its number."""
        return f"{self._rows.row_label} {self.number}"

    @property
    def marker(self) -> str:
        """The name of the hidden field by which a row is seen at all."""
        return f"{self.name}.{ROW}"

    @property
    def errors(self) -> list[str]:
        """What is wrong with the row as a whole."""
        return self._rows.form.errors_at(self.path)

    def action(self, verb: Any) -> str:
        """Return the value of the button that removes or moves this row."""
        return action(self.name, verb)

    def __iter__(self) -> Iterator[BoundField]:
        for info in self._rows.info.fields:
            yield bound(self._rows.form, info, self.path, self._around)

    def __getitem__(self, name: str) -> BoundField:
        return _pick(self, name)


class BoundRows(BoundField):
    """Rows of fields: ``{{ form.lines }}``, or each by itself: ``{% for line in form.lines %}{{ line.price }}``."""

    template = "forms/rows.html"

    def __iter__(self) -> Iterator[BoundRow]:
        if self._sent:
            for index, raw in enumerate(cast("list[Raw]", self._raw or [])):
                yield BoundRow(self, index, self._under(index, raw, None), raw.get(ROW, ""))
            return
        values = list(self.value or ())
        values += [None] * (self.info.rows.least - len(values))
        for index, value in enumerate(values):
            yield BoundRow(self, index, self._under(index, None, value), self.form.row_key(self.path, value))

    def _under(self, index: int | str, raw: Raw | None, value: Any) -> Around:
        return Around(raw, value, f"{row_name(self.name, index)}.", sometimes=self.counts_sometimes)

    @property
    def token(self) -> str:
        """What stands for the number of the blank row; another one inside of rows."""
        return f"__{len(self.path)}__"

    @property
    def blank(self) -> BoundRow:
        """A new row, for the script to copy."""
        return BoundRow(self, self.token, self._under(self.token, None, None), "")

    @property
    def full(self) -> bool:
        """Whether there are as many rows as may be."""
        return len(list(self)) >= self.info.rows.most

    @property
    def row_label(self) -> str:
        """What one row is called."""
        return str(self.info.rows.label) or self.label

    def action(self, verb: Any) -> str:
        """Return the value of the button that adds a row."""
        return action(self.name, verb)


def bound(form: Shown, info: FieldInfo, path: FieldPath, around: Around) -> BoundField:
    """Return a field on a page."""
    kind = {"value": BoundField, "group": BoundGroup, "rows": BoundRows}[info.kind]
    return kind(form, info, (*path, info.name), around.prefix + info.name, around)


def _pick(fields: BoundGroup | BoundRow, name: str) -> BoundField:
    for field in fields:
        if field.info.name == name:
            return field
    raise KeyError(name)
