"""The page that shows an error to the person developing: source, local variables and the request, secrets left out."""

from __future__ import annotations

import linecache
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from types import FrameType
from typing import Any

from rooftree.app.errorpage import page
from rooftree.base import REDACTED, RooftreeError, is_secret_name, redact_url
from rooftree.http import Request

__all__ = ["debug_page"]

_CONTEXT = 6
_LONGEST = 600
_MOST_LOCALS = 60
_MOST_FRAMES = 60
_LIBRARY = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_FRAMEWORK = str(Path(__file__).parents[1])


def debug_page(request: Request, error: BaseException) -> str:
    """Return the page for an error that nobody handled."""
    kind = type(error)
    where = f"{request.method} {request.path}"
    chain = list(_chain(error))
    parts = [
        f'<p class="status">{escape(_name(kind))}</p>',
        f"<h1>{escape(redact_url(str(error)) or _name(kind))}</h1>",
        f'<p class="quiet">while answering <code>{escape(where)}</code></p>',
    ]
    if isinstance(error, RooftreeError) and error.remedy:
        parts.append(f"<p><strong>What to do:</strong> {escape(error.remedy)}</p>")
    for heading, one in chain:
        parts.append(f"<h2>{escape(heading)}</h2>")
        parts.extend(_frames(one))
    parts += ["<h2>Request</h2>", _table(_request_rows(request))]
    text = redact_url("".join(traceback.format_exception(error)))
    parts.append(
        "<h2>As text</h2><details class=card><summary>Traceback to copy</summary>"
        f"<div class=inside><pre><span>{escape(text)}</span></pre></div></details>"
    )
    parts.append(
        f'<p class="quiet">Python {sys.version.split()[0]} · request <code>{escape(request.id)}</code> · '
        "this page is shown in development only</p>"
    )
    return page(f"{_name(kind)}: {where}", "\n".join(parts))


def _chain(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """Give the error and what led to it, latest first, each with a heading."""
    seen: set[int] = set()
    heading, current = "Where it was raised", error
    while id(current) not in seen:
        seen.add(id(current))
        yield heading, current
        if current.__cause__ is not None:
            current, word = current.__cause__, "Caused by"
        elif current.__context__ is not None and not current.__suppress_context__:
            current, word = current.__context__, "Raised while handling"
        else:
            return
        heading = f"{word} {_name(type(current))}: {redact_url(str(current))}"


def _frames(error: BaseException) -> Iterator[str]:
    frames = list(traceback.walk_tb(error.__traceback__))[-_MOST_FRAMES:]
    own = [index for index, (frame, _) in enumerate(frames) if not _is_library(frame)]
    last = own[-1] if own else len(frames) - 1
    for index, (frame, line) in reversed(list(enumerate(frames))):
        library = _is_library(frame)
        opened = " open" if index == last else ""
        name = frame.f_code.co_qualname
        yield (
            f'<details class="card{" library" if library else ""}"{opened}><summary><code>{escape(name)}</code> '
            f'<span class="quiet">{escape(_short(frame.f_code.co_filename))}:{line}</span></summary>'
            f"<div class=inside>{_source(frame, line)}{_locals(frame)}</div></details>"
        )


def _is_library(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith((_FRAMEWORK, "<", *_LIBRARY))


def _short(file: str) -> str:
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file


def _source(frame: FrameType, line: int) -> str:
    first = max(line - _CONTEXT, frame.f_code.co_firstlineno if line - frame.f_code.co_firstlineno < _CONTEXT else 1, 1)
    rows = []
    for number in range(first, line + _CONTEXT):
        text = linecache.getline(frame.f_code.co_filename, number, frame.f_globals)
        if not text:
            break
        mark = ' class="at" aria-current="true"' if number == line else ""
        rows.append(f"<span{mark}><i>{number}</i> {escape(text.rstrip())}</span>")
    return f'<pre tabindex="0" role="region" aria-label="Source">{"".join(rows)}</pre>' if rows else "<p>No source.</p>"


def _locals(frame: FrameType) -> str:
    values = {n: v for n, v in frame.f_locals.items() if not n.startswith("__") and n != "@py_assert"}
    if not values:
        return ""
    rows = [(name, _shown(name, value)) for name, value in list(values.items())[:_MOST_LOCALS]]
    return f"<details><summary>Local variables ({len(values)})</summary>{_table(rows)}</details>"


def _shown(name: str, value: Any, depth: int = 0) -> str:
    """Return a bounded text for a value. Whatever is named like a secret is left out, inside mappings too."""
    if is_secret_name(name):
        return REDACTED
    if isinstance(value, Mapping) and depth < 3:
        pairs = [f"{key!r}: {_shown(str(key), inner, depth + 1)}" for key, inner in list(value.items())[:20]]
        return _cut("{" + ", ".join(pairs) + ("" if len(value) <= 20 else ", ...") + "}")
    fields = getattr(type(value), "__struct_fields__", None) or getattr(type(value), "__dataclass_fields__", None)
    if fields and depth < 3:
        pairs = [f"{key}={_shown(key, getattr(value, key, '?'), depth + 1)}" for key in list(fields)[:20]]
        return _cut(f"{type(value).__name__}({', '.join(pairs)})")
    try:
        return _cut(redact_url(repr(value)))
    except Exception as error:  # noqa: BLE001 - a broken __repr__ must not hide the error that is shown
        return f"<{type(value).__name__}: its repr failed with {type(error).__name__}>"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><th scope=row class=mono>{escape(name)}</th><td class=mono>{escape(text)}</td></tr>"
        for name, text in rows
    )
    return f'<div class="card"><table>{cells}</table></div>'


def _request_rows(request: Request) -> list[tuple[str, str]]:
    client = request.client
    rows = [
        ("URL", _cut(request.url)),
        ("client", f"{client[0]}:{client[1]}" if client else "a Unix socket"),
        ("route", str(getattr(getattr(request.route, "info", None), "pattern", "")) or "none"),
    ]
    for name, value in request.raw_headers[:100]:
        label = name.decode("latin-1")
        rows.append((label, REDACTED if is_secret_name(label) else _cut(redact_url(value.decode("latin-1")))))
    return rows


def _name(kind: type[BaseException]) -> str:
    module = kind.__module__
    return kind.__qualname__ if module in {"builtins", "__main__"} else f"{module}.{kind.__qualname__}"
