"""``rooftree new``: a project that a person would have written, from files beside this module."""

from __future__ import annotations

import keyword
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import click

__all__ = ["new_project"]

FIRST: Final = "Create products and accounts"
LONGEST: Final = 40
"""Characters of a name."""
TAKEN: Final = frozenset({"app", "rooftree", "test", "tests", "migrations", "templates", "static"})
"""Names that mean something else in a project."""


def new_project(name: str, *, micro: bool, folder: Path | None) -> None:
    """Write a project and say what to do next.

    Args:
        name: What it is called: its folder, and with ``_`` for ``-`` its package.
        micro: One file instead of features as folders.
        folder: Where it is put, in place of a folder of its name here.

    Raises:
        click.ClickException: The name cannot be used, or there is something in the folder; nothing was written then.
    """
    package = checked_package(name)
    target = folder or Path(name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise click.ClickException(f"{target} is there already, and not empty. Choose another name, or --folder.")
    written = {"name": name, "package": package, "title": name.replace("-", " ").replace("_", " ").capitalize()}
    source = files("rooftree.cli") / "projects" / ("micro" if micro else "full")
    made = not target.exists()
    try:
        count = _write(source, target, written)
    except OSError as error:
        if made:
            shutil.rmtree(target, ignore_errors=True)
        raise click.ClickException(f"{target} cannot be written: {error.strerror or error}.") from None
    if not micro:
        _write_secrets(target / ".env")
    click.echo(f"Wrote {count} files into {target}.")
    migrated = micro or _make_migration(target)
    lines = [f"cd {shlex.quote(str(target))}", "rooftree dev", "python -m pytest"]
    if not micro:
        lines[1:1] = ["rooftree db migrate", "rooftree users create --email you@example.org --staff"]
    if not migrated:
        lines[1:1] = [f"rooftree db make {shlex.quote(FIRST)}"]
    click.echo("\nNext:\n\n" + "\n".join(f"  {line}" for line in lines))


def checked_package(name: str) -> str:
    """Return the package's name for a project's.

    Raises:
        click.ClickException: It cannot be one.
    """
    package = name.replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name, re.ASCII) or name.endswith(("-", "_")):
        why = "is no name of a package: small letters, digits, '-' and '_', beginning with a letter"
    elif len(name) > LONGEST:
        why = f"has {len(name)} characters; {LONGEST} are the most"
    elif keyword.iskeyword(package) or keyword.issoftkeyword(package):
        why = "is a word of Python"
    elif package in sys.stdlib_module_names:
        why = "is a module of Python's own"
    elif package in TAKEN:
        why = "means something else in a project"
    else:
        return package
    raise click.ClickException(f"{name[:60]!r} {why}. Try 'shop', or 'my-shop'.")


def _write(source: Traversable, target: Path, words: dict[str, str]) -> int:
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    for entry in source.iterdir():
        name = _filled(entry.name, words)
        if entry.is_dir():
            count += _write(entry, target / name, words)
        else:
            text = _filled(entry.read_text(encoding="utf-8"), words)
            (target / name.removesuffix(".in")).write_text(text, encoding="utf-8")
            count += 1
    return count


def _write_secrets(file: Path) -> None:
    """Write a secret key of this project's own, for development; ``.gitignore`` names the file."""
    file.touch(mode=0o600)
    file.write_text(f"ROOFTREE_SECRET_KEY={secrets.token_urlsafe(50)}\n", encoding="utf-8")


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def _make_migration(target: Path) -> bool:
    """Let the first migration be written from the models, as it will be from then on; return whether it was."""
    command = [sys.executable, "-m", "rooftree", "db", "make", FIRST]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 - this command
    if done.returncode:
        click.echo(f"Its first migration could not be made:\n{done.stderr.strip()[-2000:]}", err=True)
    return done.returncode == 0
