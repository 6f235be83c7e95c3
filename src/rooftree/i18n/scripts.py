"""Texts for scripts in the browser, as a module of JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from rooftree.base import UsageError
from rooftree.i18n.locale import Key

__all__ = ["ScriptCatalog", "script_of"]

_PLURAL: Final = re.compile(r"[n0-9\s()?:<>=!&|%+*/-]{1,500}")
_KEY_BREAK: Final = "\x04"

_MODULE: Final = """\
const messages = %(messages)s;
const form = (n) => Number(%(plural)s);
export const language = %(tag)s;
const place = /%%\\((\\w+)\\)s|%%%%/g;
const fill = (text, values) =>
  values ? text.replace(place, (all, name) => (name ? values[name] ?? all : "%%")) : text;
const find = (context, text) => {
  const key = context ? `${context}\\u0004${text}` : text;
  return Object.hasOwn(messages, key) ? messages[key] : undefined;
};
export const gettext = (text, values) => fill(find("", text)?.[0] || text, values);
export const pgettext = (context, text, values) => fill(find(context, text)?.[0] || text, values);
export const npgettext = (context, one, many, count, values) =>
  fill(find(context, one)?.[form(count)] || (count === 1 ? one : many), { count, ...values });
export const ngettext = (one, many, count, values) => npgettext("", one, many, count, values);
"""


class ScriptCatalog(msgspec.Struct, frozen=True):
    """The texts of one language that scripts ask for.

    Attributes:
        plural: Which form stands for a number, as gettext writes it: ``n != 1``.
        messages: The forms of each message, by its context and the text in the source.
    """

    plural: str = "n != 1"
    messages: Mapping[Key, tuple[str, ...]] = {}


def script_of(catalog: ScriptCatalog, tag: str) -> str:
    """Return the module: ``gettext``, ``ngettext``, ``pgettext``, ``npgettext``, as in Python.

    Raises:
        UsageError: L105 where the rule of the plural is more than arithmetic.
    """
    if not _PLURAL.fullmatch(catalog.plural):
        raise UsageError("L105", f"The plural rule {catalog.plural!r} of {tag} cannot be read.", "Mend the catalog.")
    messages = {
        f"{context}{_KEY_BREAK}{text}" if context else text: forms
        for (context, text), forms in sorted(catalog.messages.items())
    }
    return _MODULE % {
        "messages": msgspec.json.encode(messages).decode(),
        "plural": catalog.plural,
        "tag": msgspec.json.encode(tag).decode(),
    }
