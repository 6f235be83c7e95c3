"""Expressions as Python itself evaluates them, for the first making of a unit (``rooftree.templates.codegen``).

There an ``AttributeError`` means: again, in the way of Jinja2. So attributes are read without asking for items, and
calls of the framework's own names are made without Jinja2's looking at what is called.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable
from typing import NoReturn, cast

from jinja2 import TemplateRuntimeError, nodes
from jinja2.compiler import CodeGenerator, DependencyFinderVisitor, Frame

from rooftree.templates.purity import MARKING, way_of
from rooftree.templates.values import VALUE_FILTERS

__all__ = ["DirectGenerator", "again", "unknown"]


def again() -> NoReturn:
    """Have a unit made again: a name means something else than it usually does (``rooftree.templates.purity``).

    Raises:
        AttributeError: Always.
    """
    raise AttributeError


def unknown(kind: str, name: str) -> Callable[..., NoReturn]:
    """Return what stands for a filter or a test that there is not, and says so where it is called."""

    def called(*_: object) -> NoReturn:
        raise TemplateRuntimeError(f"No {kind} named {name!r} found.")

    return called


class DirectGenerator(CodeGenerator):
    """Writes expressions.

    Attributes:
        direct: Whether what is written is the first making of a unit.
    """

    direct = False

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Read an attribute: as Python does in the first making of a unit, as Jinja2 does everywhere else."""
        inner = node.node
        waits = self.environment.is_async and isinstance(inner, nodes.Name) and inner.name == "loop"
        if not self.direct or waits or not node.attr.isascii() or keyword.iskeyword(node.attr):
            super().visit_Getattr(node, frame)
            return
        if isinstance(inner, nodes.Name) and not node.attr.startswith("_"):
            self.write(frame.symbols.ref(inner.name))  # what marks a name that is missing has no such attribute
        else:
            self.visit(inner, frame)
        self.write(f".{node.attr}")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja2's
        """Write a call: of what is known as Python calls it in the first making of a unit, as Jinja2 does elsewhere."""
        if not self.direct:
            super().visit_Call(node, frame, forward_caller=forward_caller)
        elif isinstance(node.node, nodes.Getattr):
            self.visit(node.node, frame)
            self._write_arguments([*node.args, *node.kwargs], frame)
        elif (way := way_of(node)) is not None:
            self.write(f"{frame.symbols.ref('url')}.ways[{way.key!r}]")
            self._write_arguments(way.values, frame)
        else:
            name = cast("nodes.Name", node.node).name
            self.write(f"(_{MARKING[name]}")
            self._write_arguments([*node.args, *node.kwargs], frame)
            self.write(f" if {frame.symbols.ref(name)} is _{MARKING[name]} else _again())")

    def _write_arguments(self, arguments: Iterable[nodes.Node], frame: Frame) -> None:
        self.write("(")
        for argument in arguments:
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Write a filter; those that places need are functions of the module, which no application can replace."""
        if node.name not in VALUE_FILTERS:
            super().visit_Filter(node, frame)
        elif node.node is None or node.args:
            self.fail(f"'{node.name}' is what places need, and no filter of templates", node.lineno)
        elif self.direct and node.name == "url_value" and isinstance(node.node, nodes.Call) and way_of(node.node):
            self.visit(node.node, frame)  # begins with a slash
        else:
            self.write(f"{node.name}(")
            self.visit(node.node, frame)
            self.write(")")

    def pull_dependencies(self, nodes: Iterable[nodes.Node]) -> None:
        """Write where filters and tests come from, for each function; those that places need, the module has."""
        visitor = DependencyFinderVisitor()
        for node in nodes:
            visitor.visit(node)
        filters = visitor.filters - VALUE_FILTERS.keys()
        for known, names, kind in ((self.filters, filters, "filter"), (self.tests, visitor.tests, "test")):
            for name in sorted(names):
                called = known.setdefault(name, self.temporary_identifier())
                self.writeline(f"{called} = environment.{kind}s.get({name!r}) or _unknown({kind!r}, {name!r})")
