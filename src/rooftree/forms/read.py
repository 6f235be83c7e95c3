"""From what a browser sent to nested data: texts as they came, for showing them again, and what the rules are asked.

Names are those of the schema: ``address.street``, ``lines[0].price``. Numbers of rows say their order and nothing more.
Each row has a field ``lines[0]._row``, so that one of unticked boxes is seen; it holds the key of what the row stands
for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from rooftree.forms.info import ABSENT, FieldPath, Surroundings, is_list
from rooftree.forms.widgets import NoValue
from rooftree.forms.widgets.base import FieldInfo
from rooftree.http import FormData

__all__ = ["ROW", "Faults", "Raw", "clean", "counts", "filled", "read", "row_name", "under"]

Raw = dict[str, Any]
"""By name: the list of what came for a control (``None`` for nothing), a dict for a group, a list of dicts for rows."""
Faults = dict[FieldPath, tuple[str, Mapping[str, Any]]]
ROW: Final = "_row"


def read(fields: Iterable[FieldInfo], data: FormData, prefix: str = "") -> Raw:
    """Return what came for fields."""
    raw: Raw = {}
    for field in fields:
        name = prefix + field.name
        if field.kind == "value":
            raw[field.name] = field.widget.read(data, name)
        elif field.kind == "group":
            raw[field.name] = read(field.fields, data, f"{name}.")
        else:
            raw[field.name] = [
                {**read(field.fields, data, f"{at}."), ROW: data.get(f"{at}.{ROW}", "")}
                for at in (row_name(name, index) for index in _indices(name, data)[: field.rows.most + 1])
            ]
    return raw


def row_name(name: str, index: int | str) -> str:
    """Return the name of one row."""
    return f"{name}[{index}]"


def under(prefix: str, path: FieldPath) -> str:
    """Return the name on the wire of a way to a value."""
    name = prefix
    for part in path:
        name = row_name(name, part) if isinstance(part, int) else f"{name}.{part}" if name else part
    return name


def _indices(name: str, data: FormData) -> list[int]:
    pattern = re.compile(rf"{re.escape(name)}\[([0-9]{{1,4}})\]\.")
    found = {int(match[1]) for key in (*data.fields, *data.files) if (match := pattern.match(key)) is not None}
    return sorted(found)


def clean(
    fields: Iterable[FieldInfo], raw: Raw, around: Surroundings, faults: Faults, path: FieldPath = ()
) -> dict[str, Any]:
    """Return what the rules are asked about; what is no value of its control goes to ``faults``."""
    values: dict[str, Any] = {}
    for field in fields:
        here = (*path, field.name)
        if field.readonly or not counts(field, raw):
            value: Any = ABSENT
        elif field.kind == "value":
            value = _value(field, raw.get(field.name), around, faults, here)
        elif field.kind == "group":
            value = _group(field, raw.get(field.name) or {}, around, faults, here)
        else:
            value = _rows(field, raw.get(field.name) or [], around, faults, here)
        if value is not ABSENT:
            values[field.name] = value
    return values


def counts(field: FieldInfo, raw: Mapping[str, Any]) -> bool:
    """Tell whether the fields beside one have the values that make it count."""
    for name, wanted in field.when.items():
        given = raw.get(name)
        texts = [str(text) for text in given] if is_list(given) else []
        if wanted.isdisjoint(_ticked(text) for text in texts) and not (not texts and "false" in wanted):
            return False
    return True


def _ticked(text: str) -> str:
    return "true" if text == "on" else text


def filled(
    fields: Iterable[FieldInfo], given: Mapping[str, Any], path: FieldPath = ()
) -> Iterator[tuple[FieldInfo, Any, FieldPath]]:
    """Yield every field that has a value, with the value as the rules are asked about it and the way to it."""
    for field in fields:
        value, here = given.get(field.name), (*path, field.name)
        if value is None:
            continue
        if field.kind == "value":
            yield field, value, here
        elif field.kind == "group":
            yield from filled(field.fields, value, here)
        else:
            for at, row in enumerate(value):
                yield from filled(field.fields, row, (*here, at))


def _value(field: FieldInfo, given: list[Any] | None, around: Surroundings, faults: Faults, path: FieldPath) -> Any:
    try:
        value = field.widget.parse(given, field, around)
    except NoValue as error:
        faults[path] = (error.code, error.params)
        return ABSENT
    if field.required and (value is ABSENT or value == []):
        faults[path] = ("missing", {})
    return value


def _group(field: FieldInfo, given: Raw, around: Surroundings, faults: Faults, path: FieldPath) -> Any:
    if not field.required and _is_empty(field.fields, given):
        return None if field.nullable else ABSENT
    return clean(field.fields, given, around, faults, path)


def _is_empty(fields: Iterable[FieldInfo], raw: Raw) -> bool:
    """Tell whether nobody filled anything in: what a new form shows by itself does not count."""
    for field in fields:
        given = raw.get(field.name)
        if field.kind == "group":
            if not _is_empty(field.fields, given or {}):
                return False
        elif given and any(text not in {"", "false"} for text in cast("list[Any]", given)):
            return False
    return True


def _rows(
    field: FieldInfo, given: list[Raw], around: Surroundings, faults: Faults, path: FieldPath
) -> list[dict[str, Any]]:
    if len(given) > field.rows.most:
        faults[path] = ("too_many_rows", {"limit": field.rows.most})
    if len(given) < field.rows.least:
        faults[path] = ("too_few_rows", {"limit": field.rows.least})
    return [clean(field.fields, row, around, faults, (*path, at)) for at, row in enumerate(given[: field.rows.most])]
