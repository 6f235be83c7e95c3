"""Converters: which texts a path parameter takes, the value they stand for, and the way back to text."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, Final, Protocol, TypeVar, cast
from uuid import UUID

from rooftree.base import RouteError
from rooftree.routing.regexes import MAX_REGEX_TEXT, why_slow

__all__ = ["BUILT_IN", "MISMATCH", "Converter", "CustomConverter", "custom_converter", "regex_converter", "text_of"]

T = TypeVar("T")

MISMATCH: Final = object()
"""What ``Converter.match`` returns for a text that is not its own."""

MAX_INT_TEXT: Final = 40
MAX_FLOAT_TEXT: Final = 400  # the largest double has 309 digits before its point


class CustomConverter(Protocol[T]):
    """What a converter of your own has; register it with ``app.converter("slug", Slug)``.

    Attributes:
        pattern: A regular expression that a whole segment must match before ``parse`` sees it.
    """

    pattern: str

    def parse(self, text: str) -> T:
        """Return the value of a decoded segment; a ``ValueError`` means that the route does not match."""
        ...

    def format(self, value: T) -> str:
        """Return the text of a value for a reverse URL; a ``ValueError`` means that there is none."""
        ...


class Converter:
    """How one kind of parameter matches, and how it is written.

    Attributes:
        name: As in the pattern: ``"int"``.
        key: Equal for converters that take the same texts for the same reason; what conflicts are found by.
        type: The type of the values.
        match: Returns the value of a non-empty decoded text, or ``MISMATCH``.
        format: Returns the text of a value, not yet percent-encoded; raises ``ValueError`` or ``TypeError``.
        rank: Lower ones are tried first.
        pattern: A regular expression of the texts, for documentation.
    """

    __slots__ = ("format", "key", "match", "name", "pattern", "rank", "type")

    def __init__(
        self,
        name: str,
        type: type[Any],
        match: Callable[[str], Any],
        format: Callable[[Any], str],
        *,
        rank: int,
        pattern: str,
        key: tuple[object, ...] | None = None,
    ) -> None:
        self.name = name
        self.key = (name,) if key is None else key
        self.type = type
        self.match = match
        self.format = format
        self.rank = rank
        self.pattern = pattern

    def __repr__(self) -> str:
        return f"<Converter {self.name}>"


# ---- built in


@cache
def _whole(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """Compile on first use: an application without such parameters does not pay for them."""
    return re.compile(pattern).fullmatch


def text_of(value: object) -> str:
    """Return the text of a plain value as a URL carries it.

    Raises:
        TypeError: It is of a type that has no one text.
    """
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_float(value)
    if isinstance(value, (int, UUID)):
        return str(value)
    isoformat = getattr(value, "isoformat", None)  # date, time, datetime
    if isoformat is not None:
        return cast("str", isoformat())
    from decimal import Decimal

    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no text in a URL")


def _match_int(text: str) -> Any:
    digits = text[1:] if text[0] == "-" else text
    return int(text) if digits.isdecimal() and digits.isascii() and len(text) <= MAX_INT_TEXT else MISMATCH


def _format_int(value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected int, got {type(value).__name__}")
    text = str(value) if value.bit_length() < 160 else ""
    if not text or len(text) > MAX_INT_TEXT:
        raise ValueError(f"an int in a path has at most {MAX_INT_TEXT} characters")
    return text


_FLOAT = r"-?[0-9]+(?:\.[0-9]+)?"


def _match_float(text: str) -> Any:
    return float(text) if len(text) <= MAX_FLOAT_TEXT and _whole(_FLOAT)(text) else MISMATCH


def format_float(value: float) -> str:
    """Return the shortest text without an exponent that reads back as ``value``.

    Raises:
        ValueError: It is infinite or not a number.
    """
    text = repr(value)
    if "n" in text:  # nan, inf
        raise ValueError(f"{text} has no text in a URL")
    if "e" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text


def _format_float(value: Any) -> str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"expected float, got {type(value).__name__}")
    return format_float(float(value))


_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def _match_uuid(text: str) -> Any:
    return UUID(text) if _whole(_UUID)(text) else MISMATCH


def _format_uuid(value: Any) -> str:
    if not isinstance(value, UUID):
        raise TypeError(f"expected UUID, got {type(value).__name__}")
    return str(value)


_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _match_date(text: str) -> Any:
    if _whole(_DATE)(text) is None:
        return MISMATCH
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2026-02-30
        return MISMATCH


def _format_date(value: Any) -> str:
    if type(value) is not date:
        raise TypeError(f"expected date, got {type(value).__name__}")
    return value.isoformat()


def _match_str(text: str) -> Any:
    return text


def _has_dots(text: str) -> bool:
    return "." in text and any(part in {".", ".."} for part in text.split("/"))


def _match_path(text: str) -> Any:
    # a decoded %2F is a slash here: what it makes of the path is looked at again
    return MISMATCH if text[0] == "/" or "//" in text or _has_dots(text) else text


def _format_path(value: Any) -> str:
    text = text_of(value)
    if not text or _match_path(text) is MISMATCH:
        raise ValueError("a path has no empty, '.' or '..' segments and does not start with '/'")
    return text


BUILT_IN: Final[Mapping[str, Converter]] = {
    converter.name: converter
    for converter in (
        Converter("uuid", UUID, _match_uuid, _format_uuid, rank=10, pattern=_UUID),
        Converter("date", date, _match_date, _format_date, rank=15, pattern=_DATE),
        Converter("int", int, _match_int, _format_int, rank=20, pattern="-?[0-9]+"),
        Converter("float", float, _match_float, _format_float, rank=30, pattern=_FLOAT),
        Converter("str", str, _match_str, text_of, rank=90, pattern="[^/]+"),
        Converter("path", str, _match_path, _format_path, rank=100, pattern=".+"),
    )
}


# ---- made on request


def regex_converter(source: str, *, at: str | None = None) -> Converter:
    """Return the converter of ``{name:regex(source)}``.

    Raises:
        RouteError: R108 for an expression that does not compile, R109 for one that could take very long.
    """
    shown = f"regex({source})"
    try:
        fullmatch = re.compile(source).fullmatch
    except (re.error, OverflowError) as error:
        raise RouteError(
            "R108", f"'{shown}' does not compile: {error}.", "Correct the regular expression.", at=at
        ) from None
    reason = why_slow(source)
    if reason:
        raise RouteError(
            "R109",
            f"'{shown}' could take a very long time for some paths: {reason}.",
            "Give repeats a small upper limit, as in '{1,9}', take one out of the other, or write a converter.",
            at=at,
        )

    def match(text: str) -> Any:
        return text if len(text) <= MAX_REGEX_TEXT and fullmatch(text) else MISMATCH

    def write(value: Any) -> str:
        text = text_of(value)
        if not text or match(text) is MISMATCH:
            raise ValueError(f"it does not match {shown}")
        return text

    return Converter("regex", str, match, write, rank=40, pattern=source, key=("regex", source))


def _enum_converter(name: str, declared: type[enum.Enum], at: str | None) -> Converter:
    texts: dict[str, enum.Enum] = {}
    for member in declared:
        try:
            text = text_of(member)
        except (TypeError, ValueError):
            text = ""
        if not text:
            raise RouteError(
                "R110",
                f"{declared.__name__}.{member.name} of the converter '{name}' has the value {member.value!r}, "
                "which has no text in a URL.",
                "Give each member a non-empty string or a number.",
                at=at,
            )
        texts[text] = member
    if not texts:
        raise RouteError(
            "R110",
            f"The enum {declared.__name__} of the converter '{name}' has no members, so it never matches.",
            "Give it members.",
            at=at,
        )

    def write(value: Any) -> str:
        return text_of(value if isinstance(value, declared) else declared(value))

    def match(text: str) -> Any:
        return texts.get(text, MISMATCH)

    pattern = "|".join(map(re.escape, texts))
    return Converter(name, declared, match, write, rank=5, pattern=pattern, key=("enum", declared))


def custom_converter(name: str, declared: type[enum.Enum | CustomConverter[Any]], at: str | None) -> Converter:
    """Return the converter of an enum, or of a class with ``pattern``, ``parse`` and ``format``.

    Raises:
        RouteError: R110 where the class lacks one of them, R108 and R109 for its pattern.
    """
    if issubclass(declared, enum.Enum):
        return _enum_converter(name, declared, at)
    missing = [part for part in ("pattern", "parse", "format") if not hasattr(declared, part)]
    if missing:
        raise RouteError(
            "R110",
            f"The converter '{name}' is the class {declared.__name__}, which has no {' and no '.join(missing)}.",
            "A converter is an enum or a class with 'pattern', 'parse' and 'format'.",
            at=at,
        )
    converter = declared()
    texts = regex_converter(converter.pattern, at=at)

    def match(text: str) -> Any:
        if texts.match(text) is MISMATCH:
            return MISMATCH
        try:
            return converter.parse(text)
        except ValueError:
            return MISMATCH

    def write(value: Any) -> str:
        return texts.format(converter.format(value))

    key = ("custom", declared)
    return Converter(name, _returned_type(declared), match, write, rank=40, pattern=converter.pattern, key=key)


def _returned_type(declared: type[CustomConverter[Any]]) -> type[Any]:
    from typing import get_type_hints

    try:
        returned = get_type_hints(declared.parse).get("return", str)
    except NameError:  # a type that is imported for checkers only
        return object
    return cast("type[Any]", returned)
