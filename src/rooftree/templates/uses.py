"""The uses of components in compiled templates: what each gives is held against what the component declares once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn, cast

from jinja2 import Environment, TemplateNotFound
from jinja2.runtime import Context

from rooftree.templates.components import Slot, Slots, component_file, raise_problem, unknown_component
from rooftree.templates.context import TemplateContext, Values
from rooftree.templates.names import KEY, Makers, Names
from rooftree.templates.props import ANYTHING, Attributes, Prop, PropProblem, Props, prop_name
from rooftree.templates.template import Template

__all__ = ["Use"]

MOST_CLASSES: Final = 200


class Use:
    """One use of a component; called with what the page gives for the names that have no constant.

    Args:
        environment: Where the component is found.
        page: The name of the template that uses it.
        name: The component.
        line: The line of the use.
        names: What it is given, in order.
        constants: The values of those that are written out.
        slots: Whether it is given slots.
    """

    def __init__(  # noqa: PLR0917 - what compiled templates write
        self,
        environment: Environment,
        page: str | None,
        name: str,
        line: int,
        names: Sequence[str],
        constants: Mapping[str, Any],
        *,
        slots: bool,
    ) -> None:
        self._environment = environment
        self._page = page
        self._name = name
        self._line = line
        self._names = names
        self._constants = constants
        self._alone = len(constants) == len(names) and not slots
        self._reloads = environment.auto_reload
        self._template: Template | None = None
        self._text: str | None = None

    def __call__(self, context: Context, given: tuple[Any, ...], slots: Mapping[str, Slot] | None = None) -> str:
        """Return what the component makes.

        Args:
            context: That of the page.
            given: The values beyond constants, in their order.
            slots: The macros that stand for its slots, by slot.

        Raises:
            TemplateError: P301 where there is no such component; P302 to P304 where its props do not fit.
        """
        if self._text is not None:
            return self._text
        template, names, row = self._begin(context, given)
        text: str | None = None
        try:
            if template.whole is not None:
                with suppress(AttributeError):
                    text = template.whole(names, *row)
            if text is None:
                text = "".join(self._pieces(template, names, row, given, slots))
        except Exception:  # noqa: BLE001 - raised again, with the template's lines in its traceback
            self._environment.handle_exception()
        if self._stays:
            self._text = text
        return text

    async def waiting(self, context: Context, given: tuple[Any, ...], slots: Mapping[str, Slot] | None = None) -> str:
        """Return what the component makes on a page that waits while it is rendered."""
        pieces = self._pieces(*self._begin(context, given), given, slots)
        try:
            return "".join([piece async for piece in pieces])
        except Exception:  # noqa: BLE001 - see above
            self._environment.handle_exception()

    def _begin(self, page: Context, given: tuple[Any, ...]) -> tuple[Template, Names, list[Any]]:
        """Return the component, what every template sees, and the values of all props in the order of declaration."""
        template = self._template
        if template is None or self._reloads:
            template = self._matched()
        row = self._row.copy()
        for value, (place, prop, classes) in zip(given, self._takes, strict=True):
            if value.__class__ in classes:
                row[place] = value
            elif prop is not None:
                row[place] = self._taken(template.props, prop, value)
                if len(classes) < MOST_CLASSES and prop.takes_all_of(value.__class__):
                    classes.add(value.__class__)
        names: Names | None = page.parent.get(KEY)
        return template, Names(Makers(), None, self._environment.globals) if names is None else names, row

    def _pieces(
        self, template: Template, names: Names, row: list[Any], given: tuple[Any, ...], slots: Mapping[str, Slot] | None
    ) -> Any:
        """Begin the component as any template, with a context of its props, its slots, and what every template sees."""
        values = Values(dict(zip(template.props.declared, row, strict=True)), names)
        if template.props.passes:
            values[ANYTHING] = self._rest(given)
        if self._reads_slots:
            values["slots"] = Slots(slots or ())
        return template.root_render_func(TemplateContext(self._environment, values, template.name, template.blocks))

    def _matched(self) -> Template:
        """Find the component, and how what is given fits what it declares."""
        environment = self._environment
        try:
            template = cast("Template", environment.get_template(component_file(self._name)))
        except TemplateNotFound as missing:
            if missing.name != component_file(self._name):
                raise
            self._fail(unknown_component(environment, self._name))
        if template is self._template:
            return template
        props = template.props
        try:
            props.check_names(self._names)
        except PropProblem as problem:
            self._fail(problem)
        row = [prop.default for prop in props.declared.values()]
        places = {name: place for place, name in enumerate(props.declared)}
        takes: list[tuple[int, Prop | None, set[type]]] = []
        for name in self._names:
            prop, place = props.declared.get(prop_name(name)), places.get(prop_name(name), -1)
            if name not in self._constants:
                takes.append((place, prop, set()))
            elif prop is not None:
                row[place] = self._taken(props, prop, self._constants[name])
        self._row, self._takes, self._template = row, takes, template
        self._reads_slots = "slots" in template.reads
        self._stays = self._alone and template.constant and not self._reloads
        return template

    def _rest(self, given: tuple[Any, ...]) -> Attributes:
        """Return what is given beyond the props, in order."""
        values = iter(given)
        declared = cast("Template", self._template).props.declared
        pairs = [(name, self._constants[name] if name in self._constants else next(values)) for name in self._names]
        return Attributes((name, value) for name, value in pairs if prop_name(name) not in declared)

    def _taken(self, props: Props, prop: Prop, value: Any) -> Any:
        try:
            return props.take(prop, value)
        except PropProblem as problem:
            self._fail(problem)

    def _fail(self, problem: PropProblem) -> NoReturn:
        page = self._environment.get_template(self._page) if self._page is not None else None
        raise_problem(problem, page.filename if page is not None else None, self._line)
