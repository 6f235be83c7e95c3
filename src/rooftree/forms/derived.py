"""The texts that forms make of names, for catalogs: nobody has marked them in the source."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rooftree.forms.form import BaseForm
from rooftree.forms.form_info import FormInfo, all_fields
from rooftree.forms.info import Derived, Label

__all__ = ["derived_texts"]


def derived_texts(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Give the file, the line and the text of every label that a form below a folder makes of a name.

    Only forms of modules that were imported are known.
    """
    for form in _forms(BaseForm):
        info: FormInfo | None = getattr(form, "info", None)
        file = inspect.getsourcefile(form)
        if info is None or file is None or not Path(file).resolve().is_relative_to(root.resolve()):
            continue
        line = inspect.getsourcelines(form)[1]
        for field in all_fields(info.fields):
            labels: Sequence[Label] = [field.label, *(option.label for option in field.widget.options(field))]
            yield from ((Path(file), line, label.message) for label in labels if isinstance(label, Derived))


def _forms(base: type[Any]) -> Iterator[type[Any]]:
    for form in base.__subclasses__():
        yield form
        yield from _forms(form)
