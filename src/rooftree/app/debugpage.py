"""The page that shows an error to the person developing: source, local variables and the request, secrets left out."""

from __future__ import annotations

import linecache
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from html import escape
from pathlib import Path
from types import FrameType
from typing import Any, Final, cast

from rooftree.app.debugvalues import cut, shown, shown_query, text_of
from rooftree.app.errorpage import page
from rooftree.base import REDACTED, RooftreeError, is_secret_name, redact_url
from rooftree.http import Request

__all__ = ["debug_page"]

CONTEXT: Final = 6
MOST_LOCALS: Final = 60
MOST_FRAMES: Final = 60
MOST_ERRORS: Final = 10

_LIBRARY = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_FRAMEWORK = str(Path(__file__).parents[1])


def debug_page(request: Request, error: BaseException, doing: str = "") -> str:
    """Return the page for an error that nobody handled.

    Args:
        request: The request that is answered with it.
        error: What was raised.
        doing: What failed, where it was not the request: ``"starting the application"``.
    """
    kind = type(error)
    where = f"{request.method} {request.path}"
    fact = error.fact if isinstance(error, RooftreeError) else text_of(error)
    code = f" · {error.code}" if isinstance(error, RooftreeError) else ""
    parts = [
        f'<p class="status">{escape(_name(kind) + code)}</p>',
        f"<h1>{escape(cut(redact_url(fact)) or _name(kind))}</h1>",
        f'<p class="quiet">while {escape(doing)}</p>'
        if doing
        else f'<p class="quiet">while answering <code>{escape(cut(where))}</code></p>',
    ]
    if isinstance(error, RooftreeError) and error.remedy:
        parts.append(f'<p class="remedy"><strong>What to do:</strong> {escape(error.remedy)}</p>')
    parts.extend(f"<p>{escape(cut(redact_url(note)))}</p>" for note in getattr(error, "__notes__", ()))
    parts.extend(_own_place(error))
    for heading, one in _chain(error):
        frames = "".join(_frames(one))
        if frames or one is not error:
            parts.append(f"<h2>{escape(cut(heading))}</h2>{frames}")
    parts += ["<h2>Request</h2>", _table(_request_rows(request))]
    text = redact_url("".join(traceback.format_exception(error)))
    parts.append(
        '<h2>As text</h2><details class="card"><summary>Traceback to copy</summary>'
        f'<div class="inside"><pre tabindex="0" role="group" aria-label="Traceback"><span>{escape(text)}</span></pre>'
        "</div></details>"
    )
    parts.append(
        f'<p class="quiet">Python {sys.version.split()[0]} · request <code>{escape(request.id)}</code> · '
        "this page is shown in development only</p>"
    )
    return page(request, f"{_name(kind)}: {doing or where}", "\n".join(parts), kind="debug")


def _own_place(error: BaseException) -> Iterator[str]:
    """Give the source that the error itself names: where the syntax is wrong, or what was declared there."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        file, line = error.filename, error.lineno
    elif isinstance(error, RooftreeError) and error.at:
        file, _, number = error.at.rpartition(":")
        line = int(number) if number.isdecimal() else 0
    else:
        return
    source = _lines(str(Path(file).absolute()), line)
    if source:
        yield (
            f'<h2>Where to look</h2><details class="card" open><summary><code>{escape(_short(file))}:{line}</code>'
            f'</summary><div class="inside">{source}</div></details>'
        )


def _chain(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """Give the error and what led to it, latest first, each with a heading."""
    waiting = [("Where it was raised", error)]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_ERRORS:
        heading, current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield heading, current
        if isinstance(current, BaseExceptionGroup):
            inside = cast("BaseExceptionGroup[BaseException]", current).exceptions
            waiting += [(_headed(f"{n} of {len(inside)}:", one), one) for n, one in enumerate(inside, 1)]
        if current.__cause__ is not None:
            waiting.append((_headed("Caused by", current.__cause__), current.__cause__))
        elif current.__context__ is not None and not current.__suppress_context__:
            waiting.append((_headed("Raised while handling", current.__context__), current.__context__))


def _headed(word: str, error: BaseException) -> str:
    return f"{word} {_name(type(error))}: {text_of(error)}"


def _frames(error: BaseException) -> Iterator[str]:
    frames = list(traceback.walk_tb(error.__traceback__))[-MOST_FRAMES:]
    own = [index for index, (frame, _) in enumerate(frames) if not _is_library(frame)]
    last = own[-1] if own else -1
    for index, (frame, line) in reversed(list(enumerate(frames))):
        library = _is_library(frame)
        opened = " open" if index == last else ""
        name = frame.f_code.co_qualname
        source = _lines(frame.f_code.co_filename, line, frame.f_globals)
        values = "" if _is_framework(frame) else _locals(frame, opened)
        yield (
            f'<details class="card{" library" if library else ""}"{opened}><summary><code>{escape(name)}</code> '
            f'<span class="quiet">{escape(_short(frame.f_code.co_filename))}:{line}</span></summary>'
            f'<div class="inside">{source or "<p>No source.</p>"}{values}</div></details>'
        )


def _is_library(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith((_FRAMEWORK, "<", *_LIBRARY))


def _is_framework(frame: FrameType) -> bool:
    """Tell whether it is our own code, whose variables hold the request in pieces that no name speaks of."""
    return frame.f_code.co_filename.startswith((_FRAMEWORK, "<rooftree"))


def _short(file: str) -> str:
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file


def _lines(file: str, line: int, module: dict[str, Any] | None = None) -> str:
    """Return the source around a line, that line marked; ``""`` where there is none."""
    linecache.checkcache(file)
    rows: list[str] = []
    for number in range(max(line - CONTEXT, 1), line + CONTEXT):
        text = linecache.getline(file, number, module)
        if not text:
            break
        mark = ' class="at"' if number == line else ""
        rows.append(f"<span{mark}><i>{number}</i> {escape(text.rstrip())}</span>")
    if not rows:
        return ""
    label = escape(f"Source of {_short(file)}, line {line}", quote=True)
    return f'<pre tabindex="0" role="group" aria-label="{label}">{"".join(rows)}</pre>'


def _locals(frame: FrameType, opened: str) -> str:
    values = {name: value for name, value in frame.f_locals.items() if not name.startswith(("__", "@", "."))}
    if not values:
        return ""
    rows = [(name, shown(name, value)) for name, value in list(values.items())[:MOST_LOCALS]]
    return f"<details{opened}><summary>Local variables ({len(values)})</summary>{_table(rows)}</details>"


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><th scope="row" class="mono">{escape(name)}</th><td class="mono">{escape(text)}</td></tr>'
        for name, text in rows
    )
    return f'<div class="card"><table>{cells}</table></div>'


def _request_rows(request: Request) -> list[tuple[str, str]]:
    client = request.client
    rows = [
        ("URL", cut(shown_query(request.url))),
        ("client", f"{client[0]}:{client[1]}" if client else "a Unix socket"),
        ("route", str(getattr(request.route, "info", "none"))),
    ]
    for name, value in request.raw_headers[:100]:
        label = name.decode("latin-1")
        rows.append((label, REDACTED if is_secret_name(label) else cut(shown_query(value.decode("latin-1")))))
    return rows


def _name(kind: type[BaseException]) -> str:
    module = kind.__module__
    own = module in {"builtins", "__main__"} or module.startswith("rooftree.")
    return kind.__qualname__ if own else f"{module}.{kind.__qualname__}"
