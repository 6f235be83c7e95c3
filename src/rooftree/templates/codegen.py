"""Python source for templates, cheaper to run than what Jinja2 writes itself.

Jinja2's code asks ``environment.getattr`` for every attribute, makes a ``Markup`` of every value and yields every piece
alone. Here everything between two statements that do something is one *unit*: one formatted string. In it

- an attribute is read as Python reads it; only where that fails the unit is made again the way of Jinja2, which looks
  into mappings too;
- the URL of a route that is named, and a text that is marked, are looked up; only where ``url`` or ``_`` are something
  else than they usually are the unit is made again;
- a value is written by the function for its class (``rooftree.templates.writing``), to a plain string; a whole
  number among other text needs none;
- a loop gathers its text;
- an ``{% if %}`` that only chooses text is a conditional expression.

What may have an effect when it is run twice (a call, a filter of the application) stands outside of units, in its
order. So do components, which are functions that the module holds (``rooftree.templates.uses``). Generated lines keep
to the template's lines, so errors name the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from typing import cast

from jinja2 import nodes
from jinja2.compiler import CompilerExit, Frame

from rooftree.templates.components import ComponentUse, use_of
from rooftree.templates.direct import DirectGenerator
from rooftree.templates.purity import is_pure, message_of, needs_looking_up

__all__ = ["UnitGenerator"]


class Choice:
    """An ``{% if %}`` that only chooses text."""

    __slots__ = ("other", "test", "then")

    def __init__(self, test: nodes.Expr, then: Sequence[Part], other: Sequence[Part]) -> None:
        self.test = test
        self.then = then
        self.other = other


Part = str | nodes.Expr | Choice


class UnitGenerator(DirectGenerator):
    """Writes the statements of one template.

    Attributes:
        uses: The uses of components that were written so far.
        known_texts: What the messages of the unit at hand were looked up by, once for all of them.
    """

    uses: list[ComponentUse]
    known_texts = ""

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
        """Write what stands outside of units: a component, or one value whose making may have an effect."""
        use = use_of(node)
        if use is None:
            self._write_unit([self._part(child, frame) for child in node.nodes], frame)
            return
        with self._shown(frame) as shown:
            if shown:
                self.newline(node)
                self._write_use(use, frame)

    def _parts(self, node: nodes.Node, frame: Frame) -> Sequence[Part] | None:
        """Return what a statement adds to a unit; ``None`` for one that does something else than make text."""
        if isinstance(node, nodes.Output):
            parts = [self._part(child, frame) for child in node.nodes]
            return parts if all(isinstance(part, str | Choice) or is_pure(part) for part in parts) else None
        if not isinstance(node, nodes.If) or not is_pure(node.test) or frame.require_output_check:
            return None
        then, test = self.all_parts(node.body, frame), cast("nodes.Expr", node.test)
        rest: Sequence[nodes.Node] = node.else_
        if node.elif_:
            first, *more = node.elif_
            rest = [nodes.If(first.test, first.body, more, node.else_, lineno=first.lineno)]
        other = self.all_parts(rest, frame)
        return None if then is None or other is None else [Choice(test, then, other)]

    def all_parts(self, body: Sequence[nodes.Node], frame: Frame) -> Sequence[Part] | None:
        """Return the parts of a body that is one unit; ``None`` for any other."""
        found: list[Part] = []
        for node in _apart(body):
            parts = self._parts(node, frame)
            if parts is None:
                return None
            found.extend(parts)
        return found

    def _part(self, child: nodes.Expr, frame: Frame) -> Part:
        """Return a constant as the text that it gives, a choice of values as one of texts, anything else as it is."""
        with suppress(Exception):  # not constant, or wrong: that shows better when it runs
            return self._output_child_to_const(child, frame, self._make_finalize())
        if isinstance(child, nodes.CondExpr) and child.expr2 is not None and is_pure(child):
            return Choice(child.test, [self._part(child.expr1, frame)], [self._part(child.expr2, frame)])
        return child

    def _write_unit(self, parts: Sequence[Part], frame: Frame) -> None:
        """Write the statements that make one string of these parts, and give it."""
        if not parts:
            return
        with self._shown(frame) as shown:
            if not shown:
                return
            if all(isinstance(part, str) for part in parts):
                self._give(repr("".join(map(str, parts))), frame)
                return
            made = self._made(any(map(_is_direct, parts)), lambda: self.write_string(parts, frame), frame, parts)
            self._give(made, frame)

    def write_texts(self, parts: Sequence[Part], frame: Frame) -> None:
        """Write where the messages of a unit come from; those of its choices come from there where others do."""
        marks = {
            _marks_of(part, frame) for part in parts if isinstance(part, nodes.Expr) and message_of(part) is not None
        }
        self.known_texts = min(marks, default="")
        if self.known_texts:
            self.writeline(f"texts = _texts({self.known_texts})")

    @contextmanager
    def _shown(self, frame: Frame) -> Generator[bool]:
        """Write the condition under which a template that may extend another one shows anything itself."""
        if not frame.require_output_check:
            yield True
        elif self.has_known_extends:
            yield False
        else:
            self.writeline("if parent_template is None:")
            self.indent()
            yield True
            self.outdent()

    def _made(self, direct: bool, write: Callable[[], None], frame: Frame, parts: Sequence[Part] = ()) -> str:
        """Write the making of a value, and return what it is called; twice, where the first is ``direct``."""
        made = self.temporary_identifier()
        if direct:
            self.writeline("try:")
            self.indent()
            self.direct = True
            self.write_texts(parts, frame)
            self._write_making(made, write)
            self.direct = False
            self.outdent()
            self.writeline("except AttributeError:")
            self.indent()
            self.writeline(f"{made} = None")
            self.outdent()
            self.writeline(f"if {made} is None:")
            self.indent()
        self._write_making(made, write)
        if direct:
            self.outdent()
        return made

    def _write_making(self, made: str, write: Callable[[], None]) -> None:
        self.writeline(f"{made} = (")
        write()
        self.write(")")

    def _write_use(self, use: ComponentUse, frame: Frame) -> None:
        """Write the call of a component, with all that it is given but constants; those are the module's."""
        self.uses.append(use)
        given = use.computed

        def write() -> None:
            for value in given:
                self.visit(value, frame)
                self.write(", ")

        values = "()"
        if given:
            values = self._made(all(map(is_pure, given)) and any(map(needs_looking_up, given)), write, frame)
        if use.slots:
            pairs = [f"{slot!r}: {frame.symbols.ref(macro)}" for slot, macro in use.slots.items()]
            values += f", {{{', '.join(pairs)}}}"
        call = f"use_{len(self.uses)}"
        if self.environment.is_async:
            call = f"await {call}.waiting"
        self._give(f"{call}(context, {values})", frame)

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Write a loop that gathers its text and gives it once: else each turn goes through every template around."""
        if self.environment.is_async or frame.buffer is not None or frame.require_output_check:
            super().visit_For(node, frame)
            return
        gathering = frame.copy()
        self.buffer(gathering)
        super().visit_For(node, gathering)
        self._give(f"concat({gathering.buffer})", frame)

    def _give(self, what: str, frame: Frame) -> None:
        self.writeline(f"yield {what}" if frame.buffer is None else f"{frame.buffer}.append({what})")

    def write_string(self, parts: Sequence[Part], frame: Frame, *, inside: bool = False) -> None:
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
        message = message_of(value) if self.direct else None
        if message is not None:
            marks = _marks_of(value, frame)
            self.write(f"{'texts' if marks == self.known_texts else f'_texts({marks})'}[{message!r}]")
            return
        self.write("(_text(v_) if (k_ := type(v_ := " if inside else "_write[type(v_ := ")  # most values are strings
        self.visit(value, frame)
        self.write(")) is str else v_ if k_ is int else _write[k_](v_))" if inside else ")](v_)")

    def _write_choice(self, choice: Choice, frame: Frame, *, inside: bool) -> None:
        soft = frame.soft()
        self.write("(")
        self.write_string(choice.then, soft, inside=inside)
        self.newline(choice.test)
        self.write(" if ")
        self.visit(choice.test, soft)
        self.write(" else ")
        self.write_string(choice.other, soft, inside=inside)
        self.write(")")


def _apart(body: Iterable[nodes.Node]) -> Iterable[nodes.Node]:
    """Give the statements of a body, each value that is not pure as a statement of its own."""
    for node in body:
        if not isinstance(node, nodes.Output) or len(node.nodes) == 1 or all(map(is_pure, node.nodes)):
            yield node
            continue
        for child in node.nodes:
            yield nodes.Output([child], lineno=child.lineno)


def _marks_of(message: nodes.Expr, frame: Frame) -> str:
    """Return what the function is called in Python that marks a message."""
    return frame.symbols.ref(cast("nodes.Name", cast("nodes.Call", message).node).name)


def _is_direct(part: Part) -> bool:
    """Tell whether a part is written in another way in the first making of a unit."""
    if isinstance(part, str):
        return False
    if isinstance(part, Choice):
        return any(map(_is_direct, (part.test, *part.then, *part.other)))
    return is_pure(part) and needs_looking_up(part)
