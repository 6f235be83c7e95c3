"""What is wrong with a value, said to a person: by the code and the parameters of the fault, in any language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from rooftree.i18n.text import Text, ngettext
from rooftree.i18n.text import gettext as _

__all__ = ["fault_text"]

_WORD = re.compile("`(\\w+)`")


def fault_text(code: str, params: Mapping[str, Any], message: str = "") -> Text:
    """Return the sentence for a fault, as forms show it and problem documents in other languages than English.

    >>> str(fault_text("greater_than", {"limit": 0}))
    'Enter a value greater than 0.'

    Args:
        code: The name of the rule: ``"missing"``, ``"greater_than"``.
        params: What the rule says beside it: ``{"limit": 0}``.
        message: The technical text, which tells texts from lists where the code does not; it is shown for a code
            that has no sentence.
    """
    make = _SENTENCES.get(code)
    if make is None:
        return Text(message or code)
    try:
        return make(params, message)
    except (KeyError, TypeError, ValueError):  # a fault of somebody else's, under a code of ours
        return Text(message or code)


def _type(params: Mapping[str, Any], message: str) -> Text:
    expected = str(params.get("expected") or _word(message)).lower()
    return _TYPES.get(expected, _("Enter a valid value."))


def _format(params: Mapping[str, Any], _message: str) -> Text:
    return _TYPES.get(str(params["format"]), _("Enter a valid value."))


def _too_short(params: Mapping[str, Any], message: str) -> Text:
    limit = int(params["limit"])
    if _word(message) in {"array", "object"}:
        return ngettext("Choose at least %(count)s entry.", "Choose at least %(count)s entries.", limit)
    return ngettext("Enter at least %(count)s character.", "Enter at least %(count)s characters.", limit)


def _too_long(params: Mapping[str, Any], message: str) -> Text:
    limit = int(params["limit"])
    if _word(message) in {"array", "object"}:
        return ngettext("Choose at most %(count)s entry.", "Choose at most %(count)s entries.", limit)
    return ngettext("Enter at most %(count)s character.", "Enter at most %(count)s characters.", limit)


def _length(params: Mapping[str, Any], _message: str) -> Text:
    return ngettext("Give exactly %(count)s entry.", "Give exactly %(count)s entries.", int(params["length"]))


def _too_many(params: Mapping[str, Any], _message: str) -> Text:
    return ngettext("Send at most %(count)s entry.", "Send at most %(count)s entries.", int(params["limit"]))


def _decimal_places(params: Mapping[str, Any], _message: str) -> Text:
    return ngettext(
        "Enter at most %(count)s digit after the decimal separator.",
        "Enter at most %(count)s digits after the decimal separator.",
        int(params["limit"]),
    )


def _max_digits(params: Mapping[str, Any], _message: str) -> Text:
    return ngettext(
        "Enter at most %(count)s digit in all.", "Enter at most %(count)s digits in all.", int(params["limit"])
    )


def _word(message: str) -> str:
    found = _WORD.search(message)
    return found[1].lower() if found else ""


def _plain(text: Text) -> Callable[[Mapping[str, Any], str], Text]:
    return lambda _params, _message: text


def _limit(text: Text, name: str = "limit") -> Callable[[Mapping[str, Any], str], Text]:
    return lambda params, _message: Text(text.message, params={"limit": params[name]})


def _file_size(params: Mapping[str, Any], _message: str) -> Text:
    return _("This file is too large: at most %(limit)s are taken.", limit=_bytes(params["limit"]))


def _bytes(limit: Any) -> str:
    """Return a number of bytes as people read it; a text is one already."""
    if not isinstance(limit, int):
        return str(limit)
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if limit >= size:
            return f"{limit / size:.4g} {unit}"
    return f"{limit} B"


def _unknown_parameter(params: Mapping[str, Any], _message: str) -> Text:
    if "meant" in params:
        return _("This is not known here. Did you mean %(name)s?", name=params["meant"])
    return _("This is not known here.")


def _file_type(params: Mapping[str, Any], _message: str) -> Text:
    return _("Files of this type are not taken here. Choose one of: %(types)s.", types=params["types"])


_TYPES: Final[dict[str, Text]] = {
    "int": _("Enter a whole number."),
    "float": _("Enter a number."),
    "decimal": _("Enter a number."),
    "bool": _("Choose yes or no."),
    "str": _("Enter a text."),
    "date": _("Enter a date."),
    "time": _("Enter a time."),
    "datetime": _("Enter a date and a time."),
    "duration": _("Enter a span of time."),
    "uuid": _("Enter a valid identifier."),
    "array": _("Give a list."),
    "object": _("Give a group of values."),
}
_SENTENCES: Final[dict[str, Callable[[Mapping[str, Any], str], Text]]] = {
    "missing": _plain(_("This is required.")),
    "type": _type,
    "format": _format,
    "greater_than": _limit(_("Enter a value greater than %(limit)s.")),
    "greater_than_equal": _limit(_("Enter a value of at least %(limit)s.")),
    "less_than": _limit(_("Enter a value less than %(limit)s.")),
    "less_than_equal": _limit(_("Enter a value of at most %(limit)s.")),
    "multiple_of": _limit(_("Enter a multiple of %(limit)s."), "step"),
    "too_short": _too_short,
    "too_long": _too_long,
    "length": _length,
    "too_many": _too_many,
    "decimal_places": _decimal_places,
    "max_digits": _max_digits,
    "pattern": _plain(_("This does not have the expected form.")),
    "choice": _plain(_("Choose one of the options.")),
    "tag": _plain(_("Choose one of the options.")),
    "repeated": _plain(_("Give one value only.")),
    "unknown_field": _plain(_("This field is not known here.")),
    "unknown_parameter": _unknown_parameter,
    "cursor": _plain(_("This list goes on from another place. Begin it again.")),
    "used": _plain(_("This was used for another request. Use a new one.")),
    "no_such_row": _plain(_("There is no such entry.")),
    "fixed": _plain(_("This cannot be changed.")),
    "check": _plain(_("This does not keep the rules.")),
    "timezone": lambda params, _message: (
        _("Give the time zone too.") if params["timezone"] else _("Leave the time zone out.")
    ),
    "not_finite": _plain(_("Enter a finite number.")),
    "out_of_range": _plain(_("This number is out of range.")),
    "value": _plain(_("Enter a valid value.")),
    "unique": _plain(_("This is taken already.")),
    "too_deep": _plain(_("This is nested too deeply.")),
    "too_complex": _plain(_("This is too complex.")),
    "malformed": _plain(_("The data cannot be read.")),
    "json": _plain(_("The data cannot be read.")),
    "utf8": _plain(_("The data cannot be read.")),
    "file_empty": _plain(_("This file is empty.")),
    "file_pixels": _plain(_("This picture has too many pixels.")),
    "file_frames": _plain(_("This picture has too many pixels.")),
    "file_image": _plain(_("This is no picture that can be read.")),
    "file_size": _file_size,
    "file_type": _file_type,
    "multipart": _plain(_("The data cannot be read.")),
}
