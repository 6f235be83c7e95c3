"""Checks of what an application names that lies elsewhere: folders, languages, their catalogs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rooftree.app.checks import Finding
from rooftree.base import UsageError

if TYPE_CHECKING:
    from rooftree.app.languages import Languages
    from rooftree.static import Assets

__all__ = ["place_findings"]


def place_findings(languages: Languages | None, assets: Assets | None, fallbacks: Sequence[Any]) -> Iterator[Finding]:
    """Give what is not where an application looks for it."""
    for folder in assets.folders if assets is not None else ():
        if not folder.is_dir():
            yield Finding(
                "C121",
                "warning",
                f"The folder of static files {_shown(folder)} is not there.",
                "Make it, or name the one that is: app.static(folder=...).",
            )
    yield from _frontends(fallbacks)
    if languages is not None:
        yield from _languages(languages)


def _frontends(fallbacks: Sequence[Any]) -> Iterator[Finding]:
    from rooftree.static import Frontend

    for fallback in fallbacks:
        frontend = getattr(fallback, "__self__", None)
        if isinstance(frontend, Frontend) and not (frontend.folder / "index.html").is_file():
            yield Finding(
                "C122",
                "warning",
                f"The front end {_shown(frontend.folder)} has no index.html.",
                "Run its build, or name the folder that the build writes: app.frontend(folder).",
            )


def _languages(languages: Languages) -> Iterator[Finding]:
    for tag in languages.tags:
        try:
            _ = languages.catalogs.locale(tag).babel
        except UsageError as error:
            yield Finding("C123", "error", error.fact, error.remedy)
            continue
        if tag == languages.tags[0] or tag.partition("-")[0] == "en" or languages.catalogs.has_own(tag):
            continue
        yield Finding(
            "C124",
            "warning",
            f"The application speaks {tag!r}, and no catalog translates its texts into it.",
            f"Run: rooftree messages update -l {tag}",
        )


def _shown(folder: Path) -> str:
    below = os.path.relpath(folder)
    return str(folder) if below.startswith(os.pardir) else below
