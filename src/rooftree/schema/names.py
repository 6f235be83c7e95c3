"""Names of forms and queries -> nested data: ``owner.email=a``, ``tags[0]=b``, ``lines[1].price=c``, ``tags[]=d``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from rooftree.base import regex
from rooftree.schema.nodes import Node, Object
from rooftree.schema.plain import is_dict

__all__ = ["MAX_INDEX", "MAX_PARTS", "nest"]

MAX_PARTS: Final = 16
"""How many parts a name may have; a longer one is the name of nothing."""
MAX_INDEX: Final = 9999
PARTS: Final = regex(r"([^.\[\]]+)|\[([0-9]{0,4})\]")
NAME: Final = regex(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[0-9]{0,4}\])*", re.ASCII)


class Numbered(dict[int, Any]):
    """Items by their number, before they become a list."""


def nest(node: Node, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return flat names as nested data; a name that is a field as it stands is left as it is.

    Numbers say the order of items and nothing more: ``tags[7]`` alone is a list of one, so no name makes a list longer
    than the form is.
    """
    known = {field.wire for field in node.fields} if isinstance(node, Object) else frozenset[str]()
    result: dict[str, Any] = {}
    for name, value in given.items():
        if name in known or not ("." in name or "[" in name) or not _put(result, name, value):
            result[name] = value
    return {name: _settle(value) for name, value in result.items()}


def _put(target: dict[Any, Any], name: str, value: Any) -> bool:
    """Put a value at the end of the way that its name describes; tell whether there is such a way."""
    if name.count(".") + name.count("[") >= MAX_PARTS or not NAME.fullmatch(name):
        return False
    parts = [word or (int(number) if number else "") for word, number in PARTS.findall(name)]
    if parts[-1] == "":  # tags[]: a repeated name, as other frameworks write it
        parts.pop()
    if "" in parts:
        return False
    here: Any = target
    for part, following in pairwise(parts):
        there = here.setdefault(part, Numbered() if isinstance(following, int) else {})
        if isinstance(there, Numbered) is not isinstance(following, int) or not is_dict(there):
            return False
        here = there
    here.setdefault(parts[-1], value)
    return True


def _settle(value: Any) -> Any:
    if isinstance(value, Numbered):
        return [_settle(value[index]) for index in sorted(value)]
    if is_dict(value):
        return {name: _settle(item) for name, item in value.items()}
    return value
