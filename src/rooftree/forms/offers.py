"""What a form offers to choose from, loaded where it is shown; whether what was chosen, and each file, is one of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rooftree.base import RequestInvalid
from rooftree.forms.choices import source_of
from rooftree.forms.form_info import all_fields
from rooftree.forms.info import FieldPath, Label, Source, is_list
from rooftree.forms.messages import message
from rooftree.forms.read import filled
from rooftree.forms.shown import ShownForm
from rooftree.forms.widgets import FileInput, Select
from rooftree.forms.widgets.base import FieldInfo
from rooftree.forms.widgets.choice import LOOKUP, choices_key
from rooftree.http import Request

__all__ = ["OfferingForm"]


class OfferingForm(ShownForm):
    """A form with what its fields offer, and with what is wrong in it."""

    def __init__(self, request: Request | None = None) -> None:
        super().__init__(request)
        self._sources: dict[Any, Source] = {}

    async def load(self) -> None:
        """Load the options of fields that have theirs from a query or a function: one query a field, however many rows.

        ``validate`` does it where the form will be shown; a page does it for forms that it is given.
        """
        for field in all_fields(self.info.fields):
            if field.choices is not None and (key := choices_key(field)) not in self._options:
                source = await self._source(field)
                self._options[key] = None if field.widget.template == LOOKUP else await source.options()
        await self._load_lookups()

    async def _load_lookups(self) -> None:
        """Load what is shown of options that are too many to list: what is chosen, and what was looked for."""
        looked: dict[Any, tuple[FieldInfo, dict[FieldPath, list[str]]]] = {}
        for field, _around in self._shown(self):
            if self.is_looked_up(field.info):
                texts = [*field.texts, *field.widget.format(field.value, self.around)]
                looked.setdefault(choices_key(field.info), (field.info, {}))[1][field.path] = texts
        for info in all_fields(self.info.fields):  # of rows, of which there may be none yet
            if self.is_looked_up(info):
                looked.setdefault(choices_key(info), (info, {}))
        for key, (info, fields) in looked.items():
            await self.lookups.load(key, await self._source(info), fields)

    async def _source(self, field: FieldInfo) -> Source:
        key = choices_key(field)
        if key not in self._sources:
            assert field.choices is not None  # noqa: S101 - asked by its callers
            self._sources[key] = await source_of(
                self, field.choices, f"{type(self).__name__}.{field.name}", getattr(field.widget, "search", ())
            )
        return self._sources[key]

    async def _check_choices(self, given: Mapping[str, Any]) -> None:
        """Note where something was chosen that is not offered: asked once for each source, however many the rows."""
        chosen: dict[Any, list[tuple[FieldInfo, list[str], FieldPath]]] = {}
        for field, value, path in filled(self.info.fields, given):
            if field.choices is None or not isinstance(field.widget, Select) or field.readonly or value in ("", []):
                continue
            texts = [str(text) for text in (value if is_list(value) else [value])]
            chosen.setdefault(choices_key(field), []).append((field, texts, path))
        for fields in chosen.values():
            source = await self._source(fields[0][0])
            accepted = await source.accepted(list(dict.fromkeys(text for _, texts, _ in fields for text in texts)))
            for _, texts, path in fields:
                if not accepted.issuperset(texts):
                    self._fault(path, message("gone", {}))

    async def _check_files(self, given: Mapping[str, Any]) -> None:
        """Note where a file is not what it says that it is."""
        for field, value, path in filled(self.info.fields, given):
            widget = field.widget
            if not isinstance(widget, FileInput) or not widget.types or self.request is None:
                continue
            for upload in value if is_list(value) else [value]:
                try:
                    await self.request.app.inspect_upload(upload, widget.types, image=widget.image)
                except RequestInvalid as error:
                    refused = error.errors[0]
                    self._fault(path, message(refused.code, refused.params, refused.message))

    # ---- what is wrong

    def _wrong(self, name: str) -> bool:
        return any(path[:1] == (name,) for path in self._errors)

    def _fault(self, path: FieldPath, text: Label, *, again: bool = True) -> None:
        """Note what is wrong at the innermost field on a way; what is known already only once."""
        path = self._known(path)
        if again or path not in self._errors:
            self._errors.setdefault(path, []).append(text)

    def _known(self, path: FieldPath) -> FieldPath:
        fields: Sequence[FieldInfo] = self.info.fields
        known: list[str | int] = []
        for part in path:
            if isinstance(part, int):
                known.append(part)
                continue
            found = next((field for field in fields if part in {field.name, field.attribute}), None)
            if found is None:
                break
            known.append(found.name)
            if found.kind == "value":
                break
            fields = found.fields
        return tuple(known)
