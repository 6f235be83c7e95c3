"""The walk over plain data that finds everything wrong with it, and makes the value where nothing is.

It runs after msgspec refused (msgspec stops at its first error), and instead of msgspec for the few types that msgspec
does not take. Single values are converted by msgspec here too, so both agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from rooftree.schema import foreign
from rooftree.schema.faults import MAX_FAULTS, Fault, Path
from rooftree.schema.hashes import CROWDED, FEW, is_crowded
from rooftree.schema.limits import broken, expected, word_for
from rooftree.schema.nodes import (
    NO_DEFAULT,
    Alias,
    Anything,
    Array,
    Choice,
    Field,
    Fixed,
    Foreign,
    Leaf,
    Node,
    Object,
    OneOf,
    Opaque,
    Table,
)
from rooftree.schema.plain import (
    NumberText,
    build,
    float_of,
    integer_of,
    is_array,
    is_dict,
    is_list,
    leaf_value,
    missing_member,
    number_of,
    whole_of,
)

__all__ = ["BAD", "MAX_DEPTH", "Origin", "Walk"]

Origin = Literal["json", "msgpack", "python"]

MAX_DEPTH: Final = 100
"""How deep the walk goes; every level takes Python's own stack."""


MAX_SHOWN: Final = 100
SETS: Final[frozenset[Any]] = frozenset({set, frozenset})


class Bad:
    """The type of `BAD`, which stands for a value that could not be made."""

    __slots__ = ()


BAD: Final = Bad()


class Full(Exception):
    """Enough faults were found, or enough work was done."""


