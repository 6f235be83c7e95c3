"""The version of a row, from the page that shows it to the form that comes back: no change is lost unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rooftree.db import Model, TableInfo
from rooftree.forms.info import FieldPath, Option, Surroundings, is_dict, is_list
from rooftree.forms.read import ROW
from rooftree.forms.widgets.base import FieldInfo
from rooftree.i18n import Text, _

__all__ = ["VERSION", "StaleChild", "conflicts", "is_other", "marked_key", "row_of", "version_of"]

VERSION: Final = "_version"
"""The hidden field that says which version of a row the page has shown."""
_BEHIND: Final = "~"
MOST: Final = 200  # characters of a value that are shown beside a field


class StaleChild(Exception):
    """One of the rows that belong to an instance was changed since the form was shown.

    Args:
        name: The field of the rows.
        at: Which of the rows that were sent.
        there: The row as it is now.
    """

    def __init__(self, name: str, at: int, there: Model) -> None:
        super().__init__(name)
        self.name = name
        self.at = at
        self.there = there


def version_of(instance: Model | None) -> str:
    """Return the version of a row as it stands in a form; empty where there is no row, or its model has none."""
    if instance is None:
        return ""
    info: TableInfo = instance.__table_info__
    return "" if info.version is None else str(getattr(instance, info.version.name))


def is_other(instance: Model | None, sent: str) -> bool:
    """Tell whether a form was made of another version of a row than the one there is. Nothing sent says nothing."""
    known = version_of(instance)
    return bool(sent and known) and sent != known


def marked_key(key: str, instance: Model) -> str:
    """Return what the hidden field of one of several rows holds: its key, and its version where it has one."""
    version = version_of(instance)
    return f"{key}{_BEHIND}{version}" if version else key


def row_of(info: TableInfo, raw: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key and the version of what a row that came back stands for."""
    given = str(raw.get(ROW, ""))
    if info.version is None:
        return given, ""
    key, mark, version = given.rpartition(_BEHIND)
    return (key, version) if mark else (given, "")


def conflicts(
    fields: Sequence[FieldInfo],
    typed: Mapping[str, Any],
    there: Mapping[str, Any],
    around: Surroundings,
    labels: Mapping[str, Sequence[Option]],
) -> Iterator[tuple[FieldPath, Text]]:
    """Yield each field whose value in the database is another than the one that was sent, and what to say there.

    Args:
        fields: The fields.
        typed: What was sent, by their names.
        there: What is saved now, by their names.
        around: The language and time zone that values are written in.
        labels: The options of fields that have theirs from elsewhere.
    """
    for field in fields:
        name = field.name
        if name not in typed or name not in there or _same(typed[name], there[name]):
            continue
        texts = field.widget.format(there[name], around) if field.kind == "value" and field.widget.redisplay else []
        known = {option.value: str(option.label) for option in labels.get(name) or field.widget.options(field)}
        shown = ", ".join(known.get(text, text) for text in texts)
        if not shown or (texts == ["true"] and not known):
            yield (name,), _("What is saved now is different.")
        else:
            yield (name,), _("What is saved now: %(value)s", value=shown if len(shown) <= MOST else f"{shown[:MOST]}…")


def _same(typed: Any, there: Any) -> bool:
    if is_list(there):
        return is_list(typed) and len(typed) == len(there) and all(map(_same, typed, there))
    if is_dict(there):  # one of several rows: its columns, and the key that it was sent under
        return all(value == there.get(name) for name, value in typed.values().items())
    return bool(typed == there)
