"""Values that came as text: of a path, a query, a form, headers, cookies.

Stricter than Python's own conversions (`int` takes ``" 1_0 "`` and digits of every script) and laxer than JSON: ``on``
is true, one value is a list of one, an empty text is `None` where the type allows that and nothing else fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from rooftree.base import regex
from rooftree.schema.check import compile_rules
from rooftree.schema.faults import MAX_FAULTS, Invalid, Path
from rooftree.schema.limits import broken
from rooftree.schema.names import nest
from rooftree.schema.nodes import Array, Choice, Fixed, Foreign, Leaf, Node, OneOf
from rooftree.schema.plain import is_dict, is_list, is_mapping
from rooftree.schema.translate import translate
from rooftree.schema.walk import BAD, Walk, accepts

__all__ = ["MAX_NUMBER_LENGTH", "TextWalk", "text_reader"]

MAX_NUMBER_LENGTH: Final = 1000
BOOLS: Final = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}
INTEGER: Final = regex(r"-?[0-9]+")
NUMBER: Final = regex(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
FAST: Final = 18
"""An int of so many digits costs the same as a short one."""


def text_reader(node: Node, limit: int = MAX_FAULTS) -> Callable[[Any], Any]:
    """Return a function from text to a value; it raises `Invalid` with every fault.

    What parameters mostly are (int, str, bool, an enum, and these or `None`) has a way of its own that calls nothing
    else where the text is good; everything else, and every bad text, takes the walk.
    """

    def slow(data: Any) -> Any:
        given = nest(node, data) if is_mapping(data) else data
        walk = TextWalk(limit)
        value = walk.run(node, given)
        if value is BAD:
            raise Invalid(walk.faults)
        return value

    return _fast(node, slow) or slow


def _fast(node: Node, slow: Callable[[Any], Any]) -> Callable[[Any], Any] | None:
    match node:
        case OneOf(members=[Leaf(kind="null"), Leaf() as leaf] | [Leaf() as leaf, Leaf(kind="null")]):
            return _fast(leaf, slow)
        case Leaf(kind="int"):
            return _int(compile_rules(node), slow)
        case Leaf(kind="str"):
            return _str(compile_rules(node), slow)
        case Leaf(kind="bool"):
            return _looked_up(BOOLS, slow)
        case Choice():
            return _looked_up(_choices(node), slow)
        case Leaf():
            return _converted(node, compile_rules(node), slow)
        case _:
            return None


def _int(check: Callable[[Any], bool] | None, slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(text: Any) -> Any:
        try:
            if text.isdigit() and len(text) <= FAST and text.isascii():
                return int(text)
        except AttributeError:  # a list of texts
            pass
        return slow(text)

    return read if check is None else _checked(read, check, slow)


def _str(check: Callable[[Any], bool] | None, slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(text: Any) -> Any:
        return text if type(text) is str else slow(text)

    return read if check is None else _checked(read, check, slow)


def _checked(
    read: Callable[[Any], Any], check: Callable[[Any], bool], slow: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    def read_checked(text: Any) -> Any:
        value = read(text)
        return value if value is None or check(value) else slow(text)

    return read_checked


def _converted(node: Leaf, check: Callable[[Any], bool] | None, slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    convert = TEXTS[node.kind]

    def read(text: Any) -> Any:
        if type(text) is str:
            try:
                value = convert(text, node)
            except msgspec.ValidationError:
                return slow(text)
            if value is not BAD and (check is None or check(value)):
                return value
        return slow(text)

    return read


def _looked_up(values: Mapping[str, Any], slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(text: Any) -> Any:
        if type(text) is str and text in values:
            return values[text]
        return slow(text)

    return read


def _choices(node: Choice) -> dict[str, Any]:
    choices: dict[str, Any] = {}
    for value, member in node.members:
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        choices.setdefault(text, member)
    return choices


class TextWalk(Walk):
    """The walk, over text."""

    def leaf(self, node: Leaf, data: Any, path: Path) -> Any:
        """A single value, or the last of several of one name."""
        data = last(data)
        if not isinstance(data, str):
            return super().leaf(node, data, path)
        try:
            value = TEXTS[node.kind](data, node)
        except msgspec.ValidationError as error:
            return self.fault(path, "format", str(error), {"format": node.kind})
        if value is BAD:
            return self.mismatch(node, data, path)
        if (fault := broken(node.kind, node.rules, value)) is not None:
            return self.fault(path, *fault)
        return value

    def choice(self, node: Choice, data: Any, path: Path) -> Any:
        """A value of an enum or a Literal, by its text."""
        data = last(data)
        if isinstance(data, str) and (member := _choices(node).get(data, BAD)) is not BAD:
            return member
        return super().choice(node, _as_value(node, data), path)

    def array(self, node: Array, data: Any, path: Path) -> Any:
        """Items of one type; one text is a list of one."""
        return super().array(node, [data] if isinstance(data, str) else data, path)

    def fixed(self, node: Fixed, data: Any, path: Path) -> Any:
        """A tuple; one text is a tuple of one."""
        return super().fixed(node, [data] if isinstance(data, str) else data, path)

    def foreign(self, node: Foreign, data: Any, path: Path) -> Any:
        """A Pydantic model, its lists told apart by its fields."""
        if is_dict(data):
            data = {name: _for_model(node.cls, name, value) for name, value in data.items()}
        return super().foreign(node, data, path)

    def one_of(self, node: OneOf, data: Any, path: Path) -> Any:
        """The member of a union that the text fits, `str` last."""
        text = last(data)
        if not isinstance(text, str):
            return super().one_of(node, data, path)
        # text fits `str` always: what says more is tried before it
        members = sorted((member for member in node.members if not _is_null(member)), key=_is_text)
        for member in members:
            attempt: Walk = TextWalk(self.limit, self.budget)
            value = attempt.run(member, data)
            self.budget = attempt.budget
            if value is not BAD:
                return value
        if text == "" and len(members) < len(node.members):
            return None
        return self.visit(members[0], data, path) if len(members) == 1 else self.mismatch(node, text, path)


def last(data: Any) -> Any:
    """Return the last of several values of one name: a checkbox after a hidden field wins over it."""
    return data[-1] if is_list(data) and data else data


def _is_null(node: Node) -> bool:
    return isinstance(node, Leaf) and node.kind == "null"


def _is_text(node: Node) -> bool:
    return isinstance(node, Leaf) and node.kind == "str"


def _as_value(node: Choice, data: Any) -> Any:
    """Return text as the type that the choices have, so that an enum's own `_missing_` sees it."""
    if isinstance(data, str) and accepts(node, "int") and (number := _to_int(data, None)) is not BAD:
        return number
    return data


