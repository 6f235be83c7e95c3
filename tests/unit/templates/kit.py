"""Templates of a test, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

from rooftree.base import TemplateOptions
from rooftree.templates import Templates

__all__ = ["NASTY", "make", "write"]

NASTY = "<script>\"'&"


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of a folder, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def make(root: Path, files: dict[str, str], *, development: bool = True) -> Templates:
    """Return the templates of a folder ``templates`` with these files; compiled ones are kept nowhere."""
    write(root / "templates", files)
    return Templates(root, TemplateOptions(cache=""), development=development)
