"""Errors of Jinja2 as errors of Rooftree: what is wrong, in which template, at which line, and what to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from types import TracebackType

from jinja2 import Template, TemplateNotFound, TemplatesNotFound, TemplateSyntaxError, UndefinedError

from rooftree.base import TemplateError, template_habit

__all__ = ["add_place", "line_of", "place", "template_error"]


def place(file: str | None, line: int) -> str | None:
    """Return a line of a template as errors name it; from the working folder where the file lies below it."""
    if file is None:
        return None
    below = os.path.relpath(file) if os.path.isabs(file) else file  # noqa: PTH117 - strings in, strings out
    return f"{file if below.startswith(os.pardir) else below}:{line}"


def line_of(traceback: TracebackType | None) -> str | None:
    """Return the place of the innermost line of a template that a traceback goes through."""
    found: str | None = None
    while traceback is not None:
        frame = traceback.tb_frame
        template: Template | None = frame.f_globals.get("__jinja_template__")
        if template is not None:
            found = place(template.filename, template.get_corresponding_lineno(traceback.tb_lineno))
        elif "__jinja_exception__" in frame.f_globals:  # a frame that Jinja2 has put in place of its own
            found = place(frame.f_code.co_filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found


def template_error(
    error: Exception, folders: Sequence[str], names: Callable[[], Iterable[str]]
) -> TemplateError | None:
    """Return what an error of Jinja2 is called here; ``None`` for an error of anyone else.

    Args:
        error: The error.
        folders: Where templates are looked for.
        names: Gives every template there is, for a suggestion.
    """
    at = line_of(error.__traceback__)
    if isinstance(error, TemplatesNotFound):
        wanted = " or ".join(repr(name) for name in error.templates)
        return _not_found(wanted, folders, "", at)
    if isinstance(error, TemplateNotFound):
        close = get_close_matches(str(error.name), list(names()), 1, 0.6)
        return _not_found(repr(error.name), folders, close[0] if close else "", at)
    if isinstance(error, TemplateSyntaxError):
        fact = error.message or "The template cannot be read."
        return TemplateError(
            "P103",
            f"{error.name or 'The template'} cannot be read: {fact.rstrip('.')}.",
            template_habit(fact) or "Mend that line; the template language is that of Jinja2.",
            at=place(error.filename, error.lineno),
        )
    if isinstance(error, UndefinedError):
        fact = (error.message or "undefined").rstrip(".")
        return TemplateError(
            "P104",
            f"A template uses what there is not: {fact}.",
            template_habit(fact)
            or "Give it to render(...), mend its spelling, or write '|default(...)' where it may be missing.",
            at=at,
        )
    return None


def _not_found(wanted: str, folders: Sequence[str], close: str, at: str | None) -> TemplateError:
    looked = ", ".join(folders) or "nowhere: there is no folder of templates"
    remedy = f"Did you mean {close!r}?" if close else "Make it in one of these folders, or mend the name."
    return TemplateError("P102", f"There is no template {wanted}. Looked in {looked}.", remedy, at=at)


def add_place(error: Exception) -> None:
    """Let an error that came out of a template say where it did."""
    at = line_of(error.__traceback__)
    if at is not None:
        error.add_note(f"While rendering {at}")
