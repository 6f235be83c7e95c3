"""gettext catalogs: those of the application over those of plug-ins over the framework's own, merged once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rooftree.base import UsageError
from rooftree.i18n.locale import Forms, Key, Locale, current_locale, normalized

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
    """

    def __init__(self, folders: Sequence[str | os.PathLike[str]] = (), *, timezone: str = "UTC") -> None:
        self._folders = [Path(folder) for folder in folders]
        self._timezone = timezone
        self._locales: dict[str, Locale] = {}
        self._scripts: dict[str, dict[Key, Forms]] = {}

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where catalogs are looked for, what wins first."""
        return (*self._folders, FRAMEWORK)

    def add(self, folder: str | os.PathLike[str]) -> None:
        """Look in the folder of a plug-in too, after those that are there."""
        self._folders.append(Path(folder))
        self._locales.clear()

    def locale(self, tag: str) -> Locale:
        """Return a language with its texts: those of ``de-AT`` over those of ``de``.

        Raises:
            UsageError: L101 for what is no tag, L105 for a catalog that cannot be read.
        """
        tag = normalized(tag)
        if (known := self._locales.get(tag)) is None:
            messages = self._merged(tag, "messages", "rooftree")
            known = Locale(tag, messages, timezone=self._timezone, catalogs=self)
            self._locales[tag] = known
        return known

    def script_messages(self, tag: str) -> dict[Key, Forms]:
        """Return the texts that scripts in the browser ask for: those of ``script.po``."""
        tag = normalized(tag)
        if tag not in self._scripts:
            self._scripts[tag] = self._merged(tag, "script")
        return self._scripts[tag]

    def _merged(self, tag: str, *domains: str) -> dict[Key, Forms]:
        merged: dict[Key, Forms] = {}
        parts = tag.split("-")
        for length in range(1, len(parts) + 1):  # what is more specific comes later and wins
            name = "_".join(parts[:length])
            for folder in reversed(self.folders):
                for domain in reversed(domains):
                    merged.update(_messages_in(folder / name / "LC_MESSAGES", domain))
        return merged


def _messages_in(folder: Path, domain: str) -> dict[Key, Forms]:
    source, compiled = folder / f"{domain}.po", folder / f"{domain}.mo"
    if compiled.is_file() and (not source.is_file() or compiled.stat().st_mtime >= source.stat().st_mtime):
        return _forms(compiled)
    return _forms(source) if source.is_file() else {}


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
            "L102", "Languages need Babel, which is not installed.", "Run: pip install 'rooftree[i18n]'"
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
