"""Components: templates in ``components/`` that are used like elements, with typed props and slots.

A use, ``<c-card title="Hello">...</c-card>``, is rewritten by ``rooftree.templates.tags`` to ``{% component %}``.
What it holds are its slots, each a macro of the page around it: so it sees the page's names, and is rendered when and
where the component asks for it. The component itself sees its props, its slots, and what every template sees.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, NoReturn, cast

from jinja2 import Environment, TemplateNotFound, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from markupsafe import Markup

from rooftree.base import TemplateError
from rooftree.templates.context import TemplateContext
from rooftree.templates.failures import place
from rooftree.templates.names import KEY
from rooftree.templates.props import ANYTHING, TYPES, PropProblem, Props
from rooftree.templates.tags import rewrite

__all__ = [
    "DEFAULT",
    "PROPS",
    "ComponentTags",
    "Slots",
    "check_use",
    "component_file",
    "raise_problem",
    "unknown_component",
    "uses_of",
]

PROPS: Final = "@props"
"""Marks the statement that stands for ``{% props %}``; the code generator writes it into the module."""
DEFAULT: Final = "default"
_FILL: Final = "fill__"

Slot = Callable[[], Any]


def component_file(name: str) -> str:
    """Return the template of a component: ``user.avatar`` is ``components/user/avatar.html``."""
    return f"components/{name.replace('.', '/')}.html"


class Slots(dict[str, Slot]):
    """What a use of a component holds, by slot: ``{% if slots.footer %}``."""

    def __getattr__(self, name: str) -> Slot | None:
        return self.get(name)


class ComponentTags(Extension):
    """The tags ``component``, ``fill``, ``props`` and ``slot``."""

    tags = {"component", "fill", "props", "slot"}

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source with components as tags."""
        return rewrite(source, name, filename)

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Return the statements that a tag stands for."""
        token = next(parser.stream)
        parse: Callable[[Parser, int], nodes.Node | list[nodes.Node]] = getattr(self, f"_parse_{token.value}")
        return parse(parser, token.lineno)

    # ---- declaring

    def _parse_props(self, parser: Parser, line: int) -> nodes.Node:
        declared: list[tuple[Any, ...]] = []
        constant = nodes.EvalContext(self.environment)
        passes = False
        while parser.stream.current.type != "block_end":
            if declared or passes:
                parser.stream.expect("comma")
            name = parser.stream.expect("name").value
            if name == ANYTHING and parser.stream.current.type != "colon":
                passes = True
                continue
            if name in {"slots", *(one[0] for one in declared)}:
                parser.fail(f"props: '{name}' is the name of something else already", line)
            parser.stream.expect("colon")
            types = self._parse_types(parser, name)
            if parser.stream.skip_if("assign"):
                try:
                    declared.append(
                        (name, types, False, parser.parse_expression(with_condexpr=False).as_const(constant))
                    )
                except nodes.Impossible:
                    parser.fail(f"props: the default of '{name}' is no constant", line)
            else:
                declared.append((name, types))
        return nodes.ExprStmt(nodes.Const((PROPS, tuple(declared), passes)), lineno=line)

    def _parse_types(self, parser: Parser, name: str) -> tuple[str, ...]:
        types: list[str] = []
        while True:
            token = next(parser.stream)
            if token.type == "string":
                types.append(repr(token.value))
            elif token.type == "name" and token.value.lower() in TYPES:
                types.append(token.value.lower())
            else:
                parser.fail(f"props: '{name}' has the type {token.value!r}; there are {', '.join(TYPES)} and strings")
            if not parser.stream.skip_if("pipe"):
                return tuple(types)

    def _parse_slot(self, parser: Parser, line: int) -> nodes.Node:
        given = parser.stream.next_if("name")
        name = given.value if given is not None else DEFAULT
        fallback = parser.parse_statements(("name:endslot",), drop_needle=True)
        slots = nodes.Name("slots", "load", lineno=line)
        call = nodes.Call(nodes.Getitem(slots, nodes.Const(name), "load"), [], [], None, None, lineno=line)
        test = nodes.Compare(nodes.Const(name), [nodes.Operand("in", slots)], lineno=line)
        return nodes.If(test, [nodes.Output([call], lineno=line)], [], fallback, lineno=line)

    # ---- using

    def _parse_component(self, parser: Parser, line: int) -> nodes.Node:
        name = parser.stream.expect("string").value
        parser.stream.expect("comma")
        given = parser.parse_expression()
        body = parser.parse_statements(("name:endcomponent",), drop_needle=True)
        ends = parser.stream.expect("string").value
        if ends != name:
            parser.fail(f"'<c-{name}>' of line {line} is closed by '</c-{ends}>'", parser.stream.current.lineno)
        slots = [node for node in body if isinstance(node, nodes.Macro) and node.name.startswith(_FILL)]
        rest = [node for node in body if node not in slots]
        if not all(map(_is_blank, rest)):
            slots.append(_slot_macro(DEFAULT, rest, line))
        names = [macro.name.removeprefix(_FILL) for macro in slots]
        for twice in {one for one in names if names.count(one) > 1}:
            parser.fail(f"'<c-{name}>' is given its slot '{twice}' twice", line)
        filled = nodes.Dict(
            [nodes.Pair(nodes.Const(one), nodes.Name(_FILL + one, "load", lineno=line)) for one in names], lineno=line
        )
        arguments = [nodes.ContextReference(), nodes.Const(name), nodes.Const(line), given, filled]
        call = nodes.Call(self.attr("render", lineno=line), arguments, [], None, None, lineno=line)
        return nodes.Scope([*slots, nodes.Output([call], lineno=line)], lineno=line)

    def _parse_fill(self, parser: Parser, line: int) -> nodes.Node:
        name = parser.stream.expect("string").value
        return _slot_macro(name, parser.parse_statements(("name:endfill",), drop_needle=True), line)

    # ---- running

    def render(
        self, context: Context, name: str, line: int, given: Mapping[str, Any], slots: dict[str, Slot]
    ) -> Markup | Awaitable[Markup]:
        """Return what a component makes of these props and slots.

        Raises:
            TemplateError: P301 where there is no such component; P302 to P304 where its props do not fit.
        """
        environment = self.environment
        try:
            template = environment.get_template(component_file(name))
        except TemplateNotFound as missing:
            if missing.name != component_file(name):
                raise
            self._fail(context, line, unknown_component(environment, name))
        try:
            values = cast("Props", getattr(template, "props")).bind(given)  # noqa: B009 - a Template of ours
        except PropProblem as problem:
            self._fail(context, line, problem)
        values["slots"] = Slots(slots)
        values[KEY] = context.parent.get(KEY)
        inner = TemplateContext(environment, values, template.name, template.blocks)
        if environment.is_async:
            return self._waiting(cast("Any", template.root_render_func(inner)))
        try:
            return Markup("".join(template.root_render_func(inner)))  # noqa: S704 - what a template made
        except Exception:  # noqa: BLE001 - raised again, with the template's lines in its traceback
            environment.handle_exception()

    async def _waiting(self, pieces: Any) -> Markup:
        try:
            return Markup("".join([piece async for piece in pieces]))  # noqa: S704 - what a template made
        except Exception:  # noqa: BLE001 - see render()
            self.environment.handle_exception()

    def _fail(self, context: Context, line: int, problem: PropProblem) -> NoReturn:
        user = self.environment.get_template(context.name) if context.name is not None else None
        raise_problem(problem, user.filename if user is not None else None, line)


def raise_problem(problem: PropProblem, filename: str | None, line: int) -> NoReturn:
    """Raise a problem as an error at the line of the use."""
    raise TemplateError(problem.code, problem.fact, problem.remedy, at=place(filename, line)) from None


def _slot_macro(name: str, body: list[nodes.Node], line: int) -> nodes.Macro:
    return nodes.Macro(_FILL + name, [], [], body, lineno=line)


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(child, nodes.TemplateData) and not child.data.strip() for child in node.nodes
    )


def unknown_component(environment: Environment, name: str) -> PropProblem:
    """Return the problem of a component that there is not."""
    from difflib import get_close_matches

    known = [
        file.removeprefix("components/").removesuffix(".html").replace("/", ".")
        for file in environment.list_templates()
        if file.startswith("components/")
    ]
    close = get_close_matches(name, known, 1)
    remedy = (
        f"Did you mean <c-{close[0]}>?" if close else f"Make it as {component_file(name)} in a folder of templates."
    )
    return PropProblem("P301", f"There is no component <c-{name}>.", remedy)


def uses_of(template: nodes.Template) -> Iterator[tuple[str, int, nodes.Dict]]:
    """Give the components that a template uses, with the line and what each is given."""
    for call in template.find_all(nodes.Call):
        target = call.node
        if isinstance(target, nodes.ExtensionAttribute) and target.identifier == ComponentTags.identifier:
            _, name, line, given, _ = call.args
            yield cast("nodes.Const", name).value, cast("nodes.Const", line).value, cast("nodes.Dict", given)


def check_use(props: Props, given: nodes.Dict) -> None:
    """Check a use as far as its source tells: names, and values that are written out.

    Raises:
        PropProblem: It does not fit the declaration.
    """
    pairs = {cast("nodes.Const", pair.key).value: pair.value for pair in given.items}
    props.check_names(pairs)
    props_given = {name: value.value for name, value in pairs.items() if isinstance(value, nodes.Const)}
    loose = Props(props.name, [prop for prop in props.declared.values() if prop.name in props_given], passes=True)
    loose.bind(props_given)
