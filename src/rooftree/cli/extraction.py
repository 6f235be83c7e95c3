"""Finding marked texts: in Python, in templates, in scripts for the browser."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from rooftree.base import UsageError

if TYPE_CHECKING:
    from babel.messages import Catalog

__all__ = ["DOMAINS", "extract"]

DOMAINS: Final = ("messages", "script")
"""Texts of the server, and of scripts in the browser: files of their own, since a browser is sent the second alone."""

KEYWORDS: Final[Any] = {
    "_": None,
    "Said": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
COMMENTS: Final = ("Translators:",)
SCRIPTS: Final = (".js", ".mjs", ".ts", ".jsx", ".tsx")
TEMPLATES: Final = (".html", ".txt", ".xml", ".md", ".jinja", ".j2")
_ELSEWHERE: Final = frozenset({"node_modules", "build", "dist", "collected", "tests", "__pycache__", "venv", "locales"})
MAX_BYTES: Final = 4 * 1024 * 1024

Found = tuple[int, Any, list[str], str | None]


def extract(root: Path, environment: Any = None) -> dict[str, Catalog]:
    """Return the texts that the files of a folder mark, by domain.

    Args:
        root: The folder of an application or a plug-in.
        environment: Jinja2's, which reads its templates; those in folders called ``templates`` are read.

    Raises:
        UsageError: L109 for a file that cannot be read.
    """
    from babel.messages import Catalog

    catalogs = {domain: Catalog(charset="utf-8", fuzzy=False) for domain in DOMAINS}
    for path in _files(root):
        domain, found = _texts(path, environment)
        place = path.relative_to(root).as_posix()
        for line, message, comments, context in found:
            catalogs[domain].add(message, locations=[(place, line)], auto_comments=comments, context=context)
    return catalogs


def _files(root: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _ELSEWHERE)
        for file in sorted(files):
            path = Path(parent) / file
            in_templates = "templates" in path.relative_to(root).parts[:-1]
            if file.endswith((".py", *SCRIPTS)) or (in_templates and file.endswith(TEMPLATES)):
                yield path


def _texts(path: Path, environment: Any) -> tuple[str, list[Found]]:
    from babel.messages.extract import extract as by_babel

    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        return "messages", []
    try:
        if path.suffix == ".py":
            return "messages", cast(
                "list[Found]", list(by_babel("python", io.BytesIO(content), KEYWORDS, COMMENTS, {"encoding": "utf-8"}))
            )
        if path.suffix in SCRIPTS:
            return "script", cast(
                "list[Found]", list(by_babel("javascript", io.BytesIO(content), KEYWORDS, COMMENTS, {}))
            )
        return "messages", [] if environment is None else list(_in_template(content.decode(), environment))
    except (SyntaxError, ValueError) as error:
        raise UsageError("L109", f"{path} cannot be read: {error}.", "Mend the file.") from error


def _in_template(source: str, environment: Any) -> Iterator[Found]:
    from jinja2 import TemplateSyntaxError
    from jinja2.ext import extract_from_ast

    from rooftree.templates import MARKUP_FUNCTIONS

    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.message}") from error
    names = (*KEYWORDS, *MARKUP_FUNCTIONS)  # the latter are what {% trans %} calls
    for line, called, given in extract_from_ast(tree, names):
        function = called.removeprefix("markup_")
        texts = [given] if given is None or isinstance(given, str) else list(given)
        context = texts.pop(0) if function.startswith(("pgettext", "npgettext")) else None
        wanted = 2 if function.startswith("n") else 1
        if len(texts) >= wanted and all(isinstance(text, str) for text in texts[:wanted]):
            yield line, tuple(texts[:2]) if wanted == 2 else texts[0], [], context
