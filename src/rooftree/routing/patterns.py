"""Patterns of paths, as they are written: ``/items/{id:int}``."""

from __future__ import annotations

import enum
import keyword
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rooftree.base import RouteError, regex
from rooftree.routing.converters import (
    BUILT_IN,
    MISMATCH,
    Converter,
    CustomConverter,
    custom_converter,
    regex_converter,
)
from rooftree.routing.paths import MAX_PATH, MAX_SEGMENTS, quote_segment

__all__ = ["Converters", "Parameter", "Pattern", "Piece", "check_names", "pieces_of"]


class Converters:
    """The converters that patterns may name: the built-in ones and those registered."""

    __slots__ = ("by_name",)

    def __init__(self, known: Mapping[str, Converter] = BUILT_IN) -> None:
        self.by_name = dict(known)

    def add(self, name: str, declared: type[enum.Enum | CustomConverter[Any]], *, at: str | None = None) -> None:
        """Register an enum, or a class with ``pattern``, ``parse`` and ``format``, under a name.

        Raises:
            RouteError: R110 where the class does not fit or the name is taken.
        """
        if not name.isidentifier() or name == "regex":
            raise RouteError(
                "R110", f"A converter cannot be called '{name}'.", "Use a name like 'slug' of its own.", at=at
            )
        converter = custom_converter(name, declared, at)
        known = self.by_name.get(name)
        if known is not None and known.key != converter.key:
            raise RouteError("R110", f"There is already a converter '{name}'.", "Choose another name.", at=at)
        self.by_name[name] = converter

    def find(self, name: str, argument: str | None, pattern: str, at: str | None) -> Converter:
        """Return the converter that a pattern names.

        Raises:
            RouteError: R105 for a name that nothing is registered under, R108 and R109 for a regular expression.
        """
        if name == "regex":
            if not argument:
                raise RouteError(
                    "R108", f"'{pattern}' has a regex without an expression.", "Write {name:regex([a-z]+)}.", at=at
                )
            return regex_converter(argument, at=at)
        converter = self.by_name.get(name)
        if converter is None:
            from difflib import get_close_matches

            known = [*sorted(self.by_name), "regex"]
            close = get_close_matches(name, known, 1)
            remedy = f"Did you mean '{close[0]}'? " if close else ""
            raise RouteError(
                "R105",
                f"'{pattern}' names a converter '{name}' that is not known.",
                f"{remedy}Known are {', '.join(known)}; app.converter('{name}', ...) adds one.",
                at=at,
            )
        if argument is not None:
            raise RouteError(
                "R105",
                f"'{pattern}' gives the converter '{name}' an argument, '{argument}', but it takes none.",
                f"Write {{...:{name}}}.",
                at=at,
            )
        return converter


