"""A form on a page: its fields and their sets, what is wrong with it, its parts as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any, ClassVar, cast

from rooftree.base import Html, Signer
from rooftree.forms.around import Around
from rooftree.forms.bound import BoundField
from rooftree.forms.errors import FormUsageError
from rooftree.forms.form_info import FormInfo, all_fields
from rooftree.forms.info import FieldPath, Label, Option, Surroundings
from rooftree.forms.lookups import Lookups
from rooftree.forms.nested import BoundRows, bound
from rooftree.forms.read import Raw, under
from rooftree.forms.senders import bait_of, opened
from rooftree.forms.widgets.base import FieldInfo
from rooftree.forms.widgets.choice import choices_key
from rooftree.http import Request
from rooftree.i18n import _, current_locale, ngettext

__all__ = ["Fieldset", "ShownForm"]


class Fieldset:
    """Fields that stand together.

    Attributes:
        legend: What they are called; empty for those that stand in none.
        fields: The fields.
    """

    def __init__(self, legend: str, fields: list[BoundField]) -> None:
        self.legend = legend
        self.fields = fields

    def __iter__(self) -> Iterator[BoundField]:
        return iter(self.fields)


class ShownForm:
    """What a form is to the template that shows it: ``{{ form }}``, ``{{ form.price }}``, ``{{ form.summary }}``.

    Attributes:
        request: The request that it is shown or sent in.
        around: The language and time zone of that request.
        id: Begins the ids of its controls.
    """

    info: ClassVar[FormInfo]
    submit: ClassVar[Label] = _("Save")
    live: ClassVar[bool] = True
    honeypot: ClassVar[bool] = False
    wait: ClassVar[float] = 0
    form_id: ClassVar[str] = "form"

    def __init__(self, request: Request | None = None) -> None:
        if not hasattr(type(self), "info"):
            raise FormUsageError(
                "F203",
                f"{type(self).__name__} names no type of its own, so it has no fields.",
                "Derive from it: class ContactForm(SchemaForm[Contact]): ...",
            )
        self.request = request
        self.id = self.form_id
        locale = current_locale()
        self.around = Surroundings(locale, _zone(locale.timezone) if locale is not None else UTC)
        self._initial: Any = None
        self._raw: Raw | None = None
        self._errors: dict[FieldPath, list[Label]] = {}
        self._opened = ""
        self._options: dict[Any, list[Option] | None] = {}
        self.lookups = Lookups()

    # ---- fields

    def __getitem__(self, name: str | Any) -> BoundField:
        info = self.info.find(str(getattr(getattr(name, "info", name), "name", name)))
        if info is None:
            raise KeyError(name)
        return bound(self, info, (), self._around())

    def __iter__(self) -> Iterator[BoundField]:
        around = self._around()
        for info in self.info.fields:
            yield bound(self, info, (), around)

    def _around(self) -> Around:
        return Around(self._raw, self._initial)

    @property
    def fieldsets(self) -> list[Fieldset]:
        """Its fields by the ``group`` that each names, in the order in which the groups are first named."""
        found: dict[str, Fieldset] = {}
        for field in self:
            legend = str(field.info.group)
            found.setdefault(legend, Fieldset(legend, [])).fields.append(field)
        return list(found.values())

    def fieldset(self, legend: str) -> Fieldset:
        """Return the fields of one group.

        Raises:
            KeyError: No field names it.
        """
        return next(fieldset for fieldset in self.fieldsets if fieldset.legend == legend)

    @property
    def faults(self) -> list[tuple[BoundField | None, str, str]]:
        """Every error in the order of the page: its field, what that is called, the text; ``None`` for the whole form.

        Where another field in the list is called the same, what it stands in is named too: ``"Invoice, Street"``.
        """
        shown = [(field, around) for field, around in self._shown(self) if field.errors]
        called = Counter(field.label for field, _around in shown)
        found: list[tuple[BoundField | None, str, str]] = [(None, "", text) for text in self.errors_at(())]
        for field, around in shown:
            name = field.label if called[field.label] == 1 else ", ".join((*around, field.label))
            found += [(field, name, text) for text in field.errors]
        return found

    def _shown(self, fields: Any, around: tuple[str, ...] = ()) -> Iterator[tuple[BoundField, tuple[str, ...]]]:
        for field in fields:
            if isinstance(field, BoundField):
                yield field, around
                if field.info.kind == "value":
                    continue
            # a row says which it is, so the rows need no name before it
            inside = around if isinstance(field, BoundRows) else (*around, field.label)
            yield from self._shown(field, inside)

    @property
    def headline(self) -> str:
        """What stands above the list of what is wrong."""
        return str(ngettext("There is a problem", "There are %(count)s problems", len(self.faults)))

    @property
    def has_rows(self) -> bool:
        """Whether other buttons stand before the one that sends it: Enter must not press one of them."""
        return any(field.kind == "rows" or self.is_looked_up(field) for field in all_fields(self.info.fields))

    @property
    def summary(self) -> Html:
        """A list of everything that is wrong, with links to the fields; empty where nothing is."""
        return self.part("forms/errors.html") if self._errors else Html("")

    @property
    def open(self) -> Html:
        """The tag that begins it, with the hidden fields that it needs."""
        return self.part("forms/open.html")

    @property
    def bait(self) -> str:
        """The name of the field that only programs fill in."""
        return bait_of([field.name for field in self.info.fields])

    @property
    def opened(self) -> str:
        """When it was shown first, signed."""
        if not self._opened:
            self._opened = opened(self._signer)
        return self._opened

    @property
    def version(self) -> str:
        """The version of what is changed, which comes back with the form; empty where there is none."""
        return ""

    @property
    def changed(self) -> bool:
        """Whether somebody else has changed, since the page was shown, what the form is about."""
        return False

    @property
    def reload(self) -> str:
        """What the link is called that leads to the form as it is now."""
        return str(_("Load the page again"))

    @property
    def close(self) -> Html:
        """The tag that ends it."""
        return Html("</form>")

    @property
    def action(self) -> str:
        """Where it is sent: the page itself."""
        return ""

    @property
    def button(self) -> str:
        """The text of the button that sends it."""
        return str(self.submit)

    def part(self, template: str, **values: Any) -> Html:
        """Return a template of the form as HTML.

        Raises:
            FormUsageError: F208 for a form without a request.
        """
        if self.request is None:
            raise FormUsageError(
                "F208",
                f"{type(self).__name__} was made without a request and cannot be shown.",
                "Name it as a parameter of the handler, or make it of one: ContactForm(request).",
            )
        return cast("Html", self.request.app.templates.part(template, self.request, {"form": self, **values}))

    def __html__(self) -> str:
        return self.part("forms/form.html")

    async def before_page(self, request: Request) -> None:
        """Load what is needed before a page shows it; called by the page."""
        if self.request is None:
            self.request = request
        await self.load()

    # ---- what is wrong

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by the names of fields on the wire; of the whole form under ``""``."""
        return {under("", path): self.errors_at(path) for path in self._errors}

    def errors_at(self, path: FieldPath) -> list[str]:
        """Return what is wrong at one place, in the language of the page."""
        return [str(text) for text in self._errors.get(path, ())]

    # ---- options

    async def load(self) -> None:
        """Load what has to be waited for before it is shown."""

    def is_looked_up(self, info: FieldInfo) -> bool:
        """Tell whether people search the options of a field, as there are too many to list; once they were loaded."""
        return info.choices is not None and self._options.get(choices_key(info), ()) is None

    def options_of(self, path: FieldPath, info: FieldInfo, chosen: Sequence[str] = ()) -> list[Option]:
        """Return the options of a field.

        Args:
            path: The way to it.
            info: The field.
            chosen: The texts of what is chosen, which stays among them where they are searched.

        Raises:
            FormUsageError: F207 where they were not loaded yet.
        """
        if info.choices is None:
            return info.widget.options(info)
        key = choices_key(info)
        if self.is_looked_up(info):
            return self.lookups.options(key, path, chosen)
        found = self._options.get(key)
        if found is None:
            raise FormUsageError(
                "F207",
                f"The options of {type(self).__name__}.{under('', path)} were not loaded before the form was shown.",
                "Ask the form first, 'await form.validate()', or load them: 'await form.load()'.",
            )
        return found

    def row_key(self, path: FieldPath, value: Any) -> str:  # noqa: ARG002 - for forms over models
        """Return the key of what a row stands for, empty for none."""
        return ""

    @property
    def _signer(self) -> Signer:
        assert self.request is not None  # noqa: S101 - asked of forms that are shown or sent
        return cast("Signer", self.request.app.signer("form"))


def _zone(name: str) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)
