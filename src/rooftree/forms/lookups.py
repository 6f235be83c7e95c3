"""Choosing one of very many: what somebody typed is looked for by the query that says what may be chosen at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from rooftree.forms.info import FieldPath, Option, Source
from rooftree.forms.read import under
from rooftree.forms.rows import ACTION
from rooftree.http import FormData

__all__ = ["FIND", "SEARCHED", "Asked", "Lookups", "asked"]

FIND: Final = "._find"
"""Ends the name of the control that people type a part of a name into."""
SEARCHED: Final = "._searched"
"""Ends the name of the hidden field with what was looked for last."""
MOST: Final = 50
MAX_TEXT: Final = 100  # characters that are looked for
_FIND_ACTION: Final = re.compile(r"(.{1,400}):find", re.DOTALL)


class Asked(msgspec.Struct, frozen=True):
    """What somebody looks for.

    Attributes:
        name: The field, on the wire.
        text: What was typed.
    """

    name: str
    text: str


def asked(sent: FormData) -> Asked | None:
    """Return what is looked for by a form that was sent: by the button, or by Enter in the control beside it."""
    if action := sent.get(ACTION):
        found = _FIND_ACTION.fullmatch(action)
        return None if found is None else Asked(found[1], _text(sent, found[1]))
    for name in sent.fields:
        if name.endswith(FIND):
            field = name.removesuffix(FIND)
            text = _text(sent, field)
            if text and text != (sent.get(field + SEARCHED) or "").strip():
                return Asked(field, text)
    return None


def _text(sent: FormData, field: str) -> str:
    return (sent.get(field + FIND) or "").replace("\0", "").strip()[:MAX_TEXT]  # PostgreSQL's texts hold no NUL


class Lookups:
    """What the fields of one form offer whose options are looked for."""

    def __init__(self) -> None:
        self.asked: Asked | None = None
        self._first: dict[Any, list[Option]] = {}
        self._named: dict[Any, dict[str, Option]] = {}
        self._found: list[Option] | None = None

    async def load(self, key: Any, source: Source, fields: Mapping[FieldPath, Sequence[str]]) -> None:
        """Load what the fields of one source show: what is chosen, and what was looked for or comes first.

        Args:
            key: What tells the source from others.
            source: Where their options come from.
            fields: The ways to the fields, with the texts that are chosen in each.
        """
        texts = list(dict.fromkeys(text for chosen in fields.values() for text in chosen if text))
        known = self._named.get(key)
        if known is None or any(text not in known for text in texts):
            self._named[key] = {option.value: option for option in await source.named(texts)} if texts else {}
        if key not in self._first:
            self._first[key] = await source.find("", MOST + 1)
        if self.asked is not None and self._found is None and any(self._is_asked(path) for path in fields):
            self._found = await source.find(self.asked.text, MOST + 1)

    def named(self, key: Any) -> list[Option]:
        """Return the options of what is chosen."""
        return list(self._named.get(key, {}).values())

    def options(self, key: Any, path: FieldPath, chosen: Sequence[str]) -> list[Option]:
        """Return what a field shows: what is chosen in it, and what was found."""
        named = self._named.get(key, {})
        first = [named[text] for text in chosen if text in named]
        return [*first, *(option for option in self.found(key, path)[:MOST] if option.value not in chosen)]

    def found(self, key: Any, path: FieldPath) -> list[Option]:
        """Return what was found for a field, one more than is shown where there is more."""
        if self._found is not None and self._is_asked(path):
            return self._found
        return self._first.get(key, [])

    def text(self, path: FieldPath) -> str:
        """Return what was looked for at a field."""
        return self.asked.text if self.asked is not None and self._is_asked(path) else ""

    def has_more(self, key: Any, path: FieldPath) -> bool:
        """Tell whether more fits than is shown."""
        return len(self.found(key, path)) > MOST

    def answer(self) -> dict[str, Any]:
        """Return what the script is told that asked."""
        found = self._found or []
        options = [{"value": option.value, "label": str(option.label)} for option in found[:MOST]]
        return {"options": options, "more": len(found) > MOST}

    def _is_asked(self, path: FieldPath) -> bool:
        return self.asked is not None and under("", path) == self.asked.name
