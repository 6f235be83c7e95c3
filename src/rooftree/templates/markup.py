"""Where in HTML a place in a template is: a scanner of the markup around its expressions (WHATWG HTML section 13.2.5).

It reads only as exactly as its purpose needs: which kind of place an expression stands in. A place is plain data, so
that the places after two branches can be compared.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from html import unescape
from typing import Final, NamedTuple

__all__ = ["START", "Kind", "Place", "advance", "past_value", "script_state"]

RAW: Final = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"})
"""Elements whose content is text up to their end tag."""


class Kind(Enum):
    """A kind of place."""

    TEXT = auto()
    RAW_TEXT = auto()
    COMMENT = auto()
    TAG_NAME = auto()
    TAG = auto()  # between attributes
    ATTRIBUTE_NAME = auto()
    BEFORE_VALUE = auto()
    UNQUOTED = auto()
    SINGLE = auto()
    DOUBLE = auto()
    DECLARATION = auto()  # <!doctype ...>


class Place(NamedTuple):
    """A place.

    Attributes:
        kind: Its kind.
        tag: The element, in lower case: of a tag the one that it is of, of raw text the one that it is in.
        attribute: The attribute, in lower case.
        begun: Of a value: 0 nothing of it stands before, 1 something, 2 something with ``: / ? #`` in it.
        text: Of a script: what it is inside of, as ``script_state`` says.
    """

    kind: Kind = Kind.TEXT
    tag: str = ""
    attribute: str = ""
    begun: int = 0
    text: str = ""


START: Final = Place()
_NAME: Final = re.compile(r"[^\s/>=]+")
_TAG: Final = re.compile(r"<(/?)(?=[A-Za-z]|$)|<(!--)|<([!?])")
_NAME_END: Final = re.compile(r"[\s/>]")
_DELIMITER: Final = re.compile(r"[:/?#]")


def advance(place: Place, text: str) -> Place:
    """Return the place after some markup."""
    at = 0
    while at < len(text):
        place, at = _STEPS[place.kind](place, text, at)
    return place


def past_value(place: Place) -> Place:
    """Return the place after an expression."""
    if place.kind is Kind.BEFORE_VALUE:
        return place._replace(kind=Kind.UNQUOTED, begun=1)
    if place.kind in {Kind.SINGLE, Kind.DOUBLE}:
        return place._replace(begun=max(place.begun, 1))
    if place.kind is Kind.TAG_NAME:
        return place._replace(tag=place.tag or "?")
    return place


def _in_text(_: Place, text: str, at: int) -> tuple[Place, int]:
    found = _TAG.search(text, at)
    if found is None:
        return START, len(text)
    if found[2]:
        return Place(Kind.COMMENT), found.end()
    if found[3]:
        return Place(Kind.DECLARATION), found.end()
    return Place(Kind.TAG_NAME, "/" if found[1] else ""), found.end()


def _in_raw_text(place: Place, text: str, at: int) -> tuple[Place, int]:
    end = re.compile(rf"</{re.escape(place.tag)}(?=[\s/>])", re.IGNORECASE).search(text, at)
    if end is None:
        inside = script_state(place.text + text[at:]) if place.tag == "script" else ""
        return place._replace(text=inside), len(text)
    return Place(Kind.TAG_NAME, f"/{place.tag}"), end.end()


def _in_comment(place: Place, text: str, at: int) -> tuple[Place, int]:
    end = text.find("-->", at)
    return (place, len(text)) if end < 0 else (START, end + 3)


def _in_declaration(place: Place, text: str, at: int) -> tuple[Place, int]:
    end = text.find(">", at)
    return (place, len(text)) if end < 0 else (START, end + 1)


def _in_tag_name(place: Place, text: str, at: int) -> tuple[Place, int]:
    end = _NAME_END.search(text, at)
    stop = len(text) if end is None else end.start()
    named = place._replace(tag=place.tag + text[at:stop].lower())
    return named._replace(kind=Kind.TAG_NAME if end is None else Kind.TAG), stop


def _in_tag(place: Place, text: str, at: int) -> tuple[Place, int]:
    character = text[at]
    if character == ">":
        if place.tag in RAW:
            return Place(Kind.RAW_TEXT, place.tag), at + 1
        return START, at + 1
    if character.isspace() or character == "/":
        return place._replace(kind=Kind.TAG, attribute=""), at + 1
    return place._replace(kind=Kind.ATTRIBUTE_NAME, attribute=""), at


def _in_attribute_name(place: Place, text: str, at: int) -> tuple[Place, int]:
    if text[at] == "=":
        return place._replace(kind=Kind.BEFORE_VALUE), at + 1
    found = _NAME.match(text, at)
    if found is not None:
        return place._replace(attribute=place.attribute + found[0].lower()), found.end()
    stop = at
    while stop < len(text) and text[stop].isspace():
        stop += 1
    if stop < len(text) and text[stop] == "=":
        return place._replace(kind=Kind.BEFORE_VALUE), stop + 1
    return place._replace(kind=Kind.TAG, attribute=""), at


def _before_value(place: Place, text: str, at: int) -> tuple[Place, int]:
    character = text[at]
    if character.isspace():
        return place, at + 1
    if character == ">":
        return place._replace(kind=Kind.TAG), at
    if character in {'"', "'"}:
        kind = Kind.DOUBLE if character == '"' else Kind.SINGLE
        return place._replace(kind=kind, begun=0), at + 1
    return place._replace(kind=Kind.UNQUOTED, begun=1), at


def _in_unquoted(place: Place, text: str, at: int) -> tuple[Place, int]:
    stop = at
    while stop < len(text) and not text[stop].isspace() and text[stop] != ">":
        stop += 1
    return (place, stop) if stop == len(text) else (place._replace(kind=Kind.TAG, attribute="", begun=0), stop)


def _in_quoted(place: Place, text: str, at: int) -> tuple[Place, int]:
    end = text.find('"' if place.kind is Kind.DOUBLE else "'", at)
    if end >= 0:
        return place._replace(kind=Kind.TAG, attribute="", begun=0), end + 1
    value = unescape(text[at:])
    begun = 2 if _DELIMITER.search(value) else 1 if value.strip() else 0
    return place._replace(begun=max(place.begun, begun)), len(text)


_STEPS: Final = {
    Kind.TEXT: _in_text,
    Kind.RAW_TEXT: _in_raw_text,
    Kind.COMMENT: _in_comment,
    Kind.DECLARATION: _in_declaration,
    Kind.TAG_NAME: _in_tag_name,
    Kind.TAG: _in_tag,
    Kind.ATTRIBUTE_NAME: _in_attribute_name,
    Kind.BEFORE_VALUE: _before_value,
    Kind.UNQUOTED: _in_unquoted,
    Kind.SINGLE: _in_quoted,
    Kind.DOUBLE: _in_quoted,
}

_SCRIPT: Final = re.compile(r"//|/\*|\*/|\\.|[\"'`\n]", re.DOTALL)


def script_state(script: str) -> str:
    """Return what a script ends inside of: a string (its quotation mark), a comment (``//``, ``/*``), or ``""``.

    Regular expressions are not told apart from divisions; a string with ``"`` or ``'`` ends with its line, so a mark
    inside of one misleads for that line at most.
    """
    inside = ""
    for found in _SCRIPT.finditer(script):
        inside = _after(inside, found[0])
    return inside


def _after(inside: str, piece: str) -> str:
    """Return what a script is inside of after one more piece that may change it."""
    if piece == "\n":
        return inside if inside in {"`", "/*"} else ""
    if inside == "//":
        return inside
    if inside == "/*":
        return "" if piece == "*/" else inside
    if inside:
        return "" if piece == inside else inside
    return piece if piece in {'"', "'", "`", "//", "/*"} else ""