class Parameter:
    """A parameter of a pattern, with what stands around it in its segment or label."""

    __slots__ = ("converter", "name", "prefix", "suffix")

    def __init__(self, name: str, converter: Converter, prefix: str = "", suffix: str = "") -> None:
        self.name = name
        self.converter = converter
        self.prefix = prefix
        self.suffix = suffix

    @property
    def greedy(self) -> bool:
        """Whether it takes several segments."""
        return self.converter.name == "path"

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for parameters that take the same segments; their names do not count."""
        return (self.prefix, self.suffix, *self.converter.key)

    def taker(self) -> Callable[[str], Any] | None:
        """Return what makes a value, or ``MISMATCH``, of a segment; ``None`` where the segment itself is the value."""
        match, prefix, suffix = self.converter.match, self.prefix, self.suffix
        if not prefix and not suffix:
            return None if self.converter.key == ("str",) else match
        start, shortest = len(prefix), len(prefix) + len(suffix) + 1

        def take(segment: str) -> Any:
            if len(segment) < shortest or not segment.startswith(prefix) or not segment.endswith(suffix):
                return MISMATCH
            return match(segment[start : len(segment) - len(suffix)])

        return take


Piece = str | Parameter

_FOREIGN = regex(r"<(?:(\w+):)?(\w+)>")
_START = r"\{([^{}:()/]*)(?::([^{}()/]*))?"


def pieces_of(text: str, converters: Converters, at: str | None) -> Iterator[Piece]:
    """Give the literal texts and the parameters of a pattern in order.

    Raises:
        RouteError: R103 for braces that are not ``{name}`` or ``{name:converter}``, R105, R108, R109.
    """
    position = 0
    while position < len(text):
        opening = text.find("{", position)
        literal = text[position:] if opening < 0 else text[position:opening]
        if "}" in literal:
            raise _malformed(text, at)
        foreign = _FOREIGN.search(literal) if "<" in literal else None
        if foreign is not None:
            written = f"{{{foreign[2]}:{foreign[1]}}}" if foreign[1] else f"{{{foreign[2]}}}"
            raise RouteError(
                "R103", f"'{text}' has '{foreign[0]}', which is no parameter here.", f"Write {written}.", at=at
            )
        if literal:
            yield literal
        if opening < 0:
            return
        start = re.match(_START, text[opening:])
        name, kind, position = (start[1], start[2], opening + start.end()) if start else ("", "", opening)
        argument = None
        if kind and text.startswith("(", position):
            closing = _closing(text, position)
            if closing < 0:
                raise _malformed(text, at)
            argument, position = text[position + 1 : closing], closing + 1
        if not text.startswith("}", position) or kind == "":
            raise _malformed(text, at)
        position += 1
        if not name.isidentifier() or keyword.iskeyword(name):
            raise RouteError(
                "R103",
                f"'{text}' has a parameter '{name}', which cannot be the name of a Python parameter.",
                "Use letters, digits and '_'.",
                at=at,
            )
        yield Parameter(name, converters.find(kind or "str", argument, text, at))


def _malformed(text: str, at: str | None) -> RouteError:
    return RouteError(
        "R103",
        f"'{text}' has braces that are no parameter.",
        "Write {name}, {name:converter} or {name:regex(...)}.",
        at=at,
    )


def _closing(text: str, opening: int) -> int:
    """Return the position of the parenthesis that closes the one at ``opening``; -1 where none does."""
    depth, position, in_class = 0, opening, False
    while position < len(text):
        sign = text[position]
        if sign == "\\":
            position += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
            if text.startswith("]", position + 1) or text.startswith("^]", position + 1):
                position = text.index("]", position)
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return -1


class Pattern:
    """The pattern of a path.

    Attributes:
        text: As it is written: ``"/items/{id:int}"``.
        segments: What stands between the slashes: a literal text, or a parameter; the last is ``""`` where the pattern
            ends in a slash.
        parameters: Its parameters in order.

    Raises:
        RouteError: R101 to R109 and R113, each with the place and a remedy.
    """

    __slots__ = ("parameters", "segments", "text")

    def __init__(self, text: str, converters: Converters | None = None, *, at: str | None = None) -> None:
        self.text: Final = text
        self.segments: Final = tuple(_segments(text, converters or Converters(), at))[1:]
        _check_segments(text, self.segments, at)
        self.parameters: Final = tuple(part for part in self.segments if isinstance(part, Parameter))
        check_names(text, self.parameters, at)

    @property
    def params(self) -> dict[str, type[Any]]:
        """The type of each parameter's value by name, in order: ``str`` for a plain ``{id}``."""
        return {parameter.name: parameter.converter.type for parameter in self.parameters}

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for patterns that match the same paths."""
        return tuple(part if isinstance(part, str) else part.key for part in self.segments)

    @property
    def raw(self) -> bytes | None:
        """The path on the wire, in canonical form; ``None`` for a pattern with parameters."""
        if self.parameters:
            return None
        return ("/" + "/".join(quote_segment(part) for part in self.segments if isinstance(part, str))).encode("ascii")

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"


def _check_segments(text: str, segments: tuple[Piece, ...], at: str | None) -> None:
    if "" in segments[:-1] or "." in segments or ".." in segments:
        raise RouteError(
            "R102",
            f"The pattern '{text}' has an empty, '.' or '..' segment, and no path with one ever matches.",
            "Leave it out.",
            at=at,
        )


def check_names(text: str, parameters: tuple[Parameter, ...], at: str | None) -> None:
    """Raise where two parameters share a name (R104), or two take several segments (R107)."""
    names = [parameter.name for parameter in parameters]
    for name in names:
        if names.count(name) > 1:
            raise RouteError(
                "R104", f"'{text}' has two parameters called '{name}'.", "Give each a name of its own.", at=at
            )
    greedy = [parameter for parameter in parameters if parameter.greedy]
    if len(greedy) > 1:
        raise RouteError(
            "R107",
            f"'{text}' has two parameters that take several segments, "
            f"'{greedy[0].name}' and '{greedy[1].name}': where one ends would be a guess.",
            "Keep one ':path'.",
            at=at,
        )


_FORBIDDEN = frozenset("%?#\\\x7f").union(map(chr, range(0x20)))


def _segments(text: str, converters: Converters, at: str | None) -> Iterator[str | Parameter]:
    if not text.startswith("/"):
        raise RouteError("R101", f"The pattern '{text}' does not start with '/'.", f"Write '/{text}'.", at=at)
    if len(text) > MAX_PATH or text.count("/") >= MAX_SEGMENTS:
        raise RouteError(
            "R113",
            f"The pattern '{text[:40]}...' has {len(text)} characters in {text.count('/')} segments, "
            f"and no path of more than {MAX_PATH} bytes or {MAX_SEGMENTS - 1} segments matches.",
            "Shorten it.",
            at=at,
        )
    before, parameter, after = "", None, ""
    for piece in pieces_of(text, converters, at):
        if isinstance(piece, Parameter):
            if parameter is not None:
                raise RouteError(
                    "R106",
                    f"'{text}' has the parameters '{parameter.name}' and '{piece.name}' in one segment.",
                    "Put a '/' between them, or take the segment as one parameter and split it in the handler.",
                    at=at,
                )
            before, parameter, after = after, piece, ""
            continue
        _check_literal(text, piece, at)
        first, *others = piece.split("/")
        after += first
        for other in others:
            yield _segment(text, before, parameter, after, at)
            before, parameter, after = "", None, other
    yield _segment(text, before, parameter, after, at)


def _check_literal(text: str, literal: str, at: str | None) -> None:
    found = next((character for character in literal if character in _FORBIDDEN), None)
    if found is not None:
        raise RouteError(
            "R102",
            f"The pattern '{text}' holds {found!r}, which is no part of a path as people read it.",
            "Leave out query and fragment, and write characters themselves: escapes are undone before comparing.",
            at=at,
        )


def _segment(text: str, before: str, parameter: Parameter | None, after: str, at: str | None) -> str | Parameter:
    if parameter is None:
        return after
    if parameter.greedy and (before or after):
        raise RouteError(
            "R107",
            f"'{text}' has '{before or after}' in one segment with '{parameter.name}', which takes whole segments.",
            "Put a '/' between them.",
            at=at,
        )
    return Parameter(parameter.name, parameter.converter, before, after)
