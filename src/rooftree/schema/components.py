"""The schemas of classes by name, and names for them that do not depend on what was described first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeGuard

import msgspec

from rooftree.schema.naming import SchemaName
from rooftree.schema.plain import is_dict, is_list

__all__ = ["REF_TEMPLATE", "Components", "renamed"]

REF_TEMPLATE: Final = "#/components/schemas/{name}"


class Known(msgspec.Struct, frozen=True):
    """A class whose schema is among the components.

    Attributes:
        type: The class, or what else names a schema.
        output: The direction that the schema is of, `None` where it is the same in both.
        wanted: The name that people know it by.
    """

    type: Any
    output: bool | None
    wanted: SchemaName


class Components(dict[str, Any]):
    """Schemas of classes by name, shared by the descriptions of many types: the `components` of an OpenAPI document.

    While types are described a class keeps its name, a second class of the same name gets a number behind it, and a
    class that looks different coming in and going out (a private field, a Decimal) has two schemas. `settled`
    gives all of them their final names.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[tuple[Any, bool | None], str] = {}
        self._known: dict[str, Known] = {}

    def name_for(self, type: Any, output: bool | None, wanted: SchemaName) -> tuple[str, bool]:
        """Return the name of a class's schema, and whether it is new."""
        key = (type, output)
        if (known := self.names.get(key)) is not None:
            return known, False
        name = wanted.told()
        if output is not None and (type, not output) in self.names:
            name += "Output" if output else "Input"
        name = _free(name, self)
        self.names[key] = name
        self._known[name] = Known(type, output, wanted)
        self[name] = {}
        return name, True

    def settled(self) -> dict[str, str]:
        """Return the final name of each present one: the same whatever was described first.

        A class keeps its own name. Of two shapes of one class what leaves keeps it, and what comes in is
        `ItemInput`, unless they are equal: then they are one. Classes of one name in several modules have so much
        of their modules before it as tells them apart: `shop.models.Item`.
        """
        same = self._merged()
        kept = {name: known for name, known in self._known.items() if name not in same}
        bases = _told_apart(kept.values())
        both = _in_both_directions(kept.values())
        final: dict[str, str] = {}
        taken: set[str] = set()
        for name in sorted(kept, key=lambda each: (_number_behind(kept[each], bases), each)):
            known = kept[name]
            wanted = bases[known.type]
            if known.output is False and known.type in both:
                wanted += "Input"
            final[name] = wanted = _free(wanted, taken)
            taken.add(wanted)
        return final | {name: final[other] for name, other in same.items()}

    def _merged(self) -> dict[str, str]:
        """Return the schemas of what comes in that are equal to those of what leaves, with the names of these."""
        pairs = {
            name: self.names[known.type, True]
            for name, known in self._known.items()
            if known.output is False and (known.type, True) in self.names
        }
        while True:
            differing = [
                name
                for name, other in pairs.items()
                if renamed(self[name], pairs, REF_TEMPLATE) != renamed(self[other], pairs, REF_TEMPLATE)
            ]
            if not differing:
                return pairs
            for name in differing:
                del pairs[name]


def _in_both_directions(known: Iterable[Known]) -> set[Any]:
    directions: dict[Any, set[bool | None]] = {}
    for each in known:
        directions.setdefault(each.type, set()).add(each.output)
    return {each for each, found in directions.items() if len(found) > 1}


def _told_apart(known: Iterable[Known]) -> dict[Any, str]:
    """Return a name for each class: its own, with as much of its module as others of that name make necessary."""
    by_name: dict[str, dict[Any, SchemaName]] = {}
    for each in known:
        by_name.setdefault(each.wanted.told(), {})[each.type] = each.wanted
    found: dict[Any, str] = {}
    for wanted, several in by_name.items():
        for steps in range(max(name.most for name in several.values()) + 1):
            names = {each: name.told(steps) for each, name in several.items()}
            if len(set(names.values())) == len(names):
                break
        else:  # declared in one module: told apart by a number
            names = dict.fromkeys(several, wanted)
        found.update(names)
    return found


def _number_behind(known: Known, bases: Mapping[Any, str]) -> tuple[bool, str]:
    """What is sorted first gets its name as it is: a class that is really called `ItemInput` before one made so."""
    return known.output is False, bases[known.type]


def _free(wanted: str, taken: Iterable[str]) -> str:
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}{count}"
    return name


def renamed(schema: Any, names: Mapping[str, str], template: str, old: str = REF_TEMPLATE) -> Any:
    """Return plain data with its references to schemas under other names; those that have none stay.

    Args:
        schema: Anything that holds schemas: a document.
        names: The new names by the old ones.
        template: How a schema is referred to from then on.
        old: How it was.
    """
    return _renamed(schema, {old.format(name=name): template.format(name=new) for name, new in names.items()})


VALUES: Final = frozenset({"const", "default", "enum", "example", "examples"})
"""Members that hold data, in which a reference is none."""
BY_NAME: Final = frozenset(
    {"properties", "patternProperties", "$defs", "schemas", "responses", "headers", "parameters"}
)
"""Members whose own members have names that people gave: `default` may be one."""


def _renamed(schema: Any, references: Mapping[str, str]) -> Any:
    if is_list(schema):
        return [_renamed(item, references) for item in schema]
    if not is_dict(schema):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "$ref" and isinstance(value, str):
            found[key] = references.get(value, value)
        elif key == "discriminator" and _is_discriminator(value):
            mapping = {name: references.get(target, target) for name, target in value["mapping"].items()}
            found[key] = {**value, "mapping": mapping}
        elif key in BY_NAME and is_dict(value):
            found[key] = {name: _renamed(item, references) for name, item in value.items()}
        else:
            found[key] = value if key in VALUES else _renamed(value, references)
    return found


def _is_discriminator(value: Any) -> TypeGuard[dict[str, Any]]:
    return is_dict(value) and is_dict(value.get("mapping"))