class Walk:
    """One walk over one piece of data.

    Args:
        limit: How many faults are collected.
        budget: How many values are looked at: attempts at the members of nested unions could multiply.
        origin: What the data was: every key of JSON is text, MessagePack has bytes of its own.

    Attributes:
        whole: An integer was written as `36.0`, which msgspec refuses.
    """

    __slots__ = ("budget", "faults", "limit", "origin", "whole")

    def __init__(self, limit: int = MAX_FAULTS, budget: int = 1_000_000, *, origin: Origin = "python") -> None:
        self.faults: list[Fault] = []
        self.limit: int = limit
        self.budget: int = budget
        self.origin: Origin = origin
        self.whole: bool = False

    def run(self, node: Node, data: Any) -> Any:
        """Return the value, or `BAD` with at least one fault in `faults`."""
        try:
            value = self.visit(node, data, ())
        except Full:
            value = BAD
        except RecursionError:
            value = BAD
            self.faults.append(Fault((), "too_deep", "The data is nested too deeply"))
        return BAD if self.faults else value

    def fault(self, path: Path, code: str, message: str, params: Mapping[str, Any] | None = None) -> Bad:
        """Note a fault.

        Raises:
            Full: There are as many as were asked for.
        """
        self.faults.append(Fault(path, code, message, params or {}))
        if len(self.faults) >= self.limit:
            raise Full
        return BAD

    def visit(self, node: Node, data: Any, path: Path) -> Any:
        """Return the value that one piece of data is, or `BAD`."""
        self.budget -= 1
        if self.budget < 0:
            self.faults.append(Fault(path, "too_complex", "The data has too many ways to be read"))
            raise Full
        if len(path) > MAX_DEPTH:
            return self.fault(path, "too_deep", f"Expected at most {MAX_DEPTH} levels")
        visit = getattr(self, VISITS[type(node)])
        try:
            return visit(node, data, path)
        except msgspec.ValidationError as error:
            return self.fault(path, "out_of_range", str(error))

    def mismatch(self, node: Node, data: Any, path: Path) -> Bad:
        """Note that data is of another type."""
        wanted, found = expected(node), word_for(data)
        return self.fault(path, "type", f"Expected `{wanted}`, got `{found}`", {"expected": wanted, "found": found})

    # ---- single values

    def anything(self, node: Node, data: Any, path: Path) -> Any:
        """Any data, its numbers as floats."""
        if is_list(data):
            return [self.visit(node, item, (*path, i)) for i, item in enumerate(data)]
        if is_dict(data):
            return {key: self.visit(node, item, (*path, _shown(key))) for key, item in data.items()}
        return number_of(data)

    def leaf(self, node: Leaf, data: Any, path: Path) -> Any:
        """A single value, by msgspec's conversion."""
        if self.origin == "msgpack" and node.kind == "bytes" and isinstance(data, str):
            return self.mismatch(node, data, path)
        self.whole = self.whole or (node.kind == "int" and type(data) is NumberText)
        try:
            value = leaf_value(node, data)
        except msgspec.ValidationError as error:
            message = str(error)
            if message.startswith("Expected `"):
                return self.mismatch(node, data, path)
            return self.fault(path, "format", message, {"format": node.kind})
        if (fault := broken(node.kind, node.rules, value)) is not None:
            return self.fault(path, *fault)
        return value

    def choice(self, node: Choice, data: Any, path: Path) -> Any:
        """A value of an enum or a Literal."""
        if node.cls is not None and isinstance(data, node.cls):
            return data
        raw = number_of(data)
        for value, member in node.members:
            if type(value) is type(raw) and value == raw:
                return member
        if not accepts(node, word_for(raw)):
            return self.mismatch(node, data, path)
        if node.cls is not None and (member := missing_member(node.cls, raw)) is not None:
            return member
        choices = [value for value, _ in node.members]
        shown = ", ".join(f"`{value}`" for value in choices[:20]) + (", ..." if len(choices) > 20 else "")
        return self.fault(
            path, "choice", f"Invalid enum value {show(raw)}, expected one of {shown}", {"choices": choices}
        )

    def opaque(self, node: Opaque, data: Any, path: Path) -> Any:
        """An object that is handed through."""
        return data if isinstance(data, node.cls) else self.mismatch(node, data, path)

    def foreign(self, node: Foreign, data: Any, path: Path) -> Any:
        """A Pydantic model, by Pydantic."""
        before = len(self.faults)
        plain = self.visit(ANYTHING, data, path)
        if len(self.faults) > before:
            return BAD
        value, faults = foreign.validate(node.cls, plain, json=self.origin != "python")
        for fault in faults:
            self.fault((*path, *fault.path), fault.code, fault.message, fault.params)
        return BAD if faults else value

    # ---- several

    def items(self, nodes: Iterable[Node], data: Iterable[Any], path: Path) -> list[Any]:
        """Visit items of several types in a row."""
        return [self.visit(node, item, (*path, i)) for i, (node, item) in enumerate(zip(nodes, data, strict=False))]

    def array(self, node: Array, data: Any, path: Path) -> Any:
        """Items of one type."""
        if not is_array(data):
            return self.mismatch(node, data, path)
        before = len(self.faults)
        item = node.item
        values = [self.visit(item, part, (*path, i)) for i, part in enumerate(data)]
        if (fault := broken("array", node.rules, data)) is not None:
            self.fault(path, *fault)
        if len(self.faults) > before:
            return BAD
        try:
            if node.build in SETS and is_crowded(values):
                return self.fault(path, "crowded", CROWDED, {"limit": FEW})
            built = node.build(values)
        except TypeError:
            return self.fault(path, "type", "Expected `array` of hashable items")
        return built

    def fixed(self, node: Fixed, data: Any, path: Path) -> Any:
        """A tuple."""
        if not is_list(data):
            return self.mismatch(node, data, path)
        before = len(self.faults)
        values = self.items(node.items, data, path)
        if len(data) != (count := len(node.items)):
            self.fault(path, "length", f"Expected `array` of length {count}", {"length": count})
        return BAD if len(self.faults) > before else tuple(values)

    def table(self, node: Table, data: Any, path: Path) -> Any:
        """A dict."""
        if not is_dict(data):
            return self.mismatch(node, data, path)
        before = len(self.faults)
        pairs: list[tuple[Any, Any]] = []
        for raw, part in data.items():
            shown = _shown(raw)
            key = self.visit(node.key, self.key(node.key, raw), (*path, shown))
            value = self.visit(node.value, part, (*path, shown))
            if key is not BAD:
                try:
                    hash(key)
                except TypeError:
                    self.fault((*path, shown), "type", "Expected a hashable key")
                else:
                    pairs.append((key, value))
        if (fault := broken("object", node.rules, data)) is not None:
            self.fault(path, *fault)
        if is_crowded([key for key, _ in pairs]):
            self.fault(path, "crowded", CROWDED, {"limit": FEW})
        return BAD if len(self.faults) > before else dict(pairs)

    def key(self, node: Node, raw: Any) -> Any:
        """Return a key as data: in JSON every key is text, that of a number too."""
        if self.origin == "json" and isinstance(raw, str):
            number = integer_of(raw) if accepts(node, "int") and not accepts(node, "str") else None
            if number is not None:
                return number
            if isinstance(node, Leaf) and node.kind == "float":
                return float_of(raw)
        return raw

    def one_of(self, node: OneOf, data: Any, path: Path) -> Any:
        """The member of a union that the data fits."""
        members = self.candidates(node, data)
        if len(members) == 1:
            return self.visit(members[0], data, path)
        if is_dict(data) and (tags := tags_of(members)):
            return self.tagged(tags, data, path)
        best: list[Fault] = []
        for member in members:
            attempt = type(self)(self.limit, self.budget, origin=self.origin)
            try:
                value = attempt.visit(member, data, path)
            except Full:
                value = BAD
            self.budget = attempt.budget
            self.whole = self.whole or attempt.whole
            if not attempt.faults:
                return value
            if self.budget < 0:
                self.faults.append(attempt.faults[-1])
                raise Full
            if any(len(fault.path) > len(path) for fault in attempt.faults):
                best = min(best, attempt.faults, key=len) if best else attempt.faults
        for fault in best:
            self.fault(fault.path, fault.code, fault.message, fault.params)
        return BAD if best else self.mismatch(node, data, path)

    def candidates(self, node: OneOf, data: Any) -> Sequence[Node]:
        """Return the members that such data could be of."""
        word = word_for(data)
        found = [member for member in node.members if accepts(member, word)]
        if word == "float" and not found and type(data) is NumberText and whole_of(data) is not None:
            found = [member for member in node.members if accepts(member, "int")]
        # of the numbers, msgspec takes the narrowest
        for kind in ("int", "float"):
            if word in {"int", "float"} and (exact := [m for m in found if isinstance(m, Leaf) and m.kind == kind]):
                return exact
        return found

    def tagged(self, tags: dict[Any, Object], data: dict[Any, Any], path: Path) -> Any:
        """The class whose tag the data has."""
        name, wanted = next((member.tag for member in tags.values() if member.tag), ("", ""))
        if name not in data:
            return self.fault((*path, name), "missing", f"Object missing required field `{name}`")
        found = data[name]
        if type(found) is not type(wanted):
            return self.fault((*path, name), "type", f"Expected `{word_for(wanted)}`", {"expected": word_for(wanted)})
        if found not in tags:
            return self.fault((*path, name), "tag", f"Invalid value {show(found)}", {"choices": list(tags)})
        return self.visit(tags[found], data, path)

    def alias(self, node: Alias, data: Any, path: Path) -> Any:
        """What an alias stands for."""
        return self.visit(node.target, data, path)

    # ---- classes

    def object(self, node: Object, data: Any, path: Path) -> Any:
        """An object of a class, or data for one."""
        if isinstance(data, node.cls if node.kind != "typeddict" else ()):
            given = {field.name: getattr(data, field.name) for field in node.fields if hasattr(data, field.name)}
            values = self.fields(node, given, path, by_name=True)
            return BAD if values is None else data
        if node.as_array:
            return self.array_object(node, data, path)
        if not is_dict(data):
            return self.mismatch(node, data, path)
        tagged = node.tag is None or self.tag(node.tag, data, path)
        values = self.fields(node, data, path)
        return self.make(node, values, path) if tagged and values is not None else BAD

    def fields(
        self, node: Object, given: dict[Any, Any], path: Path, *, by_name: bool = False
    ) -> dict[str, Any] | None:
        """Visit fields by name; `None` where one of them is wrong."""
        before = len(self.faults)
        values: dict[str, Any] = {}
        for field in node.fields:
            wire = field.name if by_name else field.wire
            if wire not in given:
                self.absent(field, values, (*path, wire))
            elif not (by_name and given[wire] is msgspec.UNSET):
                values[field.name] = self.visit(field.node, given[wire], (*path, wire))
        if node.forbid_unknown and not by_name:
            known = {field.wire for field in node.fields}
            if node.tag is not None:
                known.add(node.tag[0])
            for name in given:
                if name not in known:
                    shown = _shown(name)
                    self.fault((*path, shown), "unknown_field", f"Object contains unknown field `{shown}`")
        return values if len(self.faults) == before else None

    def absent(self, field: Field, values: dict[str, Any], path: Path) -> None:
        """Note that a field is missing, or put its default in its place."""
        if field.required:
            self.fault(path, "missing", f"Object missing required field `{path[-1]}`")
        elif (default := field.make_default()) is not NO_DEFAULT:
            values[field.name] = default

    def tag(self, tag: tuple[str, str | int], given: dict[Any, Any], path: Path) -> bool:
        """Tell whether the data has the tag of its class, or none."""
        name, wanted = tag
        if name not in given or given[name] == wanted:
            return True
        if isinstance(found := given[name], type(wanted)):
            self.fault((*path, name), "tag", f"Invalid value {show(found)}", {"choices": [wanted]})
        else:
            self.fault((*path, name), "type", f"Expected `{word_for(wanted)}`", {"expected": word_for(wanted)})
        return False

    def array_object(self, node: Object, data: Any, path: Path) -> Any:
        """An object whose fields stand in an array."""
        if not is_list(data):
            return self.mismatch(node, data, path)
        parts = list(data)
        if node.tag is not None and (not parts or parts.pop(0) != node.tag[1]):
            return self.fault(
                (*path, 0), "tag", f"Invalid value {show(data[0]) if data else None}", {"choices": [node.tag[1]]}
            )
        before = len(self.faults)
        fields = node.fields
        found = self.items((field.node for field in fields), parts, path)
        values = dict(zip((field.name for field in fields), found, strict=False))
        needed = max((i for i, field in enumerate(fields, 1) if field.required), default=0)
        if len(parts) < needed:
            text = f"Expected `array` of at least length {needed}, got {len(parts)}"
            self.fault(path, "length", text, {"length": needed})
        elif len(parts) > len(fields) and (node.forbid_unknown or node.kind == "namedtuple"):
            text = f"Expected `array` of at most length {len(fields)}, got {len(parts)}"
            self.fault(path, "length", text, {"length": len(fields)})
        for field in fields[len(parts) :]:
            if not field.required:
                self.absent(field, values, path)
        return BAD if len(self.faults) > before else self.make(node, values, path)

    def make(self, node: Object, values: dict[str, Any], path: Path) -> Any:
        """Make the object; what its own code refuses is a fault."""
        try:
            return build(node, values)
        except (ValueError, TypeError) as error:
            return self.fault(path, "value", str(error))


