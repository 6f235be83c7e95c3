"""Controls for text."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from rooftree.forms.info import Surroundings
from rooftree.forms.widgets.base import Attributes, FieldInfo, NoValue, Texts, Widget, rules_of_field

__all__ = [
    "ColorInput",
    "EmailInput",
    "HiddenInput",
    "PasswordInput",
    "SearchInput",
    "TelephoneInput",
    "TextInput",
    "Textarea",
    "UrlInput",
]

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@(?:[^@\s.]{1,63}\.)+[^@\s.]{2,63}")
_COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_TELEPHONE: Final = re.compile(r"\+?[0-9(][0-9 ()./\-]{2,30}")
_WEB: Final = re.compile(r"(?i)https?://[^\s/?#@]+(?:[/?#]\S*)?")


class TextInput(Widget):
    """One line of text."""

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - as the base has it
        """The length and the pattern, where the browser reads it as Python does."""
        rules = rules_of_field(info)
        return {
            "minlength": rules.min_length or None,
            "maxlength": rules.max_length,
            "pattern": browser_pattern(rules.pattern),
        }


class Textarea(TextInput):
    """Several lines of text.

    Args:
        rows: How many lines it shows.
        attributes: See ``Widget``.
    """

    template = "forms/widgets/textarea.html"

    def __init__(self, rows: int = 5, **attributes: str | bool) -> None:
        super().__init__(**attributes)
        self.rows = rows

    def tidy(self, text: str) -> str:
        """Line breaks as Python writes them: forms send CR LF (HTML section 4.10.11)."""
        return text.replace("\r\n", "\n").replace("\r", "\n").rstrip() if text.strip() else ""

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:
        """The length: a text area has no pattern."""
        return {**super().html_attributes(info, around), "pattern": None, "rows": self.rows}


class Matched(TextInput):
    """Text of a form that its control checks in the browser, and that is checked here in the same way."""

    code: ClassVar[str] = ""
    shape: ClassVar[re.Pattern[str]]

    def text_of(self, text: str, info: FieldInfo, around: Surroundings) -> Any:  # noqa: ARG002 - as the base has it
        """The text, where it has the form.

        Raises:
            NoValue: It has not.
        """
        if len(text) > 2048 or not self.shape.fullmatch(text):
            raise NoValue(self.code)
        return text


class EmailInput(Matched):
    """An e-mail address."""

    type = "email"
    code = "format_email"
    shape = _EMAIL


class UrlInput(Matched):
    """The address of a web page."""

    type = "url"
    code = "format_url"
    shape = _WEB


class TelephoneInput(Matched):
    """A telephone number, as people write it."""

    type = "tel"
    code = "telephone"
    shape = _TELEPHONE


class SearchInput(TextInput):
    """Words to search for."""

    type = "search"


class ColorInput(Matched):
    """A colour, as ``#rrggbb``."""

    type = "color"
    code = "color"
    shape = _COLOR

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - as the base has it
        """None: the control lets nothing else be chosen."""
        return {}


class PasswordInput(TextInput):
    """A password: never shown again, never trimmed."""

    type = "password"
    redisplay = False

    def tidy(self, text: str) -> str:
        """As it was typed: blanks may be part of it."""
        return text

    def format(self, value: Any, around: Surroundings) -> Texts:  # noqa: ARG002 - as the base has it
        """Nothing, whatever the value is."""
        return []


class HiddenInput(Widget):
    """A value that nobody sees; whoever sends the form can change it all the same."""

    type = "hidden"
    hidden = True


def browser_pattern(pattern: str | None) -> str | None:
    """Return a pattern for the ``pattern`` attribute, ``None`` where a browser might read it in another way.

    A browser matches the whole text, by JavaScript's rules with the ``v`` flag (HTML section 4.10.5.3.6), where Python
    searches. Only what is anchored at both ends and made of what both languages share is handed over; the server
    checks in any case.
    """
    if pattern is None or not (pattern.startswith("^") and pattern.endswith(("$", r"\Z"))):
        return None
    inner = pattern[1:].removesuffix("$").removesuffix(r"\Z")
    return inner if _SHARED.fullmatch(inner) else None


_SHARED: Final = re.compile(
    r"(?:[A-Za-z0-9 @:,_]|\\[.+*?/]|\[[A-Za-z0-9_\-]*[A-Za-z0-9_]\]|[+*?]|\{[0-9]+(?:,[0-9]*)?\}|-)*"
)
