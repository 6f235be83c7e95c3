"""A language as a visitor has it: its texts, its direction, its ways to write numbers and dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from rooftree.base import Html, UsageError, current_call

if TYPE_CHECKING:
    import babel


__all__ = ["ENGLISH", "Direction", "Forms", "Key", "Locale", "babel_locale", "current_locale", "normalized"]

Direction = Literal["ltr", "rtl"]
Key = tuple[str, str]
Forms = tuple[tuple[str, ...], Callable[[int], int]]
"""The forms of one message in one language, and which of them stands for a number."""

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?")
RIGHT_TO_LEFT: Final = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ku-arab", "nqo", "pa-arab", "ps", "sd", "syr", "ug", "ur", "yi"}
)


class Languages(Protocol):
    """What has several languages: catalogs."""

    def locale(self, tag: str) -> Locale:
        """Return one of them."""
        ...


class _Escaped(dict[str, str]):
    """Messages in one language, escaped for HTML, each found once."""

    __slots__ = ("_gettext",)

    def __init__(self, gettext: Callable[[str], str]) -> None:
        super().__init__()
        self._gettext = gettext

    def __missing__(self, message: str) -> str:
        found = self[message] = str.__str__(Html.escape(self._gettext(message)))
        return found


class Locale:
    """One language of an application. A handler is given the visitor's where it names one: ``locale: Locale``.

    Attributes:
        tag: The language as HTML and HTTP write it (BCP 47): ``"de"``, ``"pt-BR"``, ``"zh-Hant"``.
        timezone: The IANA name of the time zone that moments are shown in.
        catalogs: Where its texts are from; they have other languages too.
        conventions: The tag of the language whose dates, numbers and money are written: that of the language itself, or
            with the region that was named (``"en-GB"``).
        escaped: Messages in this language, escaped for HTML. They are kept: ask it for what stands in sources alone.

    Raises:
        UsageError: L101 for what is no tag, or no region of it.
    """

    __slots__ = ("_babel", "_messages", "_name", "catalogs", "conventions", "escaped", "tag", "timezone")

    def __init__(
        self,
        tag: str,
        messages: Mapping[Key, Forms] | None = None,
        *,
        timezone: str = "UTC",
        catalogs: Languages | None = None,
        region: str = "",
        escaped: Mapping[str, str] | None = None,
    ) -> None:
        self.tag: Final = normalized(tag)
        self.conventions: Final = normalized(f"{tag}-{region}") if region else self.tag
        self.timezone: Final = timezone
        self.catalogs: Final = catalogs
        self._messages: Final[Mapping[Key, Forms]] = messages or {}
        self._babel: babel.Locale | None = None
        self.escaped: Final[Mapping[str, str]] = _Escaped(self.gettext) if escaped is None else escaped
        self._name: str | None = None

    @classmethod
    def __dependency__(cls, name: str, type: Any, optional: bool) -> Callable[..., Any]:
        """Give handlers the language of the request."""
        return _given

    @property
    def direction(self) -> Direction:
        """The direction of its script, as the attribute ``dir`` has it."""
        language, _, rest = self.tag.lower().partition("-")
        script = rest.partition("-")[0] if len(rest.partition("-")[0]) == 4 else ""
        if script:
            return "rtl" if script in {"arab", "hebr", "syrc", "thaa", "nkoo", "adlm"} else "ltr"
        return "rtl" if language in RIGHT_TO_LEFT else "ltr"

    @property
    def name(self) -> str:
        """Its name in itself: ``"Deutsch"``, ``"العربية"``.

        Raises:
            UsageError: L102 where Babel is not installed.
        """
        if self._name is None:
            itself = babel_locale(self.tag)
            name = itself.get_display_name(itself) or self.tag
            self._name = name[:1].upper() + name[1:]
        return self._name

    @property
    def babel(self) -> babel.Locale:
        """Babel's data of its conventions, for what is not here.

        Raises:
            UsageError: L102 where Babel is not installed, L104 for a language or region that it does not know.
        """
        if self._babel is None:
            self._babel = babel_locale(self.conventions)
        return self._babel

    def find(self, message: str, plural: str = "", count: int = 1, context: str = "") -> str | None:
        """Return a message's translation, without its values; ``None`` where the catalogs have none."""
        found = self._messages.get((context, message))
        if found is None:
            return None
        forms, form_of = found
        if not plural:
            return forms[0] or None
        index = form_of(count)
        return (forms[index] if index < len(forms) else "") or None

    def gettext(self, message: str) -> str:
        """Return a message in this language; the four of its kind are what Jinja2 and the standard library ask for."""
        return self.find(message) or message

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Return the form of a message for a number."""
        return self.find(singular, plural, count) or (singular if count == 1 else plural)

    def pgettext(self, context: str, message: str) -> str:
        """Return a message that has a context."""
        return self.find(message, context=context) or message

    def npgettext(self, context: str, singular: str, plural: str, count: int) -> str:
        """Return the form of a message that has a context."""
        return self.find(singular, plural, count, context) or (singular if count == 1 else plural)

    def at(self, timezone: str) -> Locale:
        """Return the same language with moments shown in another time zone.

        Raises:
            UsageError: L103 for a zone that there is not.
        """
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise UsageError(
                "L103", f"There is no time zone {timezone!r}.", "Use an IANA name, such as 'Europe/Berlin'."
            ) from error
        region = self.conventions[len(self.tag) + 1 :]
        return Locale(
            self.tag,
            self._messages,
            timezone=timezone,
            catalogs=self.catalogs,
            region=region,
            escaped=self.escaped,
        )

    @property
    def _identity(self) -> tuple[str, str, str]:
        return self.tag, self.conventions, self.timezone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Locale) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __str__(self) -> str:
        return self.tag

    def __repr__(self) -> str:
        return f"<Locale {self.tag}>"


def normalized(tag: str) -> str:
    """Return a tag in the case that it is written in: ``pt_br`` is ``pt-BR``.

    Raises:
        UsageError: L101 for what is no tag.
    """
    if not _TAG.fullmatch(tag):
        raise UsageError(
            "L101",
            f"{tag!r} is no language tag.",
            "Write a language, with a script or a region where it matters: 'de', 'pt-BR', 'zh-Hant'.",
        )
    language, *others = tag.replace("_", "-").split("-")
    return "-".join([language.lower(), *(part.title() if len(part) == 4 else part.upper() for part in others)])


def babel_locale(tag: str) -> babel.Locale:
    """Return Babel's data of a language.

    Raises:
        UsageError: L102 where Babel is not installed, L104 for a language that it does not know.
    """
    try:
        import babel
    except ImportError:
        raise UsageError(
            "L102",
            "Languages, dates, numbers and money need Babel, which is not installed.",
            "Run: pip install 'rooftree[i18n]'.",
        ) from None
    try:
        return babel.Locale.parse(tag, sep="-")
    except (babel.UnknownLocaleError, ValueError) as error:
        raise UsageError(
            "L104", f"Nothing is known of the language {tag!r}.", "Use a tag of the CLDR: 'de', 'pt-BR', 'zh-Hant'."
        ) from error


ENGLISH: Final = Locale("en")
"""What the sources are written in."""


def current_locale() -> Locale | None:
    """Return the language of the work at hand; ``None`` where the application has not said that it speaks any."""
    call = current_call.get(None)
    return None if call is None else call.locale


def _given() -> Locale:
    return current_locale() or ENGLISH
