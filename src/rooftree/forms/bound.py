"""One field of a form on a page: what it shows, and how it is written as HTML."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import msgspec

from rooftree.base import Html
from rooftree.forms.around import Around, Shown
from rooftree.forms.info import FieldPath, Option
from rooftree.forms.widgets import DateTimeInput, MoneyInput, Widget
from rooftree.forms.widgets.base import Attributes, FieldInfo
from rooftree.forms.widgets.choice import LOOKUP, SEARCHED_FROM, choices_key
from rooftree.i18n import Text, _

__all__ = ["BoundField", "attributes_html"]

WORDS: Final[Mapping[str, Text]] = {
    "add": _("Add"),
    "remove": _("Remove"),
    "up": _("Move up"),
    "down": _("Move down"),
    "search": _("Search"),
    "preview": _("Preview"),
    "find": _("Find"),
    "nothing": _("Nothing was found."),
    "more": _("There is more: type a part of the name to find others."),
}


class BoundField:
    """One field of a form on a page; ``{{ form.price }}`` writes its label, its control, its help and its errors.

    Attributes:
        form: The form.
        info: What is known of the field.
        path: The way to its value: ``("lines", 0, "price")``.
        name: The same on the wire: ``"lines[0].price"``.
        value: The value that the form began with, as Python has it.
    """

    template = "forms/field.html"

    def __init__(self, form: Shown, info: FieldInfo, path: FieldPath, name: str, around: Around) -> None:
        self.form = form
        self.info = info
        self.path = path
        self.name = name
        self.value: Any = around.value_of(info)
        self._sent, self._raw = around.raw_of(info)
        self._beside = around.prefix
        self._optional = around.optional
        self._sometimes = around.sometimes

    # ---- what it shows

    @property
    def id(self) -> str:
        """The ``id`` of its control."""
        return "-".join((self.form.id, *(str(part) for part in self.path)))

    @property
    def widget(self) -> Widget:
        """Its control as it was declared."""
        return self.info.widget

    @cached_property
    def label(self) -> str:
        """What people call it."""
        return str(self.info.label)

    @cached_property
    def help(self) -> str:
        """The sentence below the control; may be empty."""
        return str(self.info.help)

    @cached_property
    def errors(self) -> list[str]:
        """What is wrong with it, in the language of the page."""
        return self.form.errors_at(self.path)

    @property
    def required(self) -> bool:
        """Whether it has to be filled in."""
        return self.info.required

    @property
    def marked(self) -> bool:
        """Whether a star says that it has to be filled in; not where what is around it may be left out."""
        return self.required and not self._optional

    @property
    def counts_sometimes(self) -> bool:
        """Whether it, or what is around it, counts only where other fields have certain values."""
        return self._sometimes or bool(self.info.when)

    @cached_property
    def texts(self) -> list[str]:
        """The texts that the control shows: as they were typed where the form came back, else of the value."""
        if self._sent and not self.info.readonly:
            return [str(text) for text in self._raw or ()] if self.widget.redisplay else []
        return self.widget.format(self.value, self.form.around)

    @property
    def text(self) -> str:
        """The text that the control shows."""
        return self.texts[-1] if self.texts else ""

    @cached_property
    def options(self) -> list[Option]:
        """The values to choose from, the chosen ones marked."""
        chosen = frozenset(self.texts)
        given = self.form.options_of(self.path, self.info, self.texts)
        found = [msgspec.structs.replace(option, selected=option.value in chosen) for option in given]
        return [msgspec.structs.replace(option, label=str(option.label), group=str(option.group)) for option in found]

    @property
    def described_by(self) -> str:
        """The ids of what says more about it, for ``aria-describedby``."""
        parts = [
            f"{self.id}-help" if self.help else "",
            f"{self.id}-zone" if self.zone else "",
            f"{self.id}-error" if self.errors else "",
        ]
        return " ".join(part for part in parts if part)

    @property
    def target(self) -> str:
        """The id that a link to it leads to: its control's, or the first of its options'."""
        return f"{self.id}-1" if self.fieldset and self.options and not self.looked_up else self.id

    @property
    def fieldset(self) -> bool:
        """Whether it is a group of controls, which a legend names instead of a label."""
        return self.widget.multiple if self.looked_up else self.widget.fieldset

    @property
    def looked_up(self) -> bool:
        """Whether people search its options, which are too many to list."""
        return self.form.is_looked_up(self.info)

    @property
    def find(self) -> str:
        """What was looked for."""
        return self.form.lookups.text(self.path)

    @property
    def find_label(self) -> str:
        """What the control is called that people type a part of a name into."""
        return str(_("Search: %(name)s", name=self.label))

    @property
    def find_status(self) -> str:
        """What is said of what was found: that it is nothing, or not all."""
        key = choices_key(self.info)
        if self.form.lookups.has_more(key, self.path):
            return str(WORDS["more"])
        return str(WORDS["nothing"]) if self.find and not self.form.lookups.found(key, self.path) else ""

    @property
    def searchable(self) -> bool:
        """Whether there is so much to choose from that the script offers a search."""
        return len(self.options) >= SEARCHED_FROM

    @property
    def words(self) -> Mapping[str, Text]:
        """What the buttons and the marks around fields are called."""
        return WORDS

    @property
    def condition(self) -> str:
        """What the script needs to know of when the field counts, as JSON; empty where it always does."""
        if not self.info.when:
            return ""
        return json.dumps({self._beside + name: sorted(values) for name, values in self.info.when.items()})

    @property
    def zone(self) -> str:
        """The name of the time zone that its control means."""
        return self.widget.zone(self.info, self.form.around) if isinstance(self.widget, DateTimeInput) else ""

    @property
    def currency(self) -> str:
        """The currency of its amount."""
        return self.widget.symbol(self.form.around) if isinstance(self.widget, MoneyInput) else ""

    # ---- how it is written

    @property
    def attributes(self) -> Html:
        """The attributes of its control, but for its type and its value."""
        info, widget = self.info, self.widget
        grouped = self.fieldset
        found: Attributes = {
            "id": None if grouped else self.id,
            "name": self.name,
            "required": self._must_be_filled(),
            "data-required": self.counts_sometimes and self.marked,
            "readonly": info.readonly,
            "autocomplete": info.autocomplete or None,
            "placeholder": str(info.placeholder) or None,
            "aria-invalid": "true" if self.errors and not grouped else None,
            "aria-describedby": None if grouped else self.described_by or None,
            **widget.html_attributes(info, self.form.around),
            **widget.attributes,
            **info.attributes,
        }
        if info.readonly and not hasattr(widget, "rows") and widget.template != "forms/widgets/input.html":
            found["disabled"] = True  # lists and boxes know no readonly
        return attributes_html(found)

    def _must_be_filled(self) -> bool:
        """Whether the browser may refuse to send it empty: not where it counts only at times, or a file is kept."""
        if self.counts_sometimes or self._optional or (self.widget.multipart and self.value is not None):
            return False
        return self.required and not (self.fieldset and self.widget.multiple)

    @property
    def control(self) -> Html:
        """Its control alone."""
        return self.form.part(LOOKUP if self.looked_up else self.widget.template, field=self)

    def __html__(self) -> str:
        return self.form.part("forms/widgets/hidden.html" if self.widget.hidden else self.template, field=self)

    def __str__(self) -> str:
        return self.__html__()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def attributes_html(attributes: Attributes) -> Html:
    """Return attributes as they stand in a tag, a blank before each."""
    return Html(
        "".join(
            f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
            for name, value in attributes.items()
            if value is not None and value is not False
        )
    )
