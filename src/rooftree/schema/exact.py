"""The question before encoding: is every object in a value exactly of the class that is declared for its place?

Then msgspec may encode it as it is; anything else (a subclass, a wider object) is projected first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rooftree.schema.model import PRIVATE
from rooftree.schema.nodes import (
    Alias,
    Anything,
    Array,
    Field,
    Fixed,
    Foreign,
    Leaf,
    Node,
    Object,
    OneOf,
    Table,
    reachable,
)
from rooftree.schema.source import Source

__all__ = ["compile_exact", "is_private"]

MAX_INLINE: Final = 3
"""How many classes deep the lines are written in place, before a function is called."""
ARRAYS: Final = (list, tuple, set, frozenset)


def compile_exact(node: Node, encode: Callable[[Any], bytes], slow: Callable[[Any], bytes], failed: Any) -> Any:
    """Return the function that encodes a value: at once where it is exact, by `slow` otherwise.

    Args:
        node: The declared type.
        encode: msgspec's encoder.
        slow: Projects and encodes.
        failed: Called with the value and the error where either raises; it raises.
    """
    return _Exact(encode, slow, failed).compile(node)


def is_private(field: Field) -> bool:
    """Tell whether a field never leaves."""
    return field.rules.private is True


def matters(node: Node) -> bool:
    """Tell whether something in a type has to be looked at: single values are trusted to be what their class says."""
    return any(isinstance(part, Object | Foreign | Anything | Alias) for part in reachable(node))


class _Exact:
    """Writes one function per class, and the encoding function itself."""

    def __init__(self, encode: Any, slow: Any, failed: Any) -> None:
        self.source = Source("encoder")
        self.source.values.update(encode=encode, slow=slow, failed=failed, PRIVATE=PRIVATE)
        self.functions: dict[int, str] = {}
        self.waiting: list[Object] = []
        self.inside: list[Object] = []
        self.otherwise = "return slow(v)"

    def compile(self, node: Node) -> Any:
        source = self.source
        with source.block("def json(v):"):
            with source.block("try:"):
                self.write(node, "v", root=True)
                source.line("return encode(v)")
            with source.block("except Exception as error:"):
                source.line("problem = error")
            source.line("return failed(v, problem)")
        self.otherwise = "return False"
        while self.waiting:
            self.write_function(self.waiting.pop())
        return source.build("json")

    def write_function(self, node: Object) -> None:
        with self.source.block(f"def {self.functions[id(node)]}(v):"):
            self.inside = [node]
            self.write_object(node, "v")
            self.source.line("return True")

    def unless(self, condition: str) -> None:
        self.source.line(f"if not ({condition}): {self.otherwise}")

    def write(self, node: Node, x: str, *, root: bool = False) -> None:
        """Write the lines that leave where the value in the variable `x` is not exact."""
        if root and isinstance(node, Leaf):
            self.unless(f"isinstance({x}, {self.source.value(node.cls)})")
        if not matters(node) and not (root and isinstance(node, Array | Fixed | Table)):
            return
        match node:
            case Object():
                if root or (len(self.inside) < MAX_INLINE and node not in self.inside):
                    self.inside.append(node)
                    self.write_object(node, x)
                    self.inside.pop()
                else:
                    self.unless(f"{self.function_of(node)}({x})")
            case Foreign():
                self.unless(f"type({x}) is {self.source.value(node.cls)}")
            case Array():
                self.unless(f"isinstance({x}, {self.source.value(ARRAYS)})")
                self.write_loop(f"for {{item}} in {x}:", node.item)
            case Fixed():
                self.unless(f"isinstance({x}, tuple) and len({x}) == {len(node.items)}")
                for index, item in enumerate(node.items):
                    self.write_part(item, f"{x}[{index}]")
            case Table():
                self.unless(f"isinstance({x}, dict)")
                self.write_loop(f"for {{item}} in {x}.values():", node.value)
            case OneOf():
                self.write_union(node, x)
            case Anything():
                self.unless("not PRIVATE")
            case _:
                self.source.line(self.otherwise)

    def write_object(self, node: Object, x: str) -> None:
        if any(is_private(field) for field in node.fields):
            self.source.line(self.otherwise)
            return
        if node.kind == "typeddict":
            names = self.source.value(frozenset(field.name for field in node.fields))
            self.unless(f"type({x}) is dict and {x}.keys() <= {names}")
        else:
            self.unless(f"type({x}) is {self.source.value(node.cls)}")
        if has_attributes(node):
            names = self.source.value(frozenset(field.name for field in node.fields))
            self.unless(f"{x}.__dict__.keys() == {names}")
        for field in node.fields:
            if matters(field.node):
                if node.kind == "typeddict":
                    with self.source.block(f"if {field.name!r} in {x}:"):
                        self.write_part(field.node, f"{x}[{field.name!r}]")
                else:
                    self.write_part(field.node, f"{x}.{field.name}")

    def write_part(self, node: Node, expression: str) -> None:
        if isinstance(node, Object) and not matters_inside(node) and node.kind != "typeddict":
            self.unless(f"type({expression}) is {self.source.value(node.cls)}")
        elif matters(node):
            part = self.source.name("x")
            self.source.line(f"{part} = {expression}")
            self.write(node, part)

    def write_loop(self, head: str, item: Node) -> None:
        if matters(item):
            name = self.source.name("x")
            with self.source.block(head.format(item=name)):
                self.write_part(item, name)

    def write_union(self, node: OneOf, x: str) -> None:
        members = [member for member in node.members if matters(member)]
        others = tuple(member.cls for member in node.members if isinstance(member, Leaf))
        condition = f"isinstance({x}, {self.source.value(others)})"
        if len(members) == 1:
            absent = f"{x} is not None" if others == (type(None),) else f"not {condition}"
            with self.source.block(f"if {absent}:"):
                self.write(members[0], x)
        elif all(isinstance(member, Object) for member in members):
            calls = [f"{self.function_of(member)}({x})" for member in members if isinstance(member, Object)]
            self.unless(" or ".join([condition, *calls]))
        else:
            self.source.line(self.otherwise)

    def function_of(self, node: Object) -> str:
        if (name := self.functions.get(id(node))) is None:
            name = self.functions[id(node)] = self.source.name("exact")
            self.waiting.append(node)
        return name


def has_attributes(node: Object) -> bool:
    """Tell whether an object may have other attributes than its fields: msgspec encodes what stands in its `__dict__`.

    That is more where something was set beside the fields, and less where msgspec made it of data without a field whose
    default the class has as its attribute.
    """
    return node.kind in {"dataclass", "attrs"} and bool(node.cls.__dictoffset__)


def matters_inside(node: Object) -> bool:
    """Tell whether an object needs more than a look at its class."""
    return has_attributes(node) or any(matters(field.node) or is_private(field) for field in node.fields)
