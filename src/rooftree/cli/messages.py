"""What ``rooftree messages`` does: templates of catalogs, catalogs, compiled catalogs, and what is wrong with them."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from rooftree.base import UsageError
from rooftree.cli.extraction import DOMAINS, extract
from rooftree.cli.find import find_app, load_app
from rooftree.i18n import Locale, normalized, read_catalog

if TYPE_CHECKING:
    from babel.messages import Catalog

    from rooftree.app import App

__all__ = ["bring_up", "check_messages", "compile_messages", "extract_messages", "problems_of", "update_messages"]


def extract_messages(target: str | None) -> None:
    """Write what the application marks into ``locales/messages.pot`` and ``script.pot``."""
    app, folder = _loaded(target)
    for domain, catalog in _marked(app).items():
        if len(catalog):
            _write(folder / f"{domain}.pot", catalog)
            click.echo(f"{_count(len(catalog), 'text')} in {_shown(folder / f'{domain}.pot')}")


def update_messages(target: str | None, tags: Sequence[str]) -> None:
    """Bring the catalogs of some languages, or of all that there are, up to what the application marks.

    Raises:
        UsageError: L110 where no language is named and the application has none.
    """
    app, folder = _loaded(target)
    marked = _marked(app)
    for tag in _tags(app, folder, tags):
        for domain, template in marked.items():
            path = _path(folder, tag, domain)
            if not len(template) and not path.is_file():
                continue
            catalog = bring_up(path, tag, template)
            click.echo(f"{_shown(path)}: {_state(catalog)}")


def bring_up(path: Path, tag: str, template: Catalog) -> Catalog:
    """Return a catalog with every text of a template in it, and write it."""
    catalog = _read(path, tag)
    catalog.update(template, update_creation_date=False)
    _write(path, catalog)
    return catalog


def compile_messages(target: str | None) -> None:
    """Write a ``.mo`` file beside every catalog, which is read quicker; texts that are ``fuzzy`` are left out."""
    from babel.messages.mofile import write_mo

    _, folder = _loaded(target)
    for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        compiled = io.BytesIO()
        write_mo(compiled, read_catalog(path))
        path.with_suffix(".mo").write_bytes(compiled.getvalue())
        click.echo(_shown(path.with_suffix(".mo")))


def check_messages(target: str | None, tags: Sequence[str], *, strict: bool) -> bool:
    """Print what is wrong with the catalogs; return whether nothing has to be mended.

    Args:
        target: The application.
        tags: The languages; all that there are without one.
        strict: Count texts that nothing asks for any more.
    """
    app, folder = _loaded(target)
    marked = _marked(app)
    wrong = 0
    for tag in _tags(app, folder, tags):
        for domain, template in marked.items():
            path = _path(folder, tag, domain)
            if not len(template) and not path.is_file():
                continue
            found = list(problems_of(template, _read(path, tag)))
            for kind, text in found:
                click.echo(f"{_shown(path)}: {click.style(kind, fg='yellow' if kind == 'unused' else 'red')}: {text}")
            wrong += sum(strict or kind != "unused" for kind, _ in found)
    click.echo("Every text is translated." if not wrong else f"{_count(wrong, 'text')} to mend.")
    return not wrong


def problems_of(template: Catalog, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Give what is wrong with a catalog (missing, fuzzy, broken, unused), each with the text that is meant."""
    for message in template:
        if not message.id:
            continue
        found = catalog.get(_first(message.id), message.context)
        text = f"{message.context + ': ' if message.context else ''}{_first(message.id)}"
        if found is None or not _is_whole(found):
            yield "missing", text
        elif found.fuzzy:
            yield "fuzzy", text
        else:
            for error in found.check(catalog):
                yield "broken", f"{text} ({error})"
    for message in catalog:
        if message.id and template.get(_first(message.id), message.context) is None:
            yield "unused", _first(message.id)


def _is_whole(message: Any) -> bool:
    given: Any = message.string
    return all(cast("Sequence[Any]", given)) if isinstance(given, tuple | list) else bool(given)


def _first(identity: Any) -> str:
    return str(cast("Sequence[Any]", identity)[0] if isinstance(identity, tuple | list) else identity)


def _loaded(target: str | None) -> tuple[App, Path]:
    app = load_app(find_app(target))
    return app, app.root / (app.languages.folder if app.languages is not None else "locales")


def _marked(app: App) -> dict[str, Catalog]:
    has_templates = any(app.root.rglob("templates"))
    marked = extract(app.root, app.templates.environment if has_templates else None)
    if "rooftree.forms" in sys.modules:  # the application has forms
        from rooftree.forms import derived_texts

        for file, line, text in derived_texts(app.root):
            marked["messages"].add(text, locations=[(file.resolve().relative_to(app.root.resolve()).as_posix(), line)])
    return marked


def _tags(app: App, folder: Path, given: Sequence[str]) -> list[str]:
    if given:
        return [normalized(tag) for tag in given]
    found = {normalized(path.parent.name) for path in folder.glob("*/LC_MESSAGES")}
    if app.languages is not None:
        found.update(tag for tag in app.languages.tags if tag.partition("-")[0] != "en")
    if not found:
        raise UsageError(
            "L110", f"The application has no catalogs in {folder}.", "Name a language: rooftree messages update -l de"
        )
    return sorted(found)


def _path(folder: Path, tag: str, domain: str) -> Path:
    assert domain in DOMAINS  # noqa: S101 - not a user's
    return folder / tag.replace("-", "_") / "LC_MESSAGES" / f"{domain}.po"


def _read(path: Path, tag: str) -> Catalog:
    from babel.messages import Catalog
    from babel.messages.pofile import read_po

    if not path.is_file():
        return Catalog(locale=Locale(tag).babel, charset="utf-8", fuzzy=False)
    read_catalog(path)  # says what is wrong with it
    with path.open("rb") as file:
        return read_po(file, locale=Locale(tag).babel)


def _write(path: Path, catalog: Catalog) -> None:
    """Write a catalog, unless nothing but its date is new: so that runs leave no traces in version control."""
    from babel.messages.pofile import write_po

    made = io.BytesIO()
    write_po(made, catalog, width=100, include_lineno=False, sort_by_file=True)
    content = made.getvalue()
    if path.is_file() and _undated(path.read_bytes()) == _undated(content):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _undated(content: bytes) -> list[bytes]:
    return [line for line in content.splitlines() if b"-Date:" not in line]


def _state(catalog: Catalog) -> str:
    texts = [message for message in catalog if message.id]
    ready = sum(_is_whole(message) and not message.fuzzy for message in texts)
    return f"{ready} of {_count(len(texts), 'text')} translated"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
