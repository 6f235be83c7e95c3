"""What a compiled template says of itself, beside its code: what it names, reads and declares."""

from __future__ import annotations

from typing import Any, Final, cast

from jinja2 import nodes

from rooftree.templates.components import component_file, uses_of
from rooftree.templates.purity import is_constant

__all__ = ["PLACES", "facts_of", "links_of", "taken"]

PLACES: Final = "@places"
"""Marks the statement that carries where blocks stand, for the templates that extend this one."""


def facts_of(template: nodes.Template, props: tuple[Any, ...] | None, places: tuple[Any, ...] | None) -> dict[str, Any]:
    """Return plain data by the names that ``Template`` reads it by.

    Args:
        template: The template, without the statements that carried the data below.
        props: What ``taken`` gave for its props.
        places: What ``taken`` gave for the places of its blocks.
    """
    links, computed = links_of(template)
    links += [component_file(use.name) for use in uses_of(template)]
    declared = None if props is None else frozenset(one[0] for one in props[0])
    return {
        "props": props,
        "places": places[0] if places else {},
        "reads": tuple(sorted({name.name for name in template.find_all(nodes.Name) if name.ctx == "load"})),
        "links": tuple(links),
        "open_links": computed,
        "nested": _nested_in(template),
        "constant": declared is not None and is_constant(template, declared),
    }


def taken(template: nodes.Template, mark: str) -> tuple[Any, ...] | None:
    """Take a statement that only carries data out of a template, and return its data."""
    for statement in template.body:
        if isinstance(statement, nodes.ExprStmt) and isinstance(statement.node, nodes.Const):
            value: Any = statement.node.value
            if type(value).__name__ == "tuple" and value[:1] == (mark,):
                template.body.remove(statement)
                data: tuple[Any, ...] = value[1:]
                return data
    return None


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


def _nested_in(template: nodes.Template) -> tuple[tuple[str, str], ...]:
    """Return pairs of a block and the block that it lies in."""
    return tuple(
        (inner.name, outer.name) for outer in template.find_all(nodes.Block) for inner in outer.find_all(nodes.Block)
    )