def _for_model(cls: Any, name: str, value: Any) -> Any:
    """Return a value as a Pydantic model's field takes it: a list where it wants one, else the last of several."""
    for key, info in cls.__pydantic_fields__.items():
        if name in {key, info.alias}:
            wants = translate(info.annotation)
            several = isinstance(wants, Array | Fixed) or (
                isinstance(wants, OneOf) and any(isinstance(member, Array | Fixed) for member in wants.members)
            )
            return [value] if several and isinstance(value, str) else value if several else last(value)
    return value


# ---- single values; BAD where a text is none


def _to_int(text: str, node: Any) -> Any:  # noqa: ARG001 - one signature for all
    return int(text) if len(text) <= MAX_NUMBER_LENGTH and INTEGER.fullmatch(text) else BAD


def _to_float(text: str, node: Any) -> Any:  # noqa: ARG001 - as above
    if len(text) > MAX_NUMBER_LENGTH or not NUMBER.fullmatch(text) or math.isinf(number := float(text)):
        return BAD
    return number


def _to_decimal(text: str, node: Any) -> Any:  # noqa: ARG001 - as above
    if len(text) > MAX_NUMBER_LENGTH or not NUMBER.fullmatch(text):
        return BAD
    try:
        return Decimal(text)
    except InvalidOperation:
        return BAD


def _to_bool(text: str, node: Any) -> Any:  # noqa: ARG001 - as above
    return BOOLS.get(text.lower(), BAD)


def _to_str(text: str, node: Any) -> Any:  # noqa: ARG001 - as above
    return text


def _to_null(text: str, node: Any) -> Any:  # noqa: ARG001 - as above
    return None if text == "" else BAD


def _to_clock(text: str, node: Leaf) -> Any:
    # HTML's <input type="time"> and "datetime-local" leave the seconds out
    return msgspec.convert(text + ":00" if SHORT.fullmatch(text) else text, node.cls)


def _by_msgspec(text: str, node: Leaf) -> Any:
    return msgspec.convert(text, node.cls)


SHORT: Final = regex(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ])?[0-9]{2}:[0-9]{2}")
TEXTS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "int": _to_int,
    "float": _to_float,
    "decimal": _to_decimal,
    "bool": _to_bool,
    "str": _to_str,
    "null": _to_null,
    "bytes": _by_msgspec,
    "date": _by_msgspec,
    "duration": _by_msgspec,
    "uuid": _by_msgspec,
    "time": _to_clock,
    "datetime": _to_clock,
}
