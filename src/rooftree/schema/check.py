"""The second pass: a compiled predicate over a decoded value, for the rules that msgspec does not check.

It only says yes or no; what is wrong is found by the walk over the plain data, which has the paths.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rooftree.schema.constraints import NO_RULES
from rooftree.schema.limits import MAX_EXPONENT, broken, left_over
from rooftree.schema.nodes import NO_DEFAULT, Array, Field, Fixed, Leaf, Node, Object, OneOf, Table, reachable
from rooftree.schema.source import Source

__all__ = ["compile_check", "compile_rules", "needs_check"]

SIGNS: Final = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def compile_check(node: Node) -> Callable[[Any], bool] | None:
    """Return a function that tells whether a value keeps every rule; `None` where msgspec has checked all of them."""
    return _Check().compile(node) if needs_check(node) else None


def needs_check(node: Node) -> bool:
    """Tell whether anything in a type is left for the second pass."""
    return any(part.unchecked is not NO_RULES or _is_decimal(part) for part in reachable(node))


def _is_decimal(node: Node) -> bool:
    return isinstance(node, Leaf) and node.kind == "decimal"


def compile_rules(node: Leaf) -> Callable[[Any], bool] | None:
    """Return a predicate for every rule of a single value, those included that msgspec would check."""
    return compile_check(Leaf(kind=node.kind, cls=node.cls, unchecked=left_over(node.rules, NO_RULES)))


class _Check:
    """Writes one function per class that needs it."""

    def __init__(self) -> None:
        self.source = Source("second pass")
        self.functions: dict[int, str] = {}
        self.waiting: list[Object] = []

    def compile(self, node: Node) -> Callable[[Any], bool]:
        source = self.source
        with source.block("def check(v):"):
            self.write(node, "v")
            source.line("return True")
        while self.waiting:
            self.write_class(self.waiting.pop())
        function: Callable[[Any], bool] = source.build("check")
        return function

    def write_class(self, node: Object) -> None:
        with self.source.block(f"def {self.functions[id(node)]}(v):"):
            for field in node.fields:
                if needs_check(field.node):
                    self.write_field(node, field)
            self.source.line("return True")

    def write_field(self, owner: Object, field: Field) -> None:
        source, x = self.source, self.source.name("x")
        if owner.kind == "typeddict":
            with source.block(f"if {field.name!r} in v:"):
                source.line(f"{x} = v[{field.name!r}]")
                self.write(field.node, x)
            return
        source.line(f"{x} = v.{field.name}")
        if field.default is NO_DEFAULT:
            self.write(field.node, x)
        else:  # a default is its author's: it may be what no data could be
            with source.block(f"if {x} is not {source.value(field.default)}:"):
                self.write(field.node, x)

    def write(self, node: Node, x: str) -> None:
        """Write the lines that check the value in the variable `x`."""
        if not needs_check(node):
            return
        if isinstance(node, Object):
            self.source.line(f"if not {self.function_of(node)}({x}): return False")
            return
        if isinstance(node, OneOf):
            self.write_union(node, x)
            return
        self.write_rules(node, x)
        if isinstance(node, Array):
            self.write_loop(f"for {{item}} in {x}:", [node.item])
        elif isinstance(node, Table):
            self.write_loop(f"for {{item}} in {x}.items():", [node.key, node.value])
        elif isinstance(node, Fixed):
            for index, item in enumerate(node.items):
                self.write_item(item, f"{x}[{index}]")

    def write_item(self, node: Node, expression: str) -> None:
        if needs_check(node):
            x = self.source.name("x")
            self.source.line(f"{x} = {expression}")
            self.write(node, x)

    def write_loop(self, head: str, nodes: list[Node]) -> None:
        if any(needs_check(node) for node in nodes):
            names = [self.source.name("x") for _ in nodes]
            with self.source.block(head.format(item=", ".join(names))):
                for node, name in zip(nodes, names, strict=True):
                    self.write(node, name)
                self.source.line("pass")

    def write_union(self, node: OneOf, x: str) -> None:
        for member in node.members:
            if needs_check(member):
                with self.source.block(f"if isinstance({x}, {self.source.value(class_of(member))}):"):
                    self.write(member, x)

    def write_rules(self, node: Node, x: str) -> None:
        source, rules = self.source, node.unchecked
        if _is_decimal(node):
            source.line(
                f"if not {x}.is_finite() or not -{MAX_EXPONENT} <= {x}.adjusted() <= {MAX_EXPONENT}: return False"
            )
        if rules is NO_RULES:
            return
        for name, sign in SIGNS.items():
            if (limit := getattr(rules, name)) is not None and rules.tz is None:
                source.line(f"if not {x} {sign} {source.value(limit)}: return False")
        if any(
            getattr(rules, name) is not None for name in ("multiple_of", "min_length", "max_length", "pattern", "tz")
        ):
            word = source.value(node.kind if isinstance(node, Leaf) else "array")
            source.values["broken"] = broken
            source.line(f"if broken({word}, {source.value(rules)}, {x}) is not None: return False")

    def function_of(self, node: Object) -> str:
        if (name := self.functions.get(id(node))) is None:
            name = self.functions[id(node)] = self.source.name("check")
            self.waiting.append(node)
        return name


def class_of(node: Node) -> Any:
    """Return the class that a member of a union has once it is decoded."""
    match node:
        case Leaf():
            return node.cls
        case Array():
            return node.build
        case Fixed():
            return tuple
        case Object():
            return dict if node.kind == "typeddict" else node.cls
        case _:
            return dict
