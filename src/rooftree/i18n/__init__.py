"""Texts in the language of whoever reads them; dates, numbers and money as they are written there."""

from rooftree.i18n.catalogs import Catalogs, find_locale, read_catalog
from rooftree.i18n.faults import fault_text
from rooftree.i18n.formats import (
    FILTERS,
    format_currency,
    format_date,
    format_datetime,
    format_list,
    format_number,
    format_percent,
    format_relative,
    format_time,
)
from rooftree.i18n.locale import ENGLISH, Direction, Locale, current_locale, normalized
from rooftree.i18n.parsing import parse_date, parse_number, parse_time
from rooftree.i18n.scripts import ScriptCatalog, script_of
from rooftree.i18n.text import Text, gettext, ngettext, npgettext, pgettext, translate

_ = gettext
"""Mark a message for translation: ``_("Saved %(name)s.", name=name)``. It is ``gettext`` by its usual name."""

__all__ = [
    "ENGLISH",
    "FILTERS",
    "Catalogs",
    "Direction",
    "Locale",
    "ScriptCatalog",
    "Text",
    "_",
    "current_locale",
    "fault_text",
    "find_locale",
    "format_currency",
    "format_date",
    "format_datetime",
    "format_list",
    "format_number",
    "format_percent",
    "format_relative",
    "format_time",
    "gettext",
    "ngettext",
    "normalized",
    "npgettext",
    "parse_date",
    "parse_number",
    "parse_time",
    "pgettext",
    "read_catalog",
    "script_of",
    "translate",
]