VISITS: Final[dict[type[Node], str]] = {
    Anything: "anything",
    Leaf: "leaf",
    Choice: "choice",
    Opaque: "opaque",
    Foreign: "foreign",
    Array: "array",
    Fixed: "fixed",
    Table: "table",
    OneOf: "one_of",
    Alias: "alias",
    Object: "object",
}


ANYTHING: Final = Anything()


def show(data: object) -> str:
    """Return data for a message, shortened: it is its sender's, and may be of any length."""
    return text if len(text := repr(data)) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def _shown(key: Any) -> str | int:
    """Return a key of a dict as a step of a path; a key is its sender's, and may be of any length."""
    return key if isinstance(key, int) else str(key)[:MAX_SHOWN]


def accepts(node: Node, word: str) -> bool:
    """Tell whether a type may be made from data that msgspec has this word for."""
    match node:
        case Alias():
            return accepts(node.target, word)
        case Leaf():
            return word in WORDS[node.kind]
        case Choice():
            return any(word_for(value) == word for value, _ in node.members) or _is_name(node.cls, word)
        case OneOf():
            return any(accepts(member, word) for member in node.members)
        case Array() | Fixed():
            return word == "array"
        case Table():
            return word == "object"
        case Object():
            return word == ("array" if node.as_array else "object") or _is_name(node.cls, word)
        case _:
            return True


def _is_name(cls: Any, word: str) -> bool:
    """Tell whether data is of the class already."""
    return cls is not None and cls.__name__ == word


WORDS: Final[dict[str, tuple[str, ...]]] = {
    "null": ("null",),
    "bool": ("bool",),
    "int": ("int",),
    "float": (
        "float",
        "int",
    ),
    "str": ("str",),
    "bytes": (
        "str",
        "bytes",
    ),
    "decimal": (
        "str",
        "int",
        "float",
        "decimal",
    ),
    "date": (
        "str",
        "date",
    ),
    "time": (
        "str",
        "time",
    ),
    "datetime": (
        "str",
        "datetime",
    ),
    "duration": (
        "str",
        "duration",
    ),
    "uuid": (
        "str",
        "bytes",
        "uuid",
    ),
}


def tags_of(members: Sequence[Node]) -> dict[Any, Object]:
    """Return tagged classes by their tag; nothing where one of the members is no tagged class."""
    tags = {member.tag[1]: member for member in members if isinstance(member, Object) and member.tag is not None}
    return tags if len(tags) == len(members) else {}
