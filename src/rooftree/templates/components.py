"""Components: templates in ``components/`` that are used like elements, with typed props and slots.

A use, ``<c-card title="Hello">...</c-card>``, is rewritten by ``rooftree.templates.tags`` to ``{% component %}``.
What it holds are its slots, each a macro of the page around it: so it sees the page's names, and is rendered when and
where the component asks for it. The component itself sees its props, its slots, and what every template sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, NoReturn, cast

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from rooftree.base import TemplateError
from rooftree.templates.failures import place
from rooftree.templates.props import ANYTHING, TYPES, PropProblem, Props
from rooftree.templates.tags import rewrite

__all__ = [
    "DEFAULT",
    "PROPS",
    "ComponentTags",
    "ComponentUse",
    "Slots",
    "check_use",
    "component_file",
    "raise_problem",
    "unknown_component",
    "use_of",
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
        call = nodes.Call(self.attr("use"), [nodes.Const(name), given, filled], [], None, None, lineno=line)
        output = nodes.Output([call], lineno=line)
        return nodes.Scope([*slots, output], lineno=line) if slots else output

    def _parse_fill(self, parser: Parser, line: int) -> nodes.Node:
        name = parser.stream.expect("string").value
        return _slot_macro(name, parser.parse_statements(("name:endfill",), drop_needle=True), line)


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


class ComponentUse(NamedTuple):
    """A use of a component, as its page has it.

    Attributes:
        name: The component.
        line: The line.
        given: What it is given, by name.
        slots: The names of the macros that stand for its slots, by slot.
    """

    name: str
    line: int
    given: dict[str, nodes.Expr]
    slots: dict[str, str]

    @property
    def constants(self) -> dict[str, Any]:
        """What it is given that is written out, by name."""
        return {name: value.value for name, value in self.given.items() if isinstance(value, nodes.Const)}

    @property
    def computed(self) -> list[nodes.Expr]:
        """What it is given beyond constants, in order."""
        return [value for value in self.given.values() if not isinstance(value, nodes.Const)]


def use_of(node: nodes.Node) -> ComponentUse | None:
    """Return the use that a statement, or the call that stands for it, is."""
    call = node.nodes[0] if isinstance(node, nodes.Output) and len(node.nodes) == 1 else node
    target = call.node if isinstance(call, nodes.Call) else None
    if not isinstance(target, nodes.ExtensionAttribute) or target.identifier != ComponentTags.identifier:
        return None
    name, given, filled = cast("nodes.Call", call).args
    return ComponentUse(
        cast("nodes.Const", name).value,
        call.lineno,
        {cast("nodes.Const", pair.key).value: pair.value for pair in cast("nodes.Dict", given).items},
        {
            cast("nodes.Const", pair.key).value: cast("nodes.Name", pair.value).name
            for pair in cast("nodes.Dict", filled).items
        },
    )


def uses_of(template: nodes.Template) -> Iterator[ComponentUse]:
    """Give the components that a template uses."""
    for call in template.find_all(nodes.Call):
        use = use_of(call)
        if use is not None:
            yield use


def check_use(props: Props, use: ComponentUse) -> None:
    """Check a use as far as its source tells: names, and values that are written out.

    Raises:
        PropProblem: It does not fit the declaration.
    """
    props.check_names(use.given)
    given = use.constants
    loose = Props(props.name, [prop for prop in props.declared.values() if prop.name in given], passes=True)
    loose.bind(given)
