"""The JSON Schema (2020-12) of a type, with every constraint that is declared beside it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from rooftree.schema import foreign
from rooftree.schema.components import REF_TEMPLATE, Components, renamed
from rooftree.schema.constraints import Rules
from rooftree.schema.limits import broken
from rooftree.schema.naming import SchemaName, name_of
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
    reachable,
)
from rooftree.schema.translate import translate

__all__ = ["describe"]

LEAVES: Final[dict[str, dict[str, Any]]] = {
    "null": {"type": "null"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "str": {"type": "string"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "format": "duration"},
    "uuid": {"type": "string", "format": "uuid"},
}
DIGITS: Final = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
DATES: Final = frozenset({"date", "time", "datetime", "duration"})
NUMBER_WORDS: Final = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
    "multiple_of": "multipleOf",
}
DATE_WORDS: Final = {
    "gt": "formatExclusiveMinimum",
    "ge": "formatMinimum",
    "lt": "formatExclusiveMaximum",
    "le": "formatMaximum",
}
TEXT_WORDS: Final = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}
ARRAY_WORDS: Final = {"min_length": "minItems", "max_length": "maxItems"}
OBJECT_WORDS: Final = {"min_length": "minProperties", "max_length": "maxProperties"}


def describe(
    type: Any,
    components: Components | None = None,
    *,
    output: bool = False,
    ref_template: str = REF_TEMPLATE,
    opaque: Mapping[type[Any], Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the JSON Schema of a type.

    Args:
        type: Any type that `rooftree.schema` takes, or the node of one.
        components: Takes the schemas of named classes; they are referred to. Without it the answer stands alone, with
            its classes in ``$defs``.
        output: Describe what leaves rather than what comes in: private fields are not there, what has a default is
            always there, and a Decimal is a string alone.
        ref_template: How a component is referred to.
        opaque: Schemas of classes that are handed through, as an upload is.

    Raises:
        UnsupportedType: As `rooftree.schema.decoder`.

    Example:
        describe(list[int])  # {"type": "array", "items": {"type": "integer"}}
    """
    known = opaque or {}
    node = type if isinstance(type, Node) else translate(type, opaque=tuple(known))
    if components is not None:
        return _Description(components, output, ref_template, known).schema(node)
    found = Components()
    schema = _Description(found, output, "#/$defs/{name}", known).schema(node)
    return {**schema, "$defs": dict(found)} if found else schema


