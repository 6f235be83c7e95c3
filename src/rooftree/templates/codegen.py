"""Python source for templates, cheaper to run than what Jinja2 writes itself.

Jinja2's code asks ``environment.getattr`` for every attribute, makes a ``Markup`` of every value and yields every piece
alone. Here everything between two statements that do something is one *unit*: one formatted string. In it

- an attribute is read as Python reads it; only where that fails the unit is made again the way of Jinja2, which looks
  into mappings too;
- a value is written by the function for its class (``rooftree.templates.writing``), to a plain string; a whole
  number among other text needs none;
- a loop gathers its text;
- an ``{% if %}`` that only chooses text is a conditional expression.

What may have an effect when it is run twice (a call, a filter of the application) stands outside of units, in its
order. Generated lines keep to the template's lines, so errors name the right one.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, CompilerExit, Frame

from rooftree.templates.components import PROPS, component_file, uses_of

__all__ = ["PLACES", "PURE_FILTERS", "UnitGenerator", "is_pure", "links_of"]

PLACES: Final = "@places"
"""Marks the statement that carries where blocks stand, for the templates that extend this one."""
PURE_FILTERS: Final = frozenset(
    {
        "abs", "attribute_value", "capitalize", "center", "count", "css_value", "currency", "d", "date", "datetime",
        "default", "e", "enumerate", "escape", "filesizeformat", "first", "float", "forceescape", "format", "int",
        "join", "last", "length", "list", "lower", "max", "min", "name_value", "number", "percent", "relative",
        "replace", "reverse", "round", "safe", "sort", "srcdoc_value", "string", "striptags", "sum", "time", "title",
        "tojson", "trim", "truncate", "unique", "upper", "url_rest", "url_value", "urlencode", "wordcount",
    }
)  # fmt: skip
"""Filters that only look at their values."""


class Choice:
    """An ``{% if %}`` that only chooses text."""

    __slots__ = ("other", "test", "then")

    def __init__(self, test: nodes.Expr, then: Sequence[Part], other: Sequence[Part]) -> None:
        self.test = test
        self.then = then
        self.other = other


Part = str | nodes.Expr | Choice


class UnitGenerator(CodeGenerator):
    """Writes the code of one template."""

    _direct = False  # whether attributes are read as Python reads them: in the first making of a unit

    # ---- units

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """Write the statements of a body, what only makes text gathered into units."""
        unit: list[Part] = []
        try:
            for node in _apart(nodes):
                parts = self._parts(node, frame)
                if parts is None:
                    self._write_unit(unit, frame)
                    unit = []
                    self.visit(node, frame)
                else:
                    unit.extend(parts)
        except CompilerExit:
            pass
        self._write_unit(unit, frame)

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Write what stands outside of units: one value whose making may have an effect."""
        self._write_unit([self._part(child, frame) for child in node.nodes], frame)

    def _parts(self, node: nodes.Node, frame: Frame) -> Sequence[Part] | None:
        """Return what a statement adds to a unit; ``None`` for one that does something else than make text."""
        if isinstance(node, nodes.Output):
            parts = [self._part(child, frame) for child in node.nodes]
            return parts if all(isinstance(part, str | Choice) or is_pure(part) for part in parts) else None
        if not isinstance(node, nodes.If) or not is_pure(node.test) or frame.require_output_check:
            return None
        then, test = self._all_parts(node.body, frame), cast("nodes.Expr", node.test)
        rest: Sequence[nodes.Node] = node.else_
        if node.elif_:
            first, *more = node.elif_
            rest = [nodes.If(first.test, first.body, more, node.else_, lineno=first.lineno)]
        other = self._all_parts(rest, frame)
        return None if then is None or other is None else [Choice(test, then, other)]

    def _all_parts(self, body: Sequence[nodes.Node], frame: Frame) -> Sequence[Part] | None:
        found: list[Part] = []
        for node in _apart(body):
            parts = self._parts(node, frame)
            if parts is None:
                return None
            found.extend(parts)
        return found

    def _part(self, child: nodes.Expr, frame: Frame) -> Part:
        """Return a constant as the text that it gives, anything else as it is."""
        try:
            return self._output_child_to_const(child, frame, self._make_finalize())
        except Exception:  # noqa: BLE001 - not constant, or wrong: that shows better when it runs
            return child

    def _write_unit(self, parts: Sequence[Part], frame: Frame) -> None:
        """Write the statements that make one string of these parts, and give it."""
        if not parts or (frame.require_output_check and self.has_known_extends):
            return
        if frame.require_output_check:
            self.writeline("if parent_template is None:")
            self.indent()
        if all(isinstance(part, str) for part in parts):
            self._give(repr("".join(map(str, parts))), frame)
        elif any(_reads_attribute(part) for part in parts):
            made = self.temporary_identifier()
            self.writeline("try:")
            self.indent()
            self._direct = True
            self._write_made(made, parts, frame)
            self._direct = False
            self.outdent()
            self.writeline("except AttributeError:")
            self.indent()
            self.writeline(f"{made} = None")
            self.outdent()
            self.writeline(f"if {made} is None:")
            self.indent()
            self._write_made(made, parts, frame)
            self.outdent()
            self._give(made, frame)
        else:
            made = self.temporary_identifier()
            self._write_made(made, parts, frame)
            self._give(made, frame)
        if frame.require_output_check:
            self.outdent()

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Write a loop that gathers its text and gives it once: else each turn goes through every template around."""
        if self.environment.is_async or frame.buffer is not None or frame.require_output_check:
            super().visit_For(node, frame)
            return
        gathering = frame.copy()
        self.buffer(gathering)
        super().visit_For(node, gathering)
        self._give(f"concat({gathering.buffer})", frame)

    def _write_made(self, name: str, parts: Sequence[Part], frame: Frame) -> None:
        self.writeline(f"{name} = (")
        self._write_string(parts, frame)
        self.write(")")

    def _give(self, what: str, frame: Frame) -> None:
        self.writeline(f"yield {what}" if frame.buffer is None else f"{frame.buffer}.append({what})")

    def _write_string(self, parts: Sequence[Part], frame: Frame, *, inside: bool = False) -> None:
        """Write the expression of the string that parts make; Python compiles ``'..' % (..)`` to one instruction.

        Args:
            parts: The parts.
            frame: Where they stand.
            inside: Whether it becomes a part of another string: then a number may stand for its text.
        """
        values = [part for part in parts if not isinstance(part, str)]
        form = "".join([part.replace("%", "%%") if isinstance(part, str) else "%s" for part in parts])
        if not values:
            self.write(repr(form.replace("%%", "%")))
            return
        if form == "%s":
            self._write_value(values[0], frame, inside=inside)
            return
        self.write(f"{form!r} % (")
        for value in values:
            self._write_value(value, frame, inside=True)
            self.write(", ")
        self.write(")")

    def _write_value(self, value: nodes.Expr | Choice, frame: Frame, *, inside: bool) -> None:
        if isinstance(value, Choice):
            self._write_choice(value, frame, inside=inside)
            return
        self.newline(value)
        self.write("(v_ if (k_ := type(v_ := " if inside else "_write[type(v_ := ")
        self.visit(value, frame)
        self.write(")) is int else _write[k_](v_))" if inside else ")](v_)")

    def _write_choice(self, choice: Choice, frame: Frame, *, inside: bool) -> None:
        soft = frame.soft()
        self.write("(")
        self._write_string(choice.then, soft, inside=inside)
        self.newline(choice.test)
        self.write(" if ")
        self.visit(choice.test, soft)
        self.write(" else ")
        self._write_string(choice.other, soft, inside=inside)
        self.write(")")

    # ---- expressions

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Read an attribute: as Python does in the first making of a unit, as Jinja2 does everywhere else."""
        waits = self.environment.is_async and isinstance(node.node, nodes.Name) and node.node.name == "loop"
        if not self._direct or waits or not node.attr.isascii() or keyword.iskeyword(node.attr):
            super().visit_Getattr(node, frame)
            return
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    # ---- the module

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja2's name
        """Write the module of a template: its functions, and what it reads and names."""
        writers = "writers" if self.environment.autoescape else "plain_writers"
        self.writeline(f"from rooftree.templates.writing import {writers} as _write")
        self.writeline("from rooftree.templates.loops import WaitingLoop as _loop" if self.environment.is_async else "")
        props, places = _taken(node, PROPS), _taken(node, PLACES)
        super().visit_Template(node, frame)
        links, computed = links_of(node)
        links += [component_file(name) for name, _, _ in uses_of(node)]
        self.writeline(f"props = {props!r}")
        self.writeline(f"places = {places[0] if places else {}!r}")
        reads = sorted({name.name for name in node.find_all(nodes.Name) if name.ctx == "load"})
        self.writeline(f"reads = {tuple(reads)!r}")
        self.writeline(f"links = {tuple(links)!r}")
        self.writeline(f"open_links = {computed!r}")
        self.writeline(f"nested = {nested_in(node)!r}")

    def write_commons(self) -> None:
        """Write what each function begins with; loops of pages that wait are ours."""
        super().write_commons()
        if self.environment.is_async:
            self.writeline("AsyncLoopContext = _loop")

    def visit_ScopedEvalContextModifier(self, node: nodes.ScopedEvalContextModifier, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Refuse ``{% autoescape %}``: everything is escaped."""
        del frame
        self.fail("'autoescape' cannot be switched; give one value as Html, or write '|safe' after it", node.lineno)


def _apart(body: Iterable[nodes.Node]) -> Iterable[nodes.Node]:
    """Give the statements of a body, each value that is not pure as a statement of its own."""
    for node in body:
        if not isinstance(node, nodes.Output) or len(node.nodes) == 1 or all(map(is_pure, node.nodes)):
            yield node
            continue
        for child in node.nodes:
            yield nodes.Output([child], lineno=child.lineno)


def is_pure(node: nodes.Node) -> bool:
    """Tell whether an expression may be evaluated a second time without anyone noticing."""
    if isinstance(node, nodes.Filter) and (node.name not in PURE_FILTERS or node.node is None):
        return False
    if not isinstance(node, _PURE):
        return False
    return all(is_pure(child) for child in node.iter_child_nodes())


_PURE: Final = (
    nodes.Name,
    nodes.Literal,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.CondExpr,
    nodes.BinExpr,
    nodes.UnaryExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Concat,
    nodes.Filter,
    nodes.Test,
    nodes.Keyword,
    nodes.Pair,
)


def _reads_attribute(part: Part) -> bool:
    if isinstance(part, str):
        return False
    if isinstance(part, Choice):
        return any(map(_reads_attribute, (part.test, *part.then, *part.other)))
    return is_pure(part) and (isinstance(part, nodes.Getattr) or part.find(nodes.Getattr) is not None)


def _taken(template: nodes.Template, mark: str) -> tuple[Any, ...] | None:
    """Take a statement that only carries data out of a template, and return its data."""
    for statement in template.body:
        if isinstance(statement, nodes.ExprStmt) and isinstance(statement.node, nodes.Const):
            value: Any = statement.node.value
            if type(value).__name__ == "tuple" and value[:1] == (mark,):
                template.body.remove(statement)
                taken: tuple[Any, ...] = value[1:]
                return taken
    return None


def nested_in(template: nodes.Template) -> tuple[tuple[str, str], ...]:
    """Return pairs of a block and the block that it lies in."""
    return tuple(
        (inner.name, outer.name) for outer in template.find_all(nodes.Block) for inner in outer.find_all(nodes.Block)
    )


def links_of(template: nodes.Template) -> tuple[list[str], bool]:
    """Return the templates that a template names, and whether it names others by a computed value."""
    names: dict[str, None] = {}
    computed = False
    for node in template.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        target: nodes.Expr = getattr(node, "template")  # noqa: B009 - each of the four has one
        for one in target.items if isinstance(target, nodes.Tuple | nodes.List) else [target]:
            value: Any = one.value if isinstance(one, nodes.Const) else None
            if isinstance(value, str):
                names[value] = None
            elif isinstance(value, tuple | list):  # the optimizer's form of a list of names
                names.update(dict.fromkeys(cast("list[str]", value)))
            else:
                computed = True
    return list(names), computed
