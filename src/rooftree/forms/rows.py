"""Adding, taking away and moving rows, by submit buttons whose value says what to do: no script is needed."""

from __future__ import annotations

import re
from typing import Any, Final, Literal, cast

from rooftree.forms.info import is_dict, is_list
from rooftree.forms.read import ROW, Raw
from rooftree.forms.widgets.base import FieldInfo

__all__ = ["ACTION", "act", "action"]

ACTION: Final = "_action"
Verb = Literal["add", "remove", "up", "down"]
_ACTION: Final = re.compile(r"([^.\[\]:]+(?:\.[^.\[\]:]+|\[[0-9]{1,4}\])*):(add|remove|up|down)")
MAX_ACTION: Final = 500
_STEP: Final = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")


def action(name: str, verb: Verb) -> str:
    """Return the value of the button that does something with rows, or with one row."""
    return f"{name}:{verb}"


def act(fields: tuple[FieldInfo, ...], raw: Raw, wanted: str) -> tuple[str | int, ...] | None:
    """Do what a button asks for to the rows that came.

    Returns:
        The way to the row, or the rows, that people look at next; ``None`` where it means nothing.
    """
    match = _ACTION.fullmatch(wanted) if len(wanted) <= MAX_ACTION else None
    if match is None:
        return None
    path = tuple(int(index) if index else name for index, name in _STEP.findall(match[1]))
    verb = cast("Verb", match[2])
    *way, last = path
    if verb == "add":
        found = _rows(fields, raw, (*way, last))
        return _add(*found, path) if found is not None else None
    found = _rows(fields, raw, tuple(way))
    if found is None or not isinstance(last, int):
        return None
    field, rows = found
    at = _place(rows, last)
    if at is None:
        return None
    if verb == "remove":
        if len(rows) > field.rows.least:
            del rows[at]
        return tuple(way)
    to = at - 1 if verb == "up" else at + 1
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
        return (*way, to)
    return (*way, at)


def _add(field: FieldInfo, rows: list[Raw], path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    if len(rows) < field.rows.most:
        rows.append({ROW: ""})
        return (*path, len(rows) - 1)
    return path


def _place(rows: list[Raw], index: int) -> int | None:
    return index if 0 <= index < len(rows) else None


def _rows(fields: tuple[FieldInfo, ...], raw: Raw, path: tuple[str | int, ...]) -> tuple[FieldInfo, list[Raw]] | None:
    """Return the rows at the end of a way, and the field that they are of."""
    here: Any = raw
    field: FieldInfo | None = None
    for part in path:
        if isinstance(part, int):
            if not is_list(here) or not 0 <= part < len(here):
                return None
            here = here[part]
            continue
        field = next((each for each in fields if each.name == part), None)
        if field is None or field.kind == "value" or not is_dict(here):
            return None
        here = here.get(part)
        fields = field.fields
    return (field, here) if field is not None and is_list(here) else None
