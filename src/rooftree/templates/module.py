"""The Python module of a template: its functions, and what it says of itself.

A component whose body is one unit (``rooftree.templates.codegen``) has a function more, ``whole``: it takes the props
as arguments, and makes the text at once, without a context and without the generator that a template usually is. Where
attributes cannot be read as Python reads them it gives up by an ``AttributeError``, and the usual way is gone instead.
"""

from __future__ import annotations

from typing import Final

from jinja2 import nodes
from jinja2.compiler import Frame
from jinja2.nodes import EvalContext

from rooftree.templates.codegen import UnitGenerator
from rooftree.templates.components import PROPS
from rooftree.templates.facts import PLACES, facts_of, taken
from rooftree.templates.props import ANYTHING
from rooftree.templates.purity import MARKING
from rooftree.templates.values import VALUE_FILTERS

__all__ = ["ModuleGenerator"]

_IMPORTS: Final = f"""\
from rooftree.templates.direct import again as _again, unknown as _unknown
from rooftree.templates.translations import {{texts}} as _texts
from rooftree.templates.translations import {", ".join(f"{name} as _{name}" for name in sorted({*MARKING.values()}))}
from rooftree.templates.values import {", ".join(VALUE_FILTERS)}
from rooftree.templates.writing import {{writers}} as _write, {{text}} as _text"""
_SPECIAL: Final = frozenset({"self", "slots", ANYTHING})
"""Names that a template has only together with its context."""


class ModuleGenerator(UnitGenerator):
    """Writes the module of one template."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja2's name
        """Write the module of a template: its functions, the components it uses, and what it says of itself."""
        self.uses = []
        escapes = self.environment.autoescape
        names = ("texts", "writers", "escape_text") if escapes else ("plain_texts", "plain_writers", "plain_text")
        for line in _IMPORTS.format(**dict(zip(("texts", "writers", "text"), names, strict=True))).splitlines():
            self.writeline(line)
        self.writeline("from rooftree.templates.loops import WaitingLoop as _loop" if self.environment.is_async else "")
        props, places = taken(node, PROPS), taken(node, PLACES)
        super().visit_Template(node, frame)
        for number, use in enumerate(self.uses, 1):
            self.writeline(f"use_{number} = environment.component_use(name, {use.name!r}, {use.line}, ")
            self.write(f"{tuple(use.given)!r}, {use.constants!r}, slots={bool(use.slots)})")
        if props is not None and not self.environment.is_async:
            self._write_whole(node, [one[0] for one in props[0]])
        for name, value in facts_of(node, props, places).items():
            self.writeline(f"{name} = {value!r}")

    def _write_whole(self, node: nodes.Template, props: list[str]) -> None:
        """Write the function of a component that is one unit, and once more which line of the template each line is."""
        frame = Frame(EvalContext(self.environment, self.name))
        given = [frame.symbols.declare_parameter(name) for name in props]
        frame.symbols.analyze_node(node)
        parts = self.all_parts(node.body, frame)
        if parts is None or not all(map(str.isascii, props)) or self._needs_context(node):
            return
        self.writeline(f"def whole({', '.join(['names', *given])}, missing=missing, environment=environment):", extra=1)
        self.indent()
        self.writeline("resolve = names.__getitem__")
        self.writeline("undefined = environment.undefined")
        self.writeline("cond_expr_undefined = Undefined")
        self.enter_frame(frame)
        self.pull_dependencies(node.body)
        self.direct = True
        self.write_texts(parts, frame)
        self.writeline("return (")
        self.write_string(parts, frame)
        self.write(")")
        self.direct = False
        self.outdent()
        self.writeline(f"debug_info = {'&'.join(f'{line}={own}' for line, own in self.debug_info)!r}", extra=1)

    def _needs_context(self, node: nodes.Template) -> bool:
        """Tell whether the body of a component asks for more than its props and what every template sees."""
        if any(name.name in _SPECIAL for name in node.find_all(nodes.Name)):
            return True
        known = self.environment.filters, self.environment.tests
        called = (
            (known[isinstance(one, nodes.Test)].get(one.name)) for one in node.find_all((nodes.Filter, nodes.Test))
        )
        return any(hasattr(one, "jinja_pass_arg") for one in called)

    def write_commons(self) -> None:
        """Write what each function begins with; loops of pages that wait are ours."""
        super().write_commons()
        self.writeline("resolve = context.looking_up()")
        if self.environment.is_async:
            self.writeline("AsyncLoopContext = _loop")

    def visit_ScopedEvalContextModifier(self, node: nodes.ScopedEvalContextModifier, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Refuse ``{% autoescape %}``: everything is escaped."""
        del frame
        self.fail("'autoescape' cannot be switched; give one value as Html, or write '|safe' after it", node.lineno)
