"""Two schemas of one value: what of it may no longer be sent, and what may now come that did not before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

import msgspec

__all__ = ["Table", "compare", "is_list", "is_table", "resolve"]

Table = Mapping[str, Any]

DEEPEST: Final = 64
"""References that lead from one to the next."""
AT_LEAST: Final = (
    "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "formatMinimum", "formatExclusiveMinimum",
)  # fmt: skip
AT_MOST: Final = (
    "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "formatMaximum", "formatExclusiveMaximum",
)  # fmt: skip
INSIDE: Final = (("items", "[]"), ("additionalProperties", ".*"), ("contentSchema", ""))
EXACT: Final = ("pattern", "format", "multipleOf", "uniqueItems", "contentEncoding")

Found = tuple[bool, str, str]


def is_table(value: object) -> TypeGuard[Table]:
    """Tell whether plain data is an object."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Tell whether plain data is an array."""
    return isinstance(value, list)


def resolve(document: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """Return what a reference within a document leads to; anything else as it is."""
    for _ in range(DEEPEST):
        reference = given.get("$ref") if is_table(given) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        target: Any = document
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            target = target.get(name, {}) if is_table(target) else {}
        given = target
    return dict(given) if is_table(given) else {}


def compare(old: Mapping[str, Any], new: Mapping[str, Any], before: Any, after: Any, *, sent: bool) -> Iterator[Found]:
    """Give the changes between two schemas: whether each breaks, its place below the value, and what it is.

    Args:
        old: The document of the first schema.
        new: The document of the second.
        before: The first schema.
        after: The second.
        sent: Clients send the value, so that taking less breaks; they are sent it otherwise, so that giving more does.
    """
    yield from _Comparison(old, new, sent).schemas(before, after, "")


class _Comparison:
    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any], sent: bool) -> None:
        self.old = old
        self.new = new
        self.sent = sent
        self.seen: set[bytes] = set()

    def schemas(self, before: Any, after: Any, where: str) -> Iterator[Found]:
        if before is False or after is False:
            return  # nothing stands here, which is told of the whole
        before, after = {} if before is True else before, {} if after is True else after
        key = msgspec.json.encode([_reference(before), _reference(after)])
        if key in self.seen and is_table(before) and "$ref" in before:
            return  # within itself, or told already
        self.seen.add(key)
        was, now = resolve(self.old, before), resolve(self.new, after)
        variants = _variants(was) or [before], _variants(now) or [after]
        if len(variants[0]) > 1 or len(variants[1]) > 1:
            yield from self.unions(variants[0], variants[1], where)
            return
        was, now = self.whole(self.old, was), self.whole(self.new, now)
        yield from self.types(was, now, where)
        if _are_apart(_types(was), _types(now)):
            return  # what is particular to either says nothing more
        yield from self.values(was, now, where)
        yield from self.limits(was, now, where)
        yield from self.members(was, now, where)
        yield from self.inside(was, now, where)

    def inside(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[Found]:
        """Compare what stands in arrays, in objects under any name, and in texts that hold data."""
        for number in range(max(len(was.get("prefixItems", ())), len(now.get("prefixItems", ())))):
            yield from self.schemas(_item(was, number), _item(now, number), f"{where}[{number}]")
        for word, place in INSIDE:
            if word in was or word in now:
                yield from self.schemas(was.get(word, {}), now.get(word, {}), f"{where}{place}")
        if "propertyNames" in was or "propertyNames" in now:
            yield from self.schemas(_names(was), _names(now), f"{where}.* as a name")

    def whole(self, document: Mapping[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema with the parts that all have to hold."""
        parts = schema.get("allOf")
        if not is_list(parts):
            (only,) = _variants(schema) or [schema]
            return resolve(document, only) if only is not schema else schema
        joined: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
        for part in parts:
            found = self.whole(document, resolve(document, part))
            properties = {**joined.get("properties", {}), **found.get("properties", {})}
            required = [*joined.get("required", []), *found.get("required", [])]
            joined = {**found, **joined}
            if properties:
                joined["properties"] = properties
            if required:
                joined["required"] = required
        return joined

    def narrower(self, narrowed: bool, widened: bool) -> bool:
        """Tell whether a change breaks: what is sent may not narrow, what is answered may not widen."""
        return narrowed if self.sent else widened

    def types(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[Found]:
        before, after = _types(was), _types(now)
        if before == after or (not before and not after):
            return
        narrowed = bool(after) and (not before or not all(_takes(after, kind) for kind in before))
        widened = bool(before) and (not after or not all(_takes(before, kind) for kind in after))
        yield self.narrower(narrowed, widened), where, f"the type is {_shown(after)} and was {_shown(before)}"

    def values(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[Found]:
        before, after = _values(was), _values(now)
        if before is None and after is None:
            return
        if before is None or after is None:
            breaks = self.narrower(before is None, after is None)
            yield breaks, where, "any value may stand here" if after is None else f"only {_list(after)} may stand here"
            return
        gone = [value for value in before if value not in after]
        more = [value for value in after if value not in before]
        if gone:
            yield self.narrower(True, False), where, f"{_list(gone)} is no longer a value"
        if more:
            yield self.narrower(False, True), where, f"{_list(more)} is a new value"

    def limits(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[Found]:
        for words, sign in ((AT_LEAST, 1), (AT_MOST, -1)):
            for word in words:
                before, after = was.get(word), now.get(word)
                if before == after:
                    continue
                narrowed = before is None or (after is not None and _is_above(after, before, sign))
                said = f"{word} is {after} and was {before}" if before is not None else f"{word} is {after}"
                yield self.narrower(narrowed, not narrowed), where, said if after is not None else f"{word} is gone"
        for word in EXACT:
            before, after = was.get(word), now.get(word)
            if before != after:
                narrowed, widened = after is not None, before is not None
                said = f"{word} is {after!r} and was {before!r}" if before is not None else f"{word} is {after!r}"
                yield self.narrower(narrowed, widened), where, f"the {said if after is not None else f'{word} is gone'}"

    def members(self, was: Mapping[str, Any], now: Mapping[str, Any], where: str) -> Iterator[Found]:
        before, after = _members(was), _members(now)
        needed, needs = set(was.get("required", ())), set(now.get("required", ()))
        for name, schema in before.items():
            inside = f"{where}.{name}"
            if name not in after:
                closed = now.get("additionalProperties") is False
                yield not self.sent or closed or name in needed, inside, "the property was removed"
                continue
            if name in needs and name not in needed:
                yield self.sent, inside, "the property is required"
            if name in needed and name not in needs:
                yield not self.sent, inside, "the property may be missing"
            yield from self.schemas(schema, after[name], inside)
        for name in after:
            if name not in before:
                must = self.sent and name in needs
                yield must, f"{where}.{name}", f"the {'required ' if must else ''}property is new"
        closed = now.get("additionalProperties") is False
        if closed != (was.get("additionalProperties") is False):
            said = "other properties are refused" if closed else "other properties may stand here"
            yield self.narrower(closed, False), where, said

    def unions(self, before: Sequence[Any], after: Sequence[Any], where: str) -> Iterator[Found]:
        """Compare the members of unions that answer to each other: those of one name, of one type, what is left."""
        left = list(after)
        pairs: list[tuple[Any, Any]] = []
        gone: list[Any] = []
        for member in before:
            other = next((each for each in left if self.same(member, each)), None)
            if other is None:
                gone.append(member)
            else:
                left.remove(other)
                pairs.append((member, other))
        while len(gone) == 1 and len(left) == 1:
            pairs.append((gone.pop(), left.pop()))
        for member, other in pairs:
            yield from self.schemas(member, other, where)
        for member in gone:
            yield self.narrower(True, False), where, f"{self.name(self.old, member)} is no longer one of what it may be"
        for member in left:
            yield self.narrower(False, True), where, f"{self.name(self.new, member)} is one more of what it may be"

    def same(self, member: Any, other: Any) -> bool:
        if _reference(member) is not None or _reference(other) is not None:
            was, now = resolve(self.old, member), resolve(self.new, other)
            tags = _tags(was), _tags(now)
            return tags[0] == tags[1] if tags[0] or tags[1] else _reference(member) == _reference(other)
        return _types(member) == _types(other) and _values(member) == _values(other)

    def name(self, document: Mapping[str, Any], member: Any) -> str:
        reference = _reference(member)
        if reference is not None:
            return reference.rpartition("/")[2]
        return _shown(_types(resolve(document, member))) or "anything"


def _reference(schema: Any) -> str | None:
    found = schema.get("$ref") if is_table(schema) else None
    return found if isinstance(found, str) else None


def _variants(schema: Mapping[str, Any]) -> list[Any]:
    for word in ("anyOf", "oneOf"):
        if is_list(found := schema.get(word)):
            return found
    return []


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    found: Any = schema.get("type", ())
    if not found and (values := _values(schema)) is not None:
        return tuple(sorted({_type_of(value) for value in values}))
    return (found,) if isinstance(found, str) else tuple(sorted(found))


def _are_apart(before: Sequence[str], after: Sequence[str]) -> bool:
    shared = any(_takes(after, kind) for kind in before) or any(_takes(before, kind) for kind in after)
    return bool(before and after) and not shared


def _item(schema: Mapping[str, Any], number: int) -> Any:
    first = schema.get("prefixItems", ())
    return first[number] if number < len(first) else schema.get("items", True)


def _names(schema: Mapping[str, Any]) -> dict[str, Any]:
    names = schema.get("propertyNames")
    return {"type": "string", **(names if is_table(names) else {})}


def _members(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties by name; those of rows in forms as `lines[].price`."""
    patterns: Table = schema.get("patternProperties", {})
    rows = {name.strip("^$").replace(r"\[[0-9]+\]", "[]").replace(r"\.", "."): row for name, row in patterns.items()}
    return {**schema.get("properties", {}), **rows}


def _type_of(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null", list: "array"}
    return kinds.get(value.__class__, "object")


def _takes(kinds: Sequence[str], kind: str) -> bool:
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _values(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    found = schema.get("enum")
    return found if is_list(found) else None


def _tags(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    return {name: inner["const"] for name, inner in properties.items() if is_table(inner) and "const" in inner}


def _is_above(after: Any, before: Any, sign: int) -> bool:
    try:
        numbers = float(after), float(before)
    except (TypeError, ValueError):
        return sign * ((str(after) > str(before)) - (str(after) < str(before))) > 0
    return sign * (numbers[0] - numbers[1]) > 0


def _shown(kinds: Sequence[str]) -> str:
    return " or ".join(kinds) or "anything"


def _list(values: Sequence[Any]) -> str:
    shown = ", ".join(msgspec.json.encode(value).decode() for value in values[:5])
    return f"{shown}, ..." if len(values) > 5 else shown
