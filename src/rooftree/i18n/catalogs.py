"""gettext catalogs: those of the application over those of plug-ins over the framework's own, merged once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rooftree.base import UsageError
from rooftree.i18n.locale import Forms, Key, Locale, current_locale, normalized
from rooftree.i18n.scripts import ScriptCatalog

if TYPE_CHECKING:
    from babel.messages import Catalog as BabelCatalog

__all__ = ["Catalogs", "find_locale", "framework_catalogs", "read_catalog"]

FRAMEWORK: Final = Path(__file__).parent / "locales"
MAX_BYTES: Final = 16 * 1024 * 1024


class Catalogs:
    """The texts of an application in every language that it has.

    Each folder holds ``de/LC_MESSAGES/messages.po``, as gettext's tools lay them out. A compiled ``messages.mo`` is
    read in its place where it is not older. A language is read when it is first asked for, and kept.

    Args:
        folders: Those of the application first; what stands in an earlier one wins. The framework's own come last.
        timezone: The IANA name of the zone that moments are shown in unless a visitor has another.
        regions: The region whose conventions a language follows: ``{"en": "GB"}``.
    """

    def __init__(
        self,
        folders: Sequence[str | os.PathLike[str]] = (),
        *,
        timezone: str = "UTC",
        regions: Mapping[str, str] | None = None,
    ) -> None:
        self._folders = [Path(folder) for folder in folders]
        self._timezone = timezone
        self._regions = dict(regions or {})
        self._locales: dict[str, Locale] = {}
        self._scripts: dict[str, ScriptCatalog] = {}

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where catalogs are looked for, what wins first."""
        return (*self._folders, FRAMEWORK)

    def add(self, folder: str | os.PathLike[str], *, first: bool = False) -> None:
        """Look in the folder of a plug-in too, after those that are there, or ``first``."""
        self._folders.insert(0 if first else len(self._folders), Path(folder))
        self._locales.clear()
        self._scripts.clear()

    def locale(self, tag: str) -> Locale:
        """Return a language with its texts: those of ``de-AT`` over those of ``de``.

        Raises:
            UsageError: L101 for what is no tag, L105 for a catalog that cannot be read.
        """
        known = self._locales.get(tag) or self._locales.get(tag := normalized(tag))
        if known is None:
            region = self._regions.get(tag, "")
            known = Locale(tag, self._merged(tag), timezone=self._timezone, catalogs=self, region=region)
            self._locales[tag] = known
        return known

    def has_own(self, tag: str) -> bool:
        """Tell whether a catalog of the application or of a plug-in is in a language."""
        return any(
            FRAMEWORK not in folder.parents and _newest(folder, "messages") is not None
            for folder in self._places(normalized(tag))
        )

    def script_catalog(self, tag: str) -> ScriptCatalog:
        """Return the texts that scripts in the browser ask for: those of ``script.po``, in the most specific language.

        Raises:
            UsageError: L101 for what is no tag, L105 for a catalog that cannot be read.
        """
        tag = normalized(tag)
        if (known := self._scripts.get(tag)) is None:
            known = self._scripts[tag] = self._script_catalog(tag)
        return known

    def _script_catalog(self, tag: str) -> ScriptCatalog:
        plural, messages = ScriptCatalog().plural, dict[Key, tuple[str, ...]]()
        for folder in self._places(tag):
            path = _newest(folder, "script")
            if path is not None:
                plural = read_catalog(path).plural_expr
                messages.update({key: forms for key, (forms, _) in _forms(path).items()})
        return ScriptCatalog(plural, messages)

    def _places(self, tag: str) -> Iterator[Path]:
        """Give the folders that may hold catalogs of a language; what comes later wins."""
        parts = tag.split("-")
        for length in range(1, len(parts) + 1):  # what is more specific comes later
            for folder in reversed(self.folders):
                yield folder / "_".join(parts[:length]) / "LC_MESSAGES"

    def _merged(self, tag: str) -> dict[Key, Forms]:
        merged: dict[Key, Forms] = {}
        for folder in self._places(tag):
            for domain in ("rooftree", "messages"):
                path = _newest(folder, domain)
                if path is not None:
                    merged.update(_forms(path))
        return merged


def _newest(folder: Path, domain: str) -> Path | None:
    """Return the compiled catalog where it is not older than its source; else the source."""
    source, compiled = folder / f"{domain}.po", folder / f"{domain}.mo"
    if compiled.is_file() and (not source.is_file() or compiled.stat().st_mtime >= source.stat().st_mtime):
        return compiled
    return source if source.is_file() else None


def read_catalog(path: Path) -> BabelCatalog:
    """Return the catalog in a file, ``.po`` or ``.mo``.

    Raises:
        UsageError: L102 where Babel is not installed, L105 for a file that cannot be read.
    """
    try:
        from babel.messages.mofile import read_mo
        from babel.messages.pofile import PoFileError, read_po
    except ImportError:
        raise UsageError(
            "L102",
            "Languages, dates, numbers and money need Babel, which is not installed.",
            "Run: pip install 'rooftree[i18n]'.",
        ) from None
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES} bytes")
        with path.open("rb") as file:
            return read_mo(file) if path.suffix == ".mo" else read_po(file, abort_invalid=True)
    except (OSError, ValueError, KeyError, PoFileError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> UsageError:
    return UsageError("L105", f"The catalog {path} cannot be read: {error}.", "Mend the file.")


def _forms(path: Path) -> dict[Key, Forms]:
    """Return what is translated, without what still has to be looked at (``fuzzy``)."""
    catalog = read_catalog(path)
    try:
        form_of = c2py(catalog.plural_expr)
    except ValueError as error:
        raise _unreadable(path, error) from error
    found: dict[Key, Forms] = {}
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        first = message.id[0] if isinstance(message.id, list | tuple) else message.id
        forms = tuple(message.string) if isinstance(message.string, list | tuple) else (message.string or "",)
        if any(forms):
            found[message.context or "", str(first)] = (tuple(form or "" for form in forms), form_of)
    return found


@cache
def framework_catalogs() -> Catalogs:
    """Return the framework's own texts, for work outside of an application that speaks languages."""
    return Catalogs()


def find_locale(tag: str) -> Locale:
    """Return the application's language of a tag; outside of one, what the framework can say in it.

    Raises:
        UsageError: L101 for what is no tag.
    """
    current = current_locale()
    if current is not None and current.catalogs is not None:
        return current.catalogs.locale(tag)
    return framework_catalogs().locale(tag)