class _Description:
    """One run over a type, into one set of components."""

    def __init__(
        self, components: Components, output: bool, template: str, opaque: Mapping[Any, Mapping[str, Any]]
    ) -> None:
        self.components = components
        self.output = output
        self.template = template
        self.opaque = opaque

    def schema(self, node: Node) -> dict[str, Any]:
        """Return the schema of a node, with what its annotation says."""
        bare = self.bare(node)
        return {**bare, **_said(node.rules)}

    def bare(self, node: Node) -> dict[str, Any]:
        match node:
            case Leaf():
                return self.leaf(node)
            case Choice():
                return self.choice(node)
            case Array():
                unique = {"uniqueItems": True} if node.build in {set, frozenset} else {}
                items = {} if isinstance(node.item, Anything) else {"items": self.schema(node.item)}
                return {"type": "array", **items, **unique, **_words(node.rules, ARRAY_WORDS)}
            case Fixed():
                return _tuple([self.schema(item) for item in node.items], len(node.items))
            case Table():
                return self.table(node)
            case OneOf():
                return self.one_of(node)
            case Object():
                return self.named(node.type, node.cls, self.differs(node), lambda: self.object(node))
            case Foreign():
                return self.foreign(node)
            case Opaque():
                return dict(self.opaque[node.cls])
            case Alias():
                name = node.name.rpartition(".")[2]
                return self.named(node.target, name, None, lambda: self.schema(node.target))
            case _:
                return {}

    def leaf(self, node: Leaf) -> dict[str, Any]:
        rules = node.rules
        if node.kind == "decimal":
            text = {"type": "string", "format": "decimal", "pattern": _digits(rules), **_words(rules, DATE_WORDS, str)}
            if example := _example(rules):
                text["examples"] = [example]
            return text if self.output else {"anyOf": [{"type": "number", **_words(rules, NUMBER_WORDS)}, text]}
        schema = dict(LEAVES[node.kind])
        if node.kind in {"int", "float"}:
            return {**schema, **_words(rules, NUMBER_WORDS)}
        if node.kind == "str":
            return {**schema, **_words(rules, TEXT_WORDS)}
        return {**schema, **_words(rules, DATE_WORDS)} if node.kind in DATES else schema

    def choice(self, node: Choice) -> dict[str, Any]:
        values = [value for value, _ in node.members]
        if node.cls is None:
            return {"const": values[0]} if len(values) == 1 else {"enum": values}
        return self.named(
            node.cls, node.cls, None, lambda: {"title": node.cls.__name__, "enum": values, **_doc(node.cls)}
        )

    def table(self, node: Table) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "object", **_words(node.rules, OBJECT_WORDS)}
        if not isinstance(node.value, Anything):
            schema["additionalProperties"] = self.schema(node.value)
        key = self.schema(node.key)
        if key.get("type") == "string" and len(key) > 1:
            schema["propertyNames"] = key
        return schema

    def one_of(self, node: OneOf) -> dict[str, Any]:
        schemas = [self.schema(member) for member in node.members]
        if len(schemas) == 1:
            return schemas[0]
        classes = (
            [
                (tags_of(member), schema["$ref"])
                for member, schema in zip(node.members, schemas, strict=True)
                if not (isinstance(member, Leaf) and member.kind == "null")
            ]
            if all("$ref" in schema or schema == {"type": "null"} for schema in schemas)
            else []
        )
        for name in classes[0][0] if len(classes) > 1 else ():
            values = [(tags.get(name), reference) for tags, reference in classes]
            if all(value is not None for value, _ in values) and len({value for value, _ in values}) == len(values):
                return {"anyOf": schemas, "discriminator": {"propertyName": name, "mapping": dict(values)}}
        return {"anyOf": schemas}

    # ---- classes

    def named(self, type: Any, cls: Any, output: bool | None, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Refer to the schema of a class; make it where it is new."""
        wanted = SchemaName.plain(cls) if isinstance(cls, str) else name_of(type, cls)
        name, is_new = self.components.name_for(type, output, wanted)
        if is_new:
            self.components[name] = make()
        return {"$ref": self.template.format(name=name)}

    def differs(self, node: Node) -> bool | None:
        """Return the direction where it makes a difference to a class, `None` where it makes none."""
        for part in reachable(node):
            if isinstance(part, Foreign) or (isinstance(part, Leaf) and part.kind == "decimal"):
                return self.output
            if isinstance(part, Object) and any(field.rules.private or not field.required for field in part.fields):
                return self.output
        return None

    def object(self, node: Object) -> dict[str, Any]:
        fields = [field for field in node.fields if not (self.output and field.rules.private)]
        about = {"title": getattr(node.cls, "__name__", ""), **_doc(node.cls)}
        if node.as_array:
            tag = [] if node.tag is None else [{"const": node.tag[1]}]
            needed = len(tag) + max((i for i, field in enumerate(fields, 1) if field.required), default=0)
            return {**about, **_tuple([*tag, *(self.field(field) for field in fields)], needed)}
        properties: dict[str, Any] = {}
        required: list[str] = []
        if node.tag is not None:
            properties[node.tag[0]] = {"const": node.tag[1]}
            required.append(node.tag[0])
        for field in fields:
            properties[field.wire] = self.field(field)
            if field.required or (self.output and _is_always_there(node, field)):
                required.append(field.wire)
        schema = {"type": "object", **about, "properties": properties}
        if required:
            schema["required"] = required
        if node.forbid_unknown:
            schema["additionalProperties"] = False
        return schema

    def field(self, field: Field) -> dict[str, Any]:
        schema = {**self.schema(field.node), **_said(field.rules)}
        if field.rules.private:
            schema["writeOnly"] = True
        if not field.required:
            default = _default(field)
            if default is not msgspec.UNSET:
                schema["default"] = default
        return schema

    def foreign(self, node: Foreign) -> dict[str, Any]:
        name, is_new = self.foreign_name(node.cls, name_of(node.cls, node.cls))
        if is_new:
            schema, named = foreign.schema_of(node.cls, "{model}", output=self.output)
            classes = foreign.classes_of(node.cls)
            names: dict[str, str] = {}
            new: dict[str, Any] = {}
            for inner, inner_schema in named.items():
                cls = classes.get(inner, (node.cls, inner))
                wanted = name_of(cls, cls) if inner in classes else SchemaName.plain(inner)
                names[inner], is_new = self.foreign_name(cls, wanted)
                if is_new or cls is node.cls:
                    new[names[inner]] = inner_schema
            if "$ref" not in schema:  # a model that contains itself stands among the named ones
                new[name] = schema
            for used, found in new.items():
                self.components[used] = renamed(found, names, self.template, "{name}")
        return {"$ref": self.template.format(name=name)}

    def foreign_name(self, cls: Any, wanted: SchemaName) -> tuple[str, bool]:
        """Return the name of a class that Pydantic describes; an enum is the same in both directions."""
        output = None if isinstance(cls, enum.EnumMeta) else self.output
        return self.components.name_for(cls, output, wanted)


def tags_of(member: Node) -> dict[str, str]:
    """Return the values of those fields of a class that can have one value only, by the field's name."""
    if isinstance(member, Foreign):
        return foreign.tags_of(member.cls)
    if not isinstance(member, Object) or member.as_array:
        return {}
    if member.tag is not None:
        return {member.tag[0]: str(member.tag[1])}
    return {
        field.wire: str(field.node.members[0][0])
        for field in member.fields
        if isinstance(field.node, Choice) and len(field.node.members) == 1 and field.required
    }


def _digits(rules: Rules) -> str:
    """Return the pattern of a number's text, with what its limits say of its sign."""
    positive = (rules.gt is not None and rules.gt >= 0) or (rules.ge is not None and rules.ge > 0)
    negative = not positive and (rules.ge is None or rules.ge < 0)
    return f"^{'[+-]?' if negative else '[+]?'}{'(?=[^eE]*[1-9])' if positive else ''}{DIGITS}"


def _example(rules: Rules) -> str:
    """Return a number that keeps the rules, where a usual one does: what a tool makes of the pattern is no help."""
    usual = ("9.90", "10", "1", "0.5", "0")
    return next((text for text in usual if broken("decimal", rules, Decimal(text)) is None), "")


def _words(rules: Rules, words: Mapping[str, str], plain: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    found = {word: getattr(rules, name) for name, word in words.items()}
    return {word: (plain or _plain)(limit) for word, limit in found.items() if limit is not None}


def _plain(limit: Any) -> Any:
    if isinstance(limit, Decimal):  # a number in the schema, as it is one in the data
        return int(limit) if limit == limit.to_integral_value() else float(limit)
    return limit if isinstance(limit, str | int | float) else msgspec.to_builtins(limit)


def _said(rules: Rules) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if rules.title is not None:
        said["title"] = rules.title
    if rules.description is not None:
        said["description"] = rules.description
    if rules.examples is not None:
        said["examples"] = msgspec.to_builtins(list(rules.examples))
    return {**said, **dict(rules.extra or ())}


def _tuple(items: list[dict[str, Any]], needed: int) -> dict[str, Any]:
    return {"type": "array", "prefixItems": items, "items": False, "minItems": needed, "maxItems": len(items)}


def _doc(cls: Any) -> dict[str, str]:
    import inspect

    text: Any = cls.__dict__.get("__doc__")
    if not isinstance(text, str) or text.startswith(f"{cls.__name__}("):  # written by dataclass or namedtuple
        return {}
    return {"description": inspect.cleandoc(text)}


def _is_always_there(node: Object, field: Field) -> bool:
    if node.kind == "typeddict":
        return False
    omits = node.kind == "struct" and node.cls.__struct_config__.omit_defaults
    return not omits and not (isinstance(field.node, OneOf) and field.node.unset)


def _default(field: Field) -> Any:
    """Return a default as data; `UNSET` where it is none, or is not known before it is made."""
    if field.factory is not NO_DEFAULT and field.factory not in {list, dict, set, frozenset, tuple}:
        return msgspec.UNSET
    value = field.make_default()
    if value is NO_DEFAULT or value is msgspec.UNSET:
        return msgspec.UNSET
    try:
        return msgspec.to_builtins(value)
    except (TypeError, ValueError):
        return msgspec.UNSET
