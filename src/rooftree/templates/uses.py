"""The uses of components in compiled templates: what each gives is held against what the component declares once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
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
                try:
                    text = template.whole(names, *row)
                except AttributeError:  # the usual way knows what to make of it
                    text = None
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

    def _begin(self, page: Context, given: tuple[Any, ...]) -> tuple[Template, Names, Sequence[Any]]:
        """Return the component, what every template sees, and the values of all props in the order of declaration."""
        template = self._template
        if template is None or self._reloads:
            template = self._matched()
        unsure = self._unsure.get(tuple(map(type, given)))
        if unsure != ():
            given = self._fitted(template.props, given, unsure)
        names: Names | None = page.parent.get(KEY)
        if names is None:
            names = Names(Makers(), None, self._environment.globals)
        return template, names, self._in_order(given + self._fixed)

    def _fitted(self, props: Props, given: tuple[Any, ...], unsure: tuple[int, ...] | None) -> tuple[Any, ...]:
        """Return what is given as the component takes it.

        Args:
            props: What the component declares.
            given: The values.
            unsure: The places of those whose class does not tell that they fit; ``None`` where that is to be found out.
        """
        if unsure is None:
            classes = tuple(map(type, given))
            pairs = enumerate(zip(classes, self._takes, strict=True))
            unsure = tuple(at for at, (kind, prop) in pairs if prop is not None and not prop.takes_all_of(kind))
            if len(self._unsure) < MOST_CLASSES:
                self._unsure[classes] = unsure
        fitted = list(given)
        for place in unsure:
            fitted[place] = self._taken(props, cast("Prop", self._takes[place]), given[place])
        return tuple(fitted)

    def _pieces(
        self,
        template: Template,
        names: Names,
        row: Sequence[Any],
        given: tuple[Any, ...],
        slots: Mapping[str, Slot] | None,
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
        fixed = {name: prop.default for name, prop in props.declared.items()}
        given = [prop_name(name) for name in self._names if name not in self._constants]
        for name, value in self._constants.items():
            if (prop := props.declared.get(prop_name(name))) is not None:
                fixed[prop.name] = self._taken(props, prop, value)
        places = {name: len(given) + place for place, name in enumerate(fixed)}
        places |= {name: place for place, name in enumerate(given)}
        self._takes = [props.declared.get(name) for name in given]
        self._fixed = tuple(fixed.values())
        self._in_order = _getter([places[name] for name in fixed])
        self._unsure: dict[tuple[type, ...], tuple[int, ...]] = {}
        self._template = template
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


def _getter(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return what takes the values at these places, in this order."""
    if len(places) < 2:  # of one place ``itemgetter`` gives the bare value, and none it refuses
        return lambda values: [values[place] for place in places]
    return itemgetter(*places)
